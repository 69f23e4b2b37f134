"""Warnings: what is on record and surprising, as of a basis, and what the facts of one request give rise to.

Nothing is refused for a warning. It holds until the record no longer gives rise to it, or somebody dismisses it with a
reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field, JsonValue

from domain.checkpoints import checkpoint
from domain.concepts.basing import BasingEnded, BasingRuledOut
from domain.concepts.members import MemberLeft
from domain.concepts.pledges import PledgeState
from domain.concepts.stances import StanceStated
from domain.corrections import EventCorrected, SourceAdded
from domain.events import Event
from domain.facts import Thing
from domain.history.correction_chains import RECORD_FACTS
from domain.history.history import View
from domain.vocabulary import WarningName
from projections.asof import Basis
from projections.event_index import EventIndex
from projections.lists import Items
from projections.paging import Page, items_on_page
from projections.record import reference_to
from projections.warnings.catalogue import OF_FACTS, OF_PLEDGES
from projections.warnings.found import Found
from projections.warnings.known_facts import FactInForce, KnownFacts, what_is_said

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


# --- all that hold ----------------------------------------------------------------------------------------------------


def warnings_of(view: View, basis: Basis, wanted: WantedWarnings, page: Page) -> Items[WarningItem]:
    """A page of the warnings that hold at a view, in the order of the events that they are about."""
    facts = KnownFacts(view)
    found = [one for one in sorted(_all(facts), key=_order) if _is_wanted(one, wanted)]
    items = [item for one in found if (item := _item(facts, one, one.pointer, with_dismissed=wanted.with_dismissed))]
    shown, next_cursor = items_on_page(items, page)
    return Items(shown, basis, next_cursor)


def _all(facts: KnownFacts) -> Iterator[Found]:
    for one in facts.all():
        for find in OF_FACTS:
            yield from find(facts, one)
    for thing in facts.view.knowledge.things("pledge"):
        checkpoint()
        yield from _of_pledge(facts, facts.view, thing)


def _of_pledge(facts: KnownFacts, view: View, thing: Thing) -> Iterator[Found]:
    state: PledgeState | None = view.state(thing)
    if state is not None:
        for find in OF_PLEDGES:
            yield from find(facts, view, state)


def _order(found: Found) -> tuple[int, str, list[str]]:
    return found.one.event.sequence, found.warning, found.events


def _is_wanted(found: Found, wanted: WantedWarnings) -> bool:
    if wanted.names and found.warning not in wanted.names:
        return False
    things = (reference_to(one.fact.thing) for one in (found.one, *found.others))
    return wanted.thing is None or wanted.thing in things


def _item(facts: KnownFacts, found: Found, pointer: str, *, with_dismissed: bool) -> WarningItem | None:
    dismissal: Any = facts.dismissal(found.one, found.warning)
    if dismissal is None:
        return WarningItem(found.warning, pointer, found.detail, found.events, found.remedy)
    if not with_dismissed:
        return None
    dismissed = Dismissal(dismissal.event_id, dismissal.recorded_by, dismissal.fact.reason)
    return WarningItem(found.warning, pointer, found.detail, found.events, found.remedy, dismissed)


# --- what the facts of a request give rise to -------------------------------------------------------------------------


class ToldWarning(NamedTuple):
    """A warning that a fact of a request gives rise to: the fact's place in the request, and a pointer into it."""

    place: int
    item: WarningItem


def warnings_from(events: Iterable[Event], view: View, index: EventIndex) -> list[ToldWarning]:
    """What the events of a request give rise to, each as of when it takes effect.

    ``view`` is of the record on the recorded axis, with the last of them as the last event known.
    """
    facts = KnownFacts(view, index)
    return [told for number, event in enumerate(events) for told in _told(facts, number, event)]


def is_at_hand(index: EventIndex, until: int) -> bool:
    """Whether the index of a record lists nearly all of the first so many events by what warnings look for."""
    return index.behind(what_is_said, until) <= FEW_EVENTS


def _told(facts: KnownFacts, number: int, event: Event) -> Iterator[ToldWarning]:
    fact: Any = event.fact
    if isinstance(fact, SourceAdded):
        one, start = facts.of_event(fact.event), "/event"
    elif type(fact) not in RECORD_FACTS or isinstance(fact, EventCorrected):
        one, start = facts.said_by(event), "/replacement" if isinstance(fact, EventCorrected) else ""
    else:
        return
    if one is None:
        return
    for found in _from(facts, one):
        pointer = start if isinstance(fact, SourceAdded) else start + found.pointer
        if found.one.event is one.event and (item := _item(facts, found, pointer, with_dismissed=False)):
            yield ToldWarning(number, item)


def _from(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    for find in OF_FACTS:
        yield from find(facts, one)
    view = facts.view_of(one)
    for name in _pledges_touched(facts, one.fact):
        yield from _of_pledge(facts, view, Thing("pledge", name))


def _pledges_touched(facts: KnownFacts, fact: Any) -> Iterable[str]:
    """The pledges that may surprise once a fact is on record."""
    match fact:
        case StanceStated(stance="ruled_out"):
            return facts.pledges_of(fact.actor)
        case MemberLeft():
            return facts.pledges_of(fact.member)
        case BasingRuledOut() | BasingEnded():
            return facts.pledges_sent_to(fact.basing)
    return (fact.thing.id,) if fact.thing.kind == "pledge" else ()
