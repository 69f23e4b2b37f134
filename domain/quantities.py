"""Quantities: ranges with a unit, and the interval arithmetic behind withdrawals and shortfalls.

If ``max`` is null, a range is open-ended ("at least"); if only ``min`` is null, it is "up to"; if both are null, it is
undisclosed. The arithmetic is that of intervals, ``{a,b} - {c,d} = {max(0, a-d), max(0, b-c)}``.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import SchemaValidator, core_schema

from domain.vocabulary import CountedUnit, Formation, Measure

DEFINITIONS = 2
"""The version of the published definitions behind all figures: the table below and the rules of what counts."""

PERSONNEL_PER_FORMATION: dict[Formation, tuple[int, int]] = {
    "company": (100, 250),
    "battalion": (300, 1_000),
    "brigade": (3_000, 5_000),
    "division": (10_000, 20_000),
    "formed_unit": (120, 160),
}
"""The people in one formation, at least and at most; figures that use it are flagged as estimated.

The formed unit, as a formed police unit, joined with definitions 2; the others are as in definitions 1."""

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact (RFC 8259, section 6)."""

CURRENCIES: frozenset[str] = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
    "KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN "
    "NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW "
    "UZS VED VES VND VUV WST XAF XAG XAU XCD XDR XOF XPD XPF XPT XSU YER ZAR ZMW ZWG".split()
)
"""ISO 4217 codes in use."""

_DECIMALS: dict[str, int] = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XAG XAU XDR XOF XPD XPF XPT XSU".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def decimals_of(currency: str) -> int:
    """How many decimals amounts of a currency can have: its minor unit by ISO 4217."""
    return _DECIMALS.get(currency, 2)


MOST_DIGITS = 15
"""The digits of a number with decimals that every JSON reader keeps exact, as an IEEE 754 double does."""

UNITS: tuple[str, ...] = ("personnel", *get_args(Formation), *get_args(CountedUnit))


def _known_unit(text: str) -> str:
    if text not in UNITS and text not in CURRENCIES:
        raise ValueError(f"unknown unit; choose one of {', '.join(UNITS)}, or an ISO 4217 currency code")
    return text


Unit = Annotated[
    str,
    AfterValidator(_known_unit),
    Field(
        max_length=20, examples=["personnel"], description=f"One of {', '.join(UNITS)}, or an ISO 4217 currency code."
    ),
]
if TYPE_CHECKING:
    Number = int
else:
    Number = int | Annotated[Decimal, PlainSerializer(float, return_type=float)]
"""A whole number, or a ``Decimal`` if it is money with decimals. Both are exact, add up, and compare with each other.

In JSON it is a number: a double writes at least 15 digits as they were. To the type checker it is a whole number, as it
is everywhere but in money."""


class _Fraction(NamedTuple):
    """A number with decimals that is to become an amount of a currency."""

    value: float
    currency: str

    def exact(self) -> "int | Decimal":
        """The number as written; raises ``ValueError`` if the currency has no amounts so small."""
        if self.value.is_integer():
            return int(_WHOLE.validate_python(int(self.value)))
        exact = Decimal(repr(self.value))
        most = decimals_of(self.currency)
        _, digits, exponent = exact.as_tuple()
        if isinstance(exponent, int) and -exponent > most:
            allowed = f"at most {most} decimals" if most else "no decimals"
            raise ValueError(f"an amount of {self.currency} has {allowed}")
        if not 0 <= exact <= LARGEST or len(digits) > MOST_DIGITS:
            raise ValueError(f"an amount with decimals is at least 0 and has at most {MOST_DIGITS} digits")
        return exact


_WHOLE = SchemaValidator(core_schema.int_schema(strict=True, ge=0, le=LARGEST))


def _amount(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    if type(value) is _Fraction:
        return value.exact()
    return value if type(value) is Decimal else _WHOLE.validate_python(value)


def in_smallest(count: int, smallest: int) -> Number:
    """So many of the smallest units of a currency, of which ``smallest`` (a power of ten) make one: exactly."""
    whole, rest = divmod(count, smallest)
    return whole if rest == 0 else Decimal(count) / smallest  # type: ignore[return-value]


def exact_number(value: float) -> Number:
    """A number that was stored as JSON, exactly as it was."""
    return value if type(value) is int else Decimal(repr(value))  # type: ignore[return-value]


Amount = Annotated[
    Number,
    WrapValidator(_amount),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": LARGEST}),
]
"""A number of a quantity: whole, or with as many decimals as the currency has."""


Whole = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
"""A number of what can only be counted."""


class Range(NamedTuple):
    """A lower and an upper bound; an upper bound of ``None`` is open-ended. Sums and differences consist of these."""

    min: Number
    max: Number | None

    def __add__(self, other: object) -> "Range":
        if not isinstance(other, Range):
            return NotImplemented
        return Range(self.min + other.min, None if self.max is None or other.max is None else self.max + other.max)


NOTHING = Range(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Quantity:
    """A range of one unit: open-ended if ``max`` is null, "up to" if only ``min`` is null, undisclosed if both are.

    ``text`` keeps the source's words. ``measure`` is ``cumulative`` for a total over rotations, which enters no sum.
    """

    min: Amount | None = None
    max: Amount | None = None
    unit: Unit
    approximate: StrictBool | None = None
    text: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    measure: Measure | None = None

    @model_validator(mode="before")
    @classmethod
    def _exact_money(cls, data: Any) -> Any:
        """Only money can have decimals; what is no whole number of anything else stays a fault."""
        if isinstance(data, dict) and (float in map(type, data.values())) and data.get("unit") in CURRENCIES:
            return {
                name: _Fraction(value, data["unit"]) if name in ("min", "max") and type(value) is float else value
                for name, value in data.items()
            }
        return data

    @field_validator("max")
    @classmethod
    def _not_below_the_min(cls, most: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min")
        if most is not None and least is not None and least > most:
            raise ValueError("max must not be less than min")
        return most

    @property
    def is_undisclosed(self) -> bool:
        return self.min is None and self.max is None

    @property
    def is_cumulative(self) -> bool:
        return self.measure == "cumulative"

    @property
    def is_in_people(self) -> bool:
        """Whether it can enter a size: personnel or formations, in place at one time."""
        return (self.unit == "personnel" or self.unit in PERSONNEL_PER_FORMATION) and self.measure != "cumulative"

    @property
    def is_estimated(self) -> bool:
        """Whether its size in people comes from the table of formations."""
        return self.unit in PERSONNEL_PER_FORMATION


class Converted(Quantity):
    """A quantity in people that comes in part from formations, converted by the table: so it is an estimate."""

    __slots__ = ()

    @property
    def is_estimated(self) -> bool:
        return True


class Assumed(Quantity):
    """A size in people that is assumed for a pledge whose own is undisclosed."""

    __slots__ = ()


def assumed_size(least: int, most: int) -> Assumed:
    """The quantity that such a pledge counts as."""
    size = object.__new__(Assumed)
    _filled(size, Quantity(unit="personnel"), least, most, "personnel")
    return size


def kind_of(quantity: Quantity) -> tuple[str, bool]:
    """What it counts, and whether over rotations: people and formations are one kind, so they add up."""
    unit = "personnel" if quantity.unit in PERSONNEL_PER_FORMATION else quantity.unit
    return unit, quantity.is_cumulative


def disclosed_range(quantity: Quantity) -> Range | None:
    """The range in the quantity's own unit, ``None`` if it is undisclosed; an "up to" starts at 0."""
    if quantity.min is None and quantity.max is None:
        return None
    return Range(quantity.min or 0, quantity.max)


def in_personnel(quantity: Quantity) -> Range | None:
    """The range in people, formations converted by the published table; ``None`` if it is undisclosed."""
    stated = disclosed_range(quantity)
    formation = PERSONNEL_PER_FORMATION.get(quantity.unit)  # type: ignore[call-overload]
    if stated is None or formation is None:
        return stated
    fewest, most = formation
    return Range(stated.min * fewest, None if stated.max is None else stated.max * most)


def less(whole: Quantity, part: Quantity) -> Quantity:
    """What is left of ``whole`` after ``part`` is subtracted, as intervals.

    An open ``whole.max`` stays open; an open ``part.max`` leaves a lower bound of 0; undisclosed minus anything stays
    undisclosed; disclosed minus undisclosed leaves 0 to the whole's max. ``exceeds`` says whether there was enough.
    People and formations are first converted into people.
    """
    if whole.is_undisclosed:
        return whole
    whole, part = in_one_unit(whole, part)
    if part.is_undisclosed:
        return resized(whole, 0, whole.max)
    least = 0 if part.max is None else max(0, (whole.min or 0) - part.max)
    most = None if whole.max is None else max(0, whole.max - (part.min or 0))
    return resized(whole, least, most)


def plus(whole: Quantity, part: Quantity) -> Quantity:
    """The sum of both, of one kind; an undisclosed part makes it open-ended above what is disclosed."""
    if whole.is_undisclosed and part.is_undisclosed:
        return whole
    whole, part = in_one_unit(whole, part)
    least = (whole.min or 0) + (part.min or 0)
    known = not whole.is_undisclosed and not part.is_undisclosed and whole.max is not None and part.max is not None
    return resized(whole, least, (whole.max or 0) + (part.max or 0) if known else None)


def plus_all_in_one_unit(quantities: Sequence[Quantity]) -> Quantity:
    """The sum of one or more quantities in one unit, as ``plus`` adds them one after another."""
    first = quantities[0]
    if len(quantities) == 1 or all(quantity.is_undisclosed for quantity in quantities):
        return first
    upper = [quantity.max for quantity in quantities if quantity.max is not None]
    most = sum(upper) if len(upper) == len(quantities) else None
    return resized(first, sum(quantity.min or 0 for quantity in quantities), most)


def exceeds(part: Quantity, whole: Quantity) -> bool:
    """Whether ``part`` (``{c,d}``) takes more than ``whole`` (``{a,b}``) can hold: ``d > b``, or ``c > b`` if ``d`` is
    open, or only our estimate of a formation among people."""
    if whole.max is None or part.is_undisclosed:
        return False
    is_our_estimate = part.unit != whole.unit and part.is_estimated
    whole, part = in_one_unit(whole, part)
    assert whole.max is not None
    return (part.min or 0) > whole.max if part.max is None or is_our_estimate else part.max > whole.max


def in_one_unit(one: Quantity, other: Quantity) -> tuple[Quantity, Quantity]:
    """Two quantities of one kind, in people if they are in people and formations."""
    if one.unit == other.unit and one.is_estimated == other.is_estimated:
        return one, other
    return _in_people(one), _in_people(other)


def _in_people(quantity: Quantity) -> Quantity:
    """The quantity in people, as an estimate: it is to be added to what is converted, or is so itself."""
    people = in_personnel(quantity)
    converted: Quantity = object.__new__(Converted)
    least, most = (None, None) if people is None else people
    return _filled(converted, quantity, least, most, "personnel")


def in_words(amount: Number, unit: str) -> str:
    """An amount with its unit, for a refusal: ``1,200 people``, ``2 batteries``, ``EUR 5,000,000``."""
    if unit in CURRENCIES:
        return f"{unit} {amount:,}" if amount == int(amount) else f"{unit} {amount:,.{decimals_of(unit)}f}"
    if unit == "personnel":
        return f"{amount:,} people"
    return f"{amount:,} {unit if amount == 1 else _PLURALS.get(unit, f'{unit}s')}".replace("_", " ")


_PLURALS = {"company": "companies", "battery": "batteries", "facility": "facilities", "aircraft": "aircraft"}


def is_nothing(quantity: Quantity) -> bool:
    """Whether its upper bound is 0."""
    return quantity.max == 0


def resized(quantity: Quantity, least: Number | None, most: Number | None) -> Quantity:
    """The quantity with other bounds and without its ``text``; its parts are valid, so it is not validated again."""
    return _filled(object.__new__(type(quantity)), quantity, least, most, quantity.unit)


def _filled(new: Quantity, like: Quantity, least: Number | None, most: Number | None, unit: str) -> Quantity:
    _set(new, "min", least)
    _set(new, "max", most)
    _set(new, "unit", unit)
    _set(new, "approximate", like.approximate)
    _set(new, "text", None)
    _set(new, "measure", like.measure)
    return new


_set = object.__setattr__
