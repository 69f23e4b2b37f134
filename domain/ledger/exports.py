"""An export: a coalition with its scenarios as lines of JSON, to archive or move; any later program can read it::

    {"format":"coalition-export","version":1,"coalition":"willing","events":133,"scenarios":1,"scenario_events":2,...}
    {"topic":"CoalitionFormed.1","event":{...}}
    {"topic":"ScenarioOpened.1","scenario_event":{...},"request":"<SHA-256 of the request, if it had a key>"}

Each event is exported as it is stored, with its topic. When an export is read, its events are upcast by the same steps
as those in the store. The first line says how many lines follow, so that an incomplete export is recognised. Keys are
left out: a store's keys are for its own service. Older exports have no first line, and only events, all of version 1.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from domain.events import EVENT, Event
from domain.ledger.failures import BrokenExport, UnknownCoalition, UnreadableEvent
from domain.ledger.mapper import EventMapper
from domain.ledger.outages import store_errors
from domain.ledger.recorders import PAGE, LedgerRecorder
from domain.ledger.scenario_store import ScenarioMapper, scope_of
from domain.ledger.tickets import check_request
from domain.what_if.scenarios import SCENARIO_EVENT, ScenarioEvent

VERSION = 1
LEFT_OUT = ("keys",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line: how much follows, and what is left out."""

    format: Literal["coalition-export"] = "coalition-export"
    version: int = VERSION
    coalition: str
    events: int
    scenarios: int
    scenario_events: int
    left_out: tuple[str, ...] = LEFT_OUT


_HEADER: TypeAdapter[Header] = TypeAdapter(Header)


class BrokenLine(BrokenExport):
    """A line of an export cannot be read; ``__cause__`` is pydantic's error, if there is one."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(f"line {number:,}: {detail}")
        self.number = number
        self.detail = detail


# --- writing ----------------------------------------------------------------------------------------------------------


def lines_of(coalition: str, recorder: LedgerRecorder, mapper: EventMapper) -> Iterator[bytes]:
    """Yield the lines of a coalition's export, each with its line break. Events recorded meanwhile are not in it.

    Raises ``UnknownCoalition`` at once, ``UnreadableEvent`` and ``StoreUnavailable`` during iteration.
    """
    with store_errors():
        # In this order, because a scenario forks from events that have been recorded already.
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
    check = _RequestCheck(header.coalition, recorder, mapper)
    while after < header.events:
        with store_errors():
            rows = recorder.rows(header.coalition, after, min(PAGE, header.events - after))
        if not rows or rows[-1][0] != after + len(rows):
            raise UnreadableEvent(f"the stored events of {header.coalition} have a gap after {after}")
        check.take(rows, mapper.events(rows))  # an export that this program cannot read might be incomplete
        for _, topic, state in rows:
            yield b'{"topic":%b,"event":%b}\n' % (to_json(topic), _in_one_line(state))
        after = rows[-1][0]
    scenario_mapper = ScenarioMapper()
    for scenario, last in scenarios.items():
        with store_errors():
            rows = recorder.scenario_rows(header.coalition, scenario, 0)[:last]
            digests = _digests(header.coalition, scenario, recorder)
        scenario_mapper.events(rows)
        for number, topic, state in rows:
            request = b',"request":"%b"' % digests[number].hex().encode() if number in digests else b""
            yield b'{"topic":%b,"scenario_event":%b%b}\n' % (to_json(topic), _in_one_line(state), request)


class _RequestCheck:
    """Compares the events of each request that had a key with what was recorded for it, page by page."""

    def __init__(self, coalition: str, recorder: LedgerRecorder, mapper: EventMapper) -> None:
        self._coalition = coalition
        self._recorder = recorder
        self._mapper = mapper
        self._rows: list[tuple[Any, ...]] = []
        self._events: list[Event] = []

    def take(self, rows: Sequence[tuple[Any, ...]], events: Sequence[Event]) -> None:
        """Take a page of rows of (sequence, topic, state) and their events; raises ``UnreadableEvent``."""
        keys = {event.idempotency_key for event in events if event.idempotency_key is not None}
        with store_errors():
            requests = {one.key: one for one in self._recorder.requests(self._coalition, [*keys])} if keys else {}
        for row, event in zip(rows, events, strict=True):
            if event.coalition != self._coalition:
                raise UnreadableEvent(f"event {event.sequence} of {self._coalition} is one of {event.coalition}")
            request = requests.get(event.idempotency_key or "")
            if request is not None:
                self._rows.append(row)
                self._events.append(event)
                if event.sequence >= request.last_sequence:
                    check_request(request, self._rows, self._events, self._mapper)
                    self._rows, self._events = [], []


def _in_one_line(state: bytes) -> bytes:
    """Return JSON without line breaks, which are only white space in it."""
    return state.replace(b"\n", b" ").replace(b"\r", b" ")


def _digests(coalition: str, scenario: str, recorder: LedgerRecorder) -> dict[int, bytes]:
    """Return the digest of the request for each event of a scenario that was recorded with a key."""
    return {
        sequence: request.digest
        for request in recorder.all_requests(scope_of(coalition, scenario))
        for sequence in range(request.first_sequence, request.last_sequence + 1)
    }


# --- reading ----------------------------------------------------------------------------------------------------------


class ExportedScenarioEvent(NamedTuple):
    """An event of a scenario, and the digest of its request, if that had a key."""

    event: ScenarioEvent
    digest: bytes | None


class Export:
    """An export that is being read: first the events, then the events of scenarios.

    Raises ``BrokenLine`` at a line that cannot be read, ``BrokenExport`` if lines are missing.
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
        """The coalition whose record it is; ``None`` if there is no event."""
        return self._next.coalition if isinstance(self._next, Event) else None

    def events(self) -> Iterator[Event]:
        """Yield the events of the record, in the current version."""
        count = 0
        while isinstance(self._next, Event):
            count += 1
            yield self._next
            self._next = next(self._read, None)
        if self._header is not None:
            _check_count("events", self._header.events, count)

    def scenario_events(self) -> Iterator[ExportedScenarioEvent]:
        """Yield the events of the scenarios, in the current version."""
        count = 0
        while isinstance(self._next, ExportedScenarioEvent):
            count += 1
            self.scenarios.add(self._next.event.scenario)
            yield self._next
            self._next = next(self._read, None)
        if self._next is not None:
            raise BrokenExport("there are events of the coalition after those of its scenarios")
        if self._header is not None:
            _check_count("events of scenarios", self._header.scenario_events, count)

    def _entries(self, numbered: Iterator[tuple[int, bytes]]) -> Iterator[Event | ExportedScenarioEvent]:
        for number, line in numbered:
            try:
                value = from_json(line)
                if self._header is None and isinstance(value, dict) and "format" in value:
                    self._header = _header(value)
                    continue
                entry = self._entry(value)
            except ValidationError as error:
                raise BrokenLine(number, "a field is not valid") from error
            except KeyError as error:
                raise BrokenLine(number, f"{error.args[0]} is missing") from error
            except (AttributeError, TypeError, ValueError, UnreadableEvent, BrokenExport) as error:
                raise BrokenLine(number, str(error)) from error
            yield entry

    def _entry(self, value: Any) -> Event | ExportedScenarioEvent:
        """Return the event of a line, validated in the current version."""
        if not isinstance(value, dict):
            raise BrokenExport("it is not a JSON object")
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


def _check_count(what: str, announced: int, count: int) -> None:
    if count != announced:
        raise BrokenExport(f"the export is incomplete: it has {count:,} of {announced:,} {what}")
