"""What the facts of one request give rise to, for the answer to it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from domain.concepts.basing import BasingEnded, BasingRuledOut
from domain.concepts.members import MemberLeft
from domain.concepts.stances import StanceStated
from domain.corrections import EventCorrected, SourceAdded
from domain.events import Event
from domain.facts import Thing
from domain.history.correction_chains import RECORD_FACTS
from domain.history.history import View
from projections.event_index import EventIndex
from projections.warnings.catalogue import of_facts, of_states
from projections.warnings.found import Found
from projections.warnings.known_facts import FactInForce, KnownFacts, what_is_said
from projections.warnings.warnings import WarningItem, item_of, of_state

FEW_EVENTS = 100
"""So many events are listed in an index at once, without other requests waiting noticeably."""


class ToldWarning(NamedTuple):
    """A warning that a fact of a request gives rise to: the fact's place in the request, and a pointer into it."""

    place: int
    item: WarningItem


def warnings_from(events: Iterable[Event], view: View, index: EventIndex) -> list[ToldWarning]:
    """What the events of a request give rise to, each as of when it takes effect.

    ``view`` is of the record on the recorded axis, with the last of them as the last event known, so the same request
    always has the same warnings.
    """
    facts = KnownFacts(view, index)
    return [ToldWarning(place, item) for place, event in enumerate(events) for item in _items(facts, event)]


def is_at_hand(index: EventIndex, until: int) -> bool:
    """Whether the index of a record lists nearly all of the first so many events by what warnings look for."""
    return index.behind(what_is_said, until) <= FEW_EVENTS


def _items(facts: KnownFacts, event: Event) -> Iterator[WarningItem]:
    fact: Any = event.fact
    found: Iterable[Found] = ()
    start = ""
    if isinstance(fact, SourceAdded):
        found = _around(facts, fact.event)
    elif type(fact) not in RECORD_FACTS or isinstance(fact, EventCorrected):
        found = _from(facts, facts.said_by(event))
        start = "/replacement" if isinstance(fact, EventCorrected) else ""
    for one in found:
        pointer = "/event" if isinstance(fact, SourceAdded) else start + one.pointer
        if (item := item_of(facts, one, pointer, with_dismissed=False)) is not None:
            yield item


def _from(facts: KnownFacts, one: FactInForce | None) -> Iterator[Found]:
    """What a fact that was just recorded gives rise to: it is the last of the facts that this is about."""
    if one is None:
        return
    for find in of_facts(one.fact_type):
        yield from find(facts, one)
    view = facts.view_at(one.starts_us)
    others = (Thing("pledge", name) for name in _pledges_touched(facts, one.fact))
    for thing in (one.fact.thing, *others):
        found = of_state(facts, view, thing, of_states(thing.kind, one.fact_type))
        yield from (each for each in found if each.one.event is one.event)


def _pledges_touched(facts: KnownFacts, fact: Any) -> Iterable[str]:
    """The pledges, other than the one that it is about, that may surprise once a fact is on record."""
    match fact:
        case StanceStated(stance="ruled_out"):
            return facts.pledges_of(fact.actor)
        case MemberLeft():
            return facts.pledges_of(fact.member)
        case BasingRuledOut() | BasingEnded():
            return facts.pledges_sent_to(fact.basing)
    return ()


def _around(facts: KnownFacts, event_id: str) -> Iterator[Found]:
    """What still holds about a fact to which a source was added, by itself or together with a later one."""
    one = facts.of_event(event_id)
    if one is None:
        return
    for other in facts.at_that_time(one):
        found = (found for find in of_facts(other.fact_type) for found in find(facts, other))
        yield from (each for each in found if one.event in (each.one.event, *(more.event for more in each.others)))
