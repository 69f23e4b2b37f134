"""Events to rows and back: the topic is a stable name and a version, the state is the event's JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from eventsourcing.persistence import Mapper, StoredEvent
from pydantic import ValidationError

from domain.events import EVENT, FACTS, Event, event_json
from domain.ledger.failures import UnreadableEvent

VERSIONS: dict[str, int] = dict.fromkeys(FACTS, 1)
"""The version in which each type of fact is stored now."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[str, Upcaster] = {}
"""For each topic of a past version, the step that makes the event's JSON that of the next version."""

TopicAndState = tuple[str, bytes]


class EventMapper(Mapper[str]):
    """Turns events into what the recorders store, and back, whatever version they were stored in."""

    def __init__(self) -> None:
        """The library's transcoder, compressor and cipher stay unused: JSON in the store is readable for others."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Give the event its row: the coalition is the stream's id, the sequence its version."""
        event: Event = domain_event
        return StoredEvent(event.coalition, event.sequence, topic_of(event), event_json(event))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Read one event; raises ``UnreadableEvent``."""
        return self.event(stored_event.topic, stored_event.state)

    def events(self, rows: Iterable[TopicAndState]) -> Iterable[Event]:
        """Read many events."""
        return (self.event(topic, state) for topic, state in rows)

    def event(self, topic: str, state: bytes) -> Event:
        """Read an event from its topic and its JSON, of the current version or an older one."""
        name, _, version = topic.partition(".")
        if VERSIONS.get(name) is None or not version.isdecimal() or int(version) > VERSIONS[name]:
            raise UnreadableEvent(f"no event is called {topic} here; a newer program may have stored it")
        try:
            return EVENT.validate_json(state)
        except ValidationError as error:
            raise UnreadableEvent(f"a stored {topic} cannot be read: {error}") from error


def topic_of(event: Event) -> str:
    """The name and version under which an event is stored."""
    name = event.fact.type
    return f"{name}.{VERSIONS[name]}"
