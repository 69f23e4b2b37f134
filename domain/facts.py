"""What every fact has, and what each rule receives.

A fact says that one thing happened in the world, as a source reports it. Each type is a class in its concept's module
in ``concepts/``, listed in ``concepts/registry.py``; ``events.py`` has facts as recorded.
"""

from collections.abc import Callable
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, dataclass_transform, get_args, get_origin

from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, StrictInt
from pydantic.dataclasses import dataclass
from pydantic_core import CoreSchema, core_schema

from domain.nulls import null_is_absent
from domain.sources import Attribution, Sources
from domain.times import Moment, period, start_in_words
from domain.vocabulary import Name, Slug, Text

F = TypeVar("F")


class Thing(NamedTuple):
    """The subject of facts: a kind and a name, such as ``("pledge", "gbr-ground")``."""

    kind: str
    id: str


class Footing(NamedTuple):
    """A thing that must exist when a fact takes effect, and the field of the fact (JSON pointer) that names it."""

    thing: Thing
    field: str
    has_to_be: str | None = None


UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
"""The pattern of a UUID, in either case."""

EventId = Annotated[
    str,
    AfterValidator(str.lower),
    Field(
        pattern=f"^{UUID}$",
        description="A UUID, made by the client or else by the ledger.",
    ),
]


@dataclass_transform(kw_only_default=True, frozen_default=True)
def fact(**example: Any) -> Callable[[type[F]], type[F]]:
    """Make a class a frozen, slotted pydantic dataclass; the keywords are an example of the fact's own fields.

    ``null`` on a field with a default is the same as leaving it out.
    """
    schema = {"examples": [example]} if example else {}
    config = ConfigDict(extra="forbid", json_schema_extra=schema)  # type: ignore[typeddict-item]
    make = dataclass(frozen=True, slots=True, kw_only=True, config=config)
    return lambda cls: make(null_is_absent(cls))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Imported:
    """The row of a sheet that a fact was imported from.

    The row is recognised by the ``mapping`` and the texts in its ``key`` columns, wherever it stands in the sheet; one
    row can be several facts, each a ``part`` of the mapping. ``digest`` tells whether the row has changed since: the
    start of the SHA-256 of the fact as the row stated it.
    """

    mapping: Slug
    part: Slug
    key: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(min_length=1, max_length=20)]
    sheet: Name | None = None
    row: Annotated[StrictInt, Field(ge=1, le=1_048_576)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


@fact()
class Recordable:
    """Anything that can be recorded: a fact about the world or about the record itself."""

    event_id: EventId | None = None
    attribution: Attribution | None = None
    note: Text | None = None
    imported: Imported | None = None


@fact()
class Fact(Recordable):
    """Something that happened in the world and holds from ``effective_at``, as its sources report it."""

    effective_at: Moment
    sources: Sources

    @property
    def thing(self) -> Thing:
        """The thing to whose history the fact belongs."""
        raise NotImplementedError

    @property
    def footings(self) -> tuple[Footing, ...]:
        """The other things that the fact rests on."""
        return ()


# --- fields that can be taken away ------------------------------------------------------------------------------------


class Absent(Enum):
    """What a field of an amendment holds if it is left out: the thing keeps what it has. ``None`` takes it away."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class _AbsentUnlessGiven:
    """Pydantic reads the field as if ``Absent`` were not among its types, and leaves a default as it is."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, validate: value if value is ABSENT else validate(value), handler(as_given(source))
        )


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Amended = Annotated[
    F | Absent | None,
    _AbsentUnlessGiven,
    Field(exclude_if=lambda value: value is ABSENT, json_schema_extra=_without_default),
]
"""A field of an amendment: another value, ``None`` to take away what there is, or ``ABSENT``, its default."""


def as_given(hint: Any) -> Any:
    """An annotation as clients see it: a field that can be ``ABSENT`` is a value or null."""
    if get_origin(hint) is Annotated and Absent in get_args(get_args(hint)[0]):
        hint = get_args(hint)[0]
    if get_origin(hint) in {Union, UnionType}:
        return Union[tuple(choice for choice in get_args(hint) if choice is not Absent)]  # noqa: UP007
    return hint


def json_name(field: str) -> str:
    """A field's name in JSON: an underscore at its end only keeps it apart from Python's own words."""
    return field.removesuffix("_")


# --- facts in a history -----------------------------------------------------------------------------------------------


class Entry:
    """A fact as it applies in a history: its content after corrections, and its place in the valid order.

    A replacement keeps the sequence and event id of the event that it corrects. Entries of different folds are equal if
    they say the same of the same event, so states are, too.
    """

    __slots__ = ("effective_us", "event_id", "fact", "sequence", "thing")

    def __init__(self, fact: Fact, event_id: str, sequence: int) -> None:
        self.fact: Any = fact
        self.event_id = event_id
        self.effective_us = period(fact.effective_at).start_us
        self.sequence = sequence
        self.thing = fact.thing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self.event_id == other.event_id and self.fact is other.fact

    def __hash__(self) -> int:
        return hash(self.event_id)

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the valid order."""
        return self.effective_us, self.sequence

    @property
    def start_in_words(self) -> str:
        """When it takes effect, for a sentence: ``on 2025-04-10``."""
        return start_in_words(self.fact.effective_at)


S = TypeVar("S", bound=tuple[Any, ...])


def with_changes(state: S, **changes: Any) -> S:
    """The state with some fields replaced: ``_replace`` of a named tuple, at a fraction of the cost."""
    positions = _positions(type(state))
    values = [*state]
    for name, value in changes.items():
        values[positions[name]] = value
    return tuple.__new__(type(state), values)


@cache
def _positions(state: type) -> dict[str, int]:
    return {name: position for position, name in enumerate(state._fields)}  # type: ignore[attr-defined]


REFERABLE = ("pledge", "condition", "basing", "requirement", "command", "meeting", "outcome", "statement", "report")
"""The kinds of things that have slugs, and so can be referred to as ``kind:id``."""

_REFERENCE = rf"^({'|'.join(REFERABLE)}|coalition|member|actor|capability):[A-Za-z0-9][A-Za-z0-9._:-]*$"
Reference = Annotated[
    str,
    Field(
        pattern=_REFERENCE,
        max_length=130,
        examples=["pledge:gbr-ground"],
        description=f"kind:id; the kinds are {', '.join(REFERABLE)}, coalition, member, actor, capability.",
    ),
]
References = Annotated[tuple[Reference, ...], Field(max_length=200)]


def footings_of(references: tuple[str, ...]) -> tuple[Footing, ...]:
    """The footings in a fact's ``about``: the references that name a thing with a slug."""
    named = ((f"/about/{position}", Thing(*reference.split(":", 1))) for position, reference in enumerate(references))
    return tuple(Footing(thing, field) for field, thing in named if thing.kind in REFERABLE)
