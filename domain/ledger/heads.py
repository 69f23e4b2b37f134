"""The head of each stream: what is kept beside a coalition's events, so that listing coalitions reads none of them.

A head is written in the transaction of the events that it describes. The events are the truth: if they go on after
the head, an older program has written them; if they end before it, the store has lost some.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from domain.concepts.coalition import FORMATION
from domain.events import Event
from domain.history.history import History
from domain.history.tracks import Track
from domain.ledger.failures import CutStream, UnreadableEvent

NAMING = ("CoalitionFormed", "CoalitionRenamed", "EventCorrected", "EventRetracted")
"""The types of fact that a coalition's name depends on."""


class Head(NamedTuple):
    """The last event of a stream, and the coalition's names: JSON of ``[[from_us, name], ...]`` by valid time."""

    coalition: str
    sequence: int
    event_id: str
    recorded_at: str
    names: str


class Addition(NamedTuple):
    """Where events are added: after which event (0 and ``None`` for the first), and the head that this leads to."""

    after: int
    after_id: str | None
    head: Head


class ListedStream(NamedTuple):
    """A stream as the store lists it: its last event, and its head (0 and ``None`` if there is none)."""

    coalition: str
    sequence: int
    head_sequence: int
    names: str | None


def head_of(last: Event, formation: Track | None) -> Head:
    """Make the head of a stream that ends with an event; ``formation`` is the track of the coalition itself."""
    return Head(last.coalition, last.sequence, last.event_id, last.recorded_at, _names(formation))


def head_from(naming: Iterable[Event], last: Event) -> Head:
    """Make the head of a stream from its last event and those of the types in ``NAMING``.

    Raises ``UnreadableEvent`` if they make no history.
    """
    try:
        return head_of(last, History(last.coalition, naming).track(FORMATION))
    except Exception as error:
        raise UnreadableEvent(f"the names of {last.coalition} cannot be read: {error!r}") from error


def name_at(names: str, now_us: int) -> str:
    """Return the name at a time; for a coalition that is formed later, the name that it will have in the end.

    Raises ``UnreadableEvent`` if they are not names.
    """
    try:
        in_order: list[tuple[int, str]] = from_json(names)
        begun = [name for from_us, name in in_order if from_us <= now_us]
        return begun[-1] if begun else in_order[-1][1]
    except (TypeError, ValueError, IndexError) as error:
        raise UnreadableEvent(f"the names beside a coalition's events cannot be read: {error!r}") from error


def _names(formation: Track | None) -> str:
    """Write the names as JSON; of names that begin at the same time, the last one counts."""
    names: dict[int, str] = {}
    if formation is not None:
        for entry, state in zip(formation.entries, formation.states, strict=True):
            if state is not None:
                names[entry.effective_us] = state.name
    return to_json(list(names.items())).decode()


def check_predecessor(coalition: str, sequence: int, event_id: str | None, row: Sequence[Any] | None) -> None:
    """Raise ``CutStream`` unless a row, the state of the event with a sequence, is that of the event with an id.

    Before the first event, whose predecessor is 0 and ``None``, there is no row.
    """
    if event_id is None:
        return
    if row is None:
        raise CutStream(f"event {sequence:,} of {coalition} is no longer stored")
    if event_id.encode() not in row[0]:
        raise CutStream(f"event {sequence:,} of {coalition} is stored with other content than it had")


def check_same_id(coalition: str, event: Event, event_id: str) -> None:
    """Raise ``CutStream`` if an event is not the one with an id."""
    if event.event_id != event_id:
        raise CutStream(f"event {event.sequence:,} of {coalition} is not the one that was recorded")


def check_head(coalition: str, sequence: int, row: Sequence[Any] | None) -> None:
    """Raise ``CutStream`` if a stream that ends with a sequence has a later head."""
    if row is not None and row[0] > sequence:
        raise CutStream(f"{coalition} has lost events: {row[0]:,} were recorded, and {sequence:,} are stored")
