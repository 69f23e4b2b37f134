"""The reported axis, at any sequence: what was public at a time, of the events up to that sequence.

What a view shows depends on the *set* of events known, not on the order in which they became known. So no order is
folded for each question. There are two folds to start from: the record itself, and the whole record in the order of
reports. At each position, either is a set of events. The nearer one is the base, and what it has too many or too few
is laid over it, as a what-if lays its changes (``overlay.py``).

===========================================  ========================================  =======================
question                                     base                                      laid over it
===========================================  ========================================  =======================
when all of the first events were public     the record at that sequence               nothing
about all events on record, at a past time   the order of reports at that time         nothing
at another sequence and time                 the nearer of both                        what differs
the same, if both differ much                an order of the first events, for itself  nothing
===========================================  ========================================  =======================

A question costs a look at some times of report, and what is laid over. The times and the order of reports are made when
they are first needed, and kept up by the writer: a later event joins the order if it comes last there too. Otherwise it
is laid over; once many are, the order is folded again. Readers need no lock (see ``extent``).
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from domain.checkpoints import never_stopped, unless_stopped
from domain.events import BY_SEQUENCE, Event
from domain.facts import Thing
from domain.history.as_known import AsKnown
from domain.history.knowledge import Knowledge
from domain.history.overlay import Overlay
from domain.history.publications import Publications
from domain.lru import Lru

MAX_NEAR = 64
"""If the record differs by no more events, no other base is looked for."""

FAR_SHARE = 8
"""If more than one part in this many of the known events is to be laid over, folding them again costs less."""

OUTSIDE_SHARE = 16
"""The order of reports is folded again once more than one part in this many of the record is outside of it."""

_MAX_CACHED = 8
_MAX_CACHED_ORDERS = 2


class _Question(NamedTuple):
    """The first ``sequence`` events, as public at a time; ``moved_us`` has the times that are not by own sources."""

    publications: Publications
    sequence: int
    known_us: int
    moved_us: dict[int, int]

    def is_known(self, index: int) -> bool:
        """Whether an event on record is one of the first, and was public."""
        if index >= self.sequence:
            return False
        return self.moved_us.get(index, self.publications.own_us[index]) <= self.known_us

    def unknown(self) -> list[int]:
        """The indexes of those of the first events that were not public."""
        late = [i for i in self.publications.late(self.sequence, self.known_us) if not self.is_known(i)]
        own_us, known_us = self.publications.own_us, self.known_us
        moved = [index for index, at_us in self.moved_us.items() if own_us[index] <= known_us < at_us]
        return late + moved


class _Base(NamedTuple):
    """A fold at a position, and the indexes of the events that it has too many and too few for a question."""

    fold: Knowledge
    position: int
    surplus: list[int]
    missing: list[int]

    @property
    def distance(self) -> int:
        """The number of events that differ."""
        return len(self.surplus) + len(self.missing)


class _Extent(NamedTuple):
    """How many events on record an order has looked at, and how many of them it has learned."""

    sequence: int
    learned: int


class OrderOfReports(Knowledge):
    """The first events, learned in the order in which they were public, and later ones that come last in that order.

    ``outside`` has the indexes of later ones that do not. What is recorded later moves nothing here, and what a source
    retracts never does. Readers go by the ``extent``, which is set last.
    """

    def __init__(self, publications: Publications, sequence: int) -> None:
        super().__init__()
        self._events = publications.events
        self._learned_us: list[int] = []
        self._learned_at = array("q", bytes(8 * sequence))
        self.outside: list[int] = []
        for at_us, index in unless_stopped(publications.in_order(sequence)):
            self._take_in(index, at_us)
        self.extent = _Extent(sequence, len(self._learned_us))

    def catch_up(self, publications: Publications) -> None:
        """Take in what has been recorded since; one thread at a time."""
        for index in range(self.extent.sequence, publications.sequence):
            self._learned_at.append(0)
            at_us = publications.own_us[index]
            if publications.is_moved_with(index) or (self._learned_us and at_us < self._learned_us[-1]):
                self.outside.append(index)
            else:
                self._take_in(index, at_us)
            self.extent = _Extent(index + 1, len(self._learned_us))

    def _take_in(self, index: int, at_us: int) -> None:
        self.learn(self._events[index])
        self._learned_us.append(at_us)
        self._learned_at[index] = len(self._learned_us)

    def is_known(self, sequence: int, position: int) -> bool:
        """Whether the event of a sequence was known at a position."""
        learned_at = self._learned_at
        return sequence <= len(learned_at) and 0 < learned_at[sequence - 1] <= position

    def base_for(self, question: _Question) -> _Base:
        """The position nearest to a question, and what differs there."""
        sequence, learned = self.extent
        position = bisect_right(self._learned_us, question.known_us, hi=learned)
        learned_at = self._learned_at
        surplus = [index for index in range(question.sequence, sequence) if 0 < learned_at[index] <= position]
        missing: list[int] = []
        uncertain = {*self.outside, *question.publications.may_move(), *range(sequence, question.sequence)}
        for index in sorted(one for one in uncertain if one < question.sequence):
            is_known = question.is_known(index)
            if is_known != self.is_known(index + 1, position):
                (missing if is_known else surplus).append(index)
        return _Base(self, position, surplus, missing)


class AsReported(Overlay):
    """What was public at a time, of the events up to a sequence: a base, with what differs laid over it."""

    def __init__(self, question: _Question, base: _Base) -> None:
        events = question.publications.events
        left_out: dict[str, Event | None] = {events[index].event_id: None for index in base.surplus}
        super().__init__(AsKnown(base.fold, base.position), left_out, [events[index] for index in base.missing])
        self._question = question
        self.position = base.position + len(base.missing) - len(base.surplus)

    def changed_events(self) -> list[Event]:
        """The events that differ from what was recorded: none."""
        return []

    @cached_property
    def _in_order(self) -> list[Event]:
        publications, sequence, known_us, moved_us = self._question
        times_us = publications.own_us[:sequence].tolist()
        for index, at_us in moved_us.items():
            times_us[index] = at_us
        in_order = sorted((at_us, index) for index, at_us in enumerate(times_us) if at_us <= known_us)
        return [publications.events[index] for _, index in in_order]

    def known(self, position: int) -> list[Event]:
        """The events known, in the order in which they were public."""
        return self._in_order

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        """The events after a sequence that were known, by ``sequence``; earlier ones cost nothing."""
        events, end = self._question.publications.events, self._question.sequence
        start = bisect_right(events, sequence, hi=end, key=BY_SEQUENCE)
        return (events[index] for index in range(start, end) if self._question.is_known(index))

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events that are about a thing, by ``sequence``."""
        return sorted(super().record(thing, position), key=BY_SEQUENCE)


class ReportedAxis:
    """What was public when, by a record that grows: one writer at a time, and any number of readers."""

    def __init__(self, record: Knowledge) -> None:
        self._record = record
        self._publications: Publications | None = None
        self._order: OrderOfReports | None = None
        self._orders = Lru[int, OrderOfReports](_MAX_CACHED_ORDERS)
        self._answers = Lru[tuple[int, int], AsReported](_MAX_CACHED)

    def catch_up(self) -> None:
        """Take in what has been recorded since, if anyone has asked so far; the writer calls it."""
        if self._publications is not None:
            self._publications.catch_up()
            if self._order is not None:
                self._order.catch_up(self._publications)

    @property
    def events_held(self) -> int:
        """How many events are held in orders of their own."""
        orders = [*self._orders.values(), *filter(None, [self._order])]
        return sum(order.extent.learned for order in orders)

    def at(self, sequence: int, known_us: int) -> AsReported:
        """What was public at a time, of the first events on record."""
        found = self._answers.get((sequence, known_us))
        if found is None:
            publications = self._publications_of(sequence)
            question = _Question(publications, sequence, known_us, publications.moved_us(sequence, known_us))
            found = AsReported(question, self._nearest(question))
            self._answers.put((sequence, known_us), found)
        return found

    def _publications_of(self, sequence: int) -> Publications:
        """The times of report of the first events at least."""
        publications = self._publications
        if publications is None or publications.sequence < sequence:  # it may be made while the writer goes on
            publications = Publications(self._record.learned, self._record.corrections.events.get)
            self._publications = publications
        return publications

    def _nearest(self, question: _Question) -> _Base:
        """The base from which the least is to be laid over."""
        surplus = question.unknown()
        record = _Base(self._record, question.sequence, surplus, [])
        if record.distance <= MAX_NEAR:
            return record
        order = self._orders.get(question.sequence) or self._order_of_all(question.publications)
        nearest = min(record, order.base_for(question), key=attrgetter("distance"))
        if nearest.distance <= max(MAX_NEAR, (question.sequence - len(surplus)) // FAR_SHARE):
            return nearest
        order = OrderOfReports(question.publications, question.sequence)
        self._orders.put(question.sequence, order)
        return order.base_for(question)

    def _order_of_all(self, publications: Publications) -> OrderOfReports:
        """The order of reports of the whole record."""
        order = self._order
        if order is None or len(order.outside) > max(MAX_NEAR, order.extent.sequence // OUTSIDE_SHARE):
            with never_stopped():  # it is for all who ask
                order = self._order = OrderOfReports(publications, publications.sequence)
        return order
