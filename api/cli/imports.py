"""``coalition import``: what a sheet would record is shown first, always; then it is recorded, with a progress bar."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import orjson

from api.cli.batches import CREATED, PreparedFact, send
from api.cli.client import Target, coalition_named, connection, path_to
from api.cli.failures import MISUSED, CommandFailed, refusal_of
from api.cli.output import printable, progress, progress_bar, say
from api.cli.tables.imports import show_check
from api.files.unreadable import UnreadableText
from api.sheets.sheet import MAX_BYTES
from api.sheets.template import csv_template, xlsx_template
from api.wording.phrases import Json, count

_OK = 200
_MAPPINGS = (".yaml", ".yml")


def import_sheet(
    file: str,
    mapping: str | None,
    template: str | None,
    coalition: str | None,
    *,
    changed: str | None,
    as_of: str | None,
    check_only: bool,
    is_agreed: bool,
    proposal: str | None,
    recorded_by: str,
    target: Target,
    as_json: bool,
) -> None:
    """Check a sheet, and record it if that is agreed. Raises ``CommandFailed``."""
    if mapping and template:
        raise CommandFailed("--mapping and --template exclude each other", MISUSED)
    files = {"sheet": (Path(file).name, _content(file))}
    if template is None:
        mapping = mapping or _beside(file)
        files["mapping"] = (Path(mapping).name, _content(mapping))
    answers = {"template": template, "as_of": as_of}
    with connection(target, recorded_by, create=False) as client:
        slug = coalition_named(client, coalition)
        check = _checked(client, slug, files, answers | {"changed": changed})
        if check["is_undecided"] and not check_only and not as_json and _can_ask():
            show_check(check, file)
            check = _checked(client, slug, files, answers | {"changed": _asked_what_changed()})
        if as_json:
            sys.stdout.write(json.dumps(check) + "\n")
        else:
            show_check(check, file)
        if check["faults"]:
            raise CommandFailed("Nothing was recorded: correct the cells named, and run the same command again.")
        if check_only:
            return
        if check["is_undecided"]:
            raise CommandFailed(
                "Nothing was recorded: rows have changed. Say with --changed amend that the world has changed, or with "
                "--changed correct that the sheet was wrong."
            )
        facts = [fact for row in check["rows"] for fact in row["facts"]]
        if any(row["refusals"] or row["fate"] == "refused" for row in check["rows"]):
            raise CommandFailed("Nothing was recorded: correct the rows that are refused, or take them out.")
        if not facts:
            say(f"{slug}: nothing to record.")
            return
        if proposal is not None:
            _propose(client, slug, proposal, facts)
            return
        if not is_agreed and not _is_confirmed(facts):
            raise CommandFailed("Nothing was recorded.")
        _record(client, slug, check, facts)


def _beside(file: str) -> str:
    """The mapping beside a sheet: the file of the same name that ends in .yaml."""
    for suffix in _MAPPINGS:
        candidate = Path(file).with_suffix(suffix)
        if candidate.is_file():
            return str(candidate)
    expected = Path(file).with_suffix(_MAPPINGS[0])
    raise CommandFailed(
        f"no mapping beside {file}: name one with --mapping, write {expected}, or name with --template the type of "
        "fact whose template the sheet was made from",
        MISUSED,
    )


def _content(file: str) -> bytes:
    """The content of a file that is not too large. Raises ``CommandFailed``."""
    try:
        size = Path(file).stat().st_size
        if size > MAX_BYTES:
            raise CommandFailed(
                f"{file} has {size:,} bytes; the maximum is {MAX_BYTES:,}: divide it into several files"
            )
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from None


def _checked(
    client: httpx.Client, coalition: str, files: dict[str, tuple[str, bytes]], answers: dict[str, str | None]
) -> Json:
    given = {name: value for name, value in answers.items() if value is not None}
    with progress(f"checking {files['sheet'][0]}"):
        response = client.post(path_to("coalitions", coalition, "imports"), files=files, data=given)
    if response.status_code != _OK:
        raise refusal_of(response)
    check: Json = response.json()
    return check


# --- questions --------------------------------------------------------------------------------------------------------


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked_what_changed() -> str:
    say("Rows have changed since they were imported. Did the world change (amend), or was the sheet wrong (correct)?")
    answer = _answer("amend or correct: ").lower()
    if answer not in ("amend", "correct"):
        raise CommandFailed("Nothing was recorded: the answer is neither amend nor correct.")
    return answer


def _is_confirmed(facts: Sequence[Json]) -> bool:
    if not _can_ask():
        raise CommandFailed(f"Nothing was recorded. Record {count(len(facts), 'fact')} with --yes.")
    return _answer(f"Record {count(len(facts), 'fact')}? [y/N] ").lower() in ("y", "yes")


def _answer(question: str) -> str:
    sys.stderr.write(printable(question))
    sys.stderr.flush()
    return sys.stdin.readline().strip()


# --- proposing --------------------------------------------------------------------------------------------------------


def _propose(client: httpx.Client, coalition: str, title: str, facts: Sequence[Json]) -> None:
    """Save the facts as a proposal, for somebody else to accept. Raises ``CommandFailed``."""
    body = {"name": title, "purpose": "proposal", "changes": [{"assume": fact} for fact in facts]}
    response = client.post(path_to("coalitions", coalition, "scenarios"), json=body)
    if response.status_code != CREATED:
        raise refusal_of(response)
    slug = response.json()["scenario"]
    say(f"{coalition}: {count(len(facts), 'fact')} proposed as {slug}; nothing is recorded before somebody accepts.")


# --- recording --------------------------------------------------------------------------------------------------------


def _record(client: httpx.Client, coalition: str, check: Json, facts: Sequence[Json]) -> None:
    places = [_place(check, row) for row in check["rows"] for _ in row["facts"]]
    prepared = [
        PreparedFact(orjson.dumps(fact), fact["event_id"], False, place)
        for fact, place in zip(facts, places, strict=True)
    ]
    with progress_bar() as bar:
        task = bar.add_task(f"importing into {coalition}", total=len(prepared))
        outcome = send(client, coalition, prepared, progress=lambda done: bar.update(task, completed=done))
    message = f"{coalition}: {count(outcome.recorded, 'fact')} recorded"
    if outcome.already_recorded:
        message += f", {outcome.already_recorded:,} already on record"
    say(f"{message}; the record now has {count(outcome.sequence, 'event')}." if outcome.sequence else f"{message}.")


def _place(check: Json, row: Json) -> str:
    sheet = f"{check['sheet']}, " if check["sheet"] else ""
    if row["row"] is None:
        return f"{sheet}the vanished row {' · '.join(row['key'])}"
    return f"{sheet}row {row['row']:,}"


# --- templates --------------------------------------------------------------------------------------------------------


def write_template(type_name: str, output: str | None) -> None:
    """Write the template of a type of fact, as CSV or XLSX by the name of the file. Raises ``CommandFailed``."""
    file = Path(output or f"{type_name}.xlsx")
    makers = {".xlsx": xlsx_template, ".csv": csv_template}
    if file.suffix.lower() not in makers:
        raise CommandFailed(f"{file} ends neither in .xlsx nor in .csv", MISUSED)
    try:
        content = makers[file.suffix.lower()](type_name)
    except UnreadableText as error:
        raise CommandFailed(str(error), MISUSED) from None
    try:
        with file.open("xb") as written:
            written.write(content)
    except FileExistsError:
        raise CommandFailed(f"{file} is already there; name another with --output") from None
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}") from None
    say(f"{file}: fill in a row for each fact, then run `coalition import {file} --template {type_name}`.")
