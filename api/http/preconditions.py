"""The headers that guard a write: ``Idempotency-Key`` and ``If-Match`` (RFC 9110, section 13.1.1)."""

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request

from api.http.problems import BAD_PARAMETER, IDEMPOTENCY_KEY_INVALID, PRECONDITION_FAILED, Fault, Problem
from domain.ledger import StaleMatch

IdempotencyKey = Annotated[
    str | None, Header(description="A repeat with the same key and the same body gets the first answer again.")
]

IfMatch = Annotated[str | None, Header(description="Record only if the stream is at this ETag.")]

NEVER = -1
"""A sequence that no stream has."""


def key_in(request: Request, header: str | None) -> str | None:
    """Return the key, with or without the quotes of a structured string. Raises a ``Problem``."""
    if header is None:
        return None
    if len(request.headers.getlist("idempotency-key")) > 1:
        fault = Fault(header="Idempotency-Key", detail="a request may have only one Idempotency-Key")
        raise Problem(IDEMPOTENCY_KEY_INVALID, faults=[fault])
    key = (
        header[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        if re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', header)
        else header
    )
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", key):
        fault = Fault(header="Idempotency-Key", detail="an Idempotency-Key has 1 to 255 printable ASCII characters")
        raise Problem(IDEMPOTENCY_KEY_INVALID, faults=[fault])
    return key


def expected_sequence(if_match: str | None, current_sequence: Callable[[], int]) -> int | None:
    """Return the sequence that the writer expects. Raises a ``Problem``.

    ``*`` requires only that the stream exists; a weak tag never matches.
    """
    if if_match is None:
        return None
    current = current_sequence()
    if if_match.strip() == "*":
        # Any sequence will do: the request must not fail because of what others record meanwhile.
        return None if current else NEVER
    tags = [tag.strip() for tag in if_match.split(",")]
    if not all(re.fullmatch(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"', tag) for tag in tags):
        raise Problem(BAD_PARAMETER, faults=[Fault(header="If-Match", detail='an ETag is written as "12"')])
    sequences = [int(tag[1:-1]) for tag in tags if re.fullmatch(r'"(0|[1-9][0-9]{0,14})"', tag)]
    return current if current in sequences else sequences[0] if sequences else NEVER


def not_matched(stale: StaleMatch, written_to: str) -> Problem:
    """Return the problem for an ``If-Match`` that does not name the current sequence."""
    at = f"the stream is at sequence {stale.sequence}, not at the one in If-Match"
    detail = at if stale.sequence else f"the {written_to} does not exist yet"
    return Problem(PRECONDITION_FAILED, detail, headers={"ETag": f'"{stale.sequence}"'})
