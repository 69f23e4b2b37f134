"""Proposals as answers: what became of each fact, what prevents it now, and what is said about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from api.routes.scenarios.items import Objection
from domain.events import FACT
from domain.what_if.proposals import FactStatus, Outcome, ProposedFact
from domain.what_if.scenarios import CommentMade, Fork, ScenarioClosed, ScenarioEvent
from projections.difference import Difference
from projections.warnings.warnings import WarningItem
from projections.what_if.moved_on import RecordMovedOn


@dataclass(slots=True)
class Remark:
    """What somebody did about a proposal, and what they said: a note, a reason or a comment."""

    at: str
    by: str
    text: str | None


@dataclass(slots=True)
class Acceptance:
    """Who accepted a fact, and the event that has it on record."""

    at: str
    by: str
    event_id: str
    sequence: int


@dataclass(slots=True)
class Comment:
    """A comment on a proposal, or on its fact with the number ``about``."""

    at: str
    by: str
    text: str
    about: int | None


@dataclass(slots=True)
class ProposedFactItem:
    """A fact of a proposal by its number; an accepted one is as it was recorded.

    ``problems`` are the rules that it would break if all open facts were recorded now, ``needs`` the numbers of other
    open facts without which it cannot be accepted, and ``warnings`` what is surprising about it.
    """

    number: int
    status: FactStatus
    fact: dict[str, JsonValue]
    proposed: Remark
    edited: Remark | None
    accepted: Acceptance | None
    declined: Remark | None
    problems: list[Objection]
    needs: list[int]
    warnings: list[WarningItem]


@dataclass(slots=True)
class Proposal:
    """A proposal and what became of it, given the coalition's record of ``recorded`` events.

    ``changes`` is the difference that the open facts would make to the picture; null if there is none that can be
    recorded now. ``record_moved_on`` leaves out the facts that were accepted from here.
    """

    coalition: str
    scenario: str
    name: str
    author: str
    description: str | None
    outcome: Outcome
    closed: Remark | None
    sequence: int
    fork: Fork
    opened_at: str
    facts: list[ProposedFactItem]
    comments: list[Comment]
    recorded: int
    changes: Difference | None
    record_moved_on: RecordMovedOn


def fact_item(
    one: ProposedFact,
    problems: Sequence[Objection] = (),
    warnings: Sequence[WarningItem] = (),
) -> ProposedFactItem:
    """A proposed fact as an answer."""
    origin, recorded = one.provenance, one.recorded
    fact = recorded.fact if recorded is not None else one.fact
    return ProposedFactItem(
        one.number, one.status, FACT.dump_python(fact, mode="json", exclude_none=True),
        _remark(origin.added, getattr(origin.added.fact, "note", None)),
        _remark(origin.edited, getattr(origin.edited.fact, "note", None)) if origin.edited is not None else None,
        _acceptance(recorded) if recorded is not None else None,
        _remark(origin.declined, getattr(origin.declined.fact, "reason", "")) if origin.declined is not None else None,
        list(problems), [], list(warnings),
    )  # fmt: skip


def comments_in(events: Iterable[ScenarioEvent]) -> Iterator[Comment]:
    """The comments on a scenario, oldest first."""
    for event in events:
        if isinstance(event.fact, CommentMade):
            yield Comment(event.recorded_at, event.recorded_by, event.fact.text, event.fact.about)


def closing_of(events: Iterable[ScenarioEvent]) -> Remark | None:
    """Who closed a scenario, and why."""
    for event in events:
        if isinstance(event.fact, ScenarioClosed):
            return _remark(event, event.fact.reason)
    return None


def _remark(event: ScenarioEvent, text: str | None) -> Remark:
    return Remark(event.recorded_at, event.recorded_by, text)


def _acceptance(event: Any) -> Acceptance:
    return Acceptance(event.recorded_at, event.recorded_by, event.event_id, event.sequence)
