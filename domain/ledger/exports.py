"""An export: one coalition with its scenarios as lines of JSON, to be kept or moved, and read by any later program::

    {"format":"coalition-export","version":1,"coalition":"willing","events":133,"scenarios":1,"scenario_events":2,...}
    {"topic":"CoalitionFormed.1","event":{...}}
    {"topic":"ScenarioOpened.1","scenario_event":{...},"request":"<SHA-256 of the request, where it had a key>"}

Each event is there as it is stored, with the topic that it is stored under, and is brought to the current version when
it is read, by the same steps as in the store. The first line says how many lines follow, so that a part is no whole.
Keys are left out: a store's keys are for its own service. Exports from before there was a first line are the events
alone; all their events are of version 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from domain.events import EVENT, Event
from domain.ledger.failures import BrokenExport, UnknownCoalition, UnreadableEvent
from domain.ledger.mapper import EventMapper
from domain.ledger.recorders import PAGE, LedgerRecorder, available
from domain.ledger.scenario_store import ScenarioMapper, scope_of
from domain.what_if.scenarios import SCENARIO_EVENT, ScenarioEvent

VERSION = 1
LEFT_OUT = ("keys",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line: what follows, and what is left out."""

    format: Literal["coalition-export"] = "coalition-export"
    version: int = VERSION
    coalition: str
    events: int
    scenarios: int
    scenario_events: int
    left_out: tuple[str, ...] = LEFT_OUT


_HEADER: TypeAdapter[Header] = TypeAdapter(Header)


class BrokenLine(BrokenExport):
    """A line of an export that cannot be read; its ``__cause__`` says why where it is pydantic that refuses it."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(f"line {number:,}: {detail}")
        self.number = number
        self.detail = detail


# --- writing ----------------------------------------------------------------------------------------------------------


def lines_of(coalition: str, recorder: LedgerRecorder, mapper: EventMapper) -> Iterator[bytes]:
    """The lines of a coalition's export, each with its end. What is recorded meanwhile is not in it.

    Raises ``UnknownCoalition`` at once, ``UnreadableEvent`` and ``StoreUnavailable`` while it is read.
    """
    with available():
        # In this order: a scenario forks from events that are recorded already.
        scenarios = dict(recorder.scenario_sequences(coalition))
        sequence = recorder.sequence(coalition)
    if sequence == 0:
        raise UnknownCoalition(coalition)
    header = Header(
        coalition=coalition, events=sequence, scenarios=len(scenarios), scenario_events=sum(scenarios.values())
    )
    return _lines(header, scenarios, recorder, mapper)


def _lines(header: Header, scenarios: dict[str, int], recorder: LedgerRecorder, mapper: EventMapper) -> Iterator[bytes]:
    yield _HEADER.dump_json(header) + b"\n"
    after = 0
    while after < header.events:
        with available():
            rows = recorder.rows(header.coalition, after, min(PAGE, header.events - after))
        if not rows or rows[-1][0] != after + len(rows):
            raise UnreadableEvent(f"the stored events of {header.coalition} have a gap after {after}")
        mapper.events(rows)  # what this program cannot read, nobody could be sure to have exported whole
        for _, topic, state in rows:
            yield b'{"topic":%b,"event":%b}\n' % (to_json(topic), _in_one_line(state))
        after = rows[-1][0]
    scenario_mapper = ScenarioMapper()
    for scenario, last in scenarios.items():
        with available():
            rows = recorder.scenario_rows(header.coalition, scenario, 0)[:last]
            digests = _digests(header.coalition, scenario, recorder)
        scenario_mapper.events(rows)
        for number, topic, state in rows:
            request = b',"request":"%b"' % digests[number].hex().encode() if number in digests else b""
            yield b'{"topic":%b,"scenario_event":%b%b}\n' % (to_json(topic), _in_one_line(state), request)


def _in_one_line(state: bytes) -> bytes:
    """JSON without line breaks, which are nothing but white space in it."""
    return state.replace(b"\n", b" ").replace(b"\r", b" ")


def _digests(coalition: str, scenario: str, recorder: LedgerRecorder) -> dict[int, bytes]:
    """The digest of the request behind each event of a scenario that came with a key."""
    return {
        sequence: request.digest
        for request in recorder.all_requests(scope_of(coalition, scenario))
        for sequence in range(request.first_sequence, request.last_sequence + 1)
    }


# --- reading ----------------------------------------------------------------------------------------------------------


class ExportedScenarioEvent(NamedTuple):
    """An event of a scenario, and the digest of the request that it came with, where that had a key."""

    event: ScenarioEvent
    digest: bytes | None


class Export:
    """An export as it is read: the events, and when those are used up, the events of scenarios.

    Raises ``BrokenLine`` at a line that cannot be read, ``BrokenExport`` where some are missing.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
        self._mapper = EventMapper()
        self._scenario_mapper = ScenarioMapper()
        self._header: Header | None = None
        self._read = self._entries(numbered)
        self._next: Event | ExportedScenarioEvent | None = next(self._read, None)
        self.scenarios: set[str] = set()

    @property
    def coalition(self) -> str | None:
        """Whose record it is; ``None`` where there is no event."""
        return self._next.coalition if isinstance(self._next, Event) else None

    def events(self) -> Iterator[Event]:
        """Give the events of the record, in the current version."""
        count = 0
        while isinstance(self._next, Event):
            count += 1
            yield self._next
            self._next = next(self._read, None)
        if self._header is not None:
            _refuse_a_part("events", self._header.events, count)

    def scenario_events(self) -> Iterator[ExportedScenarioEvent]:
        """Give the events of the scenarios, in the current version."""
        count = 0
        while isinstance(self._next, ExportedScenarioEvent):
            count += 1
            self.scenarios.add(self._next.event.scenario)
            yield self._next
            self._next = next(self._read, None)
        if self._next is not None:
            raise BrokenExport("events of the coalition follow those of its scenarios")
        if self._header is not None:
            _refuse_a_part("events of scenarios", self._header.scenario_events, count)

    def _entries(self, numbered: Iterator[tuple[int, bytes]]) -> Iterator[Event | ExportedScenarioEvent]:
        for number, line in numbered:
            try:
                value = from_json(line)
                if self._header is None and isinstance(value, dict) and "format" in value:
                    self._header = _header(value)
                    continue
                entry = self._entry(value)
            except ValidationError as error:
                raise BrokenLine(number, "a field is not as it has to be") from error
            except KeyError as error:
                raise BrokenLine(number, f"it has no {error.args[0]}") from error
            except (AttributeError, TypeError, ValueError, UnreadableEvent, BrokenExport) as error:
                raise BrokenLine(number, str(error)) from error
            yield entry

    def _entry(self, value: Any) -> Event | ExportedScenarioEvent:
        """An event of a line; it is judged once it is of the current version, not before."""
        if not isinstance(value, dict):
            raise BrokenExport("it is no object")
        if self._header is None:
            return _event(self._mapper.upcast(f"{value['fact']['type']}.1", value))
        if "event" in value:
            return _event(self._mapper.upcast(value["topic"], value["event"]))
        event = SCENARIO_EVENT.validate_python(self._scenario_mapper.upcast(value["topic"], value["scenario_event"]))
        return ExportedScenarioEvent(event, bytes.fromhex(value["request"]) if "request" in value else None)


def _header(value: dict[str, Any]) -> Header:
    header = _HEADER.validate_python(value)
    if header.version > VERSION:
        raise BrokenExport(f"the export has format version {header.version}; this program reads up to {VERSION}")
    return header


def _event(value: dict[str, Any]) -> Event:
    return EVENT.validate_json(to_json(value))


def _refuse_a_part(what: str, promised: int, found: int) -> None:
    if found != promised:
        raise BrokenExport(f"the export was to have {promised:,} {what} and has {found:,}; it is not whole")
