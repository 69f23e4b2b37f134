"""``/c/{coalition}/proposals/{scenario}``: what is proposed, what it would change, and what is said about it; with the
forms that accept, decline, comment and withdraw.

A form does what the API does (``api/routes/scenarios``), under the name of the key that its sender signed in with."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from time import sleep
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.checks import check_facts
from api.http.problems import VALIDATION, Fault, Problem
from api.pages.changes import Sentence, sections_of
from api.pages.filters import as_answered, clause
from api.pages.forms import EMPTY, FormAuthor, FormContents, TypedFields, scenario_write
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory, saved_scenario
from api.routes.scenarios import writing
from api.routes.scenarios.acceptance import Selection, accept, chosen_facts
from api.routes.scenarios.items import facts_in
from api.routes.scenarios.proposal_items import Proposal
from api.routes.scenarios.proposal_reading import read
from api.routes.scenarios.proposal_writes import comment, decline
from api.services import services
from api.wording.moved_on import moved_on_sentence
from api.wording.names import calling_by
from api.wording.proposals import OUTCOMES, facts_in_words
from api.wording.warnings import warning_sentence
from domain.history.history import History
from domain.ledger import KeyInProgress
from domain.refusals import Refused
from projections.asof import AsOf
from projections.difference import Difference

router = pages()

ATTEMPTS, PAUSE_SECONDS = 100, 0.05
"""How often, and after which pause, a form that was sent twice at once asks for the first one's answer."""

MAX_SEQUENCE = 9
"""Digits of the sequence of a scenario."""


@dataclass(frozen=True)
class ProposalNames:
    """What actors and things are called: as on record, or as the proposed facts would have it."""

    recorded: Viewpoint
    proposed: Viewpoint

    def actor(self, code: str) -> tuple[str, str | None] | None:
        """The name of an organisation or a group."""
        return self.recorded.actor(code) or self.proposed.actor(code)

    def label(self, kind: str, slug: str) -> str | None:
        """The label of a thing."""
        return self.recorded.label(kind, slug) or self.proposed.label(kind, slug)

    def contributor_of(self, pledge: str) -> str | None:
        """The contributor of a pledge."""
        return self.recorded.contributor_of(pledge) or self.proposed.contributor_of(pledge)

    def number_of(self, event_id: str) -> int | None:
        """The number of an event on record."""
        return self.recorded.number_of(event_id)


@router.get("/c/{coalition}/proposals/{scenario}/facts.csv")
def facts_table(request: Request, recorded: RecordedHistory, scenario: str) -> Response:
    """The facts of a proposal, as rows."""
    columns = ("number", "status", "proposed_by", "edited_by", "accepted_by", "event", "declined_by", "reason", "fact")
    rows = (
        (one.number, one.status, one.proposed.by, one.edited and one.edited.by, one.accepted and one.accepted.by,
         one.accepted and one.accepted.sequence, one.declined and one.declined.by,
         one.declined and one.declined.text, one.fact)
        for one in read(request, recorded, saved_scenario(request, recorded, scenario)).facts
    )  # fmt: skip
    return table(request, f"{recorded.coalition}-{scenario}.csv", columns, rows)


@router.get("/c/{coalition}/proposals/{scenario}")
def proposal_page(request: Request, recorded: RecordedHistory, asked: AsOfQuery, scenario: str) -> Response:
    """A proposal. What was taken over from a what-if leads here as well: that has a page of its own."""
    if saved_scenario(request, recorded, scenario).state.purpose == "what_if":
        return RedirectResponse(f"/c/{quote(recorded.coalition)}/scenarios/{quote(scenario)}", 303)
    return _page(request, viewpoint_at(request, recorded, asked), scenario)


@router.post("/c/{coalition}/proposals/{scenario}")
def decide(
    *,
    request: Request,
    author: FormAuthor,
    recorded: RecordedHistory,
    asked: AsOfQuery,
    scenario: str,
    typed: TypedFields,
) -> Response:
    """Accept or decline facts, comment, or withdraw the proposal, or show the form again with what is wrong."""
    doing = typed.get("doing", "")
    try:
        if doing == "check":
            changes = _changes_of(request, recorded, scenario, _selected(typed))
            return _page(request, viewpoint_at(request, recorded, asked), scenario, FormContents(typed), changes)
        if doing not in ACTIONS:
            raise _wrong("doing", f"doing must be one of check, {', '.join(ACTIONS)}")
        ACTIONS[doing](Decision(request, recorded, author, scenario, typed))
    except Problem as problem:
        contents = FormContents(typed, problem)
        # What was recorded meanwhile is part of the answer.
        latest = services(request).ledger.history(recorded.coalition)
        return _page(request, viewpoint_at(request, latest, asked), scenario, contents)
    return RedirectResponse(f"/c/{quote(recorded.coalition)}/proposals/{quote(scenario)}", 303)


# --- what the forms do ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """A form that was sent: who sent it, about which proposal, and what was typed."""

    request: Request
    recorded: History
    author: str
    scenario: str
    typed: Mapping[str, str]

    def write(self, doing: str, body: Mapping[str, Any]) -> writing.ScenarioWrite:
        """A write to the scenario. A form that is sent twice, as by a double click, counts once."""
        doing = f"{doing} {_sequence(self.typed)}"
        return scenario_write(self.request, self.recorded, self.author, doing=doing, body=body)


def _accept(decision: Decision) -> None:
    typed, numbers = decision.typed, _selected(decision.typed)
    sequence = _sequence(typed)
    sent = json.dumps([decision.author, decision.recorded.coalition, decision.scenario, numbers, sequence])
    saved = saved_scenario(decision.request, decision.recorded, decision.scenario)
    key = f"page-{sha256(sent.encode()).hexdigest()}"
    for _ in range(ATTEMPTS):
        with suppress(KeyInProgress):  # the same form, sent twice at once: both get the first one's answer
            accept(services(decision.request).ledger, saved, decision.author, Selection(numbers, sequence), key)
            return
        sleep(PAUSE_SECONDS)
    raise KeyInProgress(key)


def _accept_all(decision: Decision) -> None:
    """Accept all facts that were open when the page was shown."""
    every = {"fact": decision.typed.get("open", "")}
    _accept(replace(decision, typed={**decision.typed, **every}))


def _decline(decision: Decision) -> None:
    typed = decision.typed
    body = {"changes": _selected(typed), "reason": typed.get("reason"), "sequence": _sequence(typed)}
    if not body["reason"]:
        raise _wrong("reason", "say why, so that whoever proposed it can do better")
    decline(decision.write("decline", body), decision.scenario)


def _comment(decision: Decision) -> None:
    about = decision.typed.get("about")
    if not decision.typed.get("text"):
        raise _wrong("text", "write something first")
    if about and not re.fullmatch(r"[0-9]{1,9}", about):
        raise _wrong("about", "choose a fact, or the whole proposal")
    body = {"text": decision.typed["text"], "about": int(about) if about else None}
    comment(decision.write("comment", body), decision.scenario)


def _withdraw(decision: Decision) -> None:
    writing.close(decision.write("close", {"reason": decision.typed.get("why")}), decision.scenario)


ACTIONS = {
    "accept": _accept, "accept_all": _accept_all, "decline": _decline, "comment": _comment, "withdraw": _withdraw,
}  # fmt: skip
"""What the buttons do."""


def _selected(typed: Mapping[str, str]) -> list[int]:
    """The numbers of the selected facts. Raises a ``Problem`` if there are none."""
    texts = [text.strip() for text in typed.get("fact", "").split(",") if text.strip()]
    if not texts:
        raise _wrong("fact", "select at least one fact")
    if not all(text.isdecimal() and len(text) <= MAX_SEQUENCE for text in texts):
        raise _wrong("fact", "facts are selected by their numbers")
    return [int(text) for text in texts]


def _sequence(typed: Mapping[str, str]) -> int:
    text = typed.get("sequence", "")
    if not text.isdecimal() or len(text) > MAX_SEQUENCE or not int(text):
        raise _wrong("sequence", "sequence must be a whole number")
    return int(text)


def _wrong(name: str, detail: str) -> Problem:
    return Problem(VALIDATION, faults=[Fault(pointer=f"/{name}", detail=detail)])


# --- the page ---------------------------------------------------------------------------------------------------------


def _changes_of(request: Request, recorded: History, scenario: str, numbers: Sequence[int]) -> Any:
    """What selected facts would change, without the others. Raises a ``Problem``."""
    saved = saved_scenario(request, recorded, scenario)
    chosen = chosen_facts(saved, facts_in(saved, recorded), Selection(numbers))
    check = check_facts(services(request), recorded.coalition, [one.fact for one in chosen], "")
    return as_answered(Difference | None, check.changes)


def _page(
    request: Request, viewpoint: Viewpoint, scenario: str, form: FormContents = EMPTY, selected_changes: Any = None
) -> Response:
    recorded = viewpoint.history.root
    saved = saved_scenario(request, recorded, scenario)
    proposal = as_answered(Proposal, read(request, recorded, saved))
    names = _names(request, recorded, viewpoint, scenario)
    with calling_by(names):
        facts = [_shown(one, names) for one in proposal["facts"]]
        changes = selected_changes or proposal["changes"]
        sections: dict[str, list[Sentence]] = sections_of(changes) if changes else {}
        return page(
            request, "proposal.html", status=form.status, viewpoint=viewpoint, proposal=proposal, facts=facts,
            outcome=OUTCOMES[proposal["outcome"]], facts_in_words=facts_in_words([one["status"] for one in facts]),
            moved_on=moved_on_sentence(proposal["record_moved_on"]), sections=sections, changes=changes, form=form,
            is_of_selection=selected_changes is not None, comments_about=_comments_about(proposal),
            selected={text.strip() for text in form.values.get("fact", "").split(",")},
        )  # fmt: skip


def _names(request: Request, recorded: History, viewpoint: Viewpoint, scenario: str) -> ProposalNames:
    try:
        history = services(request).replays.of(recorded, scenario)
        return ProposalNames(viewpoint, viewpoint_at(request, history, history.as_of(AsOf())))
    except (Problem, Refused):
        return ProposalNames(viewpoint, viewpoint)


def _shown(one: Any, names: ProposalNames) -> dict[str, Any]:
    """A proposed fact as the page shows it."""
    collides = {event_id for problem in one["problems"] for event_id in problem["collides_with"]}
    numbered = {event_id: number for event_id in collides if (number := names.number_of(event_id)) is not None}
    warnings = [warning_sentence(warning) for warning in one["warnings"]]
    proposer, editor = one["proposed"]["by"], one["edited"] and one["edited"]["by"]
    acceptor = one["accepted"] and one["accepted"]["by"]
    shown: dict[str, Any] = one | {
        "clause": clause(one["fact"], names),
        "collides": sorted(numbered.items(), key=lambda pair: pair[1]),
        "told": warnings,
        "is_own": acceptor is not None and acceptor == (editor or proposer),
    }
    return shown


def _comments_about(proposal: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for remark in proposal["comments"]:
        if remark["about"] is not None:
            found.setdefault(remark["about"], []).append(remark)
    return found
