"""An event as pages open it: what stands in its place now, and what can be done about it."""

from dataclasses import dataclass

from api.http.problems import NOT_FOUND, Problem
from api.pages.viewpoint import Viewpoint
from domain.concepts.coalition import CoalitionFormed
from domain.events import Event
from domain.facts import Fact
from projections.in_place import InPlace, in_place_of


@dataclass(frozen=True, slots=True)
class OpenedEvent:
    """An event that a page or a form is about, and what stands in its place; None of the obstacles: it can be done."""

    viewpoint: Viewpoint
    event: Event
    in_place: InPlace

    @property
    def coalition(self) -> str:
        return self.viewpoint.basis.coalition

    @property
    def to_retract(self) -> list[Event]:
        """The events to retract, in this order, so that the event no longer applies; none if it cannot be retracted."""
        is_formation = isinstance(self.event.fact, CoalitionFormed)
        return [] if is_formation else self.in_place.to_retract(self.event)

    def obstacle(self, doing: str) -> str | None:
        """Why the event cannot be corrected or retracted (``correct``, ``retract``), or given a ``source``."""
        match doing:
            case "correct":
                return self._why_not_corrected()
            case "retract" if isinstance(self.event.fact, CoalitionFormed):
                return "The formation of a coalition cannot be retracted. Correct it instead."
            case "retract" if not self.to_retract:
                return "This event is not in force, so there is nothing to retract."
            case "source" if self.in_place.is_retracted:
                return "This event is retracted, so it needs no source."
        return None

    def _why_not_corrected(self) -> str | None:
        if not isinstance(self.in_place.root.fact, Fact):
            return "An added source or a dismissed warning cannot be corrected. Retract it, and record it again."
        if self.in_place.is_retracted:
            number = self.in_place.last.sequence
            return f"This event is retracted by event {number}. If that was wrong, retract event {number}."
        return None


def opened_event(viewpoint: Viewpoint, event_id: str) -> OpenedEvent:
    """An event by its id. Raises a ``Problem`` if none of that id was known."""
    event = viewpoint.view.event(event_id.lower())
    if event is None:
        raise Problem(NOT_FOUND, f"no event {event_id[:100]} was known at that point")
    return OpenedEvent(viewpoint, event, in_place_of(event, viewpoint.view))
