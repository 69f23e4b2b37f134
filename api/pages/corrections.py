"""``/c/{coalition}/record/{event_id}/…``: forms that retract an event, or add a source to it.

A form is about what stands in the event's place (``projections/in_place.py``), and says which event that was when it
was opened. If another has changed it since, nothing is recorded: the form comes back with what was typed. What is
recorded is what the preview showed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.http.access import reader
from api.http.problems import PRECONDITION_FAILED, VALIDATION, Fault, Problem
from api.pages.forms import EMPTY, FormAuthor, FormContents, TypedFields
from api.pages.opened_event import OpenedEvent, opened_event
from api.pages.preview import Json, Preview, preview_of, record_facts
from api.pages.responses import page
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint
from api.wording.names import calling_by
from domain.events import EVENT, Event

router = pages(is_open=True)
"""Whoever sends a form without a key is asked for one on a page that keeps what was typed."""

SOURCE = ("publisher", "title", "url", "published_on", "locator", "reliability", "credibility", "relays", "quote",
          "accessed_on", "archived_url")  # fmt: skip
OURS, THEIRS = "ours", "source"
"""Whose error it was: ours, or the source's, which has corrected itself."""

_MOVED_ON = (
    "event {number} was corrected or retracted by event {by} after this form was opened, so nothing has been recorded; "
    "what you typed is still here: compare it with what is in force now"
)


def requested_event(viewpoint: RequestedViewpoint, event_id: str) -> OpenedEvent:
    """The event at an address. Raises a ``Problem`` if there is none."""
    return opened_event(viewpoint, event_id)


RequestedEvent = Annotated[OpenedEvent, Depends(requested_event)]


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its heading, and the facts that it records."""

    heading: str
    facts: Callable[[OpenedEvent, Mapping[str, str]], list[Json]]


# --- retracting -------------------------------------------------------------------------------------------------------


def _retractions(opened: OpenedEvent, typed: Mapping[str, str]) -> list[Json]:
    """A retraction of each event that has to go. Raises a ``Problem`` for a question that is not answered."""
    _check_answers(typed, "reason", "whose")
    shared: Json = {"type": "EventRetracted", "reason": typed["reason"]}
    if typed["whose"] == THEIRS:
        shared |= {"sources": [source_in(typed)]}
    return [shared | {"retracts": event.event_id} for event in opened.to_retract]


# --- adding a source --------------------------------------------------------------------------------------------------


def _source_added(opened: OpenedEvent, typed: Mapping[str, str]) -> list[Json]:
    return [{"type": "SourceAdded", "event": opened.in_place.last.event_id, "sources": [source_in(typed)]}]


# --- what forms send --------------------------------------------------------------------------------------------------

FORMS = {
    "retract": Form("Retract", _retractions),
    "source": Form("Add a source to", _source_added),
}


def source_in(typed: Mapping[str, str]) -> Json:
    """The source in a form, from the fields that were filled in."""
    return {name: text for name in SOURCE if (text := typed.get(f"source.{name}"))}


def _check_answers(typed: Mapping[str, str], *names: str) -> None:
    """Raise a ``Problem`` for the questions of a form that have no answer."""
    missing = {"reason": "state the reason", "whose": "choose whose error it was"}
    faults = [Fault(pointer=f"/{name}", detail=missing[name]) for name in names if not typed.get(name)]
    if "whose" in names and typed.get("whose", OURS) not in (OURS, THEIRS):
        faults.append(Fault(pointer="/whose", detail=missing["whose"]))
    if faults:
        raise Problem(VALIDATION, faults=faults)


_PARTS = (
    (re.compile(r"/\d+/sources/0/(\w+)"), r"/source.\1"),
    (re.compile(r"/\d+/sources"), "/source.publisher"),
    (re.compile(r"/\d+/reason"), "/reason"),
)
"""Where the parts of a fact are in the form."""


def _beside_fields(faults: Sequence[Fault]) -> list[Fault]:
    """Faults of facts, with the fields of the form as their places; the same fault of several facts once."""
    placed: dict[tuple[str | None, str], Fault] = {}
    for fault in faults:
        place = fault.pointer or ""
        for pattern, field in _PARTS:
            place = pattern.sub(field, place) if pattern.fullmatch(place) else place
        placed[place, fault.detail] = replace(fault, pointer=place)
    return list(placed.values())


# --- routes -----------------------------------------------------------------------------------------------------------


def _add_form(doing: str, form: Form) -> None:
    """The two routes of a form: opened, and sent."""
    path = f"/c/{{coalition}}/record/{{event_id}}/{doing}"

    @router.get(path, dependencies=[Depends(reader)])
    def form_page(request: Request, opened: RequestedEvent) -> Response:
        return _page(request, doing, opened, EMPTY)

    @router.post(path)
    async def send_form(
        *, request: Request, author: FormAuthor, typed: TypedFields, opened: RequestedEvent
    ) -> Response:
        contents, preview = FormContents(typed), None
        try:
            _check_not_moved_on(opened, typed)
            facts = form.facts(opened, typed)
            preview = await run_in_threadpool(preview_of, request, opened.coalition, author, facts)
            if preview.faults:
                raise Problem(VALIDATION, faults=preview.faults)
            if typed.get("doing") == "record" and typed.get("seen") == preview.digest:
                events = await record_facts(request, opened.coalition, author, facts, typed.get("sequence", ""))
                return RedirectResponse(f"{opened.viewpoint.root}/record/{events[-1]['event_id']}", 303)
        except Problem as problem:
            if not problem.faults:
                raise
            contents = FormContents(typed, Problem(problem.type, faults=_beside_fields(problem.faults)))
            preview = None
        return await run_in_threadpool(_page, request, doing, opened, contents, preview)


for _doing, _form in FORMS.items():
    _add_form(_doing, _form)


def _check_not_moved_on(opened: OpenedEvent, typed: Mapping[str, str]) -> None:
    """Raise a ``Problem`` if the event that the form was about is no longer the one that stands."""
    last = opened.in_place.last
    about = typed.get("about", last.event_id)
    if about != last.event_id:
        number = opened.viewpoint.number_of(about) or opened.event.sequence
        detail = _MOVED_ON.format(number=number, by=last.sequence)
        raise Problem(PRECONDITION_FAILED, faults=[Fault(pointer="", detail=detail)])


def _page(
    request: Request, doing: str, opened: OpenedEvent, contents: FormContents, preview: Preview | None = None
) -> Response:
    form, viewpoint = FORMS[doing], opened.viewpoint
    with calling_by(viewpoint):
        return page(
            request, "mend.html", status=contents.status, viewpoint=viewpoint, doing=doing, heading=form.heading,
            event=_json(opened.event), last=_json(opened.in_place.last), obstacle=opened.obstacle(doing),
            to_retract=[_json(event) for event in opened.to_retract], form=contents, preview=preview,
        )  # fmt: skip


def _json(event: Event) -> Json:
    written: Json = EVENT.dump_python(event, mode="json", exclude_none=True)
    return written
