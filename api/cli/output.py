"""Output: tables for people, the API's own JSON for programs, and everything that is not data on stderr."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import dropwhile

import httpx
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_UNWRAPPED = ("waits for", "caused by", "recorded", "since")
"""Columns of names and times, which are never wrapped."""

WIDTH = 160
"""The width in characters if the output is not a terminal."""

_TO_ESCAPE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A}


def say(text: str) -> None:
    """Print a message that is not data, on stderr."""
    sys.stderr.write(printable(text) + "\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """A text that cannot move the cursor or recolour the terminal, since recorded texts may contain anything."""
    return text.translate(_TO_ESCAPE)


def show_json(response: httpx.Response) -> None:
    """Print the answer byte for byte; on a terminal, end the line as well."""
    sys.stdout.buffer.write(response.content)
    if sys.stdout.isatty():
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def show_lines(lines: Iterable[str]) -> None:
    """Print sentences: wrapped at words on a terminal, otherwise one a line."""
    console = _console()
    for line in lines:
        console.print(Text(printable(line)), soft_wrap=not console.is_terminal)


def show_title(title: str, below: str = "") -> None:
    """Print a heading, and a line below it."""
    console = _console()
    console.print(Text(printable(title), style="bold"))
    if below:
        console.print(Text(printable(below), style="dim"))


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[str] = ()
) -> None:
    """Print a table; columns named in ``numbers`` are aligned right. Without rows, it says "none"."""
    console = _console()
    console.print()
    if not rows:
        console.print(f"{title}: none." if title else "None.")
        return
    if title:
        console.print(Text(title, style="bold"))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        _add_column(table, column, is_first=column == columns[0], is_number=column in numbers)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    with console.capture() as printed:
        console.print(table)
    # Empty lines around the box and blanks at the ends of lines would be in the way of those who copy it.
    lines = [line.rstrip() for line in printed.get().rstrip().split("\n")]
    sys.stdout.write("\n".join([*dropwhile(lambda line: not line, lines), ""]))


def _add_column(table: Table, name: str, *, is_first: bool, is_number: bool) -> None:
    table.add_column(
        escape(name), justify="right" if is_number else "left", overflow="fold", min_width=len(name),
        no_wrap=is_first or name in _UNWRAPPED,
    )  # fmt: skip


def progress_bar() -> Progress:
    """A progress bar on stderr; none if that is not a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr during long work; yields a function to call with (done, total).

    Until that is called, and a service never calls it, the bar only shows that work goes on.
    """
    with progress_bar() as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console
