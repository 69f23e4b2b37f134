"""A difference in sentences, by the part of the picture that changed, with the events that caused each change."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from api.pages.filters import closed
from api.pages.viewpoint import Viewpoint
from api.wording.actors import change_with_names
from api.wording.differences import change_lines
from domain.events import EVENT

SECTIONS = {
    "size": "Force", "pledges": "Pledges", "key_partner": "Key partner", "conditions": "Conditions",
    "basing": "Basing", "stances": "Stances", "requirements": "Requirements", "members": "Members",
    "commands": "Commands", "aid": "Aid", "money": "Funding", "meetings": "Meetings", "statements": "Statements",
    "counts": "Reported totals", "set_aside": "Not applied", "name": "Name",
}  # fmt: skip
"""The parts of the picture in the order in which pages list them, each with its heading."""

_CAUSES = " (\x1f"
"""Where a sentence ends and the numbers of its events begin."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A change in a sentence, with the numbers of the events that caused it."""

    text: str
    event_numbers: list[int]


def sections_of(difference: Any) -> dict[str, list[Sentence]]:
    """The changes in sentences, under the heading of the part of the picture that they are in."""
    numbers = {ref["event_id"]: ref["sequence"] for ref in difference["events"]}

    def causes(event_ids: Collection[str]) -> str:
        return "\x1f" + ",".join(str(numbers[event_id]) for event_id in event_ids if event_id in numbers)

    ordered = sorted(difference["changes"], key=lambda change: list(SECTIONS).index(_section(change["what"])))
    sentences = {
        SECTIONS[section]: [_sentence(line) for line in change_lines(list(map(change_with_names, changes)), causes)]
        for section, changes in groupby(ordered, lambda change: _section(change["what"]))
    }
    return {heading: lines for heading, lines in sentences.items() if lines}


def _section(pointer: str) -> str:
    return pointer.split("/")[1]


def _sentence(line: str) -> Sentence:
    text, _, numbers = line.removeprefix("- ").partition(_CAUSES)
    event_numbers = sorted(int(number) for number in numbers.rstrip(").").split(",") if number)
    return Sentence(closed(text.removesuffix(".")), event_numbers)


def events_named(viewpoint: Viewpoint, refs: Iterable[Any]) -> dict[str, Any]:
    """The events that an answer refers to, by their ids, as they were recorded."""
    ids = dict.fromkeys(ref["event_id"] for ref in refs)
    events = (event for event_id in ids if (event := viewpoint.view.event(event_id)) is not None)
    return {event.event_id: EVENT.dump_python(event, mode="json", exclude_none=True) for event in events}
