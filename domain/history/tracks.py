"""Tracks: the entries about each thing, in valid order, and the stores in which a fold finds them.

``Tracks`` holds them in a dictionary; ``LayeredTracks`` lays changed tracks over others, which stay as they are."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from domain.concepts.registry import CONCEPTS
from domain.facts import Entry, Thing
from domain.refusals import RuleBroken

Order = tuple[int, int]
"""The valid order of an entry: its effective time in microseconds, then its sequence."""

BY_ORDER = attrgetter("order")


class States(Protocol):
    """The states after each entry of a track: a list, or worked out when they are asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __getitem__(self, index: int, /) -> Any: ...

    def append(self, state: Any, /) -> None: ...

    def copy(self) -> "States": ...


class Track:
    """One thing's entries in valid order, and its state after each; ``broken`` has the rules of entries set aside.

    ``beginnings`` are the entries that can begin the thing, in order, once it has been asked for them.
    """

    __slots__ = ("beginnings", "broken", "entries", "states")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.states: States = []
        self.broken: dict[Order, RuleBroken] = {}
        self.beginnings: list[Entry] | None = None

    def copy(self) -> "Track":
        """A track of the same entries and states that can change independently."""
        track = Track()
        track.entries, track.states, track.broken = self.entries[:], self.states.copy(), dict(self.broken)
        return track

    def position(self, order: Order) -> int:
        """The index at which an entry of this order is, or would be."""
        if not self.entries or self.entries[-1].order < order:
            return len(self.entries)
        return bisect_left(self.entries, order, key=BY_ORDER)

    def listed_states(self) -> list[Any]:
        """Its states as a list, to be changed in place."""
        if not isinstance(self.states, list):
            self.states = [*self.states]
        return self.states

    def applying(self) -> list[Entry]:
        """The entries that are not set aside."""
        return [one for one in self.entries if one.order not in self.broken] if self.broken else self.entries

    def state_before(self, order: Order) -> Any:
        """The thing's state just before an order; ``None`` if it does not exist at that point."""
        position = self.position(order)
        return self.states[position - 1] if position else None


def states_after(entries: Iterable[Entry], aside: Collection[Order], state: Any = None) -> Iterator[Any]:
    """The state of a thing after each of some entries that follow a state, where it is known which are set aside."""
    for entry in entries:
        if state is not None and state.ends_us is not None and state.ends_us <= entry.effective_us:
            state = state.after_end()
        if not aside or entry.order not in aside:
            state = CONCEPTS[entry.thing.kind].evolve(state, entry)
        yield state


T_co = TypeVar("T_co", bound=Track, covariant=True)
T = TypeVar("T", bound=Track)


class TrackReader(Protocol[T_co]):
    """A source of tracks to read."""

    def find(self, thing: Thing) -> T_co | None:
        """The thing's track, or ``None`` if nothing is on record about it."""

    def applying(self, thing: Thing) -> list[Entry]:
        """The entries about a thing that are not set aside, in valid order."""

    def state_before(self, thing: Thing, order: Order) -> Any:
        """The thing's state just before an order; ``None`` if it does not exist at that point."""

    def dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        """The things that have, or had, facts which rest on a thing."""


class TrackStore(TrackReader[T_co], Protocol[T_co]):
    """A store of tracks that a fold reads and changes."""

    def to_change(self, thing: Thing) -> T_co:
        """The thing's track, to be changed in place; a new one if there is none."""

    def depend(self, footing: Thing, thing: Thing) -> None:
        """Note that a thing has a fact which rests on another, its footing."""


class Tracks(Generic[T]):
    """The tracks of all things in a dictionary; ``make`` makes a new one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._tracks: dict[Thing, T] = {}
        self._dependents: dict[Thing, dict[Thing, None]] = {}
        self.find = self._tracks.get

    def __iter__(self) -> Iterator[Thing]:
        return iter(tuple(self._tracks))

    def items(self) -> tuple[tuple[Thing, T], ...]:
        """Every thing with its track."""
        return tuple(self._tracks.items())

    def applying(self, thing: Thing) -> list[Entry]:
        """The entries about a thing that are not set aside, in valid order."""
        track = self._tracks.get(thing)
        return [] if track is None else track.applying()

    def state_before(self, thing: Thing, order: Order) -> Any:
        """The thing's state just before an order; ``None`` if it does not exist at that point."""
        track = self._tracks.get(thing)
        return None if track is None else track.state_before(order)

    def to_change(self, thing: Thing) -> T:
        """The thing's track, made if there is none."""
        track = self._tracks.get(thing)
        if track is None:
            track = self._tracks[thing] = self._make()
        return track

    def depend(self, footing: Thing, thing: Thing) -> None:
        """Note that a thing has a fact which rests on another."""
        self._dependents.setdefault(footing, {})[thing] = None

    def dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        """The things that have, or had, facts which rest on a thing."""
        dependents = self._dependents.get(thing)
        return tuple(dependents) if dependents else ()


class LayeredTracks:
    """Tracks laid over others: ``own`` are copies, made when a track is first changed."""

    def __init__(self, below: TrackReader[Track]) -> None:
        self.own: dict[Thing, Track] = {}
        self._dependents: dict[Thing, dict[Thing, None]] = {}
        self._below = below

    def find(self, thing: Thing) -> Track | None:
        """The thing's track, its own or the one below."""
        return self.own.get(thing) or self._below.find(thing)

    def applying(self, thing: Thing) -> list[Entry]:
        """The entries about a thing that are not set aside, in valid order."""
        own = self.own.get(thing)
        return self._below.applying(thing) if own is None else own.applying()

    def state_before(self, thing: Thing, order: Order) -> Any:
        """The thing's state just before an order; ``None`` if it does not exist at that point."""
        own = self.own.get(thing)
        return self._below.state_before(thing, order) if own is None else own.state_before(order)

    def to_change(self, thing: Thing) -> Track:
        """The thing's own track, copied from below if it has none yet."""
        own = self.own.get(thing)
        if own is None:
            below = self._below.find(thing)
            own = self.own[thing] = Track() if below is None else below.copy()
        return own

    def depend(self, footing: Thing, thing: Thing) -> None:
        """Note that a thing has a fact which rests on another."""
        self._dependents.setdefault(footing, {})[thing] = None

    def dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        """The things that have, or had, facts which rest on a thing, below and here."""
        below, own = self._below.dependents_of(thing), self._dependents.get(thing)
        return tuple(dict.fromkeys((*below, *own))) if own else below

    def absorb(self, above: "LayeredTracks") -> None:
        """Take over what another layer, laid over this one or over the same tracks, has of its own."""
        self.own |= above.own
        for footing, things in above._dependents.items():
            self._dependents.setdefault(footing, {}).update(things)
