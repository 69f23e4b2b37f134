"""The forces of a pledge on the ground: how many in all, at each basing, and of each deployment.

Three sums are kept beside each other, since each can be known better than the parts that it is made of: of two
deployments of 100, a return of 100 leaves 100 in all, but 0 to 100 of either. All are intervals.
"""

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

from domain.quantities import Quantity, in_one_unit, is_nothing, less, plus, plus_all_in_one_unit, resized

MOST_TOLD_APART = 20
"""How many deployments at one place are told apart: of earlier ones that may still be there, only the sum is kept."""

EARLIER = ""
"""Stands for the deployments that are not told apart any more."""


class Deployment(NamedTuple):
    """What is left on the ground of one deployment, by the id of its event."""

    event_id: str
    quantity: Quantity


class ForcesAt(NamedTuple):
    """What is on the ground at one basing (``None``: the basing is not stated), and of which deployments."""

    basing: str | None
    quantity: Quantity
    deployments: tuple[Deployment, ...]


class Forces(NamedTuple):
    """What is on the ground in all, in the pledge's own unit or in people, and where."""

    total: Quantity
    places: tuple[ForcesAt, ...]

    @property
    def are_there(self) -> bool:
        """Whether any may be on the ground."""
        return not is_nothing(self.total)

    def at(self, basing: str | None) -> ForcesAt | None:
        """The forces at a basing."""
        return next((place for place in self.places if place.basing == basing), None)

    def deployment(self, event_id: str) -> Deployment | None:
        """What is left of a deployment."""
        found = (one for place in self.places for one in place.deployments if one.event_id == event_id)
        return next(found, None)

    def most_from(self, basing: str | None) -> Quantity | None:
        """What can return from a basing: what is there, and what is somewhere; ``None`` if there is nothing."""
        places = (self.at(basing), self.at(None)) if basing is not None else ()
        there = [place.quantity for place in places if place is not None]
        return reduce(plus, there) if there else None


def deployed(forces: Forces | None, event_id: str, quantity: Quantity, basing: str | None) -> Forces:
    """The forces after more have come."""
    arrival = Deployment(event_id, quantity)
    if forces is None or not forces.are_there:
        return Forces(quantity, (ForcesAt(basing, quantity, (arrival,)),))
    there = forces.at(basing)
    place = (
        ForcesAt(basing, quantity, (arrival,))
        if there is None
        else ForcesAt(basing, plus(there.quantity, quantity), _told_apart((*there.deployments, arrival)))
    )
    return Forces(plus(forces.total, quantity), _with(forces.places, place))


def arrived(deployments: Iterable[tuple[str | None, Deployment]]) -> Forces:
    """The forces after deployments in one unit, each with its basing, if nothing was there before."""
    by_place: dict[str | None, list[Deployment]] = {}
    for basing, one in deployments:
        by_place.setdefault(basing, []).append(one)
    places = tuple(
        ForcesAt(basing, plus_all_in_one_unit([one.quantity for one in some]), _told_apart(tuple(some)))
        for basing, some in by_place.items()
    )
    return Forces(plus_all_in_one_unit([place.quantity for place in places]), places)


def joined(forces: Forces | None, others: Forces, *, all_arrived: bool = False) -> Forces:
    """The forces after others have ``arrived`` as well; with ``all_arrived``, these did so too, and none have left."""
    if forces is None or not forces.are_there:
        return others
    places = forces.places
    for place in others.places:
        there = forces.at(place.basing)
        places = _with(places, place if there is None else _both_at(there, place, all_arrived))
    return Forces(plus(forces.total, others.total), places)


def _both_at(there: ForcesAt, arrived: ForcesAt, all_arrived: bool) -> ForcesAt:
    quantity = plus(there.quantity, arrived.quantity)
    if all_arrived and len(arrived.deployments) == MOST_TOLD_APART:
        first, *others = arrived.deployments
        earlier = Deployment(EARLIER, plus(there.quantity, first.quantity))  # the sum at a place is that of its parts
        return ForcesAt(there.basing, quantity, (earlier, *others))
    return ForcesAt(there.basing, quantity, _told_apart((*there.deployments, *arrived.deployments)))


def _told_apart(deployments: tuple[Deployment, ...]) -> tuple[Deployment, ...]:
    """The last of some deployments, and the sum of earlier ones if there are too many."""
    if len(deployments) <= MOST_TOLD_APART:
        return deployments
    earlier, others = deployments[: 1 - MOST_TOLD_APART], deployments[1 - MOST_TOLD_APART :]
    return (Deployment(EARLIER, plus_all([one.quantity for one in earlier])), *others)


def reported(forces: Forces | None, event_id: str, quantity: Quantity, basing: str | None) -> Forces:
    """The forces after a report of how many there are, in all or at a basing.

    One deployment keeps its name; how several share in the number is not known any more, nor where they are, if a
    report of all names no basing.
    """
    if forces is None or not forces.are_there:
        return deployed(None, event_id, quantity, basing)
    if basing is None:
        deployments = tuple(one for place in forces.places for one in place.deployments)
        where = forces.places[0].basing if len(forces.places) == 1 else None
        return Forces(quantity, _some(ForcesAt(where, quantity, _sharing(deployments, quantity, event_id))))
    there = forces.at(basing)
    place = ForcesAt(basing, quantity, _sharing(there.deployments if there else (), quantity, event_id))
    others = tuple(other for other in forces.places if other.basing != basing)
    if not others:
        return Forces(quantity, _some(place))
    rest = plus_all(other.quantity for other in others)
    if there is not None:
        rest = _tighter(rest, less(forces.total, there.quantity))
    return Forces(plus(rest, quantity), (*others, *_some(place)))


def _sharing(deployments: tuple[Deployment, ...], quantity: Quantity, event_id: str) -> tuple[Deployment, ...]:
    if len(deployments) < 2:
        return (Deployment(deployments[0].event_id if deployments else event_id, quantity),)
    share = quantity if quantity.is_undisclosed else resized(quantity, 0, quantity.max)
    names = [one.event_id for one in deployments if one.event_id != EARLIER]
    if len(names) < len(deployments) or len(names) > MOST_TOLD_APART:
        names = [EARLIER, *names[1 - MOST_TOLD_APART :]]
    return tuple(Deployment(name, share) for name in names)


def returned(forces: Forces, quantity: Quantity, basing: str | None) -> Forces:
    """The forces after some have left. Where no basing is named, it may have been any; where one is, what was not there
    left from where none is stated."""
    total = less(forces.total, quantity)
    if basing is None:
        places = [_loosened_at(place, quantity, total) for place in forces.places]
    else:
        there = forces.at(basing)
        beyond = quantity if there is None else less(quantity, there.quantity)
        taken = {basing: quantity, None: beyond}
        places = [_taken_at(place, taken.get(place.basing), total) for place in forces.places]
    return Forces(total, () if is_nothing(total) else tuple(part for place in places for part in _some(place)))


def _loosened_at(place: ForcesAt, taken: Quantity, within: Quantity) -> ForcesAt:
    left = _loosened(place.quantity, taken, within)
    return ForcesAt(place.basing, left, _loosened_each(place.deployments, taken, left))


def _taken_at(place: ForcesAt, taken: Quantity | None, within: Quantity) -> ForcesAt:
    left = _within(place.quantity if taken is None else less(place.quantity, taken), within)
    if taken is None:
        deployments = tuple(Deployment(one.event_id, _within(one.quantity, left)) for one in place.deployments)
        return ForcesAt(place.basing, left, deployments)
    return ForcesAt(place.basing, left, _loosened_each(place.deployments, taken, left))


def _loosened_each(deployments: tuple[Deployment, ...], taken: Quantity, within: Quantity) -> tuple[Deployment, ...]:
    if len(deployments) == 1:
        return (Deployment(deployments[0].event_id, within),)
    loosened = (Deployment(one.event_id, _loosened(one.quantity, taken, within)) for one in deployments)
    return tuple(one for one in loosened if not is_nothing(one.quantity))


def _loosened(part: Quantity, taken: Quantity, within: Quantity) -> Quantity:
    """A part of a sum from which something was taken, from any of its parts: at least what all of it leaves."""
    return _within(_with_least(less(part, taken), part), within)


def _with_least(lower: Quantity, upper: Quantity) -> Quantity:
    lower, upper = in_one_unit(lower, upper)
    return lower if lower.is_undisclosed else resized(lower, lower.min, upper.max)


def _within(part: Quantity, whole: Quantity) -> Quantity:
    """A part, at most as large as the whole can be."""
    if whole.max is None:
        return part
    part, whole = in_one_unit(part, whole)
    if part.max is not None and whole.max is not None and part.max <= whole.max:
        return part
    return resized(part, min(part.min or 0, whole.max or 0), whole.max)


def left_from(forces: Forces, basing: str) -> Forces:
    """The forces after all have left a basing; if none are known there, some of those whose basing is not stated."""
    there = forces.at(basing)
    if there is None:
        return returned(forces, resized(forces.total, None, None), basing)
    return _without(forces, there.quantity, tuple(place for place in forces.places if place is not there))


def left_whole(forces: Forces, event_id: str) -> Forces:
    """The forces after those of one deployment have left."""
    places = []
    gone: Quantity | None = None
    for place in forces.places:
        leaving = next((one.quantity for one in place.deployments if one.event_id == event_id), None)
        if leaving is None:
            places.append(place)
            continue
        gone = leaving
        staying = tuple(one for one in place.deployments if one.event_id != event_id)
        if staying:
            left = _tighter(plus_all(one.quantity for one in staying), less(place.quantity, leaving))
            places.append(ForcesAt(place.basing, left, staying))
    assert gone is not None
    return _without(forces, gone, tuple(part for place in places for part in _some(place)))


def all_left(forces: Forces) -> Forces:
    """The forces after all have left."""
    return Forces(resized(forces.total, 0, 0), ())


def _without(forces: Forces, gone: Quantity, places: tuple[ForcesAt, ...]) -> Forces:
    if not places:
        return all_left(forces)
    return Forces(_tighter(plus_all(place.quantity for place in places), less(forces.total, gone)), places)


def _tighter(sum_of_rest: Quantity, difference: Quantity) -> Quantity:
    """Two intervals that hold the same number: what both allow."""
    if sum_of_rest.is_undisclosed or difference.is_undisclosed:
        return sum_of_rest
    rest, other = in_one_unit(sum_of_rest, difference)
    least = max(rest.min or 0, other.min or 0)
    bounds = [bound for bound in (rest.max, other.max) if bound is not None]
    most = min(bounds) if bounds else None
    return rest if most is not None and least > most else resized(rest, least, most)


def plus_all(quantities: Iterable[Quantity]) -> Quantity:
    """The sum of one or more quantities of one kind."""
    return reduce(plus, quantities)


def _with(places: tuple[ForcesAt, ...], changed: ForcesAt) -> tuple[ForcesAt, ...]:
    if all(place.basing != changed.basing for place in places):
        return (*places, changed)
    return tuple(changed if place.basing == changed.basing else place for place in places)


def _some(place: ForcesAt) -> tuple[ForcesAt, ...]:
    return () if is_nothing(place.quantity) else (place,)


__all__ = [
    "Deployment",
    "Forces",
    "ForcesAt",
    "all_left",
    "arrived",
    "deployed",
    "joined",
    "left_from",
    "left_whole",
    "plus_all",
    "reported",
    "returned",
]
