"""Warnings of values that rest on shaky ground."""

from collections.abc import Iterator
from typing import Any

from domain.concepts.pledges import PledgeState
from domain.history.history import View
from projections.confidence import Confidence, Dispute, DisputedValue
from projections.warnings.found import Found, about_latest
from projections.warnings.known_facts import KnownFacts


def sources_disagree(facts: KnownFacts, view: View, state: Any) -> Iterator[Found]:
    """Publishers give different values for a field of something in force from the same time on."""
    for dispute in Confidence(view).disputed(state) if state.is_current else ():
        yield _dispute(facts, dispute)


def _dispute(facts: KnownFacts, dispute: Dispute) -> Found:
    giving = tuple(facts.of_event(event_id) for value in dispute.values for event_id in value.events)
    one, others = about_latest(giving)
    detail = f"sources disagree on {dispute.field}: {'; '.join(map(_said, dispute.values))}"
    pointer = f"/{dispute.field}" if hasattr(one.fact, dispute.field) else ""
    return Found("SourcesDisagree", one, pointer, detail, others)


def _said(value: DisputedValue) -> str:
    return f"{_in_words(value.value)} according to {', '.join(value.publishers)}"


def _in_words(value: Any) -> str:
    match value:
        case {"unit": str(unit)}:
            return f"{_range(value.get('min'), value.get('max'))} {unit}"
        case {"min": _}:
            return _range(value["min"], value.get("max"))
        case list():
            return ", ".join(map(_in_words, value)) or "none"
        case None:
            return "none"
    return str(value)


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return "an undisclosed number of" if most is None else f"up to {most:,}"
    return f"at least {least:,}" if most is None else f"{least:,}" if least == most else f"{least:,} to {most:,}"


def rests_on_a_leak_alone(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """A pledge that is not over rests on leaks alone: every fact that makes its values is attributed to a leak."""
    doubt = None if pledge.is_over else Confidence(view).doubt(pledge)
    one = None if doubt is None or not doubt.rests_on_leaks else facts.of_event(pledge.latest.event_id)
    if one is not None:
        detail = f"the pledge {pledge.pledge} rests on leaks alone"
        yield Found("RestsOnALeakAlone", one, "/attribution/basis", detail)
