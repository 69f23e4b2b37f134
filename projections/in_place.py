"""What stands in an event's place: its own content, or what the corrections of it say, one after the other."""

from typing import Any, NamedTuple, Protocol

from domain.corrections import EventCorrected, EventRetracted
from domain.events import Event, content_of
from domain.history.correction_chains import Corrections
from projections.record import targets_of

_CHANGES = (EventCorrected, EventRetracted)


class KnownEvents(Protocol):
    """Where events are looked up: a view of a history, or what a client has read."""

    def event(self, event_id: str) -> Event | None:
        """The event with an id."""

    def events_about(self, event_id: str) -> list[Event]:
        """The events that correct, retract, support or remark on an event."""


class InPlace(NamedTuple):
    """The event at the start of a chain, and the changes that act, each on the one before it; the last decides."""

    root: Event
    changes: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """The event that a further correction, or a retraction, is about."""
        return (self.root, *self.changes)[-1]

    @property
    def is_retracted(self) -> bool:
        return isinstance(self.last.fact, EventRetracted)

    @property
    def content(self) -> Any:
        """The fact that applies; of a retracted event, the one that was retracted."""
        said = [one for one in (self.root, *self.changes) if not isinstance(one.fact, EventRetracted)]
        return content_of(said[-1])

    def to_retract(self, event: Event) -> list[Event]:
        """The events to retract, in this order, so that what an event of the chain says no longer applies; none if it
        does not apply now.

        Only what nothing acts on can be retracted; so the changes of the event go first, the last one first.
        """
        acting = (self.root, *self.changes)
        if event not in acting or (self.is_retracted and event is self.root):
            return []
        return list(reversed(acting[acting.index(event) :]))


def in_place_of(event: Event, view: KnownEvents) -> InPlace:
    """What stands in the place of an event about the world or a remark, or of the one that a change leads up to."""
    above = [event]
    for target in targets_of(event, view.event):
        if not isinstance(above[-1].fact, _CHANGES):
            break
        above.append(target)
    root = above[-1]
    corrections, chain = Corrections(), [root]
    for one in chain:
        chain += (other for other in view.events_about(one.event_id) if other.sequence > one.sequence)
    for one in sorted(chain, key=lambda one: one.sequence):
        corrections.learn(one)
    changes: list[Event] = []
    while (change := corrections.change_of((changes or [root])[-1].event_id)) is not None:
        changes.append(change)
    return InPlace(root, tuple(changes))
