"""What a field of a fact takes, and how a text becomes that."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from api.sheets.cells import same_text
from domain.actors import Actor, Country, OrganisationOrGroup
from domain.events import FACTS
from domain.facts import as_given, json_name
from domain.quantities import Amount, Quantity
from domain.times import Date, Moment

Kind = Literal["text", "moment", "quantity", "integer", "number", "boolean", "actor", "actors", "texts"]


class UnreadableText(ValueError):
    """A text cannot become what the field takes; the message says why."""


@cache
def kind_at(type_name: str, pointer: str) -> Kind:
    """The kind of the field at a JSON pointer of a type of fact; text if there is no such field."""
    hint: Any = FACTS[type_name]
    for step in pointer.split("/")[1:]:
        hint = next((one for one in _choices(hint) if is_dataclass(one) or get_origin(one) is tuple), None)
        if hint is None:
            return "text"
        if get_origin(hint) is tuple:
            hint = get_args(hint)[0]
        else:
            names = {json_name(one.name): one.name for one in fields(hint)}
            if step not in names:
                return "text"
            hint = get_type_hints(hint, include_extras=True)[names[step]]
    return _kind_of(hint)


def _kind_of(hint: Any) -> Kind:
    for choice in _choices(hint):
        if choice == Quantity:
            return "quantity"
        if get_origin(choice) is tuple:
            return "actors" if "actor" in [_kind_of(get_args(choice)[0])] else "texts"
    if _has(hint, Moment) or _has(hint, Date):
        return "moment"
    if any(_has(hint, one) for one in (Actor, Country, OrganisationOrGroup)):
        return "actor"
    if _has(hint, Amount):
        return "number"
    plain = [*_choices(hint)]
    if bool in plain:
        return "boolean"
    return "integer" if int in plain else "text"


def _has(hint: Any, wanted: Any) -> bool:
    """Whether a hint is an annotated type, or has it among its choices."""
    if hint == wanted:
        return True
    if get_origin(hint) is Annotated:
        return _has(get_args(hint)[0], wanted)
    return get_origin(hint) in (Union, UnionType) and any(_has(one, wanted) for one in get_args(hint))


def _choices(hint: Any) -> Iterator[Any]:
    """The types among which a hint chooses, without annotations."""
    hint = as_given(hint)
    if get_origin(hint) is Annotated:
        yield from _choices(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for one in get_args(hint):
            yield from _choices(one)
    else:
        yield hint


def actor_in(text: str, countries: Mapping[str, str]) -> str:
    return countries.get(same_text(text), text)


def moment_in(text: str) -> str:
    return text


def quantity_in(text: str, unit: Any) -> dict[str, Any]:
    raise UnreadableText(f"{text} is not a number")
