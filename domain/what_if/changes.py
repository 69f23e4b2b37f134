"""Changes to a history, for asking what if: words that say them, and what each does to one fact.

A change assumes facts, or is aimed at events on record: one by its id, or all that a selector matches. Changes are
applied in order, each to what those before it left. Hypothetical facts never enter a coalition's stream.

A change is refused by a type named for what is wrong with it::

    RuleBroken
    ├── NamesNothing            no event, pledge or condition of that name is known at the fork
    ├── MatchesNothing          the selector matches nothing
    ├── TouchesTooMuch          more events than a change may touch
    ├── FieldIsNotThere         what is to be set or scaled is not a field of what the change is aimed at
    ├── FieldIsNotAltered       a field that tells which fact it is, or when and by whom it was reported
    ├── AlteredFactIsInvalid    with that value, it would not be a fact
    └── LeavesTheCalendar       shifted out of the years that the ledger knows
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Literal

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
from domain.events import FACT, FACTS, AnyFact, Event, content_of, with_content
from domain.facts import EventId, Fact
from domain.quantities import LARGEST, Quantity
from domain.refusals import RuleBroken
from domain.sources import Source
from domain.times import Moment, format_instant, period
from domain.vocabulary import AttributionBasis, Capability, ConditionKind, Level, Slug
from domain.what_if.refusals import (
    AlteredFactIsInvalid,
    FieldIsNotAltered,
    FieldIsNotThere,
    LeavesTheCalendar,
    MatchesNothing,
    NamesNothing,
    TouchesTooMuch,
)

MAX_CHANGES = 200
"""So many changes make up one scenario."""

MAX_TOUCHED_EVENTS = 20_000
"""So many events may the changes of one scenario touch, all together."""

ASSUMED = Source(publisher="assumed")
"""Stands where an assumed fact gives no source: it has to be given one before the fact can be recorded."""

_FORBID = ConfigDict(extra="forbid")


# --- what a change is aimed at ----------------------------------------------------------------------------------------


def _a_type(name: str) -> str:
    if name not in FACTS:
        raise ValueError(f"a type of fact is one of {', '.join(FACTS)}")
    return name


TypeName = Annotated[str, AfterValidator(_a_type), Field(json_schema_extra={"enum": [*FACTS]})]
Types = Annotated[
    tuple[TypeName, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1, max_length=len(FACTS)),
]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Selector:
    """Every event that all of these are true of; a correction is matched by what it puts in the place of its victim.

    ``contributor``, ``capability`` and ``level`` are the fact's own, or else, for a fact about a pledge, those that
    the pledge was made with. ``effective_from`` and ``effective_to`` include their periods. At least one is needed.
    """

    type: Types | None = None
    contributor: Actor | None = None
    capability: Capability | None = None
    level: Level | None = None
    attribution: AttributionBasis | None = None
    pledge: Slug | None = None
    condition: Slug | None = None
    condition_kind: ConditionKind | None = None
    effective_from: Moment | None = None
    effective_to: Moment | None = None

    @model_validator(mode="after")
    def _selects_something(self) -> "Selector":
        names = [field.name for field in fields(self)]
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"a selector has at least one of {', '.join(names)}")
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
"""One event by its id, or all that a selector matches."""

ConditionAim = Annotated[
    Annotated[Slug, Tag("name")] | Annotated[ConditionSelector, Tag("selector")], Discriminator(_name_or_selector)
]
"""One condition by its name, or every one of a kind."""


# --- the changes ------------------------------------------------------------------------------------------------------


def _with_sources(fact: Any) -> Any:
    """Put a stand-in where an assumed fact, or the replacement in an assumed correction, gives no source."""
    if not isinstance(fact, dict):
        return fact
    if isinstance(fact.get("replacement"), dict):
        fact = {**fact, "replacement": _with_sources(fact["replacement"])}
    needs_none = fact.get("sources") or fact.get("type") in ("EventCorrected", "EventRetracted")
    return fact if needs_none else {**fact, "sources": (ASSUMED,)}


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Assume:
    """A fact holds that nobody has recorded; it needs no sources, and is known at every ``known_at``."""

    assume: Annotated[AnyFact, BeforeValidator(_with_sources)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Omit:
    """Events were never recorded; omitting a correction restores what it corrected."""

    omit: Aim


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Shift:
    """Facts hold from another time on: so many months and days later, or earlier where negative, or from ``to`` on.

    Aimed at one event, it shifts what corrects that event as well. A month's end stays within its month.
    """

    shift: Aim
    months: Annotated[StrictInt, Field(ge=-1_200, le=1_200)] | None = None
    days: Annotated[StrictInt, Field(ge=-36_500, le=36_500)] | None = None
    to: Moment | None = None

    @model_validator(mode="after")
    def _goes_one_way(self) -> "Shift":
        by = (self.months, self.days) != (None, None)
        if by == (self.to is not None):
            raise ValueError("a shift has either months and days, or to")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Alter:
    """Facts say something else: ``set`` gives fields other values, ``scale`` multiplies the quantity.

    Scaling rounds ``min`` down and ``max`` up. Aimed at one event, it alters what corrects that event as well.
    """

    alter: Aim
    set: Annotated[dict[str, JsonValue], Field(min_length=1, max_length=50)] | None = None
    scale: Annotated[float, Strict(), Field(ge=0, le=1_000, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _alters_something(self) -> "Alter":
        if self.set is None and self.scale is None:
            raise ValueError("an alteration has set, scale or both")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Decide:
    """A condition, or every condition of a kind, is decided from a time on: as many assumed facts as conditions."""

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
            custom_error_message=f"a change is an object with one of {', '.join(_FORMS)}",
        ),
    ],
)
Changes = Annotated[tuple[Change, ...], Field(max_length=MAX_CHANGES)]


# --- what a change does to one event ----------------------------------------------------------------------------------

FIXED = {
    "type": "omit the fact, and assume another",
    "event_id": "an event keeps its id",
    "sources": "when the public could know is not altered",
    "effective_at": "shift it",
    "corrects": "omit the fact, and assume another",
    "retracts": "omit the fact, and assume another",
    "event": "omit the fact, and assume another",
    "replacement": "aim at the fields of the replacement themselves",
}
"""Fields that no alteration sets, and what to do instead."""


def shift_event(event: Event, shift: Shift) -> Event | RuleBroken:
    """The event with another effective time."""
    content = content_of(event)
    if not isinstance(content, Fact):
        return FieldIsNotThere("what is about the record itself has no effective time", "/shift", (event.event_id,))
    try:
        effective_at = shift.to or move_moment(content.effective_at, shift.months or 0, shift.days or 0)
        return with_content(event, replace(content, effective_at=effective_at))
    except (ValueError, OverflowError):
        return LeavesTheCalendar(
            f"shifted so far, {content.effective_at} is outside the years that the ledger knows",
            "/shift",
            (event.event_id,),
        )


def alter_event(event: Event, alter: Alter) -> Event | RuleBroken:
    """The event with other values in the fields that it has of those to be set, and its quantity scaled."""
    content: Any = content_of(event)
    present = {field.name for field in fields(content)}
    for name in alter.set or ():
        if name in FIXED:
            return FieldIsNotAltered(f"{name} is not altered: {FIXED[name]}", f"/set/{name}")
        if name not in present:
            return FieldIsNotThere(f"a {content.type} has no field {name}", f"/set/{name}", (event.event_id,))
    if alter.scale is not None:
        quantity = getattr(content, "quantity", None)
        if quantity is None:
            return FieldIsNotThere(f"this {content.type} has no quantity", "/scale", (event.event_id,))
        content = replace(content, quantity=scale_quantity(quantity, alter.scale))
    if not alter.set:
        return with_content(event, content)
    item = FACT.dump_python(content, exclude_none=True) | alter.set
    try:
        return with_content(event, FACT.validate_python(item))
    except ValidationError as error:
        path = [str(step) for step in error.errors()[0]["loc"] if step != content.type]
        detail = f"no {content.type} has that value of {'.'.join(path)}" if path else f"it would be no {content.type}"
        return AlteredFactIsInvalid(detail, "/".join(("/set", *path)), (event.event_id,), error, item)


def scale_quantity(quantity: Quantity, factor: float) -> Quantity:
    """So many times the quantity: ``min`` rounded down, ``max`` rounded up; the factor counts as it is written."""
    if factor == 1:
        return quantity
    exact = Fraction(repr(factor))
    least = None if quantity.min is None else min(floor(quantity.min * exact), LARGEST)
    most = None if quantity.max is None else min(ceil(quantity.max * exact), LARGEST)
    return replace(quantity, min=least, max=most, text=None)


def move_moment(text: str, months: int, days: int) -> str:
    """A moment so many months, and then days, later; as precise as it was, a month moved by days as an interval.

    Raises ``ValueError`` or ``OverflowError`` outside the years that the ledger knows.
    """
    found = _move_instant(text, months, days) if "T" in text.upper() else _move_date(text, months, days)
    period(found)
    return found


def _move_date(text: str, months: int, days: int) -> str:
    first, last = _days_of(text)
    start = _move_day(first, months, days)
    is_day_or_days = len(text) > len("2025-04")
    if "/" not in text and (is_day_or_days or (days == 0 and (len(text) == len("2025-04") or months % 12 == 0))):
        return start.isoformat()[: len(text)]
    if is_day_or_days:
        return f"{start}/{_move_day(last, months, days)}"
    # A month or a year that no longer begins with its first day is an interval of days.
    return f"{start}/{_move_day(last + timedelta(days=1), months, days) - timedelta(days=1)}"


def _move_instant(text: str, months: int, days: int) -> str:
    in_utc = format_instant(period(text).start_us)
    return _move_day(date.fromisoformat(in_utc[:10]), months, days).isoformat() + in_utc[10:]


def _days_of(text: str) -> tuple[date, date]:
    start_us, end_us = period(text)
    return date.fromisoformat(format_instant(start_us)[:10]), date.fromisoformat(format_instant(end_us - 1)[:10])


def _move_day(day: date, months: int, days: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    last_day = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day)) + timedelta(days=days)


__all__ = [
    "ASSUMED",
    "DECIDING",
    "FIXED",
    "MAX_CHANGES",
    "MAX_TOUCHED_EVENTS",
    "Aim",
    "Alter",
    "AlteredFactIsInvalid",
    "Assume",
    "Change",
    "Changes",
    "ConditionSelector",
    "Decide",
    "FieldIsNotAltered",
    "FieldIsNotThere",
    "LeavesTheCalendar",
    "MatchesNothing",
    "NamesNothing",
    "Omit",
    "Selector",
    "Shift",
    "TouchesTooMuch",
    "alter_event",
    "move_moment",
    "scale_quantity",
    "shift_event",
]
