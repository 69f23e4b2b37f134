"""``/begin``: a coalition of one's own, in one form: its formation, the membership of its leads, its first requirement.

All of it is recorded as one list, or nothing is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms.facts import fact_of
from api.forms.fields import form_of
from api.forms.suggestions import slug_of
from api.http.access import reader
from api.http.problems import VALIDATION, Fault, Problem
from api.pages.fact_fields import new_coalition, typed_under
from api.pages.forms import EMPTY, FormAuthor, FormContents, TypedFields
from api.pages.preview import Json, record_facts
from api.pages.responses import page
from api.pages.routing import pages
from api.routes.reads import coalitions_on_record
from domain.refusals import IdAlreadyUsed

router = pages(is_open=True)

REQUIREMENT = "requirement."
"""What the names of the fields of the requirement begin with."""

FORMATION, SHARED = ("name", "purpose", "theatre", "leads"), ("effective_at",)
"""The fields of the formation, and those that all facts share, beside the source."""

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
    coalition, (facts, wrong) = _short_name(typed), facts_of(typed)
    if typed.get("name") and not coalition:
        wrong["coalition"] = _NO_LETTERS
    try:
        if wrong:
            faults = [Fault(pointer=f"/{name}", detail=detail) for name, detail in wrong.items()]
            raise Problem(VALIDATION, faults=faults)
        await record_facts(request, coalition or UNNAMED, author, facts, opened_at="")
    except Problem as problem:
        if not problem.faults:
            raise
        return await run_in_threadpool(_refused, request, typed, problem, facts)
    return RedirectResponse(f"/c/{coalition}", 303)


def _refused(request: Request, typed: Mapping[str, str], problem: Problem, facts: Sequence[Json]) -> Response:
    faults = list(_beside_fields(request, typed, problem.faults, facts))
    return _page(request, FormContents(typed, Problem(problem.type, faults=faults)))


def _page(request: Request, contents: FormContents) -> Response:
    return page(request, "begin.html", status=contents.status, form=contents, **new_coalition(contents.values))


# --- the facts --------------------------------------------------------------------------------------------------------


def facts_of(typed: Mapping[str, str]) -> tuple[list[Json], dict[str, str]]:
    """The formation, a membership for each lead, and the requirement, if anything is stated of it; and what is wrong,
    by the names of the fields."""
    shared = {path: text for path, text in typed.items() if path in SHARED or path.startswith("sources.")}
    formation = fact_of("CoalitionFormed", {path: typed[path] for path in FORMATION if path in typed} | shared)
    facts, faults = [formation.fact], dict(formation.faults)
    for lead in dict.fromkeys(formation.fact.get("leads", ())):
        facts.append(fact_of("MemberJoined", {"member": lead, "role": "lead"} | shared).fact)
    if stated := typed_under(REQUIREMENT, typed):
        requirement = fact_of("RequirementStated", stated | shared)
        facts.append({"requirement": slug_of(stated.get("label", ""))} | requirement.fact)
        faults |= {f"{REQUIREMENT}{path}": detail for path, detail in requirement.faults.items() if path in stated}
    return facts, faults


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _beside_fields(
    request: Request, typed: Mapping[str, str], faults: Sequence[Fault], facts: Sequence[Json]
) -> Iterator[Fault]:
    """Faults of facts, with the fields of the form as their places; what several facts share is named once."""
    seen = set()
    for fault in faults:
        placed = fault
        if fault.rule == IdAlreadyUsed.__name__ or fault.parameter == "coalition":
            placed = Fault(pointer="/coalition", detail=_about_the_name(request, typed, fault))
        elif name := _field(fault.pointer or "", facts):
            placed = replace(fault, pointer=f"/{name}")
        if (placed.pointer, placed.detail) not in seen:
            seen.add((placed.pointer, placed.detail))
            yield placed


def _field(pointer: str, facts: Sequence[Json]) -> str | None:
    """The name of the field for a pointer into the list of facts; ``None`` if it is one already, or there is none."""
    _, place, *steps = [*pointer.split("/"), ""]
    if not place.isdecimal() or int(place) >= len(facts):
        return None
    kind = facts[int(place)]["type"]
    path = form_of(kind).at_pointer("/" + "/".join(steps))
    if path is None:
        return "sources.0.publisher" if steps[:1] == ["sources"] else None
    if path in SHARED or path.startswith("sources."):
        return path
    if kind == "MemberJoined":
        return "leads"
    if kind == "RequirementStated":
        return f"{REQUIREMENT}{'label' if path == 'requirement' else path}"
    return path


def _about_the_name(request: Request, typed: Mapping[str, str], fault: Fault) -> str:
    """Why the short name cannot be used, with one that can."""
    wanted = _short_name(typed)
    if fault.rule != IdAlreadyUsed.__name__:
        return f"{fault.detail}; for example {slug_of(wanted) or UNNAMED}"
    taken = {one.coalition for one in coalitions_on_record(request)}
    free = next(name for number in count(2) if (name := f"{wanted[:90]}-{number}") not in taken)
    return f"another coalition already has the short name {wanted}; {free}, for example, is not taken"


def _short_name(typed: Mapping[str, str]) -> str:
    return typed.get("coalition") or slug_of(typed.get("name", ""))
