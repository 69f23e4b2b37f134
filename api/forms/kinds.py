"""What a field of a fact takes, as its annotation says."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from domain.actors import Actor, Country, OrganisationOrGroup
from domain.concepts.condition_rules import Rule
from domain.concepts.statements import Count
from domain.facts import EventId, Reference, as_given
from domain.quantities import Amount, Quantity, Whole
from domain.sources import Quote
from domain.times import Date, Moment
from domain.vocabulary import Slug, Text

Kind = Literal[
    "text", "long_text", "slug", "slugs", "references", "texts", "actor", "actors", "choice", "quantity", "count",
    "moment", "integer", "number", "yes_or_no", "rule", "event", "parts", "rows", "removal",
]  # fmt: skip
"""``parts`` are the fields of one nested object, ``rows`` those of each of several, ``removal`` takes all rows away."""

_NAMED: list[tuple[Any, Kind]] = [
    (EventId, "event"), (Slug, "slug"), (Reference, "references"), (Moment, "moment"), (Date, "moment"),
    (Actor, "actor"), (Country, "actor"), (OrganisationOrGroup, "actor"), (Quantity, "quantity"), (Count, "count"),
    (Rule, "rule"), (Text, "long_text"), (Quote, "long_text"), (Amount, "number"), (Whole, "integer"),
]  # fmt: skip
_LISTS: dict[Kind, Kind] = {"slug": "slugs", "actor": "actors", "references": "references", "text": "texts"}


def kind_of(hint: Any) -> Kind:
    """The kind of a field with an annotation."""
    for choice in _choices(hint):
        for named, kind in _NAMED:
            if choice == named:
                return kind
        if get_origin(choice) is tuple:
            inner = get_args(choice)[0]
            return "rows" if _model_in(inner) else _LISTS[kind_of(inner)]
        plain = choice
        while get_origin(plain) is Annotated:
            plain = get_args(plain)[0]
        if get_origin(plain) is tuple:
            return kind_of(plain)
        if get_origin(plain) is Literal:
            return "yes_or_no" if get_args(plain) == (True,) else "choice"
        if is_dataclass(plain):
            return "parts"
        if plain in (bool, int):
            return "yes_or_no" if plain is bool else "integer"
    return "text"


def model_in(hint: Any) -> type:
    """The nested model of a field of parts or rows."""
    found = _model_in(hint)
    assert found is not None
    return found


def words_in(hint: Any) -> tuple[str, ...]:
    """The words of the vocabulary that a field takes."""
    return next((get_args(one) for one in map(_bare, _choices(hint)) if get_origin(one) is Literal), ())


def _model_in(hint: Any) -> type | None:
    for choice in _choices(hint):
        plain = _bare(choice)
        if get_origin(plain) is tuple:
            return _model_in(get_args(plain)[0])
        if is_dataclass(plain):
            return plain if isinstance(plain, type) else None
    return None


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _choices(hint: Any) -> Iterator[Any]:
    """The types among which a hint chooses, those with names of their own as they are."""
    hint = as_given(hint)
    if any(hint == named for named, _ in _NAMED):
        yield hint
    elif get_origin(_bare(hint)) in (Union, UnionType):
        for one in get_args(_bare(hint)):
            yield from _choices(one)
    elif hint is not NoneType:
        yield hint
