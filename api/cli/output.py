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

_WHOLE = ("waits for", "caused by", "recorded", "since")
"""Columns of names and times, which are not broken."""

WIDTH = 160
"""Columns where no terminal says how many it has."""

_TO_ESCAPE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A}


def say(text: str) -> None:
    """Tell people something that is not data."""
    sys.stderr.write(shown(text) + "\n")
    sys.stderr.flush()


def shown(text: str) -> str:
    """A text that cannot move the cursor or recolour the terminal: what others recorded may hold anything."""
    return text.translate(_TO_ESCAPE)


def show_json(response: httpx.Response) -> None:
    """Give the answer as it came, to the byte; a terminal gets the end of a line as well."""
    sys.stdout.buffer.write(response.content)
    if sys.stdout.isatty():
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def show_lines(lines: Iterable[str]) -> None:
    """Print sentences: wrapped at words on a terminal, a line each elsewhere."""
    console = _console()
    for line in lines:
        console.print(Text(shown(line)), soft_wrap=not console.is_terminal)


def show_title(title: str, below: str = "") -> None:
    """Print what that which follows is about."""
    console = _console()
    console.print(Text(shown(title), style="bold"))
    if below:
        console.print(Text(shown(below), style="dim"))


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[str] = ()
) -> None:
    """Print a table; columns named in ``numbers`` are set to the right. Without rows, it says so."""
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
        table.add_row(*(Text(shown(cell)) for cell in row))
    with console.capture() as printed:
        console.print(table)
    # The box has empty lines above and below, and blanks at the ends of lines, which only spoil what is copied.
    lines = [line.rstrip() for line in printed.get().rstrip().split("\n")]
    sys.stdout.write("\n".join([*dropwhile(lambda line: not line, lines), ""]))


def _add_column(table: Table, name: str, *, is_first: bool, is_number: bool) -> None:
    table.add_column(
        escape(name), justify="right" if is_number else "left", overflow="fold", min_width=len(name),
        no_wrap=is_first or name in _WHOLE,
    )  # fmt: skip


def progress_bar() -> Progress:
    """A bar on stderr; on what is no terminal, nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def working(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while something is worked out; gives what is to be told how much is done, of how much. Until it
    is told, as it is by a service, it only shows that work goes on."""
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console
