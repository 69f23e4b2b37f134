"""``coalition record``: files of facts, with a progress bar."""

import getpass
import json
import sys
from collections.abc import Sequence
from functools import partial

import httpx

from api.cli.batches import Outcome, PreparedFact, on_record, prepare, send
from api.cli.client import Target, coalition_named, connection
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import progress_bar, say
from api.cli.recording import ask_for_check, check
from api.files.facts import FactInFile, content_of, facts_in_file, format_of
from api.http.bodies import MAX_FACTS
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


def check_files(
    files: Sequence[str],
    coalition: str | None,
    format_name: str | None,
    *,
    recorded_by: str,
    target: Target,
    as_json: bool,
) -> None:
    """Show what the facts of files would become and change, as one list. Raises ``CommandFailed``."""
    contents = [_read(file, format_of(file, format_name)) for file in files]
    with connection(target, recorded_by) as client:
        slug = coalition_named(client, coalition)
        facts = [fact for content in contents for fact in prepare(slug, content)]
        if len(facts) > MAX_FACTS:
            raise CommandFailed(f"{len(facts):,} facts are too many to check together; the maximum is {MAX_FACTS:,}")
        new = _without_recorded(client, slug, facts)
        if len(new) < len(facts):
            say(f"{slug}: {count(len(facts) - len(new), 'fact')} already on record.")
        if new:
            check(client, slug, [fact.json for fact in new], partial(_place, new), as_json=as_json)


def _without_recorded(client: httpx.Client, coalition: str, facts: Sequence[PreparedFact]) -> list[PreparedFact]:
    """The facts that are not yet on record."""
    rest = list(facts)
    while rest:
        answer = ask_for_check(client, coalition, [fact.json for fact in rest])
        known = set() if answer.is_error else on_record(client, coalition, rest, answer.json()["refusals"])
        if not known:
            break
        rest = [fact for index, fact in enumerate(rest) if index not in known]
    return rest


def _place(facts: Sequence[PreparedFact], index: int, pointer: str) -> str:
    return f"{facts[index].place}: {pointer}" if pointer else facts[index].place


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
