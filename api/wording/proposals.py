"""Proposals in words: what became of them and of their facts, and who proposed and accepted what is on record."""

from collections.abc import Sequence
from itertools import groupby

from api.wording.phrases import Json, count, listed

OUTCOMES = {
    "open": "open",
    "accepted": "accepted",
    "partly_accepted": "accepted in part",
    "declined": "declined",
    "withdrawn": "withdrawn",
}
"""What became of a proposal."""


def facts_in_words(statuses: Sequence[str]) -> str:
    """How many facts a proposal has, and what became of them: ``3 facts: 1 open, 2 accepted``."""
    numbers = [(status, statuses.count(status)) for status in ("open", "accepted", "declined")]
    told = [f"{number:,} {status}" for status, number in numbers if number]
    return f"{count(len(statuses), 'fact')}{': ' + ', '.join(told) if told else ''}"


def origin_phrase(event: Json) -> str:
    """Who proposed the fact of an event, and who accepted it; empty if nobody proposed it."""
    origin = event.get("proposed")
    if origin is None:
        return ""
    hands = [("proposed", origin["by"])]
    if "edited_by" in origin:
        hands.append(("edited", origin["edited_by"]))
    hands.append(("accepted", event["recorded_by"]))
    by_key = groupby(hands, lambda hand: hand[1])
    return ", ".join(f"{listed([did for did, _ in own])} by {key}" for key, own in by_key)


def author_in_words(event: Json) -> str:
    """Who recorded an event, and who had proposed it, if somebody did."""
    origin = event.get("proposed")
    return str(event["recorded_by"]) + (f" (proposed by {origin['by']})" if origin else "")
