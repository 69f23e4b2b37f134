"""A naive oracle of what rests only on given bases, from the words of the rule: each step looks at everything again."""

from collections.abc import Collection, Iterator, Sequence

from domain.events import Event
from tests.oracle.fold import RECORD_TYPES, Record


def left_out(known: Sequence[Event], bases: Collection[str]) -> set[str]:
    """The ids of the events to leave out of what is known, so that nothing that applies rests only on these bases."""
    gone: set[str] = set()
    while True:
        left = [event for event in known if event.event_id not in gone]
        record = Record(left)
        found = [one for event in left if event.fact.type not in RECORD_TYPES for one in _found(event, record, bases)]
        if not found:
            return gone
        gone |= {other.event_id for one in found for other in _with_all_about(one, record)}


def _found(root: Event, record: Record, bases: Collection[str]) -> Iterator[Event]:
    """What is to be left out of a fact and of all about it: what applies in its place, retractions, added sources."""
    path = [root]
    while (change := record.acting(path[-1])) is not None:
        path.append(change)
    if path[-1].fact.type != "EventRetracted":
        content = record.content(root)
        if content.attribution and {content.attribution.basis, *_added(path, record)} <= set(bases):
            yield path[-1]
    for event in _with_all_about(root, record):
        own = {event.fact.attribution.basis} if event.fact.attribution else set()
        if event.fact.type == "SourceAdded" and not record.is_retracted(event) and own and own <= set(bases):
            yield event
        target = record.target(event) if event.fact.type == "EventRetracted" else None
        is_acting = target is not None and record.acting(target) is event
        if is_acting and own and own | _added([event], record) <= set(bases):
            yield event


def _added(path: Sequence[Event], record: Record) -> set[str]:
    added = [one for event in path for one in record.additions(event)]
    return {one.fact.attribution.basis for one in added if one.fact.attribution}


def _with_all_about(event: Event, record: Record) -> Iterator[Event]:
    yield event
    for other in record.about[event.event_id]:
        yield from _with_all_about(other, record)
