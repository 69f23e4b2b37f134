"""Facts about the record with the number of the event that they are about, for sentences: ``event 24``."""

from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = ("corrects", "retracts", "event")
"""The fields of facts that hold the id of another event."""


def numbers_in(answer: Any) -> dict[str, int]:
    """The number of each event that an answer has whole, by its id."""
    return {part["event_id"]: part["sequence"] for part in _mappings(answer) if {"event_id", "sequence"} <= part.keys()}


def events_named_in(answer: Any) -> set[str]:
    """The ids of the events that facts in an answer correct, retract or add sources to."""
    return {part[field] for part in _mappings(answer) for field in _FIELDS if isinstance(part.get(field), str)}


def with_event_numbers(answer: Any, numbers: Mapping[str, int]) -> Any:
    """An answer whose facts have the numbers of other events for their ids; an id without a number stays."""
    match answer:
        case list():
            return [with_event_numbers(part, numbers) for part in answer]
        case dict():
            return {
                name: numbers.get(value, value)
                if name in _FIELDS and isinstance(value, str)
                else with_event_numbers(value, numbers)
                for name, value in answer.items()
            }
    return answer


def _mappings(answer: Any) -> Iterator[dict[str, Any]]:
    match answer:
        case list():
            for part in answer:
                yield from _mappings(part)
        case dict():
            yield answer
            for part in answer.values():
                yield from _mappings(part)
