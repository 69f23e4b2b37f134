"""Knock-on effects in words: what becomes of a pledge in a round, for the command line and the charts."""

from collections.abc import Sequence

from api.wording.actors import named
from api.wording.countries import actor_name
from api.wording.names import label_or_slug
from api.wording.phrases import count, spoken, state_in_words

DROPS_OUT = "drops out"
BECOMES_AVAILABLE = "becomes available"
NO_EFFECTS = "No pledge becomes available, and none drops out."


def drop_out(pledges: int) -> str:
    """``1 pledge drops out``, ``3 pledges drop out``."""
    return f"{count(pledges, 'pledge')} {'drops' if pledges == 1 else 'drop'} out"


def become_available(pledges: int) -> str:
    """``1 pledge becomes available``, ``3 pledges become available``."""
    return f"{count(pledges, 'pledge')} {'becomes' if pledges == 1 else 'become'} available"


def thing_name(what: str) -> str:
    """A thing that a condition's rule looks at, by its ``kind:id``: ``the stance of France on combat air``."""
    kind, _, name = what.partition(":")
    actor, _, capability = name.partition("/")
    match kind:
        case "stance":
            return f"the stance of {named(actor)}{f' on {spoken(capability)}' if capability else ''}"
        case "member":
            return actor_name(actor)
    return label_or_slug(kind, name)


def turns(things: Sequence[tuple[str, str, str]]) -> str:
    """What changed for a condition's rule, each as ``kind:id``, what it was and what it is now; empty for nothing."""
    return "; ".join(
        f"{thing_name(what)}: {state_in_words(was)} → {state_in_words(is_now)}" for what, was, is_now in things
    )
