"""The facts known at a view, as warnings look at them: each with its content after corrections, found by what it says.

``KnownFacts`` is made for one view. The places of facts come from an index: that of the record, which all questions
share, or one of the view's own events.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from domain.checkpoints import checkpoint
from domain.concepts.coalition import FORMATION, CoalitionFormed
from domain.concepts.members import MemberJoined
from domain.concepts.pledges import ForcesDeployed, ForcesReturned, PledgeMade
from domain.corrections import EventCorrected, SourceAdded, WarningDismissed
from domain.events import BY_SEQUENCE, Event, content_of
from domain.facts import Thing
from domain.history.correction_chains import RECORD_FACTS, Corrections
from domain.history.history import View
from domain.history.overlay import known_at
from domain.sources import Source
from domain.times import DAY_US, period
from projections.event_index import EventIndex
from projections.record import set_aside_in

TWICE_WITHIN_US = 7 * DAY_US
"""How far apart two deployments, returns or disbursements of a pledge may be that look like one."""

ANOTHER_WITHIN_US = 30 * DAY_US
"""How far apart two pledges of a contributor may be that look like one."""

ADDING = (ForcesDeployed, ForcesReturned)
"""The facts that count twice if they are recorded twice."""


class FactInForce(NamedTuple):
    """A fact as it applies at a view: ``event`` is what was recorded first, ``said_by`` the event with its content now,
    which is the same or its last correction."""

    event: Event
    said_by: Event
    fact: Any
    starts_us: int

    @property
    def recorded(self) -> int:
        """When its content was recorded, as a sequence."""
        return self.said_by.sequence


def in_force(event: Event, said_by: Event) -> FactInForce:
    """A fact with its content."""
    fact: Any = content_of(said_by)
    return FactInForce(event, said_by, fact, period(fact.effective_at).start_us)


class KnownFacts:
    """The facts that were known at a view, except those retracted or not applied.

    By default they are those in effect at the view's time. With an index of the record, for a view of the record itself
    on the recorded axis, they are all facts, and each is looked at as of when it takes effect.
    """

    def __init__(self, view: View, index: EventIndex | None = None) -> None:
        self.view = view
        self._valid_us = view.valid_us if index is None else None
        if index is None:
            index = EventIndex(sorted(view.events(), key=BY_SEQUENCE))
            self._until = len(index.events)
        else:
            self._until = view.position
        self._index = index
        self._corrections: Corrections = known_at(view.knowledge, view.position).corrections
        self._aside = set_aside_in(view)

    def view_of(self, *facts: FactInForce) -> View:
        """The view at which some facts are looked at."""
        return self.view if self._valid_us is not None else self.view.at(max(one.starts_us for one in facts))

    def _looked_at(self, event: Event) -> FactInForce | None:
        """The fact whose content an event has, if it is among the facts to look at."""
        one = self.said_by(event)
        return one if one is None or self._valid_us is None or one.starts_us <= self._valid_us else None

    # --- one fact ---

    def said_by(self, event: Event) -> FactInForce | None:
        """The fact whose content an event has; ``None`` if the content no longer applies, or is about the record."""
        if self._corrections.change_of(event.event_id) is not None:
            return None
        root = event
        while isinstance(root.fact, EventCorrected):
            target = self.view.event(root.fact.corrects)
            acting = None if target is None else self._corrections.change_of(target.event_id)
            if target is None or acting is None or acting.event_id != root.event_id:
                return None
            root = target
        if type(root.fact) in RECORD_FACTS or root.event_id in self._aside:
            return None
        return in_force(root, event)

    def of_event(self, event_id: str) -> FactInForce | None:
        """A fact by the id under which it was first recorded; ``None`` if it is retracted."""
        event = self.view.event(event_id)
        while event is not None and (change := self._corrections.change_of(event.event_id)) is not None:
            event = change
        return None if event is None else self.said_by(event)

    def sources_of(self, one: FactInForce) -> list[Source]:
        """Its sources, then those added to it."""
        remarks = self._remarks(one.event.event_id, SourceAdded)
        return [*one.fact.sources, *(source for remark in remarks for source in remark.fact.sources)]

    def dismissal(self, one: FactInForce, warning: str) -> Event | None:
        """The first dismissal of a warning about it that is not retracted."""
        dismissals = self._remarks(one.event.event_id, WarningDismissed)
        return next((event for event in dismissals if event.fact.warning == warning), None)

    def _remarks(self, event_id: str, kind: type) -> list[Any]:
        about = (event for event in self.view.events_about(event_id) if isinstance(event.fact, kind))
        return [event for event in about if not self._corrections.is_retracted(event.event_id)]

    # --- all facts, and those that say something ---

    def all(self) -> Iterator[FactInForce]:
        """Every fact, in the order in which what it says was recorded."""
        for event in self._index.events[: self._until]:
            checkpoint()
            if (one := self._looked_at(event)) is not None:
                yield one

    def saying(self, value: str) -> Iterator[FactInForce]:
        """The facts that say a value, as ``what_is_said`` has it, and perhaps some others; the first recorded first."""
        source = self._index.with_value(what_is_said, value, self._until)
        place = source.next(0)
        while place is not None and place < self._until:
            checkpoint()
            if (one := self._looked_at(self._index.events[place])) is not None:
                yield one
            place = source.next(place + 1)

    def at_that_time(self, one: FactInForce) -> list[FactInForce]:
        """A fact, and those that may be like it."""
        values = same_time(one.fact.type, one.fact.thing, one.starts_us), *near_in_time(one.fact, one.starts_us)
        found = {other.event.event_id: other for value in values for other in self.saying(value)}
        return [*found.values()]

    def first(
        self, values: Iterable[str], later: FactInForce, is_alike: Callable[[FactInForce], bool]
    ) -> FactInForce | None:
        """The first recorded of the facts that say one of some values, are alike, and were recorded before another."""
        found = (self._first_saying(value, later, is_alike) for value in values)
        return min((one for one in found if one is not None), key=_recorded, default=None)

    def _first_saying(
        self, value: str, later: FactInForce, is_alike: Callable[[FactInForce], bool]
    ) -> FactInForce | None:
        for one in self.saying(value):
            if one.recorded >= later.recorded:
                return None
            if is_alike(one):
                return one
        return None

    def pledges_of(self, contributor: str) -> Iterator[str]:
        """The pledges of a contributor."""
        for one in self.saying(pledges_by(contributor)):
            if isinstance(one.fact, PledgeMade) and one.fact.contributor == contributor:
                yield one.fact.pledge

    def pledges_sent_to(self, basing: str) -> Iterator[str]:
        """The pledges of which forces were deployed to a basing, each once."""
        there = (one.fact for one in self.saying(sent_to(basing)) if getattr(one.fact, "basing", None) == basing)
        yield from dict.fromkeys(fact.pledge for fact in there if isinstance(fact, ADDING))

    def latest_of(self, thing: Thing, valid_us: int, is_wanted: Callable[[Any], bool]) -> FactInForce | None:
        """The fact about a thing, of those wanted and in effect at a time, that took effect last."""
        known = (self.said_by(event) for event in self.view.record(thing))
        wanted = [one for one in known if one is not None and one.starts_us <= valid_us and is_wanted(one.fact)]
        return max(wanted, key=lambda one: (one.starts_us, one.event.sequence), default=None)

    @cached_property
    def formation(self) -> FactInForce | None:
        """The formation of the coalition, whenever it takes effect."""
        record = self.view.record(FORMATION)
        formed = next((event for event in record if isinstance(event.fact, CoalitionFormed)), None)
        return None if formed is None else self.of_event(formed.event_id)

    @cached_property
    def has_members(self) -> bool:
        """Whether any member is on record, so that one may ask who is none."""
        return any(isinstance(one.fact, MemberJoined) for one in self.saying(MEMBERSHIP))


def _recorded(one: FactInForce) -> int:
    return one.recorded


# --- values by which facts are found ----------------------------------------------------------------------------------

MEMBERSHIP = "member"


def what_is_said(event: Event) -> Iterator[str]:
    """The values by which warnings look for what an event says."""
    fact: Any = content_of(event)
    if type(fact) in RECORD_FACTS:
        return
    starts_us = period(fact.effective_at).start_us
    yield same_time(fact.type, fact.thing, starts_us)
    if isinstance(fact, ADDING):
        yield near_in_time(fact, starts_us)[1]
        if fact.basing is not None:
            yield sent_to(fact.basing)
    elif isinstance(fact, PledgeMade):
        yield near_in_time(fact, starts_us)[1]
        yield pledges_by(fact.contributor)
    elif isinstance(fact, MemberJoined):
        yield MEMBERSHIP


def same_time(kind: str, thing: Thing, starts_us: int) -> str:
    """Said by the facts of one type about one thing that start at one time."""
    return f"{kind} {thing.id} {starts_us}"


def near_in_time(fact: Any, starts_us: int) -> list[str]:
    """Said by the facts that may be like one and start within some time of it, and by some others; the second is said
    by the fact itself. Of most facts there are none."""
    if isinstance(fact, ADDING):
        subject, number = f"{fact.type} {fact.pledge}", starts_us // TWICE_WITHIN_US
    elif isinstance(fact, PledgeMade):
        subject, number = f"{fact.contributor} {fact.capability}", starts_us // ANOTHER_WITHIN_US
    else:
        return []
    return [f"{subject} {near}" for near in (number - 1, number, number + 1)]


def pledges_by(contributor: str) -> str:
    """Said by the pledges of a contributor."""
    return f"pledges {contributor}"


def sent_to(basing: str) -> str:
    """Said by the deployments to a basing, and the returns from there."""
    return f"sent {basing}"
