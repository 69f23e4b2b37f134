"""The index that answers "what stood at (valid, known)" at a cost that follows the answer, not the length of history.

A row says that a thing was in one state over a rectangle: known from ... to, valid from ... to. Learning more closes
rows on the known axis and opens others; nothing else about a row ever changes, so a reader that has fixed its point
on the known axis sees the same rows whatever is recorded meanwhile, and needs no lock.

Rows are of two sorts. Those that hold "until further notice" (valid to the end of time) are short-lived on the known
axis: ``OpenEnded`` keeps, every so many rows, the list of those open just then. Those with an end on the valid axis
are mostly known for ever: ``Bounded`` keeps them by the stretch of valid time that they overlap. Either way a
question reads a small multiple of the rows that stood at its point."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

FOREVER = 2**62
"""Later than every time and every position."""

PAGE_LEAST = 64
"""Rows that a page or a stretch takes in before it is worth splitting."""


class Row:
    """One state over one rectangle; both intervals include their start and exclude their end.

    ``known_*`` are positions in the order of learning, ``valid_*`` microseconds since the epoch.
    """

    __slots__ = ("known_from", "known_to", "state", "valid_from", "valid_to")

    def __init__(self, known_from: int, valid_from: int, valid_to: int, state: Any) -> None:
        self.known_from = known_from
        self.known_to = FOREVER
        self.valid_from = valid_from
        self.valid_to = valid_to
        self.state = state

    def stands_at(self, known: int, valid_us: int) -> bool:
        """Whether the point lies in the rectangle."""
        return self.known_from <= known < self.known_to and self.valid_from <= valid_us < self.valid_to


class _Page:
    """The rows open when the page began, and those opened since."""

    __slots__ = ("opened", "position", "rows")

    def __init__(self, position: int, rows: tuple[Row, ...]) -> None:
        self.position = position
        self.rows = rows
        self.opened: list[Row] = []


class OpenEnded:
    """Rows without an end on the valid axis, by the position at which they were known."""

    def __init__(self) -> None:
        self._pages = [_Page(0, ())]
        self._open: dict[Row, None] = {}

    def begin(self, position: int) -> None:
        """Say that what comes next is learned after ``position``; turns the page when it is full."""
        page = self._pages[-1]
        if len(page.opened) > max(PAGE_LEAST, len(page.rows)):
            self._pages.append(_Page(position, tuple(self._open)))

    def add(self, row: Row) -> None:
        self._pages[-1].opened.append(row)
        self._open[row] = None

    def close(self, row: Row) -> None:
        self._open.pop(row, None)

    def near(self, position: int) -> Iterator[Row]:
        """All rows that may be open at the position, and some others."""
        page = self._pages[bisect_right(self._pages, position, key=_position) - 1]
        yield from page.rows
        yield from page.opened


def _position(page: _Page) -> int:
    return page.position


class _Stretch:
    """The rows that overlap valid time from ``start_us`` to ``end_us``."""

    __slots__ = ("end_us", "room", "rows", "start_us", "starting")

    def __init__(self, start_us: int, end_us: int, rows: list[Row]) -> None:
        self.start_us = start_us
        self.end_us = end_us
        self.rows = rows
        self.starting = sum(row.valid_from >= start_us for row in rows)
        self.room = max(PAGE_LEAST, len(rows) - self.starting)


class Bounded:
    """Rows with an end on the valid axis, by the stretch of valid time that they overlap."""

    def __init__(self) -> None:
        self._stretches = [_Stretch(-FOREVER, FOREVER, [])]

    def add(self, row: Row) -> None:
        position = bisect_right(self._stretches, row.valid_from, key=_start) - 1
        first = self._stretches[position]
        first.starting += 1
        while position < len(self._stretches) and self._stretches[position].start_us < row.valid_to:
            self._stretches[position].rows.append(row)
            position += 1
        if first.starting > first.room:
            self._split(first)

    def near(self, valid_us: int) -> list[Row]:
        """All rows that may stand at the time, and some others."""
        while True:
            stretch = self._stretches[bisect_right(self._stretches, valid_us, key=_start) - 1]
            rows = stretch.rows
            if valid_us < stretch.end_us:  # else it was split while we looked: the right half is in place already
                return rows

    def _split(self, left: _Stretch) -> None:
        starts = sorted(row.valid_from for row in left.rows if row.valid_from >= left.start_us)
        middle_us = starts[len(starts) // 2]
        if middle_us == left.start_us:
            left.room *= 2  # all begin at once: there is nothing to split by
            return
        right = _Stretch(middle_us, left.end_us, [row for row in left.rows if row.valid_to > middle_us])
        self._stretches.insert(bisect_right(self._stretches, left.start_us, key=_start), right)
        left.end_us = middle_us  # before the rows: a reader checks the end after it has taken the rows
        staying = _Stretch(left.start_us, middle_us, [row for row in left.rows if row.valid_from < middle_us])
        left.rows, left.starting, left.room = staying.rows, staying.starting, staying.room


def _start(stretch: _Stretch) -> int:
    return stretch.start_us
