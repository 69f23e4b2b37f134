"""A few facts that belong together: checked, proposed or recorded, as one list.

The commands for one fact and ``coalition record`` end here. A pointer into the facts is spoken of by ``called``: as an
option of the command, or as a line of a file.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from api.cli.batches import post_facts
from api.cli.client import OK, Target, path_to
from api.cli.events import numbers_of, with_numbers
from api.cli.failures import CommandFailed, Refusal, error_line, refusal_of
from api.cli.output import say, show_json, show_lines
from api.cli.questions import call_by_names, contributors_of
from api.wording.actors import change_with_names, named, with_names
from api.wording.differences import change_lines
from api.wording.event_numbers import events_named_in, with_event_numbers
from api.wording.facts import fact_clause
from api.wording.phrases import Json, basis_line, capitalised, when
from api.wording.warnings import before_recording, warning_lines

CREATED = 201
_MAX_ERRORS = 20
_PART = re.compile(r"/(\d+)(/.*)?")
_ASSUMED = re.compile(r"^/changes/(\d+)/assume")

Called = Callable[[int, str], str]
"""What a pointer into the fact at a place of the list is called in the command: an option, a line of a file."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Where facts go, and whether they are only checked, or proposed under the title ``propose``."""

    target: Target
    recorded_by: str
    check: bool = False
    propose: str | None = None
    as_json: bool = False


def submit(
    client: httpx.Client,
    coalition: str,
    facts: Sequence[Json],
    manner: Manner,
    called: Called,
    *,
    if_match: int | None = None,
    after: str = "",
) -> None:
    """Check, propose or record facts as one list, and show the result; ``after`` is said once they are recorded.

    With ``if_match``, only if the record still has so many events. Raises ``CommandFailed``.
    """
    if manner.propose is not None:
        propose(client, coalition, facts, manner.propose, called, as_json=manner.as_json)
    elif manner.check:
        written = [orjson.dumps(fact) for fact in facts]
        check(client, coalition, written, called, if_match=if_match, as_json=manner.as_json)
    else:
        _record(client, coalition, facts, called, if_match=if_match, as_json=manner.as_json)
        if after:
            say(after)


# --- recording --------------------------------------------------------------------------------------------------------


def _record(
    client: httpx.Client, coalition: str, facts: Sequence[Json], called: Called, *, if_match: int | None, as_json: bool
) -> None:
    body = orjson.dumps(facts)
    digest = hashlib.sha256(b"%d %b" % (if_match or 0, body)).hexdigest()
    headers = {"Idempotency-Key": f"cli-{digest}"} | _match(if_match)
    response = post_facts(client, coalition, body, headers)
    if response.status_code != CREATED:
        refusal = refusal_of(response)
        if isinstance(refusal, Refusal) and (known := _on_record(client, coalition, refusal, facts)):
            say(f"{coalition}: already on record as event {known:,}. If it happened twice, say so with --note.")
            return
        raise _refused(client, coalition, refusal, called)
    if as_json:
        show_json(response)
        return
    answer = response.json()
    done = "Already on record" if response.headers.get("Idempotency-Replayed") == "true" else "Recorded"
    for sentence in _sentences(client, coalition, answer["events"]):
        say(f"{done}: {sentence}")
    _say_warnings(answer["warnings"])


def _match(if_match: int | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": f'"{if_match}"'}


def _on_record(client: httpx.Client, coalition: str, refusal: Refusal, facts: Sequence[Json]) -> int | None:
    """The number of the event that has the id of a single fact already, which was derived from what it says."""
    is_known = [error.get("rule") == "IdAlreadyUsed" and error["pointer"] == "/0/event_id" for error in refusal.errors]
    if len(facts) != 1 or not any(is_known):
        return None
    base = path_to("coalitions", coalition)
    return next(iter(numbers_of(client, base, [facts[0]["event_id"]]).values()), None)


def _refused(client: httpx.Client, coalition: str, refusal: CommandFailed, called: Called) -> CommandFailed:
    if not isinstance(refusal, Refusal):
        return refusal
    if refusal.name == "precondition-failed":
        return CommandFailed(
            "Nothing was recorded: something else was recorded in the meantime. Look at the record again, and run the "
            "command again."
        )
    if not refusal.errors:
        return refusal
    errors = with_numbers(client, path_to("coalitions", coalition), refusal.errors[:_MAX_ERRORS])
    return CommandFailed("\n".join([f"{refusal.problem['title']}:", *_error_lines(errors, called)]))


def _error_lines(errors: Sequence[dict[str, Any]], called: Called) -> Iterator[str]:
    for error in errors:
        part = _PART.fullmatch(_ASSUMED.sub(r"/\1", str(error.get("pointer", ""))))
        if part is None:
            yield f"  {error_line(error)}"
        else:
            place = called(int(part[1]), part[2] or "")
            yield f"  {error_line(error | {'pointer': place})}"


# --- checking ---------------------------------------------------------------------------------------------------------


def ask_for_check(
    client: httpx.Client, coalition: str, facts: Sequence[bytes], if_match: int | None = None
) -> httpx.Response:
    """The answer to a check of facts, each written as JSON."""
    return client.post(
        f"{path_to('coalitions', coalition)}/events", params={"check": "true"}, content=b"[" + b",".join(facts) + b"]",
        headers={"Content-Type": "application/json"} | _match(if_match),
    )  # fmt: skip


def check(
    client: httpx.Client,
    coalition: str,
    facts: Sequence[bytes],
    called: Called,
    *,
    if_match: int | None = None,
    as_json: bool = False,
) -> None:
    """Show what facts would become and change; record nothing. Raises ``CommandFailed``, also if any is refused."""
    response = ask_for_check(client, coalition, facts, if_match)
    if response.status_code != OK:
        raise _refused(client, coalition, refusal_of(response), called)
    answer = response.json()
    if as_json:
        show_json(response)
    else:
        show_lines(_check_lines(client, coalition, answer, called))
    if answer["refusals"]:
        raise CommandFailed("Nothing was recorded: this would be refused.")
    say("Checked only: nothing was recorded.")


def _check_lines(client: httpx.Client, coalition: str, answer: Json, called: Called) -> Iterator[str]:
    if answer["refusals"]:
        errors = with_numbers(client, path_to("coalitions", coalition), answer["refusals"][:_MAX_ERRORS])
        yield from ("Refused:", *_error_lines(errors, called))
        return
    yield "What would be recorded:"
    yield from (f"- {sentence}" for sentence in _sentences(client, coalition, answer["events"]))
    for warning in answer["warnings"]:
        first, *rest = warning_lines(warning)
        yield f"Warning: {before_recording(first, answer['sequence'], len(answer['events']))}"
        yield from rest
    changes = answer["changes"]
    yield ""
    yield f"What would change, {basis_line(changes['after'])}:"
    lines = [*change_lines([change_with_names(one) for one in changes["changes"]], lambda _: "")]
    yield from lines or ["- no figure and no item"]
    if changes.get("next_cursor"):
        yield "- and more; --json has a page of them."


# --- proposing --------------------------------------------------------------------------------------------------------


def propose(
    client: httpx.Client, coalition: str, facts: Sequence[Json], title: str, called: Called, *, as_json: bool
) -> None:
    """Propose facts for somebody else to accept. Raises ``CommandFailed``."""
    body = {"name": title, "purpose": "proposal", "changes": [{"assume": fact} for fact in facts]}
    content = orjson.dumps(body)
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"cli-{hashlib.sha256(content).hexdigest()}"}
    response = client.post(f"{path_to('coalitions', coalition)}/scenarios", content=content, headers=headers)
    if response.status_code != CREATED:
        raise _refused(client, coalition, refusal_of(response), called)
    slug = response.json()["scenario"]
    say(f"Proposed as {slug}; nothing is recorded until somebody accepts it. See `coalition proposals show {slug}`.")
    if as_json:
        show_json(response)


# --- words ------------------------------------------------------------------------------------------------------------


def _sentences(client: httpx.Client, coalition: str, events: Sequence[Json]) -> Iterator[str]:
    """Events in sentences, with their numbers, names and labels."""
    base = path_to("coalitions", coalition)
    call_by_names(client, base, {})
    numbers = numbers_of(client, base, events_named_in(events))
    made = (event["fact"] for event in events if "contributor" in event["fact"] and "pledge" in event["fact"])
    contributors = _contributors(client, base) | {fact["pledge"]: named(fact["contributor"]) for fact in made}
    for event in with_event_numbers(events, numbers):
        fact = with_names(event)["fact"]
        clause = ", ".join(filter(None, (when(fact.get("effective_at")), fact_clause(fact, contributors))))
        yield f"event {event['sequence']:,}: {capitalised(clause).removesuffix('.')}."


def _contributors(client: httpx.Client, base: str) -> dict[str, str]:
    try:
        return contributors_of(client, base)
    except Refusal:  # a coalition that is only checked is not on record
        return {}


def _say_warnings(warnings: Sequence[Json]) -> None:
    for warning in warnings:
        first, *rest = warning_lines(warning)
        say("\n".join([f"Warning: {first}", *rest]))
