"""Facts for recording: all are checked first, then sent batch by batch, each batch recorded whole or not at all.

A fact without an ``event_id`` gets one that is derived from the coalition, its content, and the number of equal facts
before it in the file; a batch gets an idempotency key derived from its content. So a command that is run again, after
it was killed or after facts were added to its file, records what is missing and nothing twice.
"""

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import orjson

from api.cli.client import path_to
from api.cli.events import with_numbers
from api.cli.failures import CommandFailed, Refusal, error_line, refusal_of
from api.files.facts import FactInFile
from api.hints import facts_of_request
from api.http.bodies import BODY_BYTES, LINES, RequestBody, facts_in
from api.http.problems import IDEMPOTENCY_IN_PROGRESS, MALFORMED_BODY, WRITE_CONFLICT, Fault, Problem
from domain.events import FACT

CREATED = 201
ATTEMPTS = 5
"""How often a batch is sent while the service answers that it is busy."""

FACTS_PER_BATCH = 500
_BYTES_PER_BATCH = BODY_BYTES // 2
_MAX_ERRORS = 20
_NAMESPACE = uuid.UUID("8d3a4f5e-6e0b-5b57-9d0a-3f1b8f7f2a11")


class PreparedFact(NamedTuple):
    """A fact ready to send: its JSON with an id, the id, whether it is derived here, and the place in the file."""

    json: bytes
    event_id: str
    has_derived_id: bool
    place: str


@dataclass(slots=True)
class Outcome:
    """The result so far; ``sequence`` is the number of events on record, if known. Each of the ``warnings`` has
    the ``place`` of its fact in the files, and a pointer into the fact."""

    coalition: str
    recorded: int = 0
    already_recorded: int = 0
    sequence: int | None = None
    warnings: list[Any] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.recorded + self.already_recorded


# --- checks -----------------------------------------------------------------------------------------------------------


def prepare(coalition: str, facts: Sequence[FactInFile]) -> list[PreparedFact]:
    """Check the facts of one file as the service would. Raises ``CommandFailed`` with all errors."""
    prepared: list[PreparedFact] = []
    errors: list[str] = []
    occurrences: Counter[bytes] = Counter()
    for batch in _cut(facts, FACTS_PER_BATCH, lambda fact: len(fact.json)):
        try:
            body = facts_in(b"\n".join(fact.json for fact in batch), LINES[0])
            facts_of_request(body)
        except Problem as problem:
            errors += _errors(problem, batch)
        else:
            prepared += _with_ids(coalition, body, batch, occurrences)
    if errors:
        lines = [f"  {error}" for error in errors[:_MAX_ERRORS]]
        more = [f"  and {len(errors) - _MAX_ERRORS:,} more"] if len(errors) > _MAX_ERRORS else []
        raise CommandFailed("\n".join(["Nothing was recorded, because these facts are not valid:", *lines, *more]))
    return prepared


def _errors(problem: Problem, batch: Sequence[FactInFile]) -> Iterator[str]:
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
    coalition: str, body: RequestBody, batch: Sequence[FactInFile], occurrences: Counter[bytes]
) -> Iterator[PreparedFact]:
    for item, canonical, fact in zip(body.items, body.canonical, batch, strict=True):
        times = occurrences[digest := hashlib.sha256(canonical).digest()]
        occurrences[digest] += 1
        own = item.get("event_id")
        event_id = own or derived_id(coalition, canonical, times)
        yield PreparedFact(orjson.dumps(item | {"event_id": event_id}), event_id.lower(), own is None, fact.place)


def derived_id(coalition: str, canonical: bytes, times: int = 0) -> str:
    """The id of a fact, from its canonical JSON and the number of equal facts before it."""
    return str(uuid.uuid5(_NAMESPACE, f"{coalition} {hashlib.sha256(canonical).hexdigest()} {times}"))


# --- requests ---------------------------------------------------------------------------------------------------------


def send(
    client: httpx.Client,
    coalition: str,
    facts: Sequence[PreparedFact],
    size: int = FACTS_PER_BATCH,
    progress: Callable[[int], Any] = lambda done: None,
) -> Outcome:
    """Record facts in batches. Raises ``CommandFailed``, which says how many are on record and how to continue."""
    outcome = Outcome(coalition)
    for batch in _cut(facts, size, lambda fact: len(fact.json)):
        try:
            _send_batch(client, batch, outcome)
        except (CommandFailed, httpx.HTTPError) as failure:
            raise CommandFailed(f"{failure}\n{_progress_report(outcome, len(facts))}") from None
        progress(outcome.done)
    return outcome


def _send_batch(client: httpx.Client, batch: Sequence[PreparedFact], outcome: Outcome) -> None:
    """Record the facts of a batch that are not yet on record."""
    rest = list(batch)
    while rest:
        response = _post(client, outcome.coalition, rest)
        if response.status_code == CREATED:
            is_repeat = response.headers.get("Idempotency-Replayed") == "true"
            outcome.recorded += 0 if is_repeat else len(rest)
            outcome.already_recorded += len(rest) if is_repeat else 0
            outcome.warnings += _with_place(response.json()["warnings"], rest)
            outcome.sequence = max(outcome.sequence or 0, int(response.headers["ETag"].strip('"')))
            return
        refusal = refusal_of(response)
        known = on_record(client, outcome.coalition, rest, refusal.errors) if isinstance(refusal, Refusal) else set()
        if not known:
            raise _with_places(client, outcome.coalition, refusal, rest)
        outcome.already_recorded += len(known)
        rest = [fact for index, fact in enumerate(rest) if index not in known]


def _with_place(warnings: Sequence[dict[str, Any]], batch: Sequence[PreparedFact]) -> Iterator[dict[str, Any]]:
    """The warnings of a batch, each with the file and line of its fact."""
    for warning in warnings:
        index, pointer = _split(warning["pointer"])
        assert index is not None
        yield {"place": batch[index].place, **warning, "pointer": pointer}


def _post(client: httpx.Client, coalition: str, batch: Sequence[PreparedFact]) -> httpx.Response:
    body = b"[" + b",".join(fact.json for fact in batch) + b"]"
    return post_facts(client, coalition, body, {"Idempotency-Key": f"cli-{hashlib.sha256(body).hexdigest()}"})


def post_facts(client: httpx.Client, coalition: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Send a list of facts, and send it again if the service asks for that."""
    for _ in range(ATTEMPTS):
        response = client.post(
            path_to("coalitions", coalition, "events"), content=body,
            headers={"Content-Type": "application/json", **headers},
        )  # fmt: skip
        if response.status_code == CREATED or not _is_worth_repeating(response):
            return response
        time.sleep(float(response.headers.get("Retry-After", 1)))
    return response


def _is_worth_repeating(response: httpx.Response) -> bool:
    """Whether another request was merely faster; a store that does not answer has had time enough."""
    refusal = refusal_of(response)
    return isinstance(refusal, Refusal) and refusal.name in (WRITE_CONFLICT.name, IDEMPOTENCY_IN_PROGRESS.name)


def on_record(
    client: httpx.Client, coalition: str, batch: Sequence[PreparedFact], errors: Sequence[dict[str, Any]]
) -> set[int]:
    """The facts of a refused batch that are on record already, by index."""
    with_used_id = {
        index
        for error in errors
        for index, pointer in [_split(error.get("pointer", ""))]
        if index is not None and error.get("rule") == "IdAlreadyUsed" and pointer == "/event_id"
    }
    return {index for index in with_used_id if batch[index].has_derived_id or _is_same(client, coalition, batch[index])}


def _is_same(client: httpx.Client, coalition: str, fact: PreparedFact) -> bool:
    """Whether the event on record with a fact's id has the same content."""
    response = client.get(path_to("coalitions", coalition, "events", fact.event_id))
    if response.is_error:
        return False
    recorded = response.json()["event"]["event"]["fact"]
    return bool(FACT.validate_python(recorded) == FACT.validate_python(orjson.loads(fact.json)))


def _with_places(
    client: httpx.Client, coalition: str, refusal: CommandFailed, batch: Sequence[PreparedFact]
) -> CommandFailed:
    """The refusal, with the file and line of each error instead of its index, and events by number."""
    if not isinstance(refusal, Refusal):
        return refusal
    errors = with_numbers(client, path_to("coalitions", coalition), refusal.errors[:_MAX_ERRORS])
    lines = [error_line_with_place(error, batch) for error in errors]
    if len(refusal.errors) > _MAX_ERRORS:
        lines.append(f"  and {len(refusal.errors) - _MAX_ERRORS:,} more")
    title = f"{refusal.problem['title']}:" if lines else str(refusal)
    return CommandFailed("\n".join([title, *lines]))


def error_line_with_place(error: dict[str, Any], batch: Sequence[PreparedFact]) -> str:
    """An error of a list of facts, with the file and line of its fact."""
    index, pointer = _split(error.get("pointer", ""))
    line = error_line(error | {"pointer": pointer} if index is not None else error)
    return f"  {batch[index].place}: {line}" if index is not None else f"  {line}"


def _progress_report(outcome: Outcome, facts: int) -> str:
    if not outcome.done:
        return "Nothing was recorded. Run the same command again once this is fixed."
    return (
        f"{outcome.done:,} of {facts:,} facts are on record; the rest are not. Run the same command again once this is "
        "fixed: it continues where it stopped, and records nothing twice."
    )


def _cut(items: Sequence[Any], size: int, bytes_of: Callable[[Any], int]) -> Iterable[Sequence[Any]]:
    """Batches of at most ``size`` items, and of no more bytes than a body may have."""
    batch: list[Any] = []
    total_bytes = 0
    for item in items:
        if batch and (len(batch) >= size or total_bytes + bytes_of(item) > _BYTES_PER_BATCH):
            yield batch
            batch, total_bytes = [], 0
        batch.append(item)
        total_bytes += bytes_of(item)
    if batch:
        yield batch
