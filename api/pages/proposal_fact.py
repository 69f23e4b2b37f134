"""``/c/{coalition}/proposals/{scenario}/{number}``: the form that edits a proposed fact, filled with what it says.

For a proposed correction, the fields are those of the fact that would stand instead."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.forms.facts import texts_of
from api.forms.fields import form_of
from api.http.access import reader
from api.http.problems import NOT_FOUND, VALIDATION, Fault, Problem
from api.pages.fact_fields import for_fields, replacement_of, shown_fields, typed_under
from api.pages.forms import FormAuthor, FormContents, TypedFields, scenario_write
from api.pages.responses import page
from api.pages.routing import pages
from api.pages.viewpoint import viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory, saved_scenario
from api.routes.scenarios.items import facts_in
from api.routes.scenarios.proposal_writes import replace_with
from api.wording.names import calling_by
from domain.events import FACT
from domain.history.history import History
from domain.what_if.proposals import ProposedFact

router = pages(is_open=True)
"""Whoever sends the form without a key is asked for one on a page that keeps what was typed."""

FACT_FIELD = "fact."
"""What the names of the fact's own fields begin with."""

Json = dict[str, Any]
Number = Annotated[int, Path(ge=1, le=10**9)]


@router.get("/c/{coalition}/proposals/{scenario}/{number}", dependencies=[Depends(reader)])
def edit_page(
    *, request: Request, recorded: RecordedHistory, asked: AsOfQuery, scenario: str, number: Number
) -> Response:
    """The form, filled with what the fact says."""
    one = _fact(request, recorded, scenario, number)
    return _page(request, recorded, asked, one, FormContents(_texts(_content(one))))


@router.post("/c/{coalition}/proposals/{scenario}/{number}")
def edit(
    *,
    request: Request,
    author: FormAuthor,
    typed: TypedFields,
    recorded: RecordedHistory,
    asked: AsOfQuery,
    scenario: str,
    number: Number,
) -> Response:
    """Put what was typed in the place of the fact, or show the form again with what is wrong."""
    one = _fact(request, recorded, scenario, number)
    content = _content(one)
    made = replacement_of(content, typed_under(FACT_FIELD, typed))
    try:
        if made.faults:
            faults = [Fault(pointer=f"/{FACT_FIELD}{path}", detail=text) for path, text in made.faults.items()]
            raise Problem(VALIDATION, faults=faults)
        body = {
            "change": {"assume": _with_content(one, made.fact)}, "note": typed.get("why"),
            "sequence": _sequence(typed),
        }  # fmt: skip
        write = scenario_write(request, recorded, author, doing=f"edit {number}", body=body)
        replace_with(write, scenario, number)
    except Problem as problem:
        if not problem.faults:
            raise
        faults = [_beside_field(fault, content["type"]) for fault in problem.faults]
        contents = FormContents(typed, Problem(problem.type, faults=faults))
        return _page(request, recorded, asked, one, contents)
    return RedirectResponse(f"/c/{quote(recorded.coalition)}/proposals/{quote(scenario)}#fact-{number}", 303)


def _fact(request: Request, recorded: History, scenario: str, number: int) -> ProposedFact:
    """The fact with a number. Raises a ``Problem`` if there is none."""
    saved = saved_scenario(request, recorded, scenario)
    found = next((one for one in facts_in(saved, recorded) if one.number == number), None)
    if found is None:
        raise Problem(NOT_FOUND, f"the proposal has no fact {number}")
    return found


def _content(one: ProposedFact) -> Json:
    """What the form is about, as JSON: the fact, or the replacement in a correction."""
    fact = _json(one.fact)
    content: Json = fact.get("replacement", fact)
    return {name: value for name, value in content.items() if name != "event_id"}


def _with_content(one: ProposedFact, content: Json) -> Json:
    fact = _json(one.fact)
    return fact | {"replacement": content} if "replacement" in fact else content


def _json(fact: Any) -> Json:
    written: Json = FACT.dump_python(fact, mode="json", exclude_none=True)
    return written


def _texts(content: Json) -> dict[str, str]:
    return {f"{FACT_FIELD}{path}": text for path, text in texts_of(content).items()}


def _sequence(typed: Mapping[str, str]) -> int | None:
    text = typed.get("sequence", "")
    return int(text) if text.isdecimal() and len(text) <= 9 and int(text) else None


def _beside_field(fault: Fault, type_name: str) -> Fault:
    """The same fault, with a field of the form as its place if it is of one."""
    if (fault.pointer or "").startswith(f"/{FACT_FIELD}"):
        return fault
    if fault.pointer == "/note":
        return replace(fault, pointer="/why")
    pointer = (fault.pointer or "").removeprefix("/change/assume").removeprefix("/replacement")
    path = form_of(type_name).at_pointer(pointer)
    return replace(fault, pointer=f"/{FACT_FIELD}{path}" if path else "")


def _page(request: Request, recorded: History, asked: AsOfQuery, one: ProposedFact, form: FormContents) -> Response:
    viewpoint = viewpoint_at(request, recorded, asked)
    saved = saved_scenario(request, recorded, one.provenance.added.scenario)
    content = _content(one)
    with calling_by(viewpoint):
        return page(
            request, "proposal_fact.html", status=form.status, viewpoint=viewpoint, number=one.number, form=form,
            title=saved.state.name, scenario=saved.scenario, type=content["type"], now=_texts(content),
            status_of_fact=one.status, is_correction="replacement" in _json(one.fact),
            sequence=form.values.get("sequence", str(saved.sequence)),
            groups=shown_fields(content["type"], form.values, FACT_FIELD),
            **for_fields(viewpoint, content["type"], form.values),
        )  # fmt: skip
