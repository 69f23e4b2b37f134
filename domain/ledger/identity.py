"""What the ledger adds to facts: the ids of events, and the digest of a request."""

import hashlib
import os
from collections.abc import Iterable


def new_event_ids(count: int, now_us: int) -> list[str]:
    """Make UUIDs of version 7 (RFC 9562, section 5.7): the time comes first, so that they sort by age.

    The 12 bits after the milliseconds hold the fraction of a millisecond (section 6.2, method 3).
    """
    milliseconds, rest_us = divmod(now_us, 1_000)
    head = f"{milliseconds:012x}"
    prefix = f"{head[:8]}-{head[8:]}-7{rest_us * 4_096 // 1_000:03x}-"
    chance = os.urandom(8 * count).hex()
    return [
        f"{prefix}{_VARIANT[chance[at]]}{chance[at + 1 : at + 4]}-{chance[at + 4 : at + 16]}"
        for at in range(0, 16 * count, 16)
    ]


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def digest_of(facts: Iterable[bytes]) -> bytes:
    """Return a digest of a request's facts, each as JSON: equal facts in equal order have equal digests."""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact)
        digest.update(b"\n")
    return digest.digest()
