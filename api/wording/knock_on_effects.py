"""Knock-on effects in words: what becomes of a pledge in a round, for the command line and the charts."""

from api.wording.phrases import count

DROPS_OUT = "drops out"
BECOMES_AVAILABLE = "becomes available"
NO_EFFECTS = "No pledge becomes available, and none drops out."


def drop_out(pledges: int) -> str:
    """``1 pledge drops out``, ``3 pledges drop out``."""
    return f"{count(pledges, 'pledge')} {'drops' if pledges == 1 else 'drop'} out"


def become_available(pledges: int) -> str:
    """``1 pledge becomes available``, ``3 pledges become available``."""
    return f"{count(pledges, 'pledge')} {'becomes' if pledges == 1 else 'become'} available"
