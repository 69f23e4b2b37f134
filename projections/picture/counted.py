"""What pledges count beside their parts and in their phases.

A pledge counts what its parts leave of it, as intervals, and each part counts for its own contributor. Of a pledge that
grows in phases, the phase that has begun is what can be available; what exceeds it comes later. The bounds of the two
add up to those of the whole: where a phase is stated less exactly than the pledge, its upper bound gives way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.concepts.pledges import PledgeState
from domain.quantities import Quantity, kind_of, less
from domain.times import period
from projections.confidence import Doubt
from projections.picture.figures import Bounds, SizedPledge, sized


class Counted(NamedTuple):
    """What a pledge counts, in people or in its own unit: in all, ``now`` (what can be available), and ``later`` (what
    exceeds that)."""

    whole: SizedPledge
    now: SizedPledge
    later: SizedPledge | None
    is_estimated: bool
    parts: tuple[str, ...] = ()


@dataclass(slots=True)
class CountedItem:
    """What a pledge with ``parts`` or phases counts in figures, in people or in its own unit: in all, ``now``, and
    ``later``; null if nothing of it is disclosed, or nothing comes later."""

    whole: Bounds | None
    now: Bounds | None
    later: Bounds | None
    parts: list[str]


def counted_item(its: Counted | None) -> CountedItem | None:
    """What a pledge counts, as answered."""
    if its is None:
        return None
    return CountedItem(_bounds(its.whole), _bounds(its.now), _bounds(its.later), list(its.parts))


def _bounds(size: SizedPledge | None) -> Bounds | None:
    return None if size is None or (size.undisclosed and size.max == 0) else Bounds(size.min, size.max)


def parts_among(pledges: Iterable[PledgeState]) -> dict[str, list[PledgeState]]:
    """The parts among some pledges in force."""
    parts: dict[str, list[PledgeState]] = {}
    for pledge in pledges:
        whole = pledge.details.part_of
        if whole is not None:
            parts.setdefault(whole, []).append(pledge)
    return parts


def has_begun(pledge: PledgeState, valid_us: int) -> bool:
    """Whether a pledge is not from a later date, by its own date or by its first phase."""
    if pledge.available_from is not None and period(pledge.available_from).start_us > valid_us:
        return False
    return not pledge.details.phases or _begun(pledge, valid_us) is not None


def counted(
    pledge: PledgeState, parts: Sequence[PledgeState], valid_us: int, doubt: Doubt | None = None
) -> Counted | None:
    """What a pledge counts beside its parts; ``None`` if it has neither parts nor phases: then it is its quantity."""
    phases = pledge.details.phases
    if not parts and not phases:
        return None
    alike = [part for part in parts if kind_of(part.quantity) == kind_of(pledge.quantity)]
    left = pledge.quantity
    for part in alike:
        left = less(left, part.quantity)
    whole = sized(pledge, left, doubt)
    names = tuple(part.pledge for part in alike)
    begun = _begun(pledge, valid_us)
    if begun is pledge.quantity or begun is None:
        return Counted(whole, whole, None, left.is_estimated, names)
    for part in alike:
        already = _begun(part, valid_us) if has_begun(part, valid_us) else None
        if already is not None:
            begun = less(begun, already)
    divided = _divided(whole, sized(pledge, begun, doubt), left.is_estimated or begun.is_estimated)
    return divided._replace(parts=names)


def _begun(pledge: PledgeState, valid_us: int) -> Quantity | None:
    """The latest phase that has begun, if any; all of a pledge without phases, or of which these count something else
    by now."""
    phases = pledge.details.phases
    if not phases or any(kind_of(phase.quantity) != kind_of(pledge.quantity) for phase in phases):
        return pledge.quantity
    begun = [phase.quantity for phase in phases if period(phase.from_).start_us <= valid_us]
    return begun[-1] if begun else None


def _divided(whole: SizedPledge, begun: SizedPledge, is_estimated: bool) -> Counted:
    """What a pledge counts, divided into what has begun of it and what exceeds that.

    An undisclosed rest comes on top of what has begun; with an undisclosed phase, all that is stated may come later.
    """
    if whole.undisclosed:
        return Counted(begun._replace(undisclosed=1), begun, whole, is_estimated)
    if begun.undisclosed:
        return Counted(whole, begun, whole, is_estimated)
    least = min(whole.min, begun.min)
    rest = whole.min - least
    if whole.max is None:
        return Counted(whole, begun._replace(min=least), whole._replace(min=rest), is_estimated)
    most = whole.max - rest if begun.max is None else min(begun.max, whole.max - rest)
    later = whole._replace(min=rest, max=whole.max - most)
    return Counted(whole, begun._replace(min=least, max=most), later if later.max else None, is_estimated)
