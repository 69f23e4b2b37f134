"""Annotations in words: the type of a field, as a reader of the documentation needs it."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import JsonValue, TypeAdapter

from domain import actors, events, facts, quantities, sources, times, vocabulary
from domain.concepts import condition_rules, meetings, pledges, registry, statements
from projections.picture import items
from projections.pointers import HIDDEN

VOCABULARIES: dict[str, Any] = {
    name: value for name, value in vars(vocabulary).items() if get_origin(value) is Literal and not name.startswith("_")
}
"""Every closed vocabulary of ``domain/vocabulary.py``, by its name there."""

_NAMED: list[tuple[Any, str]] = [
    (vocabulary.Text, "text"),
    (vocabulary.Name, "short text"),
    (vocabulary.Slug, "[slug](facts.md#names)"),
    (actors.Actor, "[actor](facts.md#names)"),
    (actors.Country, "[country](facts.md#names)"),
    (facts.Reference, "[reference](facts.md#names)"),
    (facts.EventId, "UUID"),
    (times.Moment, "[moment](facts.md#time)"),
    (times.Date, "[date](facts.md#time)"),
    (quantities.Quantity, "[quantity](facts.md#quantities)"),
    (quantities.Unit, "[unit](facts.md#quantities)"),
    (condition_rules.Rule, "[rule](facts.md#rules-of-conditions)"),
    (registry.WorldFact, "a fact about the world"),
    (events.AnyFact, "any fact"),
    (events.Event, "[event](facts.md#record-details)"),
    (pledges.Caveat, "[caveat](facts.md#caveat)"),
    (pledges.Phase, "[phase](facts.md#phase)"),
    (meetings.Attendance, "[attendance](facts.md#attendance)"),
    (meetings.Participants, "[participants](facts.md#participants)"),
    (statements.Count, "[count](facts.md#count)"),
    (sources.Source, "[source](facts.md#source)"),
    (sources.Attribution, "[attribution](facts.md#attribution)"),
    (items.Target, "object with one of `pledge`, `contributor`, `coalition`"),
    (JsonValue, "any JSON"),
    (quantities.Amount, "number, 0 to 2⁵³ - 1; whole, but money can have decimals"),
]
"""The types that have a name of their own here, and where each is explained."""

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    Decimal: "amount of money with decimals",
    bool: "true or false",
    Any: "any JSON",
}


class Shape(NamedTuple):
    """One field: its name, its type in words, whether it can be null, and its default (``None``: it is required)."""

    name: str
    type: str
    is_nullable: bool
    default: str | None


def shapes_of(cls: type, leaving_out: frozenset[str] = frozenset()) -> Iterator[Shape]:
    """Returns the fields of a dataclass as a client sees them, in their order."""
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        is_shown = field.name not in HIDDEN or issubclass(cls, facts.Recordable)
        if is_shown and field.name not in leaving_out:
            name, hint = facts.json_name(field.name), facts.as_given(hints[field.name])
            yield Shape(name, type_in_words(hint), NoneType in get_args(hint), _default_of(field))


def _default_of(field: "Field[Any]") -> str | None:
    if field.default is MISSING:
        return None
    return "" if field.default in (None, (), facts.ABSENT) else f"`{field.default}`"


def type_in_words(hint: Any) -> str:
    """Returns an annotation in words, with links to types explained elsewhere; a ``None`` in a union is left out."""
    named = next((name for known, name in _NAMED if known == hint), None) or _vocabulary(hint)
    if named:
        return named
    origin, arguments = get_origin(hint), get_args(hint)
    match origin:
        case _ if origin is Annotated:
            return _measured(hint, arguments[0])
        case _ if origin is Literal:
            return " or ".join(f"`{value}`".replace("`True`", "`true`") for value in arguments)
        case _ if origin in (Union, UnionType):
            return " or ".join(dict.fromkeys(type_in_words(part) for part in arguments if part is not NoneType))
        case _ if origin in (tuple, list):
            return f"list of {type_in_words(arguments[0])}"
        case _ if origin is dict:
            return f"object of {type_in_words(arguments[1])} by name"
    if isinstance(hint, TypeVar):
        return "an item"
    if is_dataclass(origin or hint):
        return f"[{(origin or hint).__name__}](#{(origin or hint).__name__.lower()})"
    return _PLAIN[hint]


def _vocabulary(hint: Any) -> str | None:
    name = next((name for name, vocabulary in VOCABULARIES.items() if vocabulary == hint), None)
    return f"[{in_words(name)}](facts.md#{in_words(name).replace(' ', '-')})" if name else None


def in_words(name: str) -> str:
    """Returns ``CaveatKind`` as ``caveat kind``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _measured(hint: Any, inner: Any) -> str:
    """Returns a type with its limits, if those say more than that it is not empty."""
    schema = TypeAdapter(hint).json_schema()
    words = type_in_words(inner)
    if get_origin(inner) is tuple:
        return f"{words}, at most {schema['maxItems']}" if "maxItems" in schema else words
    if inner is str and "maxLength" in schema:
        return f"{words}, at most {schema['maxLength']:,} characters"
    if inner is int:
        return f"{words}, {schema['minimum']} to {_power(schema['maximum'])}"
    return words


def _power(number: int) -> str:
    return "2⁵³ - 1" if number == quantities.LARGEST else f"{number:,}"


def dataclasses_under(root: type) -> list[type]:
    """Returns a dataclass and those under it, each once, in the order in which a reader meets them."""
    collected: dict[type, None] = {}
    _collect(root, collected)
    return list(collected)


def _collect(hint: Any, collected: dict[type, None]) -> None:
    if any(known == hint for known, _ in _NAMED):
        return
    hint = get_origin(hint) if is_dataclass(get_origin(hint)) else hint
    if is_dataclass(hint) and isinstance(hint, type) and hint not in collected:
        collected[hint] = None
        for inner in get_type_hints(hint, include_extras=True).values():
            _collect(inner, collected)
    for inner in get_args(hint):
        _collect(inner, collected)
