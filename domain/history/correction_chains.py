"""Corrections, retractions and added sources: which of them act on an event, and the rules that they must keep."""

from typing import Any

from domain.concepts import coalition, conditions
from domain.corrections import EventCorrected, EventRetracted, SourceAdded
from domain.events import Event
from domain.facts import REFERABLE
from domain.refusals import (
    AlreadyCorrected,
    FormationIsNeverRetracted,
    NotCorrectable,
    ReplacesAnotherThing,
    RuleBroken,
    UnknownId,
)

TARGET_FIELD = {EventCorrected: "/corrects", EventRetracted: "/retracts", SourceAdded: "/event"}


def is_retraction(change: Event | None) -> bool:
    return change is not None and isinstance(change.fact, EventRetracted)


def broken_by_change(target: Event, change: Event, acting: Event | None, root: Event | None) -> RuleBroken | None:
    """The rule that a correction or retraction of ``target`` breaks, if any."""
    fact = change.fact
    field = TARGET_FIELD[type(fact)]
    if acting is not None:
        return AlreadyCorrected("the event is corrected or retracted already", field, (acting.event_id,))
    if isinstance(fact, EventRetracted):
        if isinstance(target.fact, coalition.CoalitionFormed):
            return FormationIsNeverRetracted("the coalition's formation is never retracted", field, (target.event_id,))
        return None
    if isinstance(target.fact, (EventRetracted, SourceAdded)):
        return NotCorrectable(
            "a retraction or an added source has nothing to replace; retract it", field, (target.event_id,)
        )
    if root is None:
        return UnknownId("what it corrects in the end is not on record", field)
    replacement: Any = fact.replacement  # type: ignore[union-attr]
    return replaces_another_thing(replacement, root)


def replaces_another_thing(replacement: Any, root: Event) -> RuleBroken | None:
    """The rule that a replacement breaks by its type or id."""
    original: Any = root.fact
    if type(replacement) is not type(original):
        detail = f"the original is a {original.type}, the replacement a {replacement.type}"
        return ReplacesAnotherThing(detail, "/replacement/type", (root.event_id,))
    # A condition's facts are named for the condition, also those that stand in the history of a pledge.
    kind = "condition" if isinstance(original, conditions.ConditionFact) else original.thing.kind
    if kind in REFERABLE and getattr(replacement, kind) != getattr(original, kind):
        return ReplacesAnotherThing(
            f"the original is about the {kind} {getattr(original, kind)}", f"/replacement/{kind}", (root.event_id,)
        )
    return None
