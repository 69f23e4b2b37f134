"""How far the record has moved on since a scenario's starting point, said in every answer about the scenario.

An answer that was asked for with a whole basis has the same bytes for ever, so it is left out there. All others say
this as of the request, and their tags change with it; what is kept of an answer is kept without it."""

from fastapi import Request

from api.http.answers import json_of
from api.work_slots import need_slot
from domain.history.history import ReadableHistory
from projections.asof import AsOf
from projections.what_if.changed_history import ChangedHistory
from projections.what_if.moved_on import RecordMovedOn, record_moved_on, unseen_events

MANY_EVENTS = 2_000
"""Events beyond which looking at them is long work."""


def moved_on_since(history: ChangedHistory) -> RecordMovedOn:
    """Return how far the record has moved on. Raises a ``Problem`` without a slot, if there is much to look at."""
    if unseen_events(history) > MANY_EVENTS:
        need_slot()
    return record_moved_on(history)


def moved_on_in(request: Request, history: ReadableHistory, asked: AsOf) -> bytes | None:
    """Return the same as JSON for the answer to a request; ``None`` if its address names no saved scenario, or if it
    fixes all that the answer depends on."""
    if not isinstance(history, ChangedHistory) or getattr(request.state, "line", None) is None or asked.is_whole:
        return None
    return json_of(RecordMovedOn, moved_on_since(history))


def with_moved_on(answer: bytes, moved_on: bytes | None) -> bytes:
    """Return an answer, a JSON object with fields, with how far the record has moved on."""
    return answer if moved_on is None else b'%s,"record_moved_on":%s}' % (answer[:-1], moved_on)
