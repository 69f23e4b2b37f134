"""The oracle's sizes: what pledges count beside their parts and in their phases, and sums over them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.oracle.fold import moment
from tests.oracle.pledges import PEOPLE, Amount, Extent, amount_of, kind, less

Pledges = dict[str, dict[str, Any]]


class Figure(NamedTuple):
    """A range of one unit, the pledges that it sums, their contributors, the number of undisclosed pledges, that of
    disputed ones, and the range of those that rest on leaks alone."""

    min: int
    max: int | None
    pledges: int
    contributors: int
    undisclosed: int
    disputed: int
    leak_only: tuple[int, int | None]


class Share(NamedTuple):
    """What one pledge adds to a figure: bounds, and whether some of it is undisclosed."""

    contributor: str
    unit: str
    min: int
    max: int | None
    undisclosed: bool
    is_disputed: bool
    is_leaked: bool


def total(shares: Iterable[Share]) -> Figure:
    some = list(shares)
    return Figure(
        *_bounds(some), len(some), len({share.contributor for share in some}), sum(one.undisclosed for one in some),
        sum(one.is_disputed for one in some), _bounds([share for share in some if share.is_leaked]),
    )  # fmt: skip


def _bounds(shares: list[Share]) -> tuple[int, int | None]:
    is_open = any(share.max is None for share in shares)
    return sum(share.min for share in shares), None if is_open else sum(share.max or 0 for share in shares)


def share_of(pledge: dict[str, Any], part: str) -> Share:
    """An amount of a pledge as it stands; formations as people."""
    return _share(pledge, pledge[part])


def _share(pledge: dict[str, Any], amount: Amount) -> Share:
    unit, (least, most) = in_kind(amount)
    is_undisclosed = (least, most) == (None, None)
    bounds = (0, 0) if is_undisclosed else (least or 0, most)
    return Share(pledge["contributor"], unit, *bounds, is_undisclosed, pledge["is_disputed"], pledge["is_leaked"])


def in_kind(amount: Amount) -> tuple[str, Extent]:
    """An extent in the unit of its kind: formations are people."""
    if amount.unit not in PEOPLE:
        return amount.unit, amount.extent
    few, many = PEOPLE[amount.unit]
    least, most = amount.extent
    return "personnel", (None if least is None else least * few, None if most is None else most * many)


class Counted(NamedTuple):
    """What a pledge counts: in all, now (what can be available), and later (what exceeds that)."""

    all: Share
    now: Share
    later: Share | None
    estimated: bool


def counted(pledges: Pledges, name: str, valid_us: int) -> Counted:
    """What a standing pledge counts: what its parts leave of it, as far as its phases have begun, and what is left."""
    pledge = pledges[name]
    parts = [part for part in pledges.values() if part["part_of"] == name and _is_alike(part, pledge)]
    left = pledge["quantity"]
    for part in parts:
        left = less(left, part["quantity"])
    begun = begun_of(pledge, valid_us)
    whole = _share(pledge, left)
    if not phases_of(pledge) or begun is None:
        return Counted(whole, whole, None, left.estimated)
    for part in parts:
        already = None if _is_ahead(part, valid_us) else begun_of(part, valid_us)
        if already is not None:
            begun = less(begun, already)
    return _split(whole, _share(pledge, begun), left.estimated or begun.estimated)


def _is_alike(part: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether both are counted in the same: people and formations are one kind, totals over rotations another."""
    return (kind(part["quantity"].unit), part["measure"] == "cumulative") == (
        kind(whole["quantity"].unit),
        whole["measure"] == "cumulative",
    )


def _is_ahead(pledge: dict[str, Any], valid_us: int) -> bool:
    return pledge["available_from"] is not None and moment(pledge["available_from"])[0] > valid_us


def begun_of(pledge: dict[str, Any], valid_us: int) -> Amount | None:
    """The latest phase that has begun, if any; all of a pledge without phases."""
    if not phases_of(pledge):
        amount: Amount = pledge["quantity"]
        return amount
    begun = [phase for phase in phases_of(pledge) if moment(phase.from_)[0] <= valid_us]
    return amount_of(begun[-1].quantity) if begun else None


def phases_of(pledge: dict[str, Any]) -> tuple[Any, ...]:
    """The phases of a pledge; none if it is counted in something else by now."""
    now = kind(pledge["quantity"].unit), pledge["measure"] == "cumulative"
    alike = all((kind(one.quantity.unit), one.quantity.measure == "cumulative") == now for one in pledge["phases"])
    return tuple(pledge["phases"]) if alike else ()


def is_upcoming(pledge: dict[str, Any], valid_us: int) -> bool:
    return _is_ahead(pledge, valid_us) or begun_of(pledge, valid_us) is None


def _split(whole: Share, begun: Share, estimated: bool) -> Counted:
    """Divide what is left of a pledge into what has begun and what exceeds it: their bounds add up to the whole's."""
    if whole.undisclosed:
        return Counted(begun._replace(undisclosed=True), begun, whole, estimated)
    if begun.undisclosed:
        return Counted(whole, begun, whole, estimated)
    least = min(whole.min, begun.min)
    rest = whole.min - least
    if whole.max is None:
        now, later = begun._replace(min=least), whole._replace(min=rest)
        return Counted(whole, now, later, estimated)
    most = min(whole.max if begun.max is None else begun.max, whole.max - rest)
    now, later = begun._replace(min=least, max=most), whole._replace(min=rest, max=whole.max - most)
    return Counted(whole, now, None if later.max == 0 else later, estimated)
