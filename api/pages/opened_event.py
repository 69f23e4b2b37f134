"""An event as pages open it: what stands in its place now, and what can be done about it."""

from dataclasses import dataclass

from api.http.problems import NOT_FOUND, Problem
from api.pages.viewpoint import Viewpoint
from api.wording.obstacles import obstacle_to
from domain.concepts.coalition import CoalitionFormed
from domain.events import Event
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
        return obstacle_to(doing, self.event, self.in_place)


def opened_event(viewpoint: Viewpoint, event_id: str) -> OpenedEvent:
    """An event by its id. Raises a ``Problem`` if none of that id was known."""
    event = viewpoint.view.event(event_id.lower())
    if event is None:
        raise Problem(NOT_FOUND, f"no event {event_id[:100]} was known at that point")
    return OpenedEvent(viewpoint, event, in_place_of(event, viewpoint.view))
