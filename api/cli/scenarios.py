"""Scenarios that are kept: asked about, written to, and told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from api.cli.client import Target, ask, asking, path_to
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import say, show_json, show_lines, show_table
from api.cli.questions import TimeOptions, contributors_of
from api.cli.tables.lists import name_or_problem
from api.cli.tables.what_if import show_not_applied, show_what_if
from api.cli.what_if import path_of, posted
from api.files.facts import content_of, facts_in_file, format_of
from api.files.scenarios import WhatIfFile
from api.wording.actors import assumption_with_names, with_names
from api.wording.changes import change_sentence
from api.wording.facts import Contributors, fact_clause
from api.wording.phrases import Json, basis_line, count, listed, moment, when


@dataclass(frozen=True, slots=True)
class SavedScenarioCommands:
    """The saved scenarios of a coalition; what is written to a local store is by ``recorded_by``."""

    where: Target
    coalition: str | None
    as_json: bool
    recorded_by: str

    # --- asking ---

    def show_all(self, status: str | None) -> None:
        """Show every scenario in a line. Raises ``CommandFailed``."""
        with self._asking() as (client, base):
            response = ask(client, f"{base}/scenarios", {"status": status})
        if self.as_json:
            show_json(response)
        else:
            _show_list(response.json()["scenarios"])

    def show(self, name: str, at: TimeOptions) -> None:
        """Show a scenario, and what its changes lead to. Raises ``CommandFailed``."""
        with self._asking() as (client, base):
            path = _path(base, name)
            response = ask(client, path)
            if self.as_json:
                show_json(response)
                return
            answer = {
                "picture": ask(client, f"{path}/picture", at.params() | {"with": "baseline,difference"}).json(),
                "consequences": ask(client, f"{path}/consequences", at.params()).json(),
            }
            contributors = contributors_of(client, base)
        _show_one(response.json(), answer, contributors)

    # --- writing ---

    def save(self, asked: WhatIfFile) -> None:
        """Save a scenario. Raises ``CommandFailed``."""
        if not asked.saved.get("name"):
            raise CommandFailed("a saved scenario needs a name: use --name, or name it in the file", MISUSED)
        with self._writing() as (client, base):
            body = asked.saved | {"fork": asked.fork, "changes": asked.changes}
            response = posted(client, f"{base}/scenarios", body, asked)
        self._tell(response, f"saved as {response.json()['scenario']}")

    def change(self, name: str, asked: WhatIfFile, note: str | None) -> None:
        """Add changes. Raises ``CommandFailed``."""
        if not asked.changes:
            raise CommandFailed("give the changes: --change, --assume, or a file", MISUSED)
        with self._writing() as (client, base):
            body = {"changes": asked.changes, "note": note}
            response = posted(client, f"{_path(base, name)}/changes", body, asked)
        self._tell(response, f"{count(len(asked.changes), 'change')} added to {name}")

    def rebase(self, name: str, at: TimeOptions, note: str | None) -> None:
        """Fork anew. Raises ``CommandFailed``."""
        given = at.params() | {"scenario": at.scenario}
        fork = {field: value for field, value in given.items() if value is not None}
        self._post(name, "/rebase", {"fork": fork, "note": note}, f"{name} updated to the latest record")

    def remove(self, name: str, number: int, note: str | None) -> None:
        """Remove a change. Raises ``CommandFailed``."""
        self._post(
            name, path_to("changes", str(number), "remove"), {"note": note}, f"change {number} removed from {name}"
        )

    def close(self, name: str, reason: str | None) -> None:
        """Close a scenario. Raises ``CommandFailed``."""
        self._post(name, "/close", {"reason": reason}, f"{name} closed")

    def _post(self, name: str, path: str, body: dict[str, Any], said: str) -> None:
        with self._writing() as (client, base):
            response = posted(client, _path(base, name) + path, body)
        self._tell(response, said)

    def _tell(self, response: httpx.Response, said: str) -> None:
        answer = response.json()
        say(f"{said}; its history has {count(int(response.headers['ETag'].strip(chr(34))), 'event')}.")
        if self.as_json:
            show_json(response)
        elif answer["not_applied"] is None:
            say("The service could not work out which changes no longer apply; the scenario itself tells it later.")
        else:
            show_not_applied(answer["not_applied"])

    # --- adopting ---

    def preview_adoption(self, name: str, output: str | None) -> None:
        """Show what would be recorded, and write it where that is asked. Raises ``CommandFailed``."""
        with self._asking() as (client, base):
            response = ask(client, f"{_path(base, name)}/adopt")
            contributors = contributors_of(client, base)
        if output is not None:
            _write(output, response.json()["facts"])
        if self.as_json:
            show_json(response)
        else:
            _show_adoption(response.json(), contributors)

    def adopt(self, name: str, file: str) -> None:
        """Record assumed facts that have their sources by now. Raises ``CommandFailed``."""
        written = facts_in_file(content_of(file), file, format_of(file, None))
        asked = WhatIfFile(places={f"/{number}": _at(one.place) for number, one in enumerate(written)})
        facts = b"[" + b",".join(one.json for one in written) + b"]"
        with self._writing() as (client, base):
            response = posted(client, f"{_path(base, name)}/adopt", facts, asked)
        recorded = response.json()["events"]
        say(f"{count(len(recorded), 'fact')} recorded; the record now has {count(recorded[-1]['sequence'], 'event')}.")
        if self.as_json:
            show_json(response)

    @contextmanager
    def _asking(self) -> Iterator[tuple[httpx.Client, str]]:
        with asking(self.where) as client:
            yield client, path_of(client, self.coalition)

    @contextmanager
    def _writing(self) -> Iterator[tuple[httpx.Client, str]]:
        with asking(self.where, self.recorded_by) as client:
            yield client, path_of(client, self.coalition)


def _path(base: str, name: str) -> str:
    return base + path_to("scenarios", name)


def _at(place: str) -> Any:
    return lambda _: place


# --- telling ----------------------------------------------------------------------------------------------------------


def _show_list(scenarios: list[Json]) -> None:
    rows = [
        [one["scenario"], name_or_problem(one), *[""] * 5]
        if "problem" in one
        else [one["scenario"], one["name"], one["status"], f"{one['changes']:,}", _fork(one["fork"]), one["author"],
         moment(one["opened_at"])]
        for one in scenarios
    ]  # fmt: skip
    columns = ("scenario", "name", "status", "changes", "starting point", "author", "saved")
    show_table("", columns, rows, numbers=("changes",))


def _fork(fork: Json) -> str:
    of = f"scenario {fork['scenario']} " if fork.get("scenario") else ""
    return f"{of}as of {moment(fork['valid_at'])}, {count(fork['sequence'], 'event')}"


def _show_one(item: Json, answer: Json, contributors: Contributors) -> None:
    changes = {one["number"]: one["change"] for one in item["changes"]}
    show_what_if(answer, changes, contributors, f"{item['name']} ({item['scenario']}, {item['status']})")
    show_not_applied(item["not_applied"])
    lines = [item["description"] or "", f"Starting point: {basis_line(item['fork'])}."]
    if item["lineage"]:
        lines.append(f"Based on the scenario {listed(item['lineage'])}.")
    show_lines(["", *filter(None, lines)])
    rows = [
        [str(event["sequence"]), _happened(event["fact"], contributors), event["fact"].get("note") or "",
         moment(event["recorded_at"]), event["recorded_by"]]
        for event in item["history"]
    ]  # fmt: skip
    show_table("History", ("event", "what happened", "reason", "recorded", "by"), rows, numbers=("event",))


def _happened(fact: Json, contributors: Contributors) -> str:
    match fact["type"]:
        case "ScenarioOpened":
            return f"saved with {count(len(fact.get('changes', ())), 'change')}"
        case "ChangeAdded":
            return f"added: {change_sentence(assumption_with_names(fact['change']), contributors)}"
        case "ChangeRemoved":
            return f"change {fact['number']} was removed"
        case "ScenarioRebased":
            return f"updated: {_fork(fact['fork'])}"
    return f"closed{': ' + fact['reason'] if fact.get('reason') else ''}"


def _show_adoption(answer: Json, contributors: Contributors) -> None:
    rows = [
        [str(number), _fact(one["fact"], contributors), "needed" if one["needs_sources"] else "given",
         "\n".join(f"{problem['rule']}: {problem['detail']}" for problem in one["problems"]) or "none"]
        for number, one in enumerate(answer["facts"], start=1)
    ]  # fmt: skip
    columns = ("fact", "what would be recorded", "sources", "obstacles")
    show_table("", columns, rows, numbers=("fact",))
    if answer["not_adopted"]:
        said = listed([str(number) for number in answer["not_adopted"]])
        noun = "Change" if len(answer["not_adopted"]) == 1 else "Changes"
        show_lines(["", f"{noun} {said} cannot be adopted: only assumed facts can."])


def _fact(fact: Json, contributors: Contributors) -> str:
    said = ", ".join(filter(None, (when(fact.get("effective_at")), fact_clause(with_names(fact), contributors))))
    return said[:1].upper() + said[1:]


def _write(output: str, facts: list[Json]) -> None:
    """Write facts as a file that ``adopt --record`` takes once each has its sources. Raises ``CommandFailed``."""
    first = ("type", "event_id", "effective_at")
    in_order = (
        [{field: fact[field] for field in first if field in fact} | fact] for fact in (f["fact"] for f in facts)
    )
    text = "\n".join(yaml.safe_dump(fact, sort_keys=False, allow_unicode=True, width=120) for fact in in_order)
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from None
    missing = sum(one["needs_sources"] for one in facts)
    say(f"{count(len(facts), 'fact')} written to {output}; {missing:,} still need sources.")
