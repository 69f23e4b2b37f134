"""Changes to a history for a what-if: their types, and what each does to one fact.

A change assumes facts, or targets events on record: one by its id, or all that a selector matches. Changes apply in
order, each to the result of those before it. Hypothetical facts never enter a coalition's stream.

A change is refused by a type named for the rule::

    RuleBroken
    ├── NamesNothing            no event, pledge or condition with this name is known at the starting point
    ├── MatchesNothing          the selector matches no event
    ├── TouchesTooMuch          more events than the changes of a scenario may touch
    ├── FieldIsNotThere         the targeted fact has no such field
    ├── FieldIsNotAltered       a field that identifies the fact, or says when and by whom it was reported
    ├── AlteredFactIsInvalid    with this value, it would not be a valid fact
    └── LeavesTheCalendar       shifted out of the years that the ledger covers (``shifts.py``)
"""

from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Strict,
    StrictInt,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass
from typing_extensions import TypeAliasType

from domain.actors import Actor
from domain.concepts.pledges import phase_from
from domain.events import FACT, FACTS, AnyFact, Event, content_of, with_content
from domain.facts import ABSENT, EventId
from domain.quantities import LARGEST, Number, Quantity, decimals_of, in_smallest
from domain.refusals import RuleBroken
from domain.sources import Source
from domain.times import Moment
from domain.vocabulary import AttributionBasis, Capability, ConditionKind, Level, Slug
from domain.what_if.refusals import (
    AlteredFactIsInvalid,
    FieldIsNotAltered,
    FieldIsNotThere,
)

MAX_CHANGES = 200
"""The number of changes that one scenario may have."""

MAX_TOUCHED_EVENTS = 20_000
"""The number of events that the changes of one scenario may touch in total."""

ASSUMED = Source(publisher="assumed")
"""The placeholder for the sources of an assumed fact; real sources must replace it before the fact is recorded."""

_FORBID = ConfigDict(extra="forbid")


# --- the target of a change ----------------------------------------------------------------------------------------


def _known_type(name: str) -> str:
    if name not in FACTS:
        raise ValueError(f"unknown type of fact; choose one of {', '.join(FACTS)}")
    return name


TypeName = Annotated[str, AfterValidator(_known_type), Field(json_schema_extra={"enum": [*FACTS]})]
Types = Annotated[
    tuple[TypeName, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1, max_length=len(FACTS)),
]


Bases = Annotated[
    tuple[AttributionBasis, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1, max_length=len(get_args(AttributionBasis))),
]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Selector:
    """All events that match every given field; a correction is matched by its replacement.

    ``contributor``, ``capability`` and ``level`` are the fact's own, or else, for a fact about a pledge, those with
    which the pledge was made. ``attributed_only_to`` selects what rests on the words of these bases alone, after
    corrections and with the sources added. ``effective_from`` and ``effective_to`` include their periods. At least one
    is needed.
    """

    type: Types | None = None
    contributor: Actor | None = None
    capability: Capability | None = None
    level: Level | None = None
    attribution: AttributionBasis | None = None
    attributed_only_to: Bases | None = None
    pledge: Slug | None = None
    condition: Slug | None = None
    condition_kind: ConditionKind | None = None
    effective_from: Moment | None = None
    effective_to: Moment | None = None

    @model_validator(mode="after")
    def _selects_something(self) -> "Selector":
        names = [field.name for field in fields(self)]
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"a selector needs at least one of {', '.join(names)}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ConditionSelector:
    """Every condition of a kind that is on record."""

    condition_kind: ConditionKind


def _name_or_selector(value: Any) -> str:
    return "name" if isinstance(value, str) else "selector"


Aim = Annotated[
    Annotated[EventId, Tag("name")] | Annotated[Selector, Tag("selector")], Discriminator(_name_or_selector)
]
"""One event by its id, or all events that a selector matches."""

ConditionAim = Annotated[
    Annotated[Slug, Tag("name")] | Annotated[ConditionSelector, Tag("selector")], Discriminator(_name_or_selector)
]
"""One condition by its name, or every condition of a kind."""


# --- the changes ------------------------------------------------------------------------------------------------------


def _with_sources(fact: Any) -> Any:
    """Add the placeholder if an assumed fact, or the replacement in an assumed correction, has no source."""
    if not isinstance(fact, dict):
        return fact
    if isinstance(fact.get("replacement"), dict):
        fact = {**fact, "replacement": _with_sources(fact["replacement"])}
    needs_none = fact.get("sources") or fact.get("type") in ("EventCorrected", "EventRetracted", "WarningDismissed")
    return fact if needs_none else {**fact, "sources": (ASSUMED,)}


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Assume:
    """A fact that is not on record applies; it needs no sources and is known at every ``known_at``."""

    assume: Annotated[AnyFact, BeforeValidator(_with_sources)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Omit:
    """Events are treated as never recorded; omitting a correction restores what it corrected."""

    omit: Aim


DateField = Literal["effective_at", "available_from", "expires_on", "starts_at", "until", "horizon"]
"""The fields of facts that hold dates in the world; the dates of sources say when the public could know."""

DATE_FIELDS: tuple[DateField, ...] = get_args(DateField)


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Shift:
    """Facts happen at another time: all their dates move months and days later (earlier if negative), or so far that
    they take effect at ``to``.

    ``dates`` names the fields to move; ``to`` is then the new ``effective_at``, or that of the one field named. If it
    targets one event, it also shifts the corrections of that event. The end of a month stays within its month.
    """

    shift: Aim
    months: Annotated[StrictInt, Field(ge=-1_200, le=1_200)] | None = None
    days: Annotated[StrictInt, Field(ge=-36_500, le=36_500)] | None = None
    to: Moment | None = None
    dates: Annotated[tuple[DateField, ...], Field(min_length=1, max_length=len(DATE_FIELDS))] | None = None

    @model_validator(mode="after")
    def _goes_one_way(self) -> "Shift":
        by = (self.months, self.days) != (None, None)
        if by == (self.to is not None):
            raise ValueError("a shift needs either months and days, or to")
        if self.to is not None and self.led_by is None:
            raise ValueError("to needs effective_at among the dates, or one date alone")
        return self

    @property
    def led_by(self) -> DateField | None:
        """The date that ``to`` is the new value of; the others move as far as it does. ``None`` if there is none."""
        if self.dates is None or "effective_at" in self.dates:
            return "effective_at"
        return self.dates[0] if len(set(self.dates)) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Alter:
    """Facts have other values: ``set`` replaces fields, ``scale`` multiplies the quantity.

    Scaling rounds ``min`` down and ``max`` up. If it targets one event, it also alters the corrections of that event.
    """

    alter: Aim
    set: Annotated[dict[str, JsonValue], Field(min_length=1, max_length=50)] | None = None
    scale: Annotated[float, Strict(), Field(ge=0, le=1_000, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _alters_something(self) -> "Alter":
        if self.set is None and self.scale is None:
            raise ValueError("an alteration needs set, scale or both")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Decide:
    """A condition, or every condition of a kind, is decided from a time on: one assumed fact for each condition."""

    decide: ConditionAim
    becomes: Literal["met", "failed", "waived", "open"]
    effective_at: Moment


DECIDING = {
    "met": "ConditionMet",
    "failed": "ConditionFailed",
    "waived": "ConditionWaived",
    "open": "ConditionReopened",
}
_FORMS = {"assume": Assume, "omit": Omit, "shift": Shift, "alter": Alter, "decide": Decide}


def _form_of(change: Any) -> str | None:
    has: Callable[[str], bool] = change.__contains__ if isinstance(change, dict) else lambda name: hasattr(change, name)
    return next((form for form in _FORMS if has(form)), None)


Change = TypeAliasType(
    "Change",
    Annotated[
        Annotated[Assume, Tag("assume")]
        | Annotated[Omit, Tag("omit")]
        | Annotated[Shift, Tag("shift")]
        | Annotated[Alter, Tag("alter")]
        | Annotated[Decide, Tag("decide")],
        Discriminator(
            _form_of,
            custom_error_type="no_such_change",
            custom_error_message=f"not a valid change; expected an object with one of {', '.join(_FORMS)}",
        ),
    ],
)
Changes = Annotated[tuple[Change, ...], Field(max_length=MAX_CHANGES)]


# --- applying a change to one event ----------------------------------------------------------------------------------

FIXED = {
    "type": "omit the fact and assume another",
    "event_id": "an event keeps its id",
    "sources": "the date on which a fact was made public stays as it is",
    "effective_at": "use a shift",
    "corrects": "omit the fact and assume another",
    "retracts": "omit the fact and assume another",
    "event": "omit the fact and assume another",
    "replacement": "set the fields of the replacement directly",
}
"""Fields that no alteration can set, and what to do instead."""


def alter_event(event: Event, alter: Alter) -> Event | RuleBroken:
    """The event with other values in the fields to set, and its quantity scaled."""
    content: Any = content_of(event)
    present = {field.name for field in fields(content)}
    for name in alter.set or ():
        if name in FIXED:
            return FieldIsNotAltered(f"{name} cannot be set: {FIXED[name]}", f"/set/{name}")
        if name not in present:
            return FieldIsNotThere(f"a {content.type} has no field {name}", f"/set/{name}", (event.event_id,))
    if alter.scale is not None:
        quantity = getattr(content, "quantity", None)
        if quantity is None:
            return FieldIsNotThere(f"this {content.type} has no quantity", "/scale", (event.event_id,))
        content = _scaled(content, alter.scale)
    if not alter.set:
        return with_content(event, content)
    item = FACT.dump_python(content, exclude_none=True) | alter.set
    try:
        return with_content(event, FACT.validate_python(item))
    except ValidationError as error:
        path = [str(step) for step in error.errors()[0]["loc"] if step != content.type]
        value = f"this value of {'.'.join(path)}" if path else "these values"
        detail = f"with {value}, it would not be a valid {content.type}"
        return AlteredFactIsInvalid(detail, "/".join(("/set", *path)), (event.event_id,), error, item)


def _scaled(content: Any, factor: float) -> Any:
    """A fact with its quantity times a factor, and with it the phases of a pledge."""
    changed: dict[str, Any] = {"quantity": scale_quantity(content.quantity, factor)}
    phases = getattr(content, "phases", None)
    if phases and phases is not ABSENT:
        changed["phases"] = tuple(phase_from(one.from_, scale_quantity(one.quantity, factor)) for one in phases)
    return replace(content, **changed)


def scale_quantity(quantity: Quantity, factor: float) -> Quantity:
    """The quantity times a factor, taken as written: ``min`` rounded down, ``max`` rounded up."""
    if factor == 1:
        return quantity
    exact = Fraction(repr(factor))
    least = None if quantity.min is None else min(_rounded(quantity.min, exact, quantity.unit, floor), LARGEST)
    most = None if quantity.max is None else min(_rounded(quantity.max, exact, quantity.unit, ceil), LARGEST)
    return replace(quantity, min=least, max=most, text=None)


def _rounded(amount: Number, factor: Fraction, unit: str, rounding: Callable[[Fraction], int]) -> Number:
    """An amount times a factor, in whole units; in the smallest of the currency, if the amount has decimals."""
    smallest = 1 if isinstance(amount, int) else 10 ** decimals_of(unit)
    return in_smallest(rounding(Fraction(amount) * factor * smallest), smallest)
