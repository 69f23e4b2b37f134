"""Proposals in words: what became of them and of their facts, and who proposed what is on record."""

from collections.abc import Sequence

from api.wording.phrases import Json, count

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


def origin_sentence(event: Json, title: str | None = None) -> str | None:
    """Who proposed the fact of an event, and who accepted it; ``None`` if nobody did."""
    origin = event.get("proposed")
    if origin is None:
        return None
    by, editor, acceptor = origin["by"], origin.get("edited_by"), event["recorded_by"]
    where = f"“{title}”" if title else origin["scenario"]
    proposed = f"proposed by {by} in {where} as number {origin['number']}"
    if acceptor == by and editor in (None, by):
        return f"{proposed}, and accepted by the same key"
    if editor is None:
        return f"{proposed}, and accepted by {acceptor}"
    if editor == acceptor:
        return f"{proposed}, and edited and accepted by {editor}"
    return f"{proposed}, edited by {editor}, and accepted by {acceptor}"
