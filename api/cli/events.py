"""Events as commands name them: by number, as tables show it, or by id."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from api.cli.client import OK, Params, ask, path_to
from api.cli.failures import CommandFailed
from api.wording.phrases import count
from domain.corrections import AnyRecordFact, target_of
from domain.events import EVENT, Event
from projections.in_place import InPlace, in_place_of

_NUMBER = re.compile(r"#?(\d{1,15})")


def event_id_of(client: httpx.Client, base: str, name: str, point: Params | None = None) -> str:
    """The id of the event that has a number or an id. Raises ``CommandFailed``."""
    number = _NUMBER.fullmatch(name)
    if number is None:
        return name
    wanted = int(number[1])
    page = {"cursor": str(max(wanted - 1, 0)), "limit": 1, **(point or {})}
    answer = ask(client, f"{base}/events", page).json()
    if not answer["items"] or answer["items"][0]["sequence"] != wanted:
        detail = f"there is no event {wanted:,}; the record has {count(answer['basis']['sequence'], 'event')}"
        raise CommandFailed(detail)
    return str(answer["items"][0]["event_id"])


def numbers_of(client: httpx.Client, base: str, event_ids: Iterable[str]) -> dict[str, int]:
    """The numbers of events by their ids; one that is not known there is left out."""
    numbers = {}
    for event_id in dict.fromkeys(event_ids):
        response = client.get(base + path_to("events", event_id))
        if response.status_code == OK:
            numbers[event_id] = response.json()["event"]["event"]["sequence"]
    return numbers


@dataclass(frozen=True, slots=True)
class OpenedEvent:
    """An event, what stands in its place, and the number of events on record when it was read."""

    event: Event
    in_place: InPlace
    sequence: int


def opened_event(client: httpx.Client, base: str, name: str) -> OpenedEvent:
    """An event by its number or id, as it stands now. Raises ``CommandFailed``."""
    first = _answer(client, base, event_id_of(client, base, name), {})
    event, point = EVENT.validate_python(first["event"]["event"]), {"sequence": first["basis"]["sequence"]}
    known = _KnownEvents([event, *map(EVENT.validate_python, first["changes"])])
    root = event
    while isinstance(root.fact, AnyRecordFact):
        above = _answer(client, base, target_of(root.fact), point)
        root = EVENT.validate_python(above["event"]["event"])
        known = _KnownEvents([root, *map(EVENT.validate_python, above["changes"])])
    return OpenedEvent(event, in_place_of(event, known), point["sequence"])


def _answer(client: httpx.Client, base: str, event_id: str, point: Params) -> Any:
    return ask(client, base + path_to("events", event_id), point).json()


class _KnownEvents:
    """An event that changes no other, and all that is about it, as one looks events up in a record."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def event(self, event_id: str) -> Event | None:
        return next((event for event in self._events if event.event_id == event_id), None)

    def events_about(self, event_id: str) -> list[Event]:
        return [one for one in self._events if isinstance(one.fact, AnyRecordFact) and target_of(one.fact) == event_id]


def with_numbers(client: httpx.Client, base: str, errors: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Errors of a problem, with the events that they collide with by number."""
    numbers = numbers_of(client, base, (one for error in errors for one in error.get("collides_with", ())))
    named = {event_id: f"event {number:,}" for event_id, number in numbers.items()}
    return [
        error | {"collides_with": [named.get(one, one) for one in error["collides_with"]]}
        if "collides_with" in error
        else error
        for error in errors
    ]
