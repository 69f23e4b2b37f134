"""The commands and their options; each imports what it needs when it runs, so that ``--help`` stays quick."""

import os
import sys
from contextvars import copy_context
from typing import Annotated

import typer

from api.cli.commands import actors, entry, proposals, reads, scenarios, sheets, upkeep, what_if
from api.cli.commands.options import Check, Coalition, Database, Key, RecordedBy, Url
from api.cli.failures import FAILED, INTERRUPTED, MISUSED, CommandFailed
from api.files.unreadable import UnknownFormat, UnreadableFile

app = typer.Typer(
    name="coalition", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Record what partners of a force promised, withdrew, decided and ruled out, and query it as of any date.",
    epilog="Data goes to stdout, everything else to stderr. Exit codes: 0 success, 1 refused or failed, 2 wrong usage.",
)  # fmt: skip


def main() -> None:
    """Run the command that the arguments name."""
    try:
        _refuse_invalid_utf8(sys.argv[1:])
        copy_context().run(app)  # what a command calls things by ends with it
    except CommandFailed as failure:
        _say(str(failure))
        sys.exit(failure.exit_code)
    except UnreadableFile as error:
        _say(str(error))
        sys.exit(MISUSED if isinstance(error, UnknownFormat) else FAILED)
    except KeyboardInterrupt:
        _say("Stopped.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of the output is gone; Python would report that again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


def _refuse_invalid_utf8(arguments: list[str]) -> None:
    """Refuse bytes that are not UTF-8, which Python reads as surrogates, except in the name of a file.

    Raises ``CommandFailed``.
    """
    for before, argument in zip(["", *arguments], arguments, strict=False):
        as_bytes = argument.encode(errors="surrogateescape")
        if as_bytes != argument.encode(errors="replace") and not os.path.exists(argument):
            option = f"{before} " if before.startswith("-") else ""
            raise CommandFailed(f"{option}{as_bytes.decode(errors='backslashreplace')} is not valid UTF-8", MISUSED)


def _say(message: str) -> None:
    from api.cli.output import say

    say(message)


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="The port; 0 picks a free one.")
    ] = 8000,
    example: Annotated[
        bool, typer.Option("--example", help="On the first start, record the example and create a key.")
    ] = False,
    database: Database = None,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, max=64, help="Processes that answer requests.")
    ] = 1,
) -> None:
    """Serve the ledger over HTTP, until Ctrl-C.

    To listen beyond loopback, set COALITION_OPEN_READING to beyond-loopback (anyone may read) or no (reading needs a
    key).
    """
    from api.cli.serve import serve

    serve(host, port, with_example=example, database=database, workers=workers)


@app.command()
def record(
    files: Annotated[list[str], typer.Argument(help="Facts as JSON, NDJSON or YAML; - for standard input.")],
    *,
    coalition: Coalition = None,
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="json, ndjson or yaml. [from the suffix of each file]"),
    ] = None,
    batch: Annotated[
        int,
        typer.Option(
            "--batch", metavar="N", min=1, max=1000, help="Facts per batch; each batch is recorded whole or not at all."
        ),
    ] = 500,
    check: Check = False,
    recorded_by: RecordedBy = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print the counts of recorded facts, or the check, as JSON."),
    ] = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Record files of facts; safe to repeat.

    All facts are checked before any is recorded. Run the command again after an interruption, or after adding facts to
    a file: it records only what is missing. Facts with the same content count as one, unless one file repeats them.
    --check judges up to 1,000 facts together, as one list.
    """
    from api.cli.client import Target
    from api.cli.record import author_name, check_files, record

    target = Target.from_options(url, key, database)
    by = author_name(target, recorded_by)
    if check:
        check_files(files, coalition, format, recorded_by=by, target=target, as_json=json)
        return
    record(files, coalition, format, batch=batch, recorded_by=by, target=target, as_json=json)


entry.add_to(app)
sheets.add_to(app)
reads.add_to(app)
actors.add_to(app)
what_if.add_to(app)
scenarios.add_to(app)
proposals.add_to(app)
upkeep.add_to(app)
