"""The what-if that an address describes: changes chosen on the page, or a saved scenario.

A chosen change is a word and a name, such as ``failed:us-backing`` or ``halved:gbr-ground``, repeated in the address.
It becomes a change as the API takes it (``domain/what_if/changes.py``)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import TypeAdapter

from api.http.problems import BAD_PARAMETER, Fault, Problem
from api.pages.page_cache import send_cached
from api.pages.responses import Document
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory, RequestedHistory, changed_history
from api.routes.what_if import ForkRequest, fork_of
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.wording.phrases import listed
from domain.history.history import History
from domain.times import day_of
from domain.vocabulary import SLUG
from domain.what_if.changes import Change, Changes
from projections.what_if.changed_history import ChangedHistory

MAX_CHANGES = 40
"""Changes in an address."""

_CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(Changes)

# --- chosen changes ---------------------------------------------------------------------------------------------------


def _decided(becomes: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"decide": name, "becomes": becomes, "effective_at": day}


def _withdrawn(name: str, day: str) -> dict[str, Any]:
    return {"assume": {"type": "PledgeWithdrawn", "pledge": name, "effective_at": day}}


def _scaled(scale: float) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, _: {"alter": {"type": "PledgeMade", "pledge": name}, "scale": scale}


def _moved(months: int) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, _: {"shift": {"type": "PledgeMade", "pledge": name}, "months": months}


def _raised(level: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"assume": {"type": "PledgeRaised", "pledge": name, "level": level, "effective_at": day}}


WORDS: dict[str, tuple[str, Callable[[str, str], dict[str, Any]]]] = {
    "met": ("the condition {} is met", _decided("met")),
    "failed": ("the condition {} fails", _decided("failed")),
    "withdrawn": ("the pledge {} is withdrawn", _withdrawn),
    "halved": ("the pledge {} is halved", _scaled(0.5)),
    "doubled": ("the pledge {} is doubled", _scaled(2.0)),
    "committed": ("the pledge {} is made firm", _raised("committed")),
    "later": ("the pledge {} comes 3 months later", _moved(3)),
}
"""Each word of an address: the clause that it stands for, and the change that it makes of a name and a day."""


@dataclass(frozen=True, slots=True)
class ChosenChange:
    """One change of an address."""

    word: str
    name: str

    @property
    def text(self) -> str:
        """The change as a clause."""
        return WORDS[self.word][0].format(self.name)

    def body(self, day: str) -> dict[str, Any]:
        """The change as the API takes it, with effect from a day."""
        return WORDS[self.word][1](self.name, day)

    def __str__(self) -> str:
        return f"{self.word}:{self.name}"


def chosen_changes(
    change: Annotated[list[str] | None, Query(description="`failed:us-backing`; may be repeated.")] = None,
) -> tuple[ChosenChange, ...]:
    """The changes of an address, each once. Raises a ``Problem`` for an unknown word or an invalid name."""
    changes = [ChosenChange(*text.split(":", 1)) if ":" in text else ChosenChange(text, "") for text in change or ()]
    wrong = [one for one in changes if one.word not in WORDS or not re.fullmatch(SLUG, one.name)]
    if wrong or len(changes) > MAX_CHANGES:
        detail = f"expected one of {', '.join(WORDS)}, then a colon and a name; at most {MAX_CHANGES} changes"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="change", detail=detail)])
    return tuple(dict.fromkeys(changes))


ChosenChanges = Annotated[tuple[ChosenChange, ...], Depends(chosen_changes)]

# --- the what-if ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChanges:
    """Changes to the history at a viewpoint; nothing has been computed yet."""

    viewpoint: Viewpoint
    chosen: tuple[ChosenChange, ...] = ()
    body: list[dict[str, Any]] = field(default_factory=list)

    def query(self, without: str | None = None, plus: str | None = None, **other: Any) -> str:
        """The query of the address, with one change less, or one more in place of any others of the same name."""
        changes = [str(one) for one in self.chosen if str(one) != without]
        if plus is not None:
            changes = [text for text in changes if text.partition(":")[2] != plus.partition(":")[2]] + [plus]
        return self.viewpoint.query(change=changes, **other)

    @property
    def fork_basis(self) -> dict[str, Any]:
        """The starting point as the API takes it: later events do not change it."""
        basis = self.viewpoint.basis
        return {name: getattr(basis, name) for name in ("valid_at", "known_at", "known_axis", "sequence")}

    @property
    def text(self) -> str:
        """The changes as a question, without its mark."""
        return f"What if {listed([one.text for one in self.chosen])}" if self.chosen else "No changes"

    def has(self, text: str) -> bool:
        """Whether a change is chosen already."""
        return text in map(str, self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView(ProposedChanges):
    """A changed history at a viewpoint, beside the record."""

    scenario: Viewpoint

    @property
    def history(self) -> ChangedHistory:
        """The changed history."""
        assert isinstance(self.scenario.history, ChangedHistory)
        return self.scenario.history


def proposed_changes(
    request: Request, recorded: RecordedHistory, asked: AsOfQuery, changes: ChosenChanges
) -> ProposedChanges:
    """The changes of an address, to the history of the coalition."""
    viewpoint = viewpoint_at(request, recorded, asked)
    day = day_of(viewpoint.view.valid_us)
    return ProposedChanges(viewpoint=viewpoint, chosen=changes, body=[one.body(day) for one in changes])


RequestedChanges = Annotated[ProposedChanges, Depends(proposed_changes)]


def what_if_view(request: Request, recorded: RecordedHistory, proposed: RequestedChanges) -> WhatIfView:
    """The history of the coalition with the changes of the address. Raises a ``Problem``."""
    replays = services(request).replays
    with refusals_as_problems(changes_at="/changes"):
        base, fork = fork_of(request, recorded, ForkRequest(**proposed.fork_basis))
        history = replays.changed(recorded, base, fork, _CHANGES.validate_python(proposed.body))
    history = changed_history(request, history, proposed.viewpoint.basis)
    viewpoint, scenario = proposed.viewpoint, viewpoint_at(request, history, proposed.viewpoint.asked)
    return WhatIfView(viewpoint=viewpoint, chosen=proposed.chosen, body=proposed.body, scenario=scenario)


def saved_what_if(
    request: Request, recorded: RecordedHistory, history: RequestedHistory, asked: AsOfQuery
) -> WhatIfView:
    """The history of a saved scenario; what the address leaves open is as of its starting point."""
    assert isinstance(history, ChangedHistory)
    asked = history.as_of(asked)
    viewpoint = viewpoint_at(request, recorded, asked)
    history = changed_history(request, history, viewpoint.basis)
    return WhatIfView(viewpoint=viewpoint, scenario=viewpoint_at(request, history, asked))


@dataclass(frozen=True, slots=True)
class WhatIfAddress:
    """The address of a what-if; the history is changed only if what the address shows is not cached."""

    request: Request
    recorded: History
    proposed: ProposedChanges

    def show(self, make: Callable[[WhatIfView], Document]) -> Response:
        """Send what the address shows: the cached document, or what ``make`` returns."""
        return send_cached(
            self.request, [self.proposed.viewpoint],
            lambda: make(what_if_view(self.request, self.recorded, self.proposed)),
        )  # fmt: skip


def what_if_address(request: Request, recorded: RecordedHistory, proposed: RequestedChanges) -> WhatIfAddress:
    """The request for a what-if, its changes read."""
    return WhatIfAddress(request, recorded, proposed)


RequestedWhatIf = Annotated[WhatIfAddress, Depends(what_if_address)]

SavedWhatIf = Annotated[WhatIfView, Depends(saved_what_if)]
