"""Pages of answers that can grow without end: lists, the history of an item, the changes of a difference, and *why*.

Such an answer has parts (items, changes, pledges), and a part may name events. A page begins at a part, or at an event
within one, and ends once it has ``limit`` of both, so it is bounded whatever the record contains. Only the parts of a
page are worked out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple, Protocol, TypeVar

from pydantic import Field

Part = TypeVar("Part")
Leaf = TypeVar("Leaf")


class PagedAnswer(Protocol):
    """An answer that may have more pages."""

    next_cursor: str | None


Answer = TypeVar("Answer", bound=PagedAnswer)

MAX_ITEMS = 1_000
"""Items of a list, or events of a history, on a page."""

MAX_EXPLAINING = 10_000
"""Pledges, and events about them, on a page of *why*."""

MAX_CHANGES = 500_000
"""Changes, and ids of events that each names, on a page of a difference."""

MAX_MOVES = 100_000
"""Moves of pledges, and the pledges through which each moved, on a page of consequences."""

NextCursor = Annotated[
    str | None,
    Field(
        exclude_if=lambda cursor: cursor is None,
        description="The cursor of the next page; absent if there is none.",
    ),
]
"""Where the next page begins; left out of answers that fit on one page."""


class Position(NamedTuple):
    """A place in an answer: before a part, and if ``event`` is not 0, after that many of the events that it names."""

    part: int = 0
    event: int = 0

    @property
    def cursor(self) -> str:
        """The position as text, as ``CURSOR`` describes it."""
        return f"{self.part}.{self.event}" if self.event else str(self.part)


CURSOR = r"^[0-9]{1,9}(\.[0-9]{1,9})?$"
"""The pattern of a cursor."""


class Page(NamedTuple):
    """The part of an answer that is asked for: from a position on, about ``limit`` parts and events."""

    start: Position
    limit: int


def page_from(cursor: str | None, limit: int) -> Page:
    """A page by its cursor, which is none for the first one."""
    return Page(Position(*map(int, (cursor or "0").split("."))), limit)


def all_pages(answer_at: Callable[[Page], Answer], limit: int) -> Iterator[Answer]:
    """Every page of an answer, each worked out when it is asked for."""
    cursor: str | None = None
    while True:
        answer = answer_at(page_from(cursor, limit))
        yield answer
        cursor = answer.next_cursor
        if cursor is None:
            return


def on_page(
    parts: Iterable[Part], events_of: Callable[[Part], Sequence[Leaf]], page: Page
) -> tuple[list[tuple[Part, list[Leaf]]], str | None]:
    """The parts on a page with their events, and the cursor of the next page, if there is one.

    A part counts for one, and each of its events for one more. ``events_of`` is asked for parts on the page alone.
    """
    found: list[tuple[Part, list[Leaf]]] = []
    room = page.limit
    for number, part in enumerate(parts):
        if number < page.start.part:
            continue
        if room <= 0:
            return found, Position(number).cursor
        events = events_of(part)
        first = page.start.event if number == page.start.part else 0
        shown = events[first : first + max(room - 1, 1)]
        found.append((part, list(shown)))
        room -= 1 + len(shown)
        if first + len(shown) < len(events):
            return found, Position(number, first + len(shown)).cursor
    return found, None


def items_on_page(items: Sequence[Part], page: Page) -> tuple[list[Part], str | None]:
    """The items of a list on a page, and the cursor of the next page, if there is one."""
    first, end = page.start.part, page.start.part + page.limit
    return list(items[first:end]), Position(end).cursor if end < len(items) else None


def whole_on_page(parts: Sequence[Part], weight_of: Callable[[Part], int], page: Page) -> tuple[list[Part], str | None]:
    """The parts on a page, none of them divided; each counts for one and its weight. There is at least one."""
    room, start = page.limit, page.start.part
    for number in range(start, len(parts)):
        if room <= 0:
            return list(parts[start:number]), Position(number).cursor
        room -= 1 + weight_of(parts[number])
    return list(parts[start:]), None
