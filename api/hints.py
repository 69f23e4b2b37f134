"""*Did you mean*: what refusals of facts say more, where a name, a word or a date is nearly right.

Unknown types and fields, words of vocabularies, countries by name, dates as people write them, and slugs that are not
on record: each is answered with what was probably meant, over HTTP as on the command line and on pages.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from api.files.unreadable import UnreadableText
from api.forms.actors import actor_in
from api.forms.facts import value_of
from api.forms.fields import FactForm, FormField, form_of, matches
from api.forms.sizes import QUANTITY_PARTS, part_in
from api.forms.suggestions import suggestions
from api.http.bodies import RequestBody, valid_facts
from api.http.problems import Fault, Problem
from api.wording.countries import ALL_NAMES
from domain.corrections import EventCorrected
from domain.events import FACTS
from domain.history.history import ReadableHistory
from domain.quantities import UNITS
from domain.refusals import RuleBroken, UnknownId
from domain.times import BEFORE_TIME_US, FOREVER_US

_LONGEST = 100
"""Longer texts are not looked up."""

_MOST_FAULTS = 20
"""Of more faults, only the first have hints: to look for one takes a millisecond."""

_MOST_NAMES = 5_000
"""Of a record with more things of a kind, the last ones are looked through."""

_UNKNOWN = re.compile(r"no (\w+) (\S+) is on record")


def facts_of_request(body: RequestBody) -> list[Any]:
    """The items of a body as facts. Raises a ``Problem`` with all their faults, and what was probably meant."""
    try:
        return valid_facts(body)
    except Problem as problem:
        first, rest = problem.faults[:_MOST_FAULTS], problem.faults[_MOST_FAULTS:]
        raise Problem(problem.type, faults=[*(_with_hint(fault, body) for fault in first), *rest]) from None


def detail_of(broken: RuleBroken, history: ReadableHistory | None) -> str:
    """What a rule says that a fact breaks; of a name that is not on record, also those like it."""
    unknown = _UNKNOWN.fullmatch(broken.detail) if isinstance(broken, UnknownId) else None
    if unknown is None or history is None:
        return broken.detail
    knowledge = history.view(BEFORE_TIME_US, FOREVER_US, "recorded", history.sequence).knowledge
    known = [thing.id for thing in knowledge.things(unknown[1])][-_MOST_NAMES:]
    return f"{broken.detail}{_hint(suggestions(unknown[2], known), '; did')}"


def _with_hint(fault: Fault, body: RequestBody) -> Fault:
    for place, item in enumerate(body.items):
        base = body.pointer(place)
        if fault.pointer is not None and f"{fault.pointer}/".startswith(f"{base}/") and isinstance(item, dict):
            meant = _meant(item, [step for step in fault.pointer.removeprefix(base).split("/") if step])
            return replace(fault, detail=f"{fault.detail}{_hint(list(meant), ' Did')}")
    return fault


def _hint(meant: Sequence[str], begin: str) -> str:
    return f"{begin} you mean {' or '.join(meant)}?" if meant else ""


def _meant(fact: dict[str, Any], steps: Sequence[str]) -> Iterable[str]:
    """What was probably meant at a place in a fact, which is known to be wrong."""
    type_name = fact.get("type")
    if steps == ["type"] and isinstance(type_name, str):
        return suggestions(type_name[:_LONGEST], FACTS)
    if not isinstance(type_name, str) or type_name not in FACTS or not steps:
        return []
    if type_name == EventCorrected.__name__ and steps[0] == "replacement" and isinstance(fact["replacement"], dict):
        return _meant(fact["replacement"], steps[1:])
    value: Any = fact
    for step in steps:
        value = _part(value, step)
    return _of_value(form_of(type_name), ".".join(steps), value)


def _part(value: Any, step: str) -> Any:
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return value.get(step) if isinstance(value, dict) else None


def _of_value(form: FactForm, path: str, value: Any) -> Iterable[str]:
    whole, _, last = path.rpartition(".")
    field = _field(form, path) or (_field(form, whole) if last.isdecimal() else None)
    if field is None and value is not None:
        quantity = _field(form, whole)
        if quantity is None or quantity.kind != "quantity":
            return suggestions(last[:_LONGEST], _names_below(form, whole))
        if last not in QUANTITY_PARTS:
            return suggestions(last[:_LONGEST], QUANTITY_PARTS)
        return _of_unit(value) if last == "unit" and isinstance(value, str) else []
    return _of_text(field, value) if field and isinstance(value, str) and len(value) <= _LONGEST else []


def _names_below(form: FactForm, whole: str) -> Iterator[str]:
    """The fields that an object of a fact has."""
    depth = len(whole.split(".")) if whole else 0
    for field in form.fields:
        steps = field.path.split(".")
        if len(steps) > depth and matches(".".join(steps[:depth]), whole):
            yield steps[depth]


def _field(form: FactForm, path: str) -> FormField | None:
    return next((one for one in form.fields if matches(one.path, path)), None)


def _of_unit(text: str) -> Iterable[str]:
    try:
        return [str(part_in("unit", text))]
    except UnreadableText:
        return suggestions(text[:_LONGEST], UNITS)


def _of_text(field: FormField, text: str) -> Iterable[str]:
    if field.kind == "choice":
        return suggestions(text, [word for word, _ in field.choices])
    if field.kind not in ("moment", "actor", "actors"):
        return []
    try:
        read = value_of(field, text)
    except UnreadableText:
        countries = [] if field.kind == "moment" else suggestions(text, ALL_NAMES.values())
        return [f"{actor_in(one)} ({one})" for one in countries]
    return [one for one in (read if isinstance(read, list) else [read]) if one != text]
