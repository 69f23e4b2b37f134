"""Knowledge in which pledges of people count with an assumed size while theirs is undisclosed."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from domain.concepts.pledges import PledgeState, phase_from
from domain.events import Event
from domain.facts import Thing
from domain.history.knowledge import ReadableKnowledge, SetAside
from domain.quantities import Assumed, Quantity


def as_disclosed(knowledge: ReadableKnowledge) -> ReadableKnowledge:
    """The same knowledge without assumed sizes."""
    return knowledge.below if isinstance(knowledge, WithAssumedSizes) else knowledge


class WithAssumedSizes:
    """Reads as the knowledge ``below`` does; ``sizes`` are by capability, ``*`` for all others.

    Each state has one counterpart, so that states which are the same below are the same here.
    """

    def __init__(self, below: ReadableKnowledge, sizes: Mapping[str, Assumed]) -> None:
        self.below = as_disclosed(below)
        self.sizes = sizes
        self._counterparts: dict[int, tuple[PledgeState, PledgeState]] = {}

    def _counted(self, state: Any) -> Any:
        """A state, or its counterpart with the assumed size."""
        if not isinstance(state, PledgeState):
            return state
        known = self._counterparts.get(id(state))
        if known is None:
            known = self._counterparts[id(state)] = state, self._with_sizes(state)
        return known[1]

    def _with_sizes(self, pledge: PledgeState) -> PledgeState:
        size = self.sizes.get(pledge.capability) or self.sizes.get("*")
        if size is None:
            return pledge

        def known(quantity: Quantity) -> Quantity:
            return size if quantity.is_undisclosed and quantity.is_in_people else quantity

        phases = tuple(phase_from(phase.from_, known(phase.quantity)) for phase in pledge.details.phases)
        quantity = known(pledge.quantity)
        if quantity is pledge.quantity and phases == pledge.details.phases:
            return pledge
        return pledge._replace(quantity=quantity, details=pledge.details._replace(phases=phases))

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows."""
        return [self._counted(state) for state in self.below.states_at(position, valid_us)]

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state."""
        return self._counted(self.below.state_at(thing, position, valid_us))

    def stretches_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[tuple[int, int, Any]]:
        """Every state in force at some time between two times, each after its times."""
        for begins_us, ends_us, state in self.below.stretches_between(position, from_us, to_us, without):
            yield begins_us, ends_us, self._counted(state)

    def doubtful(self, kind: str) -> list[Mapping[str, set[int]]]:
        """The things of a kind to look at closely: all pledges too, since any may have an assumed size."""
        pledges = self.below.things("pledge") if kind == "pledge" else []
        return [*self.below.doubtful(kind), {thing.id: set() for thing in pledges}]

    # --- as below ---

    def known(self, position: int) -> list[Event]:
        return self.below.known(position)

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        return self.below.known_after(sequence, position)

    def known_event(self, event_id: str, position: int) -> Event | None:
        return self.below.known_event(event_id, position)

    def known_about(self, event_id: str, position: int) -> list[Event]:
        return self.below.known_about(event_id, position)

    def set_aside_at(self, position: int) -> list[SetAside]:
        return self.below.set_aside_at(position)

    def record(self, thing: Thing, position: int) -> list[Event]:
        return self.below.record(thing, position)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        return self.below.boundaries(position, from_us, to_us, without)

    def things(self, kind: str) -> list[Thing]:
        return self.below.things(kind)
