"""The manual, ``docs/cli.md``, made from the commands' own help: ``python -m api.cli.manual > docs/cli.md``."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from api.cli.commands import app

_WIDTH = 100
_INTRODUCTION = """\
# The command line

`coalition` serves the ledger, records into it, and asks it what the API answers, by the same paths and parameters. This
page is made from the commands' own help (`python -m api.cli.manual > docs/cli.md`), and a test holds it to that.

**Which record.** A command works on the local store that `COALITION_DATABASE_URL` names, or on a running service where
`--url` or `COALITION_URL` names one; what is said on the command line goes before what the environment says. `serve`,
`restore` and `keys` work on the local store only. `serve`, `record` and `restore` make a ledger where there is none;
every other command refuses.

**Output.** Data goes to stdout: tables and sentences for people, and with `--json` exactly the API's answer. Everything
else goes to stderr. Where no terminal reads along, there are no colours and no progress bar, and a sentence is a line.

**Exit codes.** 0: done. 1: refused or failed; stderr says why. 2: called wrongly. 130: stopped by Ctrl-C.

**Environment.**

| variable | meaning |
|---|---|
| `COALITION_DATABASE_URL` | the local store: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://...` |
| `COALITION_URL` | a running service, to ask instead of the local store |
| `COALITION_KEY` | the key for that service |
| `COALITION_NAME` | the coalition that is meant where `--coalition` is not given |
| `COALITION_OPEN_READING` | who may read without a key: `loopback` (from here; the default), `beyond-loopback`, `no` |
| `COALITION_WORK_SECONDS` | how long one what-if, sensitivity or simulation may take (default 20) |
"""


def manual() -> str:
    """The manual as Markdown."""
    return "\n".join([_INTRODUCTION, *_sections(typer.main.get_command(app), ("coalition",))])


def commands(group: Any, path: tuple[str, ...] = ("coalition",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its words, those inside groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _sections(group: Any, path: tuple[str, ...]) -> Iterator[str]:
    for words, command in commands(group, path):
        context = command.make_context(
            " ".join(words), [], resilient_parsing=True, terminal_width=_WIDTH, help_option_names=["-h", "--help"]
        )
        yield f"## {' '.join(words)}\n\n```text\n{context.get_help().strip()}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(manual())
