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
from projections.difference import Difference

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
    warnings = [
        PreviewedWarning(warning_sentence(as_answered(type(one), one)), one.pointer, one.remedy)
        for one in found.warnings
    ]
    sections = {} if found.changes is None else sections_of(as_answered(Difference, found.changes))
    return Preview(facts, faults, warnings, sections, body.digest)


async def record_facts(request: Request, coalition: str, author: str, facts: Sequence[Json], opened_at: str) -> Any:
    """Record facts as one list, and return the events. Raises a ``Problem``.

    ``opened_at`` is what the form says of when it was opened: a form that is sent twice, as by a double click, counts
    once.
    """
    body = _body(facts)
    digest = sha256(json.dumps([author, coalition, opened_at, body.digest]).encode()).hexdigest()
    response = await record(request, coalition, author, body, idempotency_key=f"page-{digest}", if_match=None)
    return json.loads(bytes(response.body))["events"]


def digest_of(facts: Sequence[Json]) -> str:
    """What identifies facts: ``Preview.digest``."""
    return _body(facts).digest


def _body(facts: Sequence[Json]) -> RequestBody:
    return facts_in(json.dumps(facts).encode(), JSON)
