"""``/begin``: a coalition of one's own, in one form: its formation, the membership of its leads, its first requirement.

All of it is recorded as one list, or nothing is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.http.access import reader
from api.http.problems import VALIDATION, Fault, Problem
from api.pages.forms import EMPTY, FormAuthor, FormContents, TypedFields
from api.pages.preview import Json, record_facts, source_in
from api.pages.responses import page
from api.pages.routing import pages
from api.routes.reads import coalitions_on_record
from api.sheets.values import slug_of
from domain.refusals import IdAlreadyUsed

router = pages(is_open=True)

REQUIREMENT, STATED = "requirement.", ("label", "quantity", "stated_by", "standing")
"""What the names of the fields of the requirement begin with, and its fields."""

UNNAMED = "coalition"
"""Stands for a short name while there is none: without a name, nothing is recorded."""

_NO_LETTERS = "the name has no letters that a short name could be made of: state one"


@router.get("/begin", dependencies=[Depends(reader)])
def begin_page(request: Request) -> Response:
    """An empty form."""
    return _page(request, EMPTY)


@router.post("/begin")
async def begin(request: Request, author: FormAuthor, typed: TypedFields) -> Response:
    """Record the coalition, and go on to its page; or show the form again with what is wrong."""
    coalition, facts = typed.get("coalition") or slug_of(typed.get("name", "")), facts_of(typed)
    try:
        if typed.get("name") and not coalition:
            raise Problem(VALIDATION, faults=[Fault(pointer="/coalition", detail=_NO_LETTERS)])
        await record_facts(request, coalition or UNNAMED, author, facts, opened_at="")
    except Problem as problem:
        if not problem.faults:
            raise
        return await run_in_threadpool(_refused, request, typed, problem, facts)
    return RedirectResponse(f"/c/{coalition}", 303)


def _refused(request: Request, typed: Mapping[str, str], problem: Problem, facts: Sequence[Json]) -> Response:
    faults = list(_beside_fields(request, typed, problem, facts))
    return _page(request, FormContents(typed, Problem(problem.type, faults=faults)))


def _page(request: Request, contents: FormContents) -> Response:
    return page(request, "begin.html", status=contents.status, form=contents)


# --- the facts --------------------------------------------------------------------------------------------------------


def facts_of(typed: Mapping[str, str]) -> list[Json]:
    """The formation, a membership for each lead, and the requirement, if anything is stated of it."""
    leads = _listed(typed.get("leads"))
    shared = {"effective_at": typed.get("effective_at"), "sources": [source_in(typed)]}
    formation = {"type": "CoalitionFormed", "name": typed.get("name"), "purpose": typed.get("purpose")}
    facts: list[Json] = [formation | {"theatre": _listed(typed.get("theatre")), "leads": leads}]
    facts += [{"type": "MemberJoined", "member": lead, "role": "lead"} for lead in leads]
    stated = {name: text for name in STATED if (text := typed.get(f"{REQUIREMENT}{name}"))}
    if stated:
        facts.append({"type": "RequirementStated", "requirement": slug_of(stated.get("label", ""))} | stated)
    return [{name: value for name, value in (fact | shared).items() if value} for fact in facts]


def _listed(text: str | None) -> list[str]:
    return [item.strip() for item in re.split(r"[,;\n]", text or "") if item.strip()]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _beside_fields(
    request: Request, typed: Mapping[str, str], problem: Problem, facts: Sequence[Json]
) -> Iterator[Fault]:
    """Faults of facts, with the fields of the form as their places; what several facts share is named once."""
    seen = set()
    for fault in problem.faults:
        if fault.rule == IdAlreadyUsed.__name__ or fault.parameter == "coalition":
            placed = Fault(pointer="/coalition", detail=_about_the_name(request, typed, fault))
        else:
            placed = replace(fault, pointer=_field(fault.pointer or "", facts))
        if (placed.pointer, placed.detail) not in seen:
            seen.add((placed.pointer, placed.detail))
            yield placed


def _field(pointer: str, facts: Sequence[Json]) -> str:
    """The field of the form for a part of a fact."""
    _, place, field, *rest = [*pointer.split("/"), ""]
    kind = facts[int(place)]["type"] if place.isdigit() else None
    match kind, field, rest:
        case _, "sources", [_, part, *_]:
            return f"/source.{part or 'publisher'}"
        case _, "sources", _:
            return "/source.publisher"
        case "MemberJoined", "member", _:
            return "/leads"
        case "RequirementStated", "requirement", _:
            return f"/{REQUIREMENT}label"
        case "RequirementStated", _, _ if field in STATED:
            return f"/{REQUIREMENT}{field}"
    return f"/{field}"


def _about_the_name(request: Request, typed: Mapping[str, str], fault: Fault) -> str:
    """Why the short name cannot be used, with one that can."""
    wanted = typed.get("coalition") or slug_of(typed.get("name", ""))
    if fault.rule != IdAlreadyUsed.__name__:
        return f"{fault.detail}; for example {slug_of(wanted) or UNNAMED}"
    taken = {one.coalition for one in coalitions_on_record(request)}
    free = next(name for number in count(2) if (name := f"{wanted[:90]}-{number}") not in taken)
    return f"another coalition already has the short name {wanted}; {free}, for example, is not taken"
