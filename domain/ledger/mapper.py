"""Events to rows and back: the topic is a stable name with a version, the state is the event's JSON.

When the JSON of a type of fact changes, its version in ``VERSIONS`` goes up by one, ``UPCASTERS`` gets the step from
the version before, and the golden file of the old version stays in the tests: a stored event can always be loaded.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent
from pydantic_core import from_json

from domain.events import FACTS, Event, event_json
from domain.ledger.decoding import reader
from domain.ledger.failures import UnreadableEvent
from domain.times import stamp_us

VERSIONS: dict[str, int] = dict.fromkeys(FACTS, 1)
"""The current version of each type of fact, in which it is stored."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[str, Upcaster] = {}
"""For the topic of each past version, the step that turns an event's JSON into that of the next version.

The ``replacement`` inside an ``EventCorrected`` is a fact too: a step for a type of fact comes with one for
``EventCorrected``.
"""


class EventMapper(Mapper[str]):
    """Turns events into rows and back, whatever version they were stored in."""

    def __init__(self, versions: Mapping[str, int] = VERSIONS, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> None:
        # The library's transcoder, compressor and cipher are not used: other programs can read JSON in the store.
        self._topics = {name: f"{name}.{version}" for name, version in versions.items()}
        self._current = frozenset(self._topics.values())
        self._upcasters = upcasters
        read = reader(Event)
        assert read is not None
        self._read = read

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the event's row: the coalition is the stream's id, the sequence its version."""
        return self.stored(domain_event)

    def stored(self, event: Event, fact: bytes | None = None) -> StoredEvent:
        """Return the event's row; ``fact`` is the JSON of its fact, if it has been written already."""
        return StoredEvent(event.coalition, event.sequence, self._topics[event.fact.type], event_json(event, fact))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Read one event; raises ``UnreadableEvent``."""
        return self.event(stored_event.topic, stored_event.state)

    def events(self, rows: Iterable[tuple[Any, ...]]) -> list[Event]:
        """Read the events of rows of (sequence, topic, state); raises ``UnreadableEvent``."""
        events = []
        for sequence, topic, state in rows:
            event = self.event(topic, state)
            if event.sequence != sequence:
                raise UnreadableEvent(f"the event stored as number {sequence} has the sequence {event.sequence}")
            events.append(event)
        return events

    def is_current(self, topic: str) -> bool:
        """Whether events of a topic are stored in their type's current version."""
        return topic in self._current

    def event(self, topic: str, state: bytes) -> Event:
        """Read an event from its topic and its JSON, of whatever version; raises ``UnreadableEvent``."""
        try:
            value = from_json(state)  # shares equal strings, which saves half a kilobyte an event
            if topic not in self._current:
                value = self.upcast(topic, value)
            event: Event = self._read(value)
            stamp_us(event.recorded_at)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableEvent(f"a stored {topic} cannot be read: {error!r}") from error
        return event

    def upcast(self, topic: str, value: dict[str, Any]) -> dict[str, Any]:
        """Bring an event's JSON, step by step, to the current version; raises ``UnreadableEvent``."""
        while topic not in self._current:
            if topic not in self._upcasters:
                raise UnreadableEvent(f"the type of event {topic} is unknown here; a newer program may have stored it")
            value = self._upcasters[topic](value)
            name, _, version = topic.rpartition(".")
            topic = f"{name}.{int(version) + 1}"
        return value
