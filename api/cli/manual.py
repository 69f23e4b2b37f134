"""The manual, ``docs/cli.md``, made from the commands' own help: ``python -m api.cli.manual > docs/cli.md``."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from api.cli.main import app

_WIDTH = 100
_INTRODUCTION = """\
# The command line

`coalition` serves the ledger, records facts, and answers the same questions as the API, with the same paths and
parameters. This page is generated from the commands' own help (`python -m api.cli.manual > docs/cli.md`); a test keeps
it up to date.

**Which record.** A command uses the local store named by `COALITION_DATABASE_URL`, or a running service if `--url` or
`COALITION_URL` names one. Options take precedence over environment variables. `serve`, `restore` and `keys` use the
local store only. `serve`, `record` and `restore` make a new ledger if there is none; every other command refuses.

**Output.** Data goes to stdout: tables and sentences, or with `--json` exactly the API's answer. Everything else goes
to stderr. If the output is not a terminal, there are no colours and no progress bar, and each sentence is one line.

**Exit codes.** 0: success. 1: refused or failed; stderr says why. 2: wrong usage. 130: stopped by Ctrl-C.

**Environment.**

| variable | meaning |
|---|---|
| `COALITION_DATABASE_URL` | the local store: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://...` |
| `COALITION_URL` | a running service, used instead of the local store |
| `COALITION_KEY` | the key for that service |
| `COALITION_NAME` | the coalition to use if `--coalition` is not given |
| `COALITION_OPEN_READING` | who may read without a key: `loopback` (this machine; default), `beyond-loopback`, `no` |
| `COALITION_PROXIES` | proxies whose `X-Forwarded-For` is trusted (addresses, networks) |
| `COALITION_WORK_SECONDS` | the processor time that one request may take, in seconds (default 20) |
| `COALITION_MEMORY` | how much a service keeps in memory, such as `4GB` (default: half of the machine's) |
| `COALITION_CLOCK` | `trusted` records even if the clock is more than a day off (default `checked`) |
"""


def manual() -> str:
    """The manual as Markdown."""
    return "\n".join([_INTRODUCTION, *_sections(typer.main.get_command(app), ("coalition",))])


def commands(group: Any, path: tuple[str, ...] = ("coalition",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its words, those inside groups included; a group that makes its commands counts as one."""
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
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
