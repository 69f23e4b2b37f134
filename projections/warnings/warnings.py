"""Warnings: what is on record and surprising, as of a basis.

Nothing is refused for a warning. It holds until the record no longer gives rise to it, or somebody dismisses it with a
reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field, JsonValue

from domain.checkpoints import checkpoint
from domain.concepts.registry import CONCEPTS
from domain.facts import Thing
from domain.history.history import ReadableHistory, View
from domain.times import period
from domain.vocabulary import WarningName
from projections.asof import Basis
from projections.lists import Items
from projections.paging import Page, items_on_page
from projections.record import reference_to
from projections.warnings.catalogue import OfState, of_facts, of_states
from projections.warnings.found import Found
from projections.warnings.known_facts import KnownFacts
from projections.warnings.pledges import UNCONFIRMED_US

FEW_EVENTS = 100
"""So many events are listed in an index at once, without other requests waiting noticeably."""


@dataclass(slots=True)
class Dismissal:
    """Who set a warning aside, why, and by which event."""

    event_id: str
    recorded_by: str
    reason: str


def _left_out_if_none(description: str) -> Any:
    return Field(exclude_if=lambda value: value is None, description=description)


Remedy = Annotated[
    dict[str, JsonValue] | None, _left_out_if_none("A fact ready to be posted, which leads to settling it.")
]


@dataclass(slots=True)
class WarningItem:
    """What is surprising about an event, which is the first of ``events``; ``pointer`` leads into its fact."""

    warning: WarningName
    pointer: str
    detail: str
    events: list[str]
    remedy: Remedy = None
    dismissed: Annotated[Dismissal | None, _left_out_if_none("Why it was dismissed; absent if it was not.")] = None


class WantedWarnings(NamedTuple):
    """Which warnings to list: of some names or all, about one thing (``kind:id``) or all, dismissed ones or not."""

    names: tuple[str, ...] = ()
    thing: str | None = None
    with_dismissed: bool = False


def warnings_of(view: View, basis: Basis, wanted: WantedWarnings, page: Page) -> Items[WarningItem]:
    """A page of the warnings that hold at a view, in the order of the events that they are about."""
    facts = KnownFacts(view)
    found = [one for one in sorted(_all(facts), key=_order) if _is_wanted(one, wanted)]
    items = [item for one in found if (item := item_of(facts, one, one.pointer, with_dismissed=wanted.with_dismissed))]
    shown, next_cursor = items_on_page(items, page)
    return Items(shown, basis, next_cursor)


def stretch_of_warnings(history: ReadableHistory, basis: Basis) -> int:
    """A name for the stretch of valid time, around that of a basis, in which no pledge grows too old.

    It goes with the stretch in which no date passes (``domain/history/instants.py``).
    """
    return history.root.stretch_of(period(basis.valid_at).last_us - UNCONFIRMED_US)


def _all(facts: KnownFacts) -> Iterator[Found]:
    for one in facts.all():
        for find in of_facts(one.fact_type):
            yield from find(facts, one)
    for kind in CONCEPTS:
        for thing in facts.view.knowledge.things(kind):
            checkpoint()
            yield from of_state(facts, facts.view, thing, of_states(kind))


def of_state(facts: KnownFacts, view: View, thing: Thing, finders: Iterable[OfState]) -> Iterator[Found]:
    """What the state of a thing gives rise to, if there is one."""
    state = view.state(thing)
    if state is not None:
        for find in finders:
            yield from find(facts, view, state)


def _order(found: Found) -> tuple[int, str, list[str]]:
    return found.one.event.sequence, found.warning, found.events


def _is_wanted(found: Found, wanted: WantedWarnings) -> bool:
    if wanted.names and found.warning not in wanted.names:
        return False
    things = (reference_to(one.fact.thing) for one in (found.one, *found.others))
    return wanted.thing is None or wanted.thing in things


def item_of(facts: KnownFacts, found: Found, pointer: str, *, with_dismissed: bool) -> WarningItem | None:
    dismissal: Any = facts.dismissal(found.one, found.warning)
    if dismissal is None:
        return WarningItem(found.warning, pointer, found.detail, found.events, found.remedy)
    if not with_dismissed:
        return None
    dismissed = Dismissal(dismissal.event_id, dismissal.recorded_by, dismissal.fact.reason)
    return WarningItem(found.warning, pointer, found.detail, found.events, found.remedy, dismissed)
