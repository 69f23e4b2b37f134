"""``/c/{coalition}/new``: what can be recorded, and ``/c/{coalition}/new/{type}``: the form of one type of fact.

All forms are made from the models of facts (``api/forms``). Several facts from one source are entered one after the
other and recorded together: the page holds those that are ready, and the service keeps nothing in between. What is
recorded is what the preview showed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.files.unreadable import UnreadableText
from api.forms.facts import Known, fact_of, texts_of, without_gaps
from api.forms.fields import FactForm, form_of
from api.forms.names import known_names, suggested_name
from api.forms.suggestions import did_you_mean
from api.http.access import Visitor, reader
from api.http.bodies import JSON, facts_in, valid_facts
from api.http.problems import BAD_PARAMETER, NOT_FOUND, RULE_BROKEN, VALIDATION, Fault, Problem
from api.pages.filters import as_answered
from api.pages.forms import FormAuthor, FormContents, TypedFields
from api.pages.pickers import pickers
from api.pages.preview import Json, Preview, are_recorded, digest_of, preview_of, record_facts
from api.pages.responses import page
from api.pages.routing import pages
from api.pages.viewpoint import POINT, RequestedViewpoint, Viewpoint
from api.routes.parameters import RecordedHistory, only_known_parameters
from api.routes.scenarios.proposals import propose
from api.services import services
from api.wording.names import calling_by
from domain.concepts.registry import CONCEPTS
from domain.corrections import EventCorrected, EventRetracted, SourceAdded
from domain.events import EVENT, FACTS, Event
from domain.history.history import History
from domain.ledger import UnknownScenario
from domain.vocabulary import Slug

router = pages(is_open=True, checks_parameters=False)
"""Whoever sends a form without a key is asked for one on a page that keeps what was typed. The address of a form may
name its fields."""

MOST_FACTS = 50
"""Facts that one form holds before they are recorded together."""

LOOK_BACK = 1_000
"""How many of the last events are looked at for the source that somebody used last."""

MOST_TOLD = 10
"""Events that were recorded meanwhile, as a form lists them."""

OF_THE_PASSAGE = ("quote", "locator")
"""The fields of a source that are about one passage, so that no other fact takes them over."""

_FIXED_AT_OPENING = "opened"
_GROUP_NAMES = {
    "coalition": "The coalition", "member": "Members", "command": "Commands", "requirement": "Requirements",
    "pledge": "Pledges", "condition": "Conditions", "basing": "Basing", "stance": "Stances", "support": "Stances",
    "meeting": "Meetings", "outcome": "Meetings", "statement": "Statements and totals",
    "report": "Statements and totals", "actor": "Names",
}  # fmt: skip


# --- what can be recorded ---------------------------------------------------------------------------------------------


def types_by_group() -> dict[str, list[FactForm]]:
    """The forms of all facts that can follow the formation, by what they are about; those about an event are on its
    page."""
    groups: dict[str, list[FactForm]] = {}
    for kind in (*(kind for kind in CONCEPTS if kind != "coalition"), "coalition"):
        forms = (form_of(cls.__name__) for cls in CONCEPTS[kind].facts if cls.__name__ != "CoalitionFormed")
        groups.setdefault(_GROUP_NAMES[kind], []).extend(forms)
    return groups


@router.get("/c/{coalition}/new", dependencies=[Depends(reader), Depends(only_known_parameters)])
def choose_type(
    request: Request,
    viewpoint: RequestedViewpoint,
    recorded: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None,
    proposed: Annotated[Slug | None, Query()] = None,
) -> Response:
    """What can be recorded, and what was just recorded."""
    with calling_by(viewpoint):
        return page(
            request, "entry_types.html", viewpoint=viewpoint, groups=types_by_group(),
            proposed=proposed if proposed is not None and _is_saved(request, viewpoint, proposed) else None,
            recorded=list(_recorded(viewpoint, recorded)),
        )  # fmt: skip


def _is_saved(request: Request, viewpoint: Viewpoint, scenario: str) -> bool:
    """Whether a scenario has been saved; the address alone does not say so."""
    try:
        services(request).scenarios.get(viewpoint.basis.coalition, scenario)
    except UnknownScenario:
        return False
    return True


def _recorded(viewpoint: Viewpoint, numbers: str | None) -> Iterator[Json]:
    if numbers is None:
        return
    first, last = map(int, numbers.split("-"))
    for event in viewpoint.history.root.events[max(0, first - 1) : min(last, first + MOST_FACTS)]:
        yield _as_json(event)


# --- the form of one type ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """What was sent: the type of fact, what was typed in its fields, and the facts that are ready."""

    form: FactForm
    texts: Mapping[str, str]
    ready: Sequence[Json]

    @property
    def groups_in_use(self) -> set[str]:
        """The groups of fields in which something is typed."""
        groups = {field.path: field.group for field in self.form.fields}
        return {groups[self.form.pattern_of(path)] for path, text in self.texts.items() if text}

    @property
    def is_blank(self) -> bool:
        """Whether nothing is typed but the source and whose words it is."""
        return not self.groups_in_use - {"words", "sources"}

    def row_count(self, name: str) -> int:
        """How many rows have been typed."""
        numbers = [int(path.split(".")[1]) for path in self.texts if path.startswith(f"{name}.")]
        return max(numbers, default=-1) + 1

    def shared_texts(self) -> dict[str, str]:
        """What the next fact from the same source begins with."""
        return {
            path: text
            for path, text in self.texts.items()
            if path.partition(".")[0] in ("sources", "attribution") and path.rpartition(".")[2] not in OF_THE_PASSAGE
        }

    def opened_again(self, place: int, facts: Sequence[Json]) -> "Entry":
        """The form in which a fact that is ready is open again; of all ``facts``, the others are ready."""
        opened = self.ready[place]
        rest = [one for number, one in enumerate(facts) if number != place]
        return Entry(form_of(opened["type"]), texts_of(opened), rest)


def _form_named(type_name: str) -> FactForm:
    """The form of a type that has one. Raises a ``Problem``; events are corrected, retracted and given sources on
    their own pages."""
    if type_name not in FACTS or type_name in (EventCorrected.__name__, EventRetracted.__name__, SourceAdded.__name__):
        known = did_you_mean(type_name, FACTS) if type_name not in FACTS else "; open the event in the record"
        raise Problem(NOT_FOUND, f"There is no form for {type_name[:60]}{known}.".replace("?.", "?"))
    return form_of(type_name)


@router.get("/c/{coalition}/new/{type_name}", dependencies=[Depends(reader)])
def open_form(
    request: Request, viewpoint: RequestedViewpoint, recorded: RecordedHistory, visitor: Visitor, type_name: str
) -> Response:
    """An empty form, with the fields that the address names filled in, and the source that this visitor used last."""
    form = _form_named(type_name)
    given = {name: value for name, value in request.query_params.items() if name not in POINT}
    if unknown := [name for name in given if not _has(form, name)]:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter=name, detail=_NO_FIELD) for name in unknown])
    texts = (source_used_last(recorded, visitor) if form.needs_source else {}) | without_gaps(given)
    return _page(request, viewpoint, Entry(form, texts, []), FormContents(texts))


_NO_FIELD = "the form has no field of this name"
_NO_ROOM = f"a form holds at most {MOST_FACTS} facts: record those that are ready first"
CONTROLS = ("doing", "then", "opened", "checked", "seen", "shown", "ready", "proposal_title")
"""What the form sends beside the fields of the fact."""

KEPT = ("proposal_title", "then")
"""What stays for the next fact."""


def _has(form: FactForm, path: str) -> bool:
    try:
        form.field(path)
    except UnreadableText:
        return False
    return True


def source_used_last(recorded: History, visitor: str | None) -> dict[str, str]:
    """The source of the last fact that somebody recorded, as typed."""
    for event in reversed(recorded.events[-LOOK_BACK:]):
        if visitor is not None and event.recorded_by == visitor and event.fact.sources:
            content: Any = event.fact.replacement if isinstance(event.fact, EventCorrected) else event.fact
            texts = texts_of(as_answered(Event, event)["fact"] | {"type": content.type})
            shared = Entry(form_of(content.type), texts, []).shared_texts()
            return {path: text for path, text in shared.items() if path.startswith("sources.0.")}
    return {}


@router.post("/c/{coalition}/new/{type_name}")
async def send_form(
    *,
    request: Request,
    author: FormAuthor,
    typed: TypedFields,
    viewpoint: RequestedViewpoint,
    recorded: RecordedHistory,
    type_name: str,
) -> Response:
    """Preview, hold for later, record or propose what was typed. What is refused comes back as it was typed."""
    form = _form_named(type_name)
    texts = without_gaps({path: text for path, text in typed.items() if _has(form, path)})
    unknown = [name for name in typed if name not in CONTROLS and not _has(form, name)]
    entry, typed = (
        Entry(form, texts, _ready_in(typed)),
        {name: typed[name] for name in CONTROLS if name in typed} | texts,
    )
    doing, _, number = typed.get("doing", "check").partition("-")
    if doing == "remove":
        entry = replace(entry, ready=[one for place, one in enumerate(entry.ready) if str(place) != number])
        return await run_in_threadpool(_page, request, viewpoint, entry, FormContents(typed))
    known = known_names(viewpoint.view, entry.ready)
    kept = {name: typed[name] for name in KEPT if name in typed}
    sent, texts = entry, {**entry.texts, **suggested_name(form, entry.texts, known)}
    entry = replace(entry, texts=texts)
    contents, preview = FormContents({**typed, **texts}), None
    try:
        if unknown:
            raise Problem(
                VALIDATION, faults=[Fault(pointer="", detail=f"{name[:60]}: {_NO_FIELD}") for name in unknown]
            )
        facts = _facts(entry, known, viewpoint)
        is_seen = doing == "record" and typed.get("seen") == digest_of(facts)
        to_record = (request, recorded.coalition, author, facts, typed.get(_FIXED_AT_OPENING, ""))
        is_sent_again = is_seen and await run_in_threadpool(are_recorded, *to_record)
        if not is_sent_again:
            preview = await run_in_threadpool(preview_of, request, recorded.coalition, author, facts)
        if is_sent_again or (preview and not preview.faults and is_seen and typed.get("shown") == preview.outcome):
            events = await record_facts(*to_record)
            first, last = events[0]["sequence"], events[-1]["sequence"]
            return RedirectResponse(f"{viewpoint.root}/new?recorded={first}-{last}", 303)
        assert preview is not None
        if doing == "remedy":
            entry = _with_remedy(entry, preview, number)
            return await run_in_threadpool(_page, request, viewpoint, entry, FormContents({**typed, **entry.texts}))
        if preview.faults:
            raise Problem(RULE_BROKEN if is_seen else VALIDATION, faults=preview.faults)
        if doing == "edit" and number.isdecimal() and int(number) < len(entry.ready):
            entry = entry.opened_again(int(number), facts)
            return await run_in_threadpool(_page, request, viewpoint, entry, FormContents({**kept, **entry.texts}))
        if doing == "add" and len(facts) >= MOST_FACTS:
            raise Problem(VALIDATION, faults=[Fault(pointer="", detail=_NO_ROOM)])
        if doing == "add":
            following = Entry(_form_named(typed.get("then", type_name)), entry.shared_texts(), facts)
            return await run_in_threadpool(
                _page, request, viewpoint, following, FormContents({**kept, **following.texts})
            )
        if doing == "propose":
            return await run_in_threadpool(_propose, request, recorded, author, facts, typed)
    except Problem as problem:
        faults = _beside_fields(entry, problem.faults)
        contents = FormContents(typed, Problem(problem.type, problem.detail, faults=faults))
        entry, preview = sent, None  # a name that was made of what is wrong would stay
    return await run_in_threadpool(_page, request, viewpoint, entry, contents, preview)


def _ready_in(typed: Mapping[str, str]) -> list[Json]:
    """The facts that the page holds. Raises a ``Problem``."""
    text = typed.get("ready", "[]")
    if text == "[]":
        return []
    try:
        body = facts_in(text.encode(), JSON)
        valid_facts(body)
    except (Problem, RecursionError):
        body = None
    if body is None or not body.is_list or len(body.items) > MOST_FACTS:
        detail = f"the facts that the page held cannot be read; they are at most {MOST_FACTS}"
        raise Problem(VALIDATION, faults=[Fault(pointer="/ready", detail=detail)])
    return body.items


def _facts(entry: Entry, known: Known, viewpoint: Viewpoint) -> list[Json]:
    """The facts that are ready and the one that was typed. Raises a ``Problem`` for what cannot be read or is
    missing: all of it at once."""
    if entry.ready and entry.is_blank:
        return list(entry.ready)
    fact, faults = fact_of(entry.form.type, _with_ids(entry, viewpoint), known)
    needed = [one.path for one in entry.form.fields if one.is_required and "." not in one.path]
    needed += ["sources.0.publisher"] if entry.form.needs_source and "sources" not in fact else []
    faults = {path: "this is needed" for path in needed if not entry.texts.get(path)} | faults
    if faults:
        raise Problem(VALIDATION, faults=[Fault(pointer=f"/{path}", detail=text) for path, text in faults.items()])
    return [*entry.ready, fact]


def _with_ids(entry: Entry, viewpoint: Viewpoint) -> dict[str, str]:
    """What was typed; an event that is named by its number in the record, by its id."""
    texts, events = dict(entry.texts), viewpoint.history.root.events
    for one in entry.form.fields:
        number = texts.get(one.path, "") if one.kind == "event" else ""
        if number.isdecimal() and len(number) < 10 and 0 < int(number) <= len(events):
            texts[one.path] = events[int(number) - 1].event_id
    return texts


def _meanwhile(viewpoint: Viewpoint, contents: FormContents) -> list[Json]:
    """The last events that were recorded since the form last said anything of the record."""
    checked, events = contents.values.get("checked", ""), viewpoint.history.root.events
    since = int(checked) if checked.isdecimal() and len(checked) < 10 else len(events)
    return [_as_json(event) for event in events[since : viewpoint.basis.sequence][-MOST_TOLD:]]


def _as_json(event: Event) -> Json:
    written: Json = EVENT.dump_python(event, mode="json", exclude_none=True)
    return written


def _with_remedy(entry: Entry, preview: Preview, number: str) -> Entry:
    """The fact that would settle a warning, in the place of the fact that gives rise to it."""
    warning = next((one for place, one in enumerate(preview.warnings) if str(place) == number), None)
    if warning is None or warning.remedy is None:
        return entry
    place = int(warning.pointer.split("/")[1])
    facts = list(preview.facts)
    facts[place : place + 1] = [] if warning.remedy["type"] == EventRetracted.__name__ else [warning.remedy]
    if place < len(entry.ready):
        return replace(entry, ready=facts if entry.is_blank else facts[:-1])
    return Entry(entry.form, entry.shared_texts(), facts)


def _propose(
    request: Request, recorded: History, author: str, facts: Sequence[Json], typed: Mapping[str, str]
) -> Response:
    title = typed.get("proposal_title", "")
    if not title:
        raise Problem(VALIDATION, faults=[Fault(pointer="/proposal_title", detail="give the proposal a title")])
    # A form that is sent twice, as by a double click, proposes once.
    sent = [author, recorded.coalition, title, typed.get(_FIXED_AT_OPENING, ""), digest_of(facts)]
    key = f"page-{sha256(json.dumps(sent).encode()).hexdigest()}"
    try:
        found = propose(request, recorded, author, facts, title=title, idempotency_key=key)
    except Problem as problem:
        faults = [replace(one, pointer="/proposal_title") if one.pointer == "/name" else one for one in problem.faults]
        raise Problem(problem.type, problem.detail, faults=faults) from None
    return RedirectResponse(f"/c/{recorded.coalition}/new?proposed={found.scenario.scenario}", 303)


def _beside_fields(entry: Entry, faults: Sequence[Fault]) -> list[Fault]:
    """Faults with the fields of the form as their places; those of facts that are ready are told with their number."""
    placed = []
    for fault in faults:
        number, _, rest = (fault.pointer or "").removeprefix("/").partition("/")
        if not number.isdecimal():
            placed.append(fault)
        elif int(number) < len(entry.ready):
            placed.append(replace(fault, pointer="", detail=f"fact {int(number) + 1}: {fault.detail}"))
        else:
            path = entry.form.at_pointer(rest)
            placed.append(replace(fault, pointer=f"/{path}" if path else ""))
    return list({(one.pointer, one.detail): one for one in placed}.values())


def _page(
    request: Request, viewpoint: Viewpoint, entry: Entry, contents: FormContents, preview: Preview | None = None
) -> Response:
    known = known_names(viewpoint.view, entry.ready)
    wrong = {field.group for field in entry.form.fields if contents.wrong(field.path)}
    with calling_by(viewpoint):
        return page(
            request, "entry.html", status=contents.status, opened_groups=entry.groups_in_use | wrong,
            viewpoint=viewpoint, entry=entry, form=contents,
            preview=preview, known=known, pickers=pickers(viewpoint, entry.form, known), groups=types_by_group(),
            meanwhile=_meanwhile(viewpoint, contents) if contents.problem or contents.values.get("doing") == "record"
            else [],
            ready=json.dumps(entry.ready, ensure_ascii=False),
            opened=contents.values.get(_FIXED_AT_OPENING) or str(viewpoint.history.sequence),
        )  # fmt: skip
