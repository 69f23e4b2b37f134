"""``coalition propose`` and ``coalition proposals``: what the commands read, write and print."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx

from api.cli.batches import PreparedFact, prepare
from api.cli.client import Target, ask, coalition_named, connection, path_to
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import say, show_json, show_lines, show_table
from api.cli.questions import contributors_of
from api.cli.what_if import post
from api.files.facts import content_of, facts_in_file, format_of
from api.files.scenarios import Place, WhatIfRequest
from api.files.yaml_nodes import as_json, value_in
from api.wording.actors import change_with_names, with_names
from api.wording.differences import change_lines
from api.wording.facts import Contributors, fact_clause
from api.wording.moved_on import moved_on_sentence
from api.wording.phrases import Json, capitalised, count, listed, moment, when
from api.wording.proposals import OUTCOMES
from api.wording.warnings import warning_sentence


@dataclass(frozen=True, slots=True)
class ProposalCommands:
    """The commands on the proposals of a coalition; ``recorded_by`` is the author in a local store."""

    target: Target
    coalition: str | None
    as_json: bool
    recorded_by: str

    # --- reads ---

    def show_all(self) -> None:
        """List the proposals. Raises ``CommandFailed``."""
        with self._client() as (client, base):
            response = ask(client, f"{base}/scenarios", {"purpose": "proposal"})
        if self.as_json:
            show_json(response)
        else:
            _show_list(response.json()["scenarios"])

    def show(self, name: str) -> None:
        """Show a proposal. Raises ``CommandFailed``."""
        with self._client() as (client, base):
            response = ask(client, f"{_path(base, name)}/proposal")
            contributors = contributors_of(client, base)
        if self.as_json:
            show_json(response)
        else:
            _show_one(response.json(), contributors)

    # --- writes ---

    def propose(self, file: str, title: str, description: str | None) -> None:
        """Propose the facts of a file. Raises ``CommandFailed``."""
        with self._client() as (client, base):
            facts = _facts_in(file, coalition_named(client, self.coalition))
            fields = {"name": title, "description": description, "purpose": "proposal"}
            changes = b",".join(b'{"assume":%b}' % fact.json for fact in facts)
            body = b'%b,"changes":[%b]}' % (as_json(fields)[:-1], changes)
            response = post(client, f"{base}/scenarios", body, _places(facts), key=sha256(body).hexdigest())
        answer = response.json()
        say(f"Proposed as {answer['scenario']}: {count(len(facts), 'fact')}, which count once they are accepted.")
        self._show(response)

    def accept(self, name: str, numbers: Sequence[int]) -> None:
        """Accept facts. Raises ``CommandFailed``."""
        with self._client() as (client, base):
            body = {"changes": list(numbers) or None}
            response = post(client, f"{_path(base, name)}/accept", body, _numbers(numbers))
        events = response.json()["events"]
        say(f"Recorded {count(len(events), 'fact')}; the record now has {count(events[-1]['sequence'], 'event')}.")
        self._show(response)

    def decline(self, name: str, numbers: Sequence[int], reason: str) -> None:
        """Decline facts. Raises ``CommandFailed``."""
        body = {"changes": list(numbers) or None, "reason": reason}
        with self._client() as (client, base):
            response = post(client, f"{_path(base, name)}/decline", body, _numbers(numbers))
        declined = [event["fact"]["number"] for event in response.json()["events"]]
        say(f"Declined {'fact' if len(declined) == 1 else 'facts'} {listed([str(number) for number in declined])}.")
        self._show(response)

    def edit(self, name: str, number: int, file: str, note: str | None) -> None:
        """Put another fact in the place of one. Raises ``CommandFailed``."""
        facts = facts_in_file(content_of(file), file, format_of(file, None))
        if len(facts) != 1:
            raise CommandFailed(
                f"{file} has {count(len(facts), 'fact')}; expected the one to put in its place", MISUSED
            )
        body = {"change": {"assume": value_in(facts[0].json.decode())}, "note": note}
        request = WhatIfRequest(places={"/change/assume": _at(facts[0].place)})
        with self._client() as (client, base):
            response = post(client, _path(base, name) + path_to("changes", str(number), "replace"), body, request)
        say(f"Edited fact {number} of {name}.")
        self._show(response)

    def comment(self, name: str, text: str, about: int | None) -> None:
        """Comment on a proposal. Raises ``CommandFailed``."""
        response = self._post(name, "/comments", {"text": text, "about": about})
        say(f"Commented on {name}.")
        self._show(response)

    def withdraw(self, name: str, reason: str | None) -> None:
        """Withdraw a proposal. Raises ``CommandFailed``."""
        response = self._post(name, "/close", {"reason": reason})
        say(f"Withdrew {name}.")
        self._show(response)

    def _post(self, name: str, path: str, body: Any) -> httpx.Response:
        with self._client() as (client, base):
            return post(client, _path(base, name) + path, body)

    def _show(self, response: httpx.Response) -> None:
        if self.as_json:
            show_json(response)

    @contextmanager
    def _client(self) -> Iterator[tuple[httpx.Client, str]]:
        with connection(self.target, self.recorded_by) as client:
            yield client, path_to("coalitions", coalition_named(client, self.coalition))


def _path(base: str, name: str) -> str:
    return base + path_to("scenarios", name)


def _facts_in(file: str, coalition: str) -> list[PreparedFact]:
    """The facts of a file, with ids that are the same whenever it is proposed or recorded. Raises ``CommandFailed``."""
    facts = prepare(coalition, facts_in_file(content_of(file), file, format_of(file, None)))
    if not facts:
        raise CommandFailed(f"{file} contains no facts")
    return facts


def _places(facts: Sequence[PreparedFact]) -> WhatIfRequest:
    """Where each fact is, for refusals."""
    return WhatIfRequest(places={f"/changes/{index}/assume": _at(fact.place) for index, fact in enumerate(facts)})


def _numbers(numbers: Sequence[int]) -> WhatIfRequest:
    """The facts that a command names, for refusals."""
    return WhatIfRequest(places={f"/changes/{index}": _at(f"fact {number}") for index, number in enumerate(numbers)})


def _at(place: str) -> Place:
    return lambda _: place


# --- tables and lines -------------------------------------------------------------------------------------------------


def _show_list(proposals: list[Json]) -> None:
    readable = [one for one in proposals if "problem" not in one]
    readable.sort(key=lambda one: one["opened_at"], reverse=True)
    rows = [
        [one["scenario"], one["name"], OUTCOMES[one["outcome"]], f"{one['changes']:,}", one["author"],
         moment(one["opened_at"])]
        for one in sorted(readable, key=lambda one: one["outcome"] != "open")
    ]  # fmt: skip
    columns = ("proposal", "title", "state", "facts", "proposed by", "proposed")
    show_table("", columns, rows, numbers=("facts",))


def _show_one(item: Json, contributors: Contributors) -> None:
    lines = [
        f"{item['name']} ({item['scenario']}, {OUTCOMES[item['outcome']]})",
        item["description"] or "",
        f"Proposed by {item['author']} on {moment(item['opened_at'])}.",
        moved_on_sentence(item["record_moved_on"]) if item["outcome"] == "open" else "",
    ]
    show_lines([*filter(None, lines), ""])
    rows = [
        [
            str(one["number"]),
            _fact(one["fact"], dict(contributors) | _pledged(item)),
            _state(one),
            "\n".join(_remarks(one)),
        ]
        for one in item["facts"]
    ]
    show_table("", ("fact", "what is proposed", "state", "remarks"), rows, numbers=("fact",))
    if item["changes"] and item["changes"]["changes"]:
        changes = map(change_with_names, item["changes"]["changes"])
        show_lines(["", "What the open facts would change:", *change_lines(list(changes), lambda _: "")])
    if item["comments"]:
        show_lines(["", "Comments:", *(_comment(one) for one in item["comments"])])


def _pledged(item: Json) -> dict[str, str]:
    """The contributors of the pledges that are proposed."""
    facts = (one["fact"] for one in item["facts"])
    return {fact["pledge"]: with_names(fact)["contributor"] for fact in facts if fact["type"] == "PledgeMade"}


def _fact(fact: Json, contributors: Contributors) -> str:
    parts = (when(fact.get("effective_at")), fact_clause(with_names(fact), contributors))
    return capitalised(", ".join(filter(None, parts)))


def _state(one: Json) -> str:
    match one:
        case {"accepted": {"by": by, "sequence": sequence}}:
            return f"accepted by {by}: event {sequence}"
        case {"status": "declined", "declined": {"by": by}}:
            return f"declined by {by}"
    return "open"


def _remarks(one: Json) -> Iterator[str]:
    if one["edited"]:
        yield f"Edited by {one['edited']['by']}."
    if one["status"] == "declined":
        yield one["declined"]["text"]
    yield from (f"{problem['rule']}: {problem['detail']}" for problem in one["problems"])
    if one["needs"]:
        yield f"Needs {listed([f'fact {number}' for number in one['needs']])}."
    yield from map(warning_sentence, one["warnings"])


def _comment(one: Json) -> str:
    about = f", on fact {one['about']}" if one["about"] else ""
    return f"- {one['by']}, {moment(one['at'])}{about}: {one['text']}"
