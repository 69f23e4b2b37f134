"""The auditor: compares what the store holds with what clients were told, and knows nothing else of the service."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.ledger import Ledger, UnknownCoalition


@dataclass(slots=True)
class Notes:
    """What clients of a coalition sent and were told: sizes and answers by idempotency key."""

    sent: dict[str, int] = field(default_factory=dict)
    answered: dict[str, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))


def findings(database_url: str, notes: Path) -> list[str]:
    """Everything that is lost, doubled, halved or out of place; nothing, if all is as it was said to be."""
    ledger = Ledger(database_url)
    try:
        return [
            f"{coalition}: {finding}"
            for coalition, told in _read(notes).items()
            for finding in _findings_of(_events(ledger, coalition), _requests(ledger, coalition), told)
        ]
    finally:
        ledger.close()


def _read(path: Path) -> dict[str, Notes]:
    notes: dict[str, Notes] = defaultdict(Notes)
    for line in map(json.loads, path.read_text().splitlines()):
        if "sent" in line:
            notes[line["coalition"]].sent[line["sent"]] = line["size"]
        else:
            notes[line["coalition"]].answered[line["answered"]].append(line["events"])
    return notes


def _events(ledger: Ledger, coalition: str) -> list[Any]:
    try:
        return list(ledger.history(coalition).events)
    except UnknownCoalition:
        return []


def _requests(ledger: Ledger, coalition: str) -> dict[str, tuple[int, int]]:
    rows = ledger.recorder.all_requests(coalition)
    return {row.key: (row.first_sequence, row.last_sequence) for row in rows}


def _findings_of(events: list[Any], requests: dict[str, tuple[int, int]], told: Notes) -> Iterator[str]:
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        yield "the sequence has a hole or a repeat"
    if [event.recorded_at for event in events] != sorted(event.recorded_at for event in events):
        yield "the times of recording go back"
    recorded: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        recorded[event.fact.note].append(event)
    for key in recorded.keys() - told.sent.keys():
        yield f"{key} is recorded, and nobody sent it"
    for key, size in told.sent.items():
        yield from _findings_of_request(key, size, recorded[key], requests.get(key), told.answered[key])


def _findings_of_request(
    key: str, size: int, events: list[Any], request: tuple[int, int] | None, answers: list[Any]
) -> Iterator[str]:
    if not events and not request and not answers:
        return  # sent, never acknowledged, not recorded
    sequences = [event.sequence for event in events]
    if not events:
        yield f"{key} was acknowledged, and is lost"
    elif len(events) != size or sequences != list(range(sequences[0], sequences[0] + size)):
        yield f"{key} has {size} facts, and is recorded as {sequences}"
    elif request != (sequences[0], sequences[-1]):
        yield f"{key} is recorded as {sequences}, and its idempotency key leads to {request}"
    stored = [
        [event.event_id, event.sequence, event.recorded_at, getattr(event.fact, "pledge", None)] for event in events
    ]
    for answer in answers:
        if answer != stored:
            yield f"{key} was answered with {answer}, and is recorded as {stored}"
