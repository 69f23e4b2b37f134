"""``coalition scenarios``: what the commands on saved scenarios read, write and print."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from api.cli.client import Target, ask, connection, path_to
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import say, show_json, show_lines, show_table
from api.cli.questions import ViewOptions, contributors_of, say_moved_on
from api.cli.tables.lists import name_or_problem
from api.cli.tables.side_by_side import show_side_by_side
from api.cli.tables.what_if import show_not_applied, show_what_if
from api.cli.what_if import path_of, post
from api.cli.whole_answers import ask_whole
from api.files.facts import content_of, facts_in_file, format_of
from api.files.scenarios import WhatIfRequest
from api.wording.actors import assumption_with_names, with_names
from api.wording.change_sentences import change_sentence
from api.wording.facts import Contributors, fact_clause
from api.wording.phrases import Json, basis_line, capitalised, count, listed, moment, when


@dataclass(frozen=True, slots=True)
class SavedScenarioCommands:
    """The commands on the saved scenarios of a coalition; ``recorded_by`` is the author in a local store."""

    target: Target
    coalition: str | None
    as_json: bool
    recorded_by: str

    # --- reads ---

    def show_all(self, status: str | None) -> None:
        """List the scenarios. Raises ``CommandFailed``."""
        with self._reader() as (client, base):
            response = ask(client, f"{base}/scenarios", {"status": status})
        if self.as_json:
            show_json(response)
        else:
            _show_list(response.json()["scenarios"])

    def show(self, name: str, view: ViewOptions) -> None:
        """Show a scenario, the result of its changes, and its history. Raises ``CommandFailed``."""
        with self._reader() as (client, base):
            path = _path(base, name)
            response = ask(client, path)
            say_moved_on(response)
            if self.as_json:
                show_json(response)
                return
            answer = {
                "picture": ask(client, f"{path}/picture", view.params() | {"with": "baseline,difference"}).json(),
                "consequences": ask(client, f"{path}/consequences", view.params()).json(),
            }
            if "next_cursor" in answer["picture"]["difference"]:
                answer["picture"]["difference"] = ask_whole(client, f"{path}/difference", view.params()).json()
            contributors = contributors_of(client, base)
        _show_one(response.json(), answer, contributors)

    def compare(self, names: list[str], view: ViewOptions, record: bool, chances: list[str]) -> None:
        """Show scenarios side by side. Raises ``CommandFailed``."""
        sides = {"scenario": names, "record": "true" if record else None, "chance": chances or None}
        with self._reader() as (client, base):
            response = ask_whole(client, f"{base}/compare", view.params() | sides)
        if self.as_json:
            show_json(response)
        else:
            show_side_by_side(response.json())

    # --- writes ---

    def save(self, request: WhatIfRequest) -> None:
        """Save a scenario. Raises ``CommandFailed``."""
        if not request.saved.get("name"):
            raise CommandFailed("a saved scenario needs a name: use --name, or name it in the file", MISUSED)
        with self._writer() as (client, base):
            body = request.saved | {"fork": request.fork, "changes": request.changes}
            response = post(client, f"{base}/scenarios", body, request)
        self._report(response, f"Saved as {response.json()['scenario']}")

    def change(self, name: str, request: WhatIfRequest, note: str | None) -> None:
        """Add changes. Raises ``CommandFailed``."""
        if not request.changes:
            raise CommandFailed("no change is stated: use --change or --assume, or name a file", MISUSED)
        with self._writer() as (client, base):
            body = {"changes": request.changes, "note": note}
            response = post(client, f"{_path(base, name)}/changes", body, request)
        self._report(response, f"Added {count(len(request.changes), 'change')} to {name}")

    def rebase(self, name: str, view: ViewOptions, note: str | None) -> None:
        """Move the starting point. Raises ``CommandFailed``."""
        self._post(name, "/rebase", {"fork": view.start(), "note": note}, f"Updated {name}")

    def remove(self, name: str, number: int, note: str | None) -> None:
        """Remove a change. Raises ``CommandFailed``."""
        path = path_to("changes", str(number), "remove")
        self._post(name, path, {"note": note}, f"Removed change {number} from {name}")

    def close(self, name: str, reason: str | None) -> None:
        """Close a scenario. Raises ``CommandFailed``."""
        self._post(name, "/close", {"reason": reason}, f"Closed {name}")

    def _post(self, name: str, path: str, body: dict[str, Any], message: str) -> None:
        with self._writer() as (client, base):
            response = post(client, _path(base, name) + path, body)
        self._report(response, message)

    def _report(self, response: httpx.Response, message: str) -> None:
        answer = response.json()
        say(f"{message}; its history has {count(int(response.headers['ETag'].strip(chr(34))), 'event')}.")
        if self.as_json:
            show_json(response)
        elif answer["not_applied"] is None:
            say("It is not yet known which changes no longer apply; `coalition scenarios show` will list them.")
        else:
            show_not_applied(answer["not_applied"])

    # --- adoption ---

    def preview_adoption(self, name: str, output: str | None) -> None:
        """Show what would be recorded, and write it to a file if one is named. Raises ``CommandFailed``."""
        with self._reader() as (client, base):
            response = ask(client, f"{_path(base, name)}/adopt")
            contributors = contributors_of(client, base)
        if output is not None:
            _write(output, response.json()["facts"])
        if self.as_json:
            show_json(response)
        else:
            _show_adoption(response.json(), contributors)

    def adopt(self, name: str, file: str) -> None:
        """Record assumed facts, now with sources. Raises ``CommandFailed``."""
        facts = facts_in_file(content_of(file), file, format_of(file, None))
        request = WhatIfRequest(places={f"/{index}": _at(fact.place) for index, fact in enumerate(facts)})
        body = b"[" + b",".join(fact.json for fact in facts) + b"]"
        with self._writer() as (client, base):
            response = post(client, f"{_path(base, name)}/adopt", body, request)
        events = response.json()["events"]
        say(f"Recorded {count(len(events), 'fact')}; the record now has {count(events[-1]['sequence'], 'event')}.")
        if self.as_json:
            show_json(response)

    @contextmanager
    def _reader(self) -> Iterator[tuple[httpx.Client, str]]:
        with connection(self.target) as client:
            yield client, path_of(client, self.coalition)

    @contextmanager
    def _writer(self) -> Iterator[tuple[httpx.Client, str]]:
        with connection(self.target, self.recorded_by) as client:
            yield client, path_of(client, self.coalition)


def _path(base: str, name: str) -> str:
    return base + path_to("scenarios", name)


def _at(place: str) -> Any:
    return lambda _: place


# --- tables and lines -------------------------------------------------------------------------------------------------


def _show_list(scenarios: list[Json]) -> None:
    rows = [
        [one["scenario"], name_or_problem(one), *[""] * 6]
        if "problem" in one
        else [one["scenario"], one["name"], one["status"], f"{one['changes']:,}", _fork(one["fork"]),
         f"{one['events_since']:,}", one["author"], moment(one["opened_at"])]
        for one in scenarios
    ]  # fmt: skip
    columns = ("scenario", "name", "status", "changes", "starting point", "later", "author", "saved")
    show_table("", columns, rows, numbers=("changes", "later"))


def _fork(fork: Json) -> str:
    scenario = f"scenario {fork['scenario']} " if fork.get("scenario") else ""
    return f"{scenario}as of {moment(fork['valid_at'])}, {count(fork['sequence'], 'event')}"


def _show_one(item: Json, answer: Json, contributors: Contributors) -> None:
    changes = {one["number"]: one["change"] for one in item["changes"]}
    show_what_if(answer, changes, contributors, f"{item['name']} ({item['scenario']}, {item['status']})")
    show_not_applied(item["not_applied"])
    lines = [item["description"] or "", f"Starting point: {basis_line(item['fork'])}."]
    if item["lineage"]:
        lines.append(f"Based on the scenario {listed(item['lineage'])}.")
    show_lines(["", *filter(None, lines)])
    rows = [
        [str(event["sequence"]), _event_phrase(event["fact"], contributors), event["fact"].get("note") or "",
         moment(event["recorded_at"]), event["recorded_by"]]
        for event in item["history"]
    ]  # fmt: skip
    show_table("History", ("event", "what happened", "reason", "recorded", "by"), rows, numbers=("event",))


def _event_phrase(fact: Json, contributors: Contributors) -> str:
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
        numbers = listed([str(number) for number in answer["not_adopted"]])
        noun = "Change" if len(answer["not_adopted"]) == 1 else "Changes"
        show_lines(["", f"{noun} {numbers} cannot be adopted: only assumed facts can."])


def _fact(fact: Json, contributors: Contributors) -> str:
    parts = (when(fact.get("effective_at")), fact_clause(with_names(fact), contributors))
    return capitalised(", ".join(filter(None, parts)))


def _write(output: str, facts: list[Json]) -> None:
    """Write facts as a file for ``adopt --record``, once each has its sources. Raises ``CommandFailed``."""
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
    verb = "needs" if missing == 1 else "need"
    say(f"Wrote {count(len(facts), 'fact')} to {output}; {missing:,} still {verb} sources.")
