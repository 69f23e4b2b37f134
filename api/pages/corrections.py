"""``/c/{coalition}/record/{event_id}/…``: forms that correct or retract an event, or add a source to it.

A form is about what stands in the event's place (``projections/in_place.py``), and says which event that was when it
was opened. If another has changed it since, nothing is recorded: the form comes back with what was typed. What is
recorded is what the preview showed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from api.forms.facts import fact_of, texts_of
from api.forms.fields import form_of
from api.forms.names import known_names
from api.http.access import reader
from api.http.problems import PRECONDITION_FAILED, RULE_BROKEN, VALIDATION, Fault, Problem
from api.pages.fact_fields import for_fields, label_at, replacement_of, shown_fields, typed_under
from api.pages.forms import FormAuthor, FormContents, TypedFields
from api.pages.opened_event import OpenedEvent, opened_event
from api.pages.preview import Json, Preview, form_key, preview_of, record_facts
from api.pages.responses import page
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, viewpoint_at
from api.services import services
from api.wording.names import calling_by
from domain.events import BY_SEQUENCE, EVENT, FACT, Event
from domain.refusals import AlreadyCorrected

router = pages(is_open=True)
"""Whoever sends a form without a key is asked for one on a page that keeps what was typed."""

FACT_FIELD, RECORD = "fact.", "record."
"""What the names of fields begin with: those of the fact that a correction replaces; and those about the record, the
reason and the source of a correction or retraction."""

WHOSE = f"{RECORD}whose"
OURS, THEIRS = "ours", "source"
"""Whose error it was: ours, or the source's, which has corrected itself."""

_MOVED_ON = (
    "event {number} was corrected or retracted by event {by} after this form was opened, so nothing has been recorded; "
    "what you typed is still here: compare it with what is in force now"
)
_NOTHING_CHANGED = "this corrects nothing: the fields say what is in force already"


class Difference(NamedTuple):
    """A field that a correction changes, in the words that one types."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """The facts that a form states, and the fields that differ from what stands."""

    facts: Sequence[Json]
    differences: Sequence[Difference] = ()


NOTHING = Draft([])


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its heading, and the facts that it states."""

    heading: str
    draft: Callable[[OpenedEvent, Mapping[str, str]], Draft]


def requested_event(viewpoint: RequestedViewpoint, event_id: str) -> OpenedEvent:
    """The event at an address. Raises a ``Problem`` if there is none."""
    return opened_event(viewpoint, event_id)


RequestedEvent = Annotated[OpenedEvent, Depends(requested_event)]


# --- what forms state -------------------------------------------------------------------------------------------------


def _correction(opened: OpenedEvent, typed: Mapping[str, str]) -> Draft:
    stands = what_stands(opened)
    about, faults = _about_the_record("EventCorrected", typed)
    replacement = replacement_of(stands, typed_under(FACT_FIELD, typed), known_names(opened.viewpoint.view))
    faults |= {f"{FACT_FIELD}{path}": detail for path, detail in replacement.faults.items()}
    if faults:
        raise _wrong(faults)
    differences = _differences(stands, replacement.fact)
    if not differences:
        raise Problem(VALIDATION, faults=[Fault(pointer="", detail=_NOTHING_CHANGED)])
    return Draft([about | {"corrects": opened.in_place.last.event_id, "replacement": replacement.fact}], differences)


def _retractions(opened: OpenedEvent, typed: Mapping[str, str]) -> Draft:
    """A retraction of each event that has to go."""
    about, faults = _about_the_record("EventRetracted", typed)
    if faults:
        raise _wrong(faults)
    return Draft([about | {"retracts": event.event_id} for event in opened.to_retract])


def _source_added(opened: OpenedEvent, typed: Mapping[str, str]) -> Draft:
    added = fact_of("SourceAdded", typed_under(RECORD, typed))
    if added.faults:
        raise _wrong({f"{RECORD}{path}": detail for path, detail in added.faults.items()})
    return Draft([added.fact | {"event": opened.in_place.last.event_id}])


FORMS = {
    "correct": Form("Correct", _correction),
    "retract": Form("Retract", _retractions),
    "source": Form("Add a source to", _source_added),
}


def _about_the_record(type_name: str, typed: Mapping[str, str]) -> tuple[Json, dict[str, str]]:
    """The reason of a correction or retraction, and its source if the error was the source's; and what is wrong."""
    texts = typed_under(RECORD, typed)
    whose = texts.pop("whose", None)
    if whose != THEIRS:
        texts = {path: text for path, text in texts.items() if not path.startswith("sources.")}
    made = fact_of(type_name, texts)
    faults = {f"{RECORD}{path}": detail for path, detail in made.faults.items()}
    if not texts.get("reason"):
        faults[f"{RECORD}reason"] = "state the reason"
    if whose not in (OURS, THEIRS):
        faults[WHOSE] = "choose whose error it was"
    if whose == THEIRS and not texts.get("sources.0.publisher"):
        faults[f"{RECORD}sources.0.publisher"] = "state the source that corrected itself"
    return made.fact, faults


def what_stands(opened: OpenedEvent) -> Json:
    """The fact that a correction would replace, as JSON without its id."""
    fact = as_json(FACT, opened.in_place.content)
    return {name: value for name, value in fact.items() if name != "event_id"}


def _differences(stands: Json, replacement: Json) -> list[Difference]:
    """The fields in which a replacement differs from what stands, with defaults filled in if it is a valid fact."""
    with suppress(ValidationError):  # the preview says what is not valid
        replacement = as_json(FACT, FACT.validate_python(replacement))
    form, before, after = form_of(stands["type"]), texts_of(stands), texts_of(replacement)
    paths = [path for path in dict.fromkeys((*before, *after)) if before.get(path) != after.get(path)]
    return [Difference(label_at(form, path), before.get(path), after.get(path)) for path in paths]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _wrong(faults: Mapping[str, str]) -> Problem:
    return Problem(VALIDATION, faults=[Fault(pointer=f"/{name}", detail=detail) for name, detail in faults.items()])


def _beside_fields(faults: Sequence[Fault], facts: Sequence[Json]) -> list[Fault]:
    """Faults of facts, with the fields of the form as their places; the same fault of several facts once."""
    placed = {}
    for fault in faults:
        name = _field(fault.pointer or "", facts)
        placed[name, fault.detail] = fault if name is None else replace(fault, pointer=f"/{name}")
    return list(placed.values())


def _field(pointer: str, facts: Sequence[Json]) -> str | None:
    """The name of the field for a pointer into the list of facts; ``None`` if it has none."""
    _, place, *steps = pointer.split("/") if pointer.count("/") > 1 else ("", "", "")
    if not place.isdecimal():
        return None
    fact, prefix = facts[int(place)], RECORD
    if steps[:1] == ["replacement"]:
        fact, prefix, steps = fact["replacement"], FACT_FIELD, steps[1:]
    path = form_of(fact["type"]).at_pointer("/".join(["", *steps]))
    if path is None and steps[:1] == ["sources"]:
        path = "sources.0.publisher"
    is_shown = path is not None and (prefix == FACT_FIELD or path == "reason" or path.startswith("sources.0."))
    return f"{prefix}{path}" if is_shown else None


# --- routes -----------------------------------------------------------------------------------------------------------


def _add_form(doing: str, form: Form) -> None:
    """The two routes of a form: opened, and sent."""
    path = f"/c/{{coalition}}/record/{{event_id}}/{doing}"

    @router.get(path, dependencies=[Depends(reader)])
    def form_page(request: Request, opened: RequestedEvent) -> Response:
        return _page(request, doing, opened, FormContents(_texts_now(doing, opened)))

    @router.post(path)
    async def send_form(
        *, request: Request, author: FormAuthor, typed: TypedFields, opened: RequestedEvent
    ) -> Response:
        contents, draft, preview = FormContents(typed), Draft([]), None
        if (event := _recorded_already(opened, author, typed)) is not None:
            return _to_event(opened, event.event_id)
        draft, preview, contents = NOTHING, None, FormContents(typed)
        try:
            _check_still_so(doing, opened, typed)
            draft = form.draft(opened, typed)
            preview = await run_in_threadpool(preview_of, request, opened.coalition, author, draft.facts)
            if preview.faults:
                raise Problem(VALIDATION, faults=preview.faults)
            is_seen = typed.get("seen") == preview.digest and typed.get("shown") == preview.outcome
            if typed.get("doing") == "record" and is_seen:
                events = await record_facts(request, opened.coalition, author, draft.facts, typed.get("sequence", ""))
                return _to_event(opened, events[-1]["event_id"])
        except Problem as problem:
            if not problem.faults:
                raise
            if any(fault.rule == AlreadyCorrected.__name__ for fault in problem.faults):
                opened, problem = await run_in_threadpool(_after_a_race, request, opened)
            faults = _beside_fields(problem.faults, draft.facts)
            contents, preview = FormContents(typed, Problem(problem.type, faults=faults)), None
        return await run_in_threadpool(_page, request, doing, opened, contents, preview=preview, draft=draft)


for _doing, _form in FORMS.items():
    _add_form(_doing, _form)


def _to_event(opened: OpenedEvent, event_id: str) -> Response:
    return RedirectResponse(f"{opened.viewpoint.root}/record/{event_id}", 303)


def _recorded_already(opened: OpenedEvent, author: str, typed: Mapping[str, str]) -> Event | None:
    """The last event that this very form has recorded, if it is sent again, as by a double click."""
    sequence = typed.get("sequence", "")
    if typed.get("doing") != "record" or not re.fullmatch(r"[0-9]{1,15}", sequence):
        return None
    key = form_key(author, opened.coalition, sequence, typed.get("seen", ""))
    since = opened.viewpoint.view.events_after(int(sequence))
    return max((one for one in since if one.idempotency_key == key), key=BY_SEQUENCE, default=None)


def _check_still_so(doing: str, opened: OpenedEvent, typed: Mapping[str, str]) -> None:
    """Raise a ``Problem`` if the event that the form was about is no longer the one that stands."""
    about = typed.get("about", opened.in_place.last.event_id)
    if about != opened.in_place.last.event_id:
        raise _moved_on(opened, opened.viewpoint.number_of(about) or opened.event.sequence)
    if obstacle := opened.obstacle(doing):
        raise Problem(RULE_BROKEN, faults=[Fault(pointer="", detail=obstacle)])


def _moved_on(opened: OpenedEvent, number: int) -> Problem:
    """The problem of a form about an event that is no longer the one that stands."""
    detail = _MOVED_ON.format(number=number, by=opened.in_place.last.sequence)
    return Problem(PRECONDITION_FAILED, faults=[Fault(pointer="", detail=detail)])


def _after_a_race(request: Request, opened: OpenedEvent) -> tuple[OpenedEvent, Problem]:
    """The event as it stands now that another has changed it since this request began, and the problem."""
    latest = viewpoint_at(request, services(request).ledger.history(opened.coalition), opened.viewpoint.asked)
    again = opened_event(latest, opened.event.event_id)
    return again, _moved_on(again, opened.in_place.last.sequence)


def _page(
    request: Request, doing: str, opened: OpenedEvent, contents: FormContents, *,
    preview: Preview | None = None, draft: Draft = NOTHING,
) -> Response:  # fmt: skip
    viewpoint, now = opened.viewpoint, _texts_now(doing, opened)
    with calling_by(viewpoint):
        return page(
            request, "mend.html", status=contents.status, viewpoint=viewpoint, doing=doing,
            heading=FORMS[doing].heading, event=as_json(EVENT, opened.event),
            last=as_json(EVENT, opened.in_place.last), obstacle=opened.obstacle(doing), form=contents, now=now,
            preview=preview,
            to_retract=[event.sequence for event in opened.to_retract], differences=draft.differences, RECORD=RECORD,
            groups=shown_fields(opened.in_place.content.type, contents.values, FACT_FIELD) if now else {},
            sources=shown_fields("SourceAdded", {}, RECORD)["sources"],
            **for_fields(viewpoint, opened.in_place.content.type, contents.values),
        )  # fmt: skip


def _texts_now(doing: str, opened: OpenedEvent) -> dict[str, str]:
    """What the fields of the fact say now, by their names in the form; none for a form without them."""
    if doing != "correct" or opened.obstacle(doing):
        return {}
    return {f"{FACT_FIELD}{path}": text for path, text in texts_of(what_stands(opened)).items()}


def as_json(adapter: TypeAdapter[Any], value: Any) -> Json:
    """A fact or an event as it is stored."""
    written: Json = adapter.dump_python(value, mode="json", exclude_none=True)
    return written
