"""Recording files of facts: judged as a whole first, then sent batch by batch, each batch all or none.

A fact without an ``event_id`` gets one that is made from the coalition, what it says, and how often the file has said
so before; and a batch gets an idempotency key made from what it holds. So a command that is run again, after it was
killed or after facts were added to its file, records what is missing and nothing twice.
"""

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import orjson

from api.cli.client import path_to
from api.cli.failures import CommandFailed, Refusal, error_line, refusal_of
from api.files.facts import FactInFile
from api.http.bodies import BODY_BYTES, LINES, RequestBody, facts_in, valid_facts
from api.http.problems import IDEMPOTENCY_IN_PROGRESS, MALFORMED_BODY, WRITE_CONFLICT, Fault, Problem
from domain.events import FACT

CREATED = 201
ATTEMPTS = 5
"""So often a batch is sent while the service says that it is busy."""

FACTS_PER_BATCH = 500
_BYTES_PER_BATCH = BODY_BYTES // 2
_MOST_SHOWN = 20
_NAMESPACE = uuid.UUID("8d3a4f5e-6e0b-5b57-9d0a-3f1b8f7f2a11")


class PreparedFact(NamedTuple):
    """A fact that can be sent: its JSON with an id, the id, whether we made that, and where it was written."""

    json: bytes
    event_id: str
    is_our_id: bool
    place: str


@dataclass(slots=True)
class Outcome:
    """What became of the facts so far; ``sequence`` is the length of the stream."""

    coalition: str
    recorded: int = 0
    already_recorded: int = 0
    sequence: int | None = None

    @property
    def done(self) -> int:
        return self.recorded + self.already_recorded


# --- judging ----------------------------------------------------------------------------------------------------------


def prepared(coalition: str, written: Sequence[FactInFile]) -> list[PreparedFact]:
    """Judge the facts of one file as the service would. Raises ``CommandFailed`` with all that is wrong with them."""
    ready: list[PreparedFact] = []
    wrong: list[str] = []
    seen: Counter[bytes] = Counter()
    for batch in _cut(written, FACTS_PER_BATCH, lambda one: len(one.json)):
        try:
            sent = facts_in(b"\n".join(one.json for one in batch), LINES[0])
            valid_facts(sent)
        except Problem as problem:
            wrong += _wrong(problem, batch)
        else:
            ready += _with_ids(coalition, sent, batch, seen)
    if wrong:
        shown = [f"  {line}" for line in wrong[:_MOST_SHOWN]]
        more = [f"  and {len(wrong) - _MOST_SHOWN:,} more"] if len(wrong) > _MOST_SHOWN else []
        raise CommandFailed("\n".join(["Nothing was recorded, because these facts are not valid:", *shown, *more]))
    return ready


def _wrong(problem: Problem, batch: Sequence[FactInFile]) -> Iterator[str]:
    if not problem.faults:
        yield f"{batch[0].file}: {problem.detail}"
    for fault in problem.faults:
        index, pointer = _split(fault.pointer or "")
        detail = fault.detail.split(": ", 1)[-1] if problem.type is MALFORMED_BODY else fault.detail
        place = batch[index].place if index is not None and index < len(batch) else batch[0].file
        yield f"{place}: {error_line(Fault(pointer=pointer or None, detail=detail).document())}"


def _split(pointer: str) -> tuple[int | None, str]:
    """The index that a pointer into a list begins with, and the rest."""
    first, slash, rest = pointer.removeprefix("/").partition("/")
    return (int(first), slash + rest) if first.isdigit() else (None, pointer)


def _with_ids(
    coalition: str, sent: RequestBody, batch: Sequence[FactInFile], seen: Counter[bytes]
) -> Iterator[PreparedFact]:
    for item, canonical, one in zip(sent.items, sent.canonical, batch, strict=True):
        digest = hashlib.sha256(canonical).digest()
        times = seen[digest]
        seen[digest] += 1
        own = item.get("event_id")
        event_id = own or str(uuid.uuid5(_NAMESPACE, f"{coalition} {digest.hex()} {times}"))
        yield PreparedFact(orjson.dumps(item | {"event_id": event_id}), event_id.lower(), own is None, one.place)


# --- sending ----------------------------------------------------------------------------------------------------------


def send(
    client: httpx.Client,
    coalition: str,
    facts: Sequence[PreparedFact],
    size: int = FACTS_PER_BATCH,
    progress: Callable[[int], Any] = lambda done: None,
) -> Outcome:
    """Record facts in batches; raises ``CommandFailed`` with what had been recorded by then, and how to go on."""
    outcome = Outcome(coalition)
    for batch in _cut(facts, size, lambda one: len(one.json)):
        try:
            _send_batch(client, batch, outcome)
        except (CommandFailed, httpx.HTTPError) as failure:
            raise CommandFailed(f"{failure}\n{_so_far(outcome, len(facts))}") from None
        progress(outcome.done)
    return outcome


def _send_batch(client: httpx.Client, batch: Sequence[PreparedFact], outcome: Outcome) -> None:
    """Record a batch, without those of its facts that are on record already."""
    rest = list(batch)
    while rest:
        response = _posted(client, outcome.coalition, rest)
        if response.status_code == CREATED:
            is_repeat = response.headers.get("Idempotency-Replayed") == "true"
            outcome.recorded += 0 if is_repeat else len(rest)
            outcome.already_recorded += len(rest) if is_repeat else 0
            outcome.sequence = max(outcome.sequence or 0, int(response.headers["ETag"].strip('"')))
            return
        refusal = refusal_of(response)
        known = _on_record(client, outcome.coalition, rest, refusal) if isinstance(refusal, Refusal) else set()
        if not known:
            raise _placed(refusal, rest)
        outcome.already_recorded += len(known)
        rest = [one for index, one in enumerate(rest) if index not in known]


def _posted(client: httpx.Client, coalition: str, batch: Sequence[PreparedFact]) -> httpx.Response:
    """Send a batch, again where the service asks for that."""
    body = b"[" + b",".join(one.json for one in batch) + b"]"
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"cli-{hashlib.sha256(body).hexdigest()}"}
    for _ in range(ATTEMPTS):
        response = client.post(path_to("coalitions", coalition, "events"), content=body, headers=headers)
        if response.status_code == CREATED or not _is_worth_repeating(response):
            return response
        time.sleep(float(response.headers.get("Retry-After", 1)))
    return response


def _is_worth_repeating(response: httpx.Response) -> bool:
    """Whether others were only faster; a store that does not answer has been waited for long enough."""
    refusal = refusal_of(response)
    return isinstance(refusal, Refusal) and refusal.name in (WRITE_CONFLICT.name, IDEMPOTENCY_IN_PROGRESS.name)


def _on_record(client: httpx.Client, coalition: str, batch: Sequence[PreparedFact], refusal: Refusal) -> set[int]:
    """Which facts of a refused batch are on record already, by index."""
    taken = {
        index
        for error in refusal.errors
        for index, pointer in [_split(error.get("pointer", ""))]
        if index is not None and error.get("rule") == "IdAlreadyUsed" and pointer == "/event_id"
    }
    return {index for index in taken if batch[index].is_our_id or _is_same(client, coalition, batch[index])}


def _is_same(client: httpx.Client, coalition: str, fact: PreparedFact) -> bool:
    """Whether the event on record under a fact's id says the same."""
    response = client.get(path_to("coalitions", coalition, "events", fact.event_id))
    if response.is_error:
        return False
    recorded = response.json()["event"]["event"]["fact"]
    return bool(FACT.validate_python(recorded) == FACT.validate_python(orjson.loads(fact.json)))


def _placed(refusal: CommandFailed, batch: Sequence[PreparedFact]) -> CommandFailed:
    """The refusal, its errors told by file and line instead of by index."""
    if not isinstance(refusal, Refusal):
        return refusal
    lines = [_placed_line(error, batch) for error in refusal.errors[:_MOST_SHOWN]]
    if len(refusal.errors) > _MOST_SHOWN:
        lines.append(f"  and {len(refusal.errors) - _MOST_SHOWN:,} more")
    said = f"{refusal.problem['title']}:" if lines else str(refusal)
    return CommandFailed("\n".join([said, *lines]))


def _placed_line(error: dict[str, Any], batch: Sequence[PreparedFact]) -> str:
    index, pointer = _split(error.get("pointer", ""))
    line = error_line(error | {"pointer": pointer} if index is not None else error)
    return f"  {batch[index].place}: {line}" if index is not None else f"  {line}"


def _so_far(outcome: Outcome, facts: int) -> str:
    if not outcome.done:
        return "Nothing was recorded. Run the same command again once this is fixed."
    return (
        f"{outcome.done:,} of {facts:,} facts are on record; the rest are not. Run the same command again once this is "
        "fixed: it continues where it stopped, and records nothing twice."
    )


def _cut(items: Sequence[Any], size: int, bytes_of: Callable[[Any], int]) -> Iterable[Sequence[Any]]:
    """Cut into batches of so many items, and of no more bytes than a body may have."""
    batch: list[Any] = []
    held = 0
    for item in items:
        if batch and (len(batch) >= size or held + bytes_of(item) > _BYTES_PER_BATCH):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += bytes_of(item)
    if batch:
        yield batch
