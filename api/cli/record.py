"""``coalition record``: files of facts, with a progress bar."""

import getpass
import json
import sys
from collections.abc import Sequence

import httpx

from api.cli.batches import Outcome, PreparedFact, prepare, send
from api.cli.client import Target, coalition_named, connection
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import progress_bar, say
from api.files.facts import FactInFile, content_of, facts_in_file, format_of
from api.wording.phrases import Json, count
from api.wording.warnings import warning_lines

_MAX_WARNINGS = 20


def record(
    files: Sequence[str],
    coalition: str | None,
    format_name: str | None,
    *,
    batch: int,
    recorded_by: str,
    target: Target,
    as_json: bool,
) -> None:
    """Record the facts of files, in their order. Raises ``CommandFailed``."""
    contents = [_read(file, format_of(file, format_name)) for file in files]
    with connection(target, recorded_by, create=True) as client:
        slug = coalition_named(client, coalition)
        facts = [fact for content in contents for fact in prepare(slug, content)]
        outcome = _send_with_progress(client, slug, facts, batch)
    _report(outcome, as_json=as_json)


def author_name(target: Target, name: str | None) -> str:
    """The author in a local store: the name, or else the user of this machine. Raises ``CommandFailed``."""
    if target.url and name:
        raise CommandFailed("--as applies only to a local store; a service takes the name from the key", MISUSED)
    return name or getpass.getuser()


def _read(file: str, format_name: str) -> list[FactInFile]:
    facts = facts_in_file(content_of(file), "standard input" if file == "-" else file, format_name)
    if not facts:
        raise CommandFailed(f"{file} contains no facts")
    return facts


def _send_with_progress(client: httpx.Client, coalition: str, facts: Sequence[PreparedFact], batch: int) -> Outcome:
    with progress_bar() as bar:
        task = bar.add_task(f"recording {coalition}", total=len(facts))
        return send(client, coalition, facts, batch, lambda done: bar.update(task, completed=done))


def _report(outcome: Outcome, *, as_json: bool) -> None:
    message = f"{outcome.coalition}: {count(outcome.recorded, 'fact')} recorded"
    if outcome.already_recorded:
        message += f", {outcome.already_recorded:,} already on record"
    say(f"{message}; the record now has {count(outcome.sequence, 'event')}." if outcome.sequence else f"{message}.")
    if not as_json:
        _say_warnings(outcome.warnings)
    else:
        numbers = {name: getattr(outcome, name) for name in Outcome.__slots__ if name != "sequence"}
        sys.stdout.write(json.dumps(numbers | {"sequence": outcome.sequence}) + "\n")


def _say_warnings(warnings: Sequence[Json]) -> None:
    for warning in warnings[:_MAX_WARNINGS]:
        first, *rest = warning_lines(warning)
        say("\n".join([f"Warning, {warning['place']}: {first}", *rest]))
    if len(warnings) > _MAX_WARNINGS:
        say(f"{count(len(warnings) - _MAX_WARNINGS, 'more warning')}; `coalition warnings` lists all.")
