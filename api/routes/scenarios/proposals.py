"""Proposals: facts that somebody else may accept, saved as the changes of a scenario."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request

from api.http.bodies import JSON, question_in
from api.http.problems import Fault, Problem
from api.routes.scenarios.writing import ScenarioWrite, open_new
from domain.history.history import History
from domain.ledger import ScenarioRecording

_IN_FACT = re.compile(r"/changes/([0-9]+)/assume(/.*)?")


def propose(
    request: Request,
    recorded: History,
    author: str,
    facts: Sequence[Mapping[str, Any]],
    *,
    title: str,
    description: str | None = None,
    idempotency_key: str | None = None,
) -> ScenarioRecording:
    """Propose facts, written as for recording: with their sources, and each seeing those before it.

    They are judged by the same rules, together, but recorded only when somebody accepts them. The same key with the
    same facts gets the first answer again. The slug is made from the title. Raises a ``Problem``, whose pointers lead
    into the list of facts, as those of ``POST …/events`` do (``/0/quantity/min``), or to ``/name``, the title.
    """
    body = {
        "name": title, "description": description, "purpose": "proposal",
        "changes": [{"assume": dict(fact)} for fact in facts],
    }  # fmt: skip
    try:
        write = ScenarioWrite(
            request=request, recorded=recorded, author=author, idempotency_key=idempotency_key,
            request_body=question_in(json.dumps(body).encode(), JSON),
        )  # fmt: skip
        return open_new(write)
    except Problem as problem:
        if not problem.faults:
            raise
        raise Problem(problem.type, faults=map(_in_facts, problem.faults), headers=problem.headers) from None


def _in_facts(fault: Fault) -> Fault:
    """The same fault at its place in the list of facts."""
    place = _IN_FACT.fullmatch(fault.pointer or "")
    return fault if place is None else replace(fault, pointer=f"/{place[1]}{place[2] or ''}")
