"""Why an event cannot be corrected or retracted, or given a source."""

from domain.concepts.coalition import CoalitionFormed
from domain.events import Event
from domain.facts import Fact
from projections.in_place import InPlace


def obstacle_to(doing: str, event: Event, in_place: InPlace) -> str | None:
    """Why one cannot ``correct`` or ``retract`` an event, or add a ``source`` to it; ``None`` if one can."""
    match doing:
        case "correct":
            return _why_not_corrected(in_place)
        case "retract" if isinstance(event.fact, CoalitionFormed):
            return "The formation of a coalition cannot be retracted. Correct it instead."
        case "retract" if not in_place.to_retract(event):
            return "This event is not in force, so there is nothing to retract."
        case "source" if in_place.is_retracted:
            return "This event is retracted, so it needs no source."
    return None


def _why_not_corrected(in_place: InPlace) -> str | None:
    if not isinstance(in_place.root.fact, Fact):
        return "An added source or a dismissed warning cannot be corrected. Retract it, and record it again."
    if in_place.is_retracted:
        number = in_place.last.sequence
        return f"This event is retracted by event {number}. If that was wrong, retract event {number}."
    return None
