"""Pledges in groups, by the figures that they enter: in all, by contributor, by capability, by place, and as aid."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from domain.concepts.pledges import PledgeState
from domain.quantities import CURRENCIES, is_nothing
from domain.vocabulary import FIRM_LEVELS, Level
from projections.confidence import Doubt
from projections.picture.cascade import PledgeStanding, ResolvedPledge
from projections.picture.counted import Counted
from projections.picture.figures import (
    NO_FIGURE,
    NO_LEVELLED_FIGURE,
    ByLevel,
    Figure,
    Figures,
    FiguresInUnit,
    MoneyFigures,
    SizedPledge,
    UnitFigures,
    disbursed_money,
    figure_of,
    in_own_unit,
    in_people,
    levelled_figure_of,
    sized,
)
from projections.picture.scene import Scene

# --- entries ----------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """The figures that a pledge enters, and the size with which it does."""

    figures: tuple[str, ...]
    part: SizedPledge
    place: str | None = None
    """The basing, if the figures are those of a place; else they are those of the pledge's own groups."""


Entries = tuple[Entry, ...]


def remainder(waiting: ResolvedPledge, standing: PledgeStanding | None, is_moving: bool) -> Entries:
    """How the remainder of a pledge enters the figures."""
    pledge = waiting.pledge
    quantity = pledge.quantity
    if waiting.counted is not None:
        return _counted_remainder(waiting, waiting.counted, standing, is_moving)
    if quantity.is_in_people:
        part = waiting.people or in_people(pledge, waiting.doubt)
        return (Entry(_entered(pledge.level, standing, quantity.is_estimated, is_moving), part),)
    if waiting.is_firm and not quantity.is_cumulative:
        return (Entry(_entered_in(quantity.unit, pledge.level, standing), in_own_unit(pledge, waiting.doubt)),)
    return ()


def _counted_remainder(
    waiting: ResolvedPledge, its: Counted, standing: PledgeStanding | None, is_moving: bool
) -> Entries:
    """How a pledge with parts or phases enters the figures: what exceeds a phase is upcoming."""
    level, quantity = waiting.pledge.level, waiting.pledge.quantity
    if quantity.is_in_people:
        entered = _entered(level, standing, its.is_estimated, is_moving)
        of_now: tuple[str, ...] = tuple(name for name in entered if name.startswith(("available", "if_all_move")))
        of_later: tuple[str, ...] = ("upcoming", f"upcoming {level}")
    elif waiting.is_firm and not quantity.is_cumulative:
        entered = _entered_in(quantity.unit, level, standing)
        of_now, of_later = tuple(name for name in entered if name.endswith("/available")), ()
    else:
        return ()
    entries = [Entry(tuple(name for name in entered if name not in of_now), its.whole), Entry(of_now, its.now)]
    if standing == "available" and its.later is not None:
        entries.append(Entry(of_later, its.later))
    return tuple(entry for entry in entries if entry.figures)


UNSTATED = "unstated"
"""The place of forces whose basing no source states."""


def on_the_ground(pledge: PledgeState, doubt: Doubt | None) -> Entries:
    """How the deployed part of a pledge enters the figures, or what was paid of it; ``doubt`` is what is doubtful
    about the pledge."""
    deployed, disbursed = pledge.deployed, pledge.details.disbursed
    if deployed is None and disbursed is None:
        return ()
    if doubt is not None and doubt.is_assumed:
        doubt = doubt._replace(is_assumed=False)  # what is there is not what is assumed
    if disbursed is not None and not disbursed.is_cumulative:
        return (Entry((f"{disbursed.unit}/disbursed",), disbursed_money(pledge, doubt)),)
    if deployed is None or is_nothing(deployed) or deployed.is_cumulative or deployed.unit in CURRENCIES:
        return ()
    name = "deployed" if deployed.is_in_people else f"{deployed.unit}/deployed"
    whole = Entry((name,), sized(pledge, deployed, doubt))
    if pledge.purpose != "force":
        return (whole,)
    places = ((place.basing or UNSTATED, place.quantity) for place in pledge.forces)
    return (whole, *(Entry((name,), sized(pledge, quantity, doubt), place) for place, quantity in places))


@cache
def _entered(level: Level, standing: PledgeStanding | None, is_estimated: bool, is_moving: bool) -> tuple[str, ...]:
    """The figures that the remainder of a pledge in people enters; it has no standing unless it is firm."""
    entered: list[str] = [level]
    if standing is not None:
        entered += [standing, f"{standing} {level}"]
        if is_estimated:
            entered.append("estimated")
    if is_moving:
        entered.append("if_all_move")
    return tuple(entered)


@cache
def _entered_in(unit: str, level: Level, standing: PledgeStanding | None) -> tuple[str, ...]:
    """The figures that the remainder of a pledge that is at least pledged enters in another unit."""
    is_so = {"pledged": True, "binding": level in BINDING, "available": standing == "available"}
    return tuple(f"{unit}/{name}" for name, applies in is_so.items() if applies)


BINDING: tuple[Level, ...] = ("committed", "assigned")


# --- groups -----------------------------------------------------------------------------------------------------------


class FigureGroup:
    """Some pledges in each figure that they enter, and the figures that were summed since the last change.

    Those in people are in the figures of ``Figures``, and by level in those of its states; others in ``unit/figure``.
    """

    __slots__ = ("parts", "summed")

    def __init__(self) -> None:
        self.parts: defaultdict[str, list[SizedPledge]] = defaultdict(list)
        self.summed: dict[str, Any] = {}

    def copy(self) -> "FigureGroup":
        """A group of the same pledges that can change independently."""
        group = FigureGroup()
        group.parts.update({figure: [*pledges] for figure, pledges in self.parts.items() if pledges})
        group.summed = dict(self.summed)
        return group

    def remove(self, part: SizedPledge, figures: Iterable[str]) -> None:
        """Take a pledge out of some figures. It is looked for from the end: what is removed was mostly added lately."""
        for figure in figures:
            pledges = self.parts[figure]
            del pledges[-1 - pledges[::-1].index(part)]
        self.forget(figures)

    def forget(self, figures: Iterable[str]) -> None:
        """Have some figures summed again when they are next asked for."""
        for figure in figures:
            self.summed.pop(figure, None)

    @property
    def is_empty(self) -> bool:
        """Whether no pledge is in it."""
        return not any(self.parts.values())

    def figure(self, name: str) -> Any:
        """One figure by its name."""
        found = self.summed.get(name)
        if found is None:
            pledges = self.parts.get(name, ())
            levels = _SPLIT_BY_LEVEL.get(name)
            if levels is None:
                found = figure_of(pledges)
            elif pledges:
                found = levelled_figure_of(pledges, ByLevel(*[self._of_level(*one) for one in levels]))
            else:
                found = NO_LEVELLED_FIGURE
            self.summed[name] = found
        return found

    def _of_level(self, level: Level, at_level: str) -> Figure:
        """The part of a figure at one level: often all that is at that level, which is summed once."""
        pledges = self.parts.get(at_level)
        if not pledges:
            return NO_FIGURE
        return self.figure(level) if pledges == self.parts.get(level) else figure_of(pledges)

    def figures(self) -> Figures:
        """All its figures."""
        figures: dict[str, Any] = dict(_NO_FIGURES)
        units: set[str] = set()
        for name, pledges in self.parts.items():
            if name in figures:
                figures[name] = self.figure(name)
            elif pledges and "/" in name:
                units.add(name.partition("/")[0])
        return Figures(**figures, other_units={unit: self.in_unit(unit) for unit in sorted(units)})

    def units(self) -> list[str]:
        """The units in which something is pledged, or there; ``personnel`` for people and formations."""
        units: set[str] = set()
        for name, pledges in self.parts.items():
            if pledges and "/" in name:
                units.add(name.partition("/")[0])
            elif pledges and name in _IN_PEOPLE:
                units.add("personnel")
        return sorted(units)

    def in_unit(self, unit: str) -> FiguresInUnit:
        """What there is in one unit, ``personnel`` for people and formations."""
        if unit == "personnel":
            return UnitFigures(
                self._at_levels(FIRM_LEVELS), self._at_levels(BINDING), _plain(self.figure("available")),
                self.figure("deployed"),
            )  # fmt: skip
        pledged, binding, available = (self.figure(f"{unit}/{name}") for name in ("pledged", "binding", "available"))
        if unit in CURRENCIES:
            return MoneyFigures(pledged, binding, available, self.figure(f"{unit}/disbursed"))
        return UnitFigures(pledged, binding, available, self.figure(f"{unit}/deployed"))

    def _at_levels(self, levels: tuple[Level, ...]) -> Figure:
        """The pledges at some levels; summed again only if a figure of one of the levels was."""
        summed = [self.figure(level) for level in levels]
        some = [figure for figure in summed if figure.pledges]
        if len(some) <= 1:
            return some[0] if some else NO_FIGURE
        kept = self.summed.get("/".join(levels))
        if kept is None or any(one is not other for one, other in zip(kept[0], summed, strict=True)):
            kept = summed, figure_of([part for level in levels for part in self.parts.get(level, ())])
            self.summed["/".join(levels)] = kept
        return kept[1]


def _plain(figure: Figure) -> Figure:
    """A figure without its parts by level."""
    return Figure(
        figure.min, figure.max, figure.pledges, figure.contributors, figure.undisclosed, figure.of, figure.disputed,
        figure.leak_only,
    )  # fmt: skip


_SPLIT_BY_LEVEL: dict[str, tuple[tuple[Level, str], ...]] = {
    name: tuple((level, f"{name} {level}") for level in FIRM_LEVELS) for name in get_args(PledgeStanding)
}
"""The figures that are split by level, each with its levels and the names of its parts."""

_IN_PEOPLE = frozenset((*FIRM_LEVELS, "deployed"))
"""The figures of what is at least pledged in people, or there."""

_NO_FIGURES: dict[str, Figure] = {
    name: NO_LEVELLED_FIGURE if name in _SPLIT_BY_LEVEL else NO_FIGURE
    for name in Figures.__slots__
    if name != "other_units"
}


class FigureGroups:
    """Pledges by the figures that they enter: those to the force in all, by contributor, by capability and by the
    requirements that they fill; the others by purpose, and by contributor and purpose. What is on the ground of the
    force is also by place."""

    def __init__(self) -> None:
        self.all = FigureGroup()
        self.by_contributor: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.by_capability: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.filling: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.by_basing: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.aid: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.aid_by_contributor: defaultdict[tuple[str, str], FigureGroup] = defaultdict(FigureGroup)
        self._borrowed: set[FigureGroup] = set()

    def enter(self, pledge: PledgeState, entries: Entries) -> None:
        """Add a pledge to the figures of some entries; ``forget`` those that may have been summed."""
        if not entries:
            return
        own = self._of(pledge)
        for figures, part, place in entries:
            for group in own if place is None else (self.by_basing[place],):
                parts = group.parts
                for figure in figures:
                    parts[figure].append(part)

    def forget(self, pledge: PledgeState, entries: Entries) -> None:
        """Have the figures of some entries summed again when they are next asked for."""
        for figures, _, place in entries:
            for group in self._of(pledge) if place is None else (self.by_basing[place],):
                group.forget(figures)

    def leave(self, pledge: PledgeState, entry: Entry) -> None:
        """Take a pledge out of the figures that it entered."""
        figures, part, place = entry
        for groups, key in self._keys(pledge, place):
            groups[key].remove(part, figures)
            if groups[key].is_empty:
                del groups[key]
        if place is None and pledge.purpose == "force":
            self.all.remove(part, figures)

    def copy(self) -> "FigureGroups":
        """The same pledges in the same figures, in shared groups; ``own`` those of a pledge before changing them."""
        copied = FigureGroups()
        copied.all = self.all
        copied._borrowed = {self.all}
        for mine, its in zip(self._grouped(), copied._grouped(), strict=True):
            its.update(mine)
            copied._borrowed.update(mine.values())
        return copied

    def own(self, pledge: PledgeState, entry: Entry) -> None:
        """Copy the groups that a pledge enters, if they are still shared."""
        if entry.place is None and pledge.purpose == "force" and self.all in self._borrowed:
            self.all = self.all.copy()
        for groups, key in self._keys(pledge, entry.place):
            if key in groups and groups[key] in self._borrowed:
                groups[key] = groups[key].copy()

    def _grouped(self) -> Sequence[defaultdict[Any, FigureGroup]]:
        return (
            self.by_contributor, self.by_capability, self.filling, self.by_basing, self.aid, self.aid_by_contributor,
        )  # fmt: skip

    def _of(self, pledge: PledgeState) -> list[FigureGroup]:
        """The groups of a pledge that are not of a place."""
        contributor, purpose, details = pledge.contributor, pledge.purpose, pledge.details
        if purpose != "force":
            return [self.aid[purpose], self.aid_by_contributor[contributor, purpose]]
        its = [self.all, self.by_contributor[contributor], self.by_capability[pledge.capability]]
        return its + [self.filling[name] for name in dict.fromkeys(details.fills)] if details.fills else its

    def _keys(self, pledge: PledgeState, place: str | None) -> tuple[tuple[defaultdict[Any, FigureGroup], Any], ...]:
        """The groups of a pledge, each with its key, but for that of all; or the group of a place."""
        contributor, purpose = pledge.contributor, pledge.purpose
        if place is not None:
            return ((self.by_basing, place),)
        if purpose == "force":
            its = (self.by_contributor, contributor), (self.by_capability, pledge.capability)
            return (*its, *((self.filling, name) for name in dict.fromkeys(pledge.fills))) if pledge.fills else its
        return (self.aid, purpose), (self.aid_by_contributor, (contributor, purpose))


def groups_of(scene: Scene) -> FigureGroups:
    """The pledges of a scene by the figures that they enter."""
    groups = FigureGroups()
    cascade = scene.cascade
    moving = {pledge.pledge for pledge in cascade.if_all_move}
    for waiting in cascade.waiting:
        name = waiting.pledge.pledge
        groups.enter(waiting.pledge, remainder(waiting, cascade.standing.get(name), name in moving))
    for pledge in scene.pledges:
        groups.enter(pledge, on_the_ground(pledge, scene.doubts.get(pledge.pledge)))
    return groups
