"""The what-if that an address describes: the changes chosen on the page, or a saved scenario."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import TypeAdapter

from api.http.problems import BAD_PARAMETER, Fault, Problem
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory, RequestedHistory
from api.routes.what_if import ForkRequest, fork_of
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.wording.phrases import listed
from domain.times import day_of
from domain.vocabulary import SLUG
from domain.what_if.changes import Change, Changes
from projections.what_if.changed_history import ChangedHistory

CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(Changes)

MOST_CHANGES = 40


def _decided(becomes: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"decide": name, "becomes": becomes, "effective_at": day}


def _withdrawn(name: str, day: str) -> dict[str, Any]:
    return {"assume": {"type": "PledgeWithdrawn", "pledge": name, "effective_at": day}}


def _scaled(scale: float) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, _: {"alter": {"type": "PledgeMade", "pledge": name}, "scale": scale}


def _firm(level: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"assume": {"type": "PledgeRaised", "pledge": name, "level": level, "effective_at": day}}


WORDS: dict[str, tuple[str, Callable[[str, str], dict[str, Any]]]] = {
    "met": ("the condition {} is met", _decided("met")),
    "failed": ("the condition {} fails", _decided("failed")),
    "withdrawn": ("the pledge {} is withdrawn", _withdrawn),
    "halved": ("the pledge {} is halved", _scaled(0.5)),
    "doubled": ("the pledge {} is doubled", _scaled(2.0)),
    "committed": ("the pledge {} is made firm", _firm("committed")),
}
"""What can be clicked: each word, how it is told, and the change that it makes of a name and a day."""


@dataclass(frozen=True, slots=True)
class ChosenChange:
    """One change as it stands in the address."""

    word: str
    name: str

    @property
    def told(self) -> str:
        """The change in words."""
        return WORDS[self.word][0].format(self.name)

    def __str__(self) -> str:
        return f"{self.word}:{self.name}"


def clicked(
    change: Annotated[list[str] | None, Query(description="`failed:us-backing`; may be repeated.")] = None,
) -> tuple[ChosenChange, ...]:
    """The changes that an address has, each once. Raises a ``Problem`` for a word that there is not, or no name."""
    found = [ChosenChange(*text.split(":", 1)) if ":" in text else ChosenChange(text, "") for text in change or ()]
    wrong = [one for one in found if one.word not in WORDS or not re.fullmatch(SLUG, one.name)]
    if wrong or len(found) > MOST_CHANGES:
        detail = f"a change is one of {', '.join(WORDS)}, a colon and a name; at most {MOST_CHANGES} changes"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="change", detail=detail)])
    return tuple(dict.fromkeys(found))


ChosenChanges = Annotated[tuple[ChosenChange, ...], Depends(clicked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChanges:
    """Changes to a history where a page looks at it; nothing has been worked out yet."""

    stand: Viewpoint
    clicked: tuple[ChosenChange, ...] = ()
    body: list[dict[str, Any]] = field(default_factory=list)

    def query(self, without: str | None = None, plus: str | None = None, **other: Any) -> str:
        """The address's parameters, with one change less or one more, which takes the place of others of that name."""
        kept = [str(one) for one in self.clicked if str(one) != without]
        if plus is not None:
            kept = [text for text in kept if text.partition(":")[2] != plus.partition(":")[2]] + [plus]
        return self.stand.query(change=kept, **other)

    @property
    def asked(self) -> dict[str, Any]:
        """Where it is forked, as the API takes it: whatever is recorded later, it is the same."""
        basis = self.stand.basis
        return {name: getattr(basis, name) for name in ("valid_at", "known_at", "known_axis", "sequence")}

    @property
    def told(self) -> str:
        """The changes in words."""
        return f"What if {listed([one.told for one in self.clicked])}" if self.clicked else "No changes"

    def has(self, text: str) -> bool:
        """Whether a change is made already."""
        return text in map(str, self.clicked)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView(ProposedChanges):
    """A changed history where a page looks at it, beside its baseline."""

    scenario: Viewpoint

    @property
    def history(self) -> ChangedHistory:
        """The changed history."""
        assert isinstance(self.scenario.history, ChangedHistory)
        return self.scenario.history


def proposal(request: Request, recorded: RecordedHistory, asked: AsOfQuery, changes: ChosenChanges) -> ProposedChanges:
    """The changes that an address has, to the history of the coalition."""
    stand = viewpoint_at(request, recorded, asked)
    day = day_of(stand.view.valid_us)
    return ProposedChanges(stand=stand, clicked=changes, body=[WORDS[one.word][1](one.name, day) for one in changes])


RequestedChanges = Annotated[ProposedChanges, Depends(proposal)]


def what_if(request: Request, recorded: RecordedHistory, proposed: RequestedChanges) -> WhatIfView:
    """The history of the coalition, with the changes of the address. Raises a ``Problem``."""
    replays = services(request).replays
    with refusals_as_problems(changes_at="/changes"):
        base, fork = fork_of(request, recorded, ForkRequest(**proposed.asked))
        history = replays.changed(recorded, base, fork, CHANGES.validate_python(proposed.body))
    stand, scenario = proposed.stand, viewpoint_at(request, history, proposed.stand.asked)
    return WhatIfView(stand=stand, clicked=proposed.clicked, body=proposed.body, scenario=scenario)


def saved(request: Request, recorded: RecordedHistory, history: RequestedHistory, asked: AsOfQuery) -> WhatIfView:
    """The history of a saved scenario; what is left open is as of its fork."""
    assert isinstance(history, ChangedHistory)
    asked = history.as_of(asked)
    return WhatIfView(stand=viewpoint_at(request, recorded, asked), scenario=viewpoint_at(request, history, asked))


RequestedWhatIf = Annotated[WhatIfView, Depends(what_if)]

SavedWhatIf = Annotated[WhatIfView, Depends(saved)]
