"""All that a history has folded, to compare two that should be the same."""

from typing import Any

from domain.facts import Entry
from domain.history.history import History


def tracks_of(history: History) -> dict[Any, Any]:
    """All that the fold of a history has of each thing, with the place of each entry where a state refers to it."""
    found = {}
    for thing, track in history._recorded.tracks.items():
        places = {id(entry): place for place, entry in enumerate(track.entries)}
        entries = [(entry.order, entry.event_id, entry.fact) for entry in track.entries]
        broken = {order: (rule.rule, rule.detail) for order, rule in track.broken.items()}
        found[thing] = entries, [in_places(state, places) for state in track.states], broken, track.learned_at[:]
    return found


def in_places(value: Any, places: dict[int, int]) -> Any:
    if isinstance(value, Entry):
        return places[id(value)]
    return [in_places(part, places) for part in value] if isinstance(value, tuple) else value
