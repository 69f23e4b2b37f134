"""What rests only on the words of given bases: leaks, say. Leaving it out leaves nothing that applies resting on them.

A fact rests on the attribution of the content that applies, after corrections, and on those of the sources added to it.
If all of these are of the given bases, what gave that content is left out: the fact itself with all about it, or the
correction, and then what it had corrected is looked at in the same way. So is a retraction, and an added source, on
such words alone. A fact without an attribution rests on none, and stays.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from domain.corrections import EventRetracted, SourceAdded
from domain.events import Event, content_of
from domain.history.correction_chains import RECORD_FACTS, Corrections


def attributed_only(chain: Sequence[Event], bases: Collection[str]) -> list[Event]:
    """The events to leave out of a chain, which has a fact about the world first and then all that is about it."""
    if isinstance(chain[0].fact, RECORD_FACTS):
        return []  # what it is about is not known, so it has no effect
    left = list(chain)
    while left:
        corrections = Corrections()
        for event in sorted(left, key=lambda event: event.sequence):
            corrections.learn(event)
        gone = {one.event_id for event in _to_leave_out(left, corrections, bases) for one in corrections.chain(event)}
        if not gone:
            break
        left = [event for event in left if event.event_id not in gone]
    kept = {event.event_id for event in left}
    return [event for event in chain if event.event_id not in kept]


def _to_leave_out(left: Sequence[Event], corrections: Corrections, bases: Collection[str]) -> Iterator[Event]:
    path = [left[0]]
    while (change := corrections.change_of(path[-1].event_id)) is not None:
        path.append(change)
    if not isinstance(path[-1].fact, EventRetracted) and _rests_on(content_of(path[-1]), path, corrections, bases):
        yield path[-1]
    for event in left:
        fact = event.fact
        if isinstance(fact, SourceAdded) and not corrections.is_retracted(event.event_id):
            if _basis_of(fact) in bases:
                yield event
        elif (
            isinstance(fact, EventRetracted)
            and corrections.change_of(fact.retracts) is event
            and _rests_on(fact, [event], corrections, bases)
        ):
            yield event


def _rests_on(content: Any, path: Sequence[Event], corrections: Corrections, bases: Collection[str]) -> bool:
    """Whether content has an attribution, and all of its own and of the sources added are of some bases."""
    if _basis_of(content) not in bases:
        return False
    added = (_basis_of(other.fact) for event in path for other in _added_to(event, corrections))
    return all(basis is None or basis in bases for basis in added)


def _added_to(event: Event, corrections: Corrections) -> Iterator[Event]:
    about = corrections.all_about(event.event_id)
    added = (other for other in about if isinstance(other.fact, SourceAdded))
    return (other for other in added if not corrections.is_retracted(other.event_id))


def _basis_of(fact: Any) -> str | None:
    return None if fact.attribution is None else str(fact.attribution.basis)
