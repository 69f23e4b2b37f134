"""Facts that a form would record: how they read, what refuses them, what is surprising, and what they would change.

Facts are recorded as by the endpoint for them (``api/routes/record.py``), under the name of the form's author.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fastapi import Request

from api.checks import check_facts
from api.hints import facts_of_request
from api.http.bodies import JSON, RequestBody, facts_in
from api.http.problems import Fault, Problem
from api.pages.changes import Sentence, sections_of
from api.pages.filters import as_answered
from api.routes.record import record
from api.services import services
from api.wording.warnings import warning_sentence
from domain.corrections import EventRetracted
from domain.history.history import History
from projections.difference import Difference
from projections.warnings.warnings import WarningItem

Json = dict[str, Any]


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
    warnings = [_previewed(one, services(request).ledger.history(coalition)) for one in found.warnings]
    sections = {} if found.changes is None else sections_of(as_answered(Difference, found.changes))
    return Preview(facts, faults, warnings, sections, body.digest)


def _previewed(warning: WarningItem, recorded: History) -> PreviewedWarning:
    """A warning with its remedy, if that can stand in the place of the fact: what it is about is on record, or goes."""
    remedy = warning.remedy
    if remedy and remedy["type"] != EventRetracted.__name__ and str(remedy["event"]) not in recorded:
        remedy = None
    return PreviewedWarning(warning_sentence(as_answered(WarningItem, warning)), warning.pointer, remedy)


async def record_facts(request: Request, coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> Any:
    """Record facts as one list, and return the events. Raises a ``Problem``.

    ``opened_at`` is what the form says of when it was opened: a form that is sent twice, as by a double click, counts
    once.
    """
    key = _key(coalition, author, facts, opened_at)
    response = await record(request, coalition, author, _body(facts), idempotency_key=key, if_match=None)
    return json.loads(bytes(response.body))["events"]


def are_recorded(request: Request, coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> bool:
    """Whether ``record_facts`` has recorded facts from the same form before."""
    key = _key(coalition, author, facts, opened_at)
    return services(request).ledger.has_recorded(coalition, key)


def _key(coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> str:
    sent = [author, coalition, opened_at, digest_of(facts)]
    return f"page-{sha256(json.dumps(sent).encode()).hexdigest()}"


def digest_of(facts: Sequence[Json]) -> str:
    """What identifies facts: ``Preview.digest``."""
    return _body(facts).digest


def _body(facts: Sequence[Json]) -> RequestBody:
    return facts_in(json.dumps(facts).encode(), JSON)
