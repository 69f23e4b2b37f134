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
from domain.concepts.pledges import (
    ForcesDeployed,
    ForcesReturned,
    FundsDisbursed,
    PledgeMade,
    PledgeState,
    StrengthReported,
)
from domain.corrections import EventCorrected, SourceAdded, WarningDismissed
from domain.events import BY_SEQUENCE, Event, content_of
from domain.history.correction_chains import RECORD_FACTS, Corrections
from domain.history.history import View
from domain.history.overlay import known_at
from domain.quantities import Quantity, in_personnel
from domain.sources import Source
from domain.times import DAY_US, FOREVER_US, period
from projections.event_index import EventIndex, LongerIndex
from projections.record import set_aside_in

TWICE_WITHIN_US = 7 * DAY_US
"""How far apart two deployments, returns or disbursements of a pledge may be that look like one."""

ANOTHER_WITHIN_US = 30 * DAY_US
"""How far apart two pledges of a contributor may be that look like one."""

ADDING = (ForcesDeployed, ForcesReturned, FundsDisbursed)
"""The facts that count twice if they are recorded twice."""

SENT = (ForcesDeployed, StrengthReported)
"""The facts by which forces are on the ground."""

MAY_BE_DOUBLE = (PledgeMade, *ADDING)
"""The facts that may say the same with other words."""

IsWanted = Callable[[Any, int], bool]


def _anything(fact: Any, starts_us: int) -> bool:
    return True


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

    @property
    def fact_type(self) -> Any:
        """The type of the fact."""
        return type(self.fact)


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
            self._until = len(index.events) if isinstance(index, LongerIndex) else view.position
        self._index = index
        self._corrections: Corrections = known_at(view.knowledge, view.position).corrections
        self._aside = set_aside_in(view)

    def view_at(self, starts_us: int) -> View:
        """The view at which a fact that takes effect at a time is looked at."""
        return self.view if self._valid_us is not None else self.view.at(starts_us)

    # --- one fact ---

    def said_by(self, event: Event) -> FactInForce | None:
        """The fact whose content an event has; ``None`` if the content no longer applies, or is about the record."""
        about = self.view.events_about(event.event_id)
        if about and self._corrections.change_of(event.event_id) is not None:
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
            one = self.said_by(event)
            if one is not None and self._is_looked_at(one.starts_us):
                yield one

    def saying(self, value: str, is_wanted: IsWanted = _anything, until: int = FOREVER_US) -> Iterator[FactInForce]:
        """The facts that say a value, as ``what_is_said`` has it, and are wanted; the first recorded first.

        Other facts may be found under the value as well. ``is_wanted`` is given a fact and when it takes effect. With
        ``until``, only what was recorded before that sequence is looked at.
        """
        source = self._index.with_value(what_is_said, value, self._until)
        place = source.next(0)
        while place is not None and place < self._until:
            checkpoint()
            event = self._index.events[place]
            if event.sequence >= until:
                return
            fact: Any = content_of(event)
            if type(fact) not in RECORD_FACTS:
                starts_us = period(fact.effective_at).start_us
                if self._is_looked_at(starts_us) and is_wanted(fact, starts_us) and (one := self.said_by(event)):
                    yield one
            place = source.next(place + 1)

    def _is_looked_at(self, starts_us: int) -> bool:
        return self._valid_us is None or starts_us <= self._valid_us

    def first(self, values: Iterable[str], later: FactInForce, is_wanted: IsWanted) -> FactInForce | None:
        """The first recorded of the facts that say one of some values, are wanted, and were recorded before another."""
        found = (next(self.saying(value, is_wanted, later.recorded), None) for value in values)
        return min((one for one in found if one is not None), key=_recorded, default=None)

    def at_that_time(self, one: FactInForce) -> list[FactInForce]:
        """A fact, and those that may be like it."""
        values = same_time(one.fact, one.starts_us), *may_be_like(one.fact, one.starts_us)
        found = {other.event.event_id: other for value in values for other in self.saying(value)}
        return [*found.values()]

    def pledges_of(self, contributor: str) -> Iterator[str]:
        """The pledges of a contributor."""
        made = self.saying(
            pledges_by(contributor), lambda fact, _: isinstance(fact, PledgeMade) and fact.contributor == contributor
        )
        return (one.fact.pledge for one in made)

    def pledges_sent_to(self, basing: str) -> Iterable[str]:
        """The pledges of which forces were deployed to a basing, each once."""
        sent = self.saying(sent_to(basing), lambda fact, _: isinstance(fact, SENT) and fact.basing == basing)
        return dict.fromkeys(one.fact.pledge for one in sent)

    def latest_of(self, pledge: PledgeState, valid_us: int, is_wanted: Callable[[Any], bool]) -> FactInForce | None:
        """The fact about a pledge, of those wanted and in effect at a time, that took effect last."""
        if is_wanted(pledge.latest.fact):
            return self.of_event(pledge.latest.event_id)
        known = (self.said_by(event) for event in self.view.record(pledge.made.thing))
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
        return any(True for _ in self.saying(MEMBERSHIP, lambda fact, _: isinstance(fact, MemberJoined)))


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
    if isinstance(fact, PledgeMade):
        yield pledges_by(fact.contributor)
    else:
        yield same_time(fact, starts_us)
    if isinstance(fact, MAY_BE_DOUBLE):
        subject, within_us = _subject(fact)
        yield from (f"{subject} {starts_us // (2 * within_us)} {size}" for size in _sizes(fact.quantity)[0])
    if isinstance(fact, SENT) and fact.basing is not None:
        yield sent_to(fact.basing)
    elif isinstance(fact, MemberJoined):
        yield MEMBERSHIP


def same_time(fact: Any, starts_us: int) -> str:
    """Said by the facts of one type about one thing that start at one time and name the same number, if any."""
    quantity = getattr(fact, "quantity", None)
    number = "" if quantity is None else f" {quantity.min} {quantity.max}"
    return f"{fact.type} {fact.thing.id} {starts_us}{number}"


def may_be_like(fact: Any, starts_us: int) -> list[str]:
    """One of these is said by every fact that may be the same as another, at about the same time."""
    if not isinstance(fact, MAY_BE_DOUBLE):
        return []
    subject, within_us = _subject(fact)
    stretches = dict.fromkeys((starts_us + shift_us) // (2 * within_us) for shift_us in (-within_us, within_us))
    return [f"{subject} {stretch} {size}" for stretch in stretches for size in _sizes(fact.quantity)[1]]


def _subject(fact: Any) -> tuple[str, int]:
    """What facts have in common that may be the same, and how far apart they may be, in microseconds."""
    if isinstance(fact, PledgeMade):
        return f"{fact.contributor} {fact.capability}", ANOTHER_WITHIN_US
    return f"{fact.type} {fact.pledge}", TWICE_WITHIN_US


def _sizes(quantity: Quantity | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a quantity says, and what those say that it may be the same as; ranges may be the same as many others."""
    size = None if quantity is None else in_personnel(quantity)
    if size is None:
        return ("no number",), ("no number",)
    if size.min == size.max:
        return (str(size.min), "any"), (str(size.min), "range")
    return ("range", "any"), ("any",)


def pledges_by(contributor: str) -> str:
    """Said by the pledges of a contributor."""
    return f"pledges {contributor}"


def sent_to(basing: str) -> str:
    """Said by the deployments to a basing, and the returns from there."""
    return f"sent {basing}"
