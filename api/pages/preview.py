"""Facts that a form would record: how they read, what refuses them, what is surprising, and what they would change.

Facts are recorded as by the endpoint for them (``api/routes/record.py``), under the name of the form's author.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from anyio import sleep
from fastapi import Request

from api.checks import check_facts
from api.hints import facts_of_request
from api.http.bodies import JSON, RequestBody, facts_in
from api.http.problems import Fault, Problem
from api.pages.changes import Sentence, sections_of
from api.pages.filters import as_answered
from api.routes.record import record
from api.services import services
from api.wording.warnings import before_recording, warning_sentence
from domain.corrections import EventRetracted
from domain.history.history import History
from domain.ledger import KeyInProgress
from projections.check import Check
from projections.difference import Difference
from projections.warnings.warnings import WarningItem

Json = dict[str, Any]

_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2)
"""How long a form that is sent twice at once waits, again and again, for the first."""


@dataclass(frozen=True, slots=True)
class PreviewedWarning:
    """A warning in a sentence; ``pointer`` leads into the list of facts, ``remedy`` is a fact that would settle it."""

    sentence: str
    pointer: str
    remedy: Json | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of facts; ``digest`` identifies them, so that what is recorded is what was seen."""

    facts: Sequence[Json]
    faults: Sequence[Fault]
    warnings: Sequence[PreviewedWarning]
    sections: Mapping[str, list[Sentence]]
    digest: str

    @property
    def outcome(self) -> str:
        """What identifies its warnings and changes: another one is news to whoever saw this one."""
        told = [[one.sentence for one in self.warnings], [[name, *lines] for name, lines in self._lines()]]
        return sha256(json.dumps(told).encode()).hexdigest()

    def _lines(self) -> list[tuple[str, list[str]]]:
        return [(name, [line.text for line in lines]) for name, lines in self.sections.items()]

    @property
    def can_be_recorded(self) -> bool:
        return not self.faults


def preview_of(request: Request, coalition: str, author: str, facts: Sequence[Json]) -> Preview:
    """Check facts, as a list. Raises a ``Problem`` for a record that cannot be read, or without a slot."""
    body = _body(facts)
    try:
        found = check_facts(services(request), coalition, facts_of_request(body), author)
    except Problem as problem:
        if not problem.faults:
            raise
        return Preview(facts, problem.faults, (), {}, body.digest)
    faults = [Fault(pointer=one.pointer, detail=one.detail, rule=one.rule) for one in found.refusals]
    warnings = [_previewed(one, found, services(request).ledger.history(coalition)) for one in found.warnings]
    sections = {} if found.changes is None else sections_of(as_answered(Difference, found.changes))
    return Preview(facts, faults, warnings, sections, body.digest)


def _previewed(warning: WarningItem, check: Check, recorded: History) -> PreviewedWarning:
    """A warning with its remedy, if that can stand in the place of the fact: what it is about is on record, or goes."""
    remedy = warning.remedy
    if remedy and remedy["type"] != EventRetracted.__name__ and str(remedy["event"]) not in recorded:
        remedy = None
    sentence = warning_sentence(as_answered(WarningItem, warning))
    return PreviewedWarning(before_recording(sentence, check.sequence, len(check.events)), warning.pointer, remedy)


async def record_facts(request: Request, coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> Any:
    """Record facts as one list, and return the events. Raises a ``Problem``.

    ``opened_at`` is what the form says of when it was opened: a form that is sent twice, as by a double click, counts
    once. The second request waits for the answer to the first.
    """
    body = _body(facts)
    key = form_key(author, coalition, opened_at, body.digest)
    for wait_seconds in (*_WAITS_SECONDS, None):
        try:
            response = await record(request, coalition, author, body, idempotency_key=key, if_match=None)
            break
        except KeyInProgress:
            if wait_seconds is None:
                raise
            await sleep(wait_seconds)
    return json.loads(bytes(response.body))["events"]


def form_key(author: str, coalition: str, opened_at: str, digest: str) -> str:
    """The idempotency key of a form that states facts with a digest."""
    return f"page-{sha256(json.dumps([author, coalition, opened_at, digest]).encode()).hexdigest()}"


def are_recorded(request: Request, coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> bool:
    """Whether ``record_facts`` has recorded facts from the same form before."""
    return services(request).ledger.has_recorded(coalition, form_key(author, coalition, opened_at, digest_of(facts)))


def digest_of(facts: Sequence[Json]) -> str:
    """What identifies facts: ``Preview.digest``."""
    return _body(facts).digest


def _body(facts: Sequence[Json]) -> RequestBody:
    return facts_in(json.dumps(facts).encode(), JSON)
