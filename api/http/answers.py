"""How an answer is sent: as JSON that is the same to the byte for the same basis, with what caches need to know.

RFC 9110 has the validators, preconditions and the choice of a media type, RFC 9111 what may be kept and for how long.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Protocol

from fastapi import Request, Response
from pydantic import TypeAdapter

from api.http.access import deciding_headers, ends_with_signing_out, scope
from api.http.problems import NOT_ACCEPTABLE, Fault, Problem

JSON = "application/json"
FOR_EVER = "max-age=31536000, immutable"


class BasisQuery(Protocol):
    """The basis that a request asks for; one that ``is_whole`` leaves nothing to the time of the request."""

    @property
    def is_whole(self) -> bool: ...


@cache
def adapter(answer_type: Any) -> TypeAdapter[Any]:
    """How a type of answer is written."""
    return TypeAdapter(answer_type)


def json_of(answer_type: Any, answer: Any) -> bytes:
    """The answer as JSON in UTF-8; nothing of it depends on when or by whom it is asked."""
    return adapter(answer_type).dump_json(answer)


def answered(
    request: Request,
    content: bytes,
    asked: BasisQuery | None = None,
    *,
    media_type: str = JSON,
    etag: str | None = None,
    link: str | None = None,
) -> Response:
    """Send an answer, or 304 where the client has it already; one with a whole basis may be kept for ever.

    Raises a ``Problem`` (406) where it is JSON and the client does not take that.
    """
    if media_type == JSON:
        acceptable(request, JSON)
    etag = etag or _etag(content, getattr(request.state, "moving", ()))
    vary = f"Accept, {deciding_headers(request)}"
    headers = {"ETag": etag, "Cache-Control": _cache_control(request, asked), "Vary": vary}
    if link:
        headers["Link"] = link
    if request.method == "GET" and is_known(etag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _etag(content: bytes, moving: Sequence[str]) -> str:
    """Names the content; where parts of a basis were not asked for and say "now", weakly, and whatever the time."""
    for instant in moving:
        for name in ("valid_at", "known_at"):
            content = content.replace(f'"{name}":"{instant}"'.encode(), b"")
    return ("W/" if moving else "") + f'"{sha256(content).hexdigest()[:32]}"'


def _cache_control(request: Request, asked: BasisQuery | None) -> str:
    # A scenario goes on changing, whatever basis it is asked for.
    is_for_ever = asked is not None and asked.is_whole and "scenario" not in request.path_params
    may_be_kept = is_for_ever and not ends_with_signing_out(request)
    return f"{scope(request)}, {FOR_EVER}" if may_be_kept else f"{scope(request)}, no-cache"


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether a client has what an ETag names: weak comparison, as RFC 9110 section 13.1.2 has it."""
    if if_none_match is None:
        return False
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag.removeprefix("W/") in candidates or candidates == ["*"]


# --- media types, codings ---------------------------------------------------------------------------------------------


def acceptable(request: Request, *offers: str) -> str:
    """The media type that the client likes best of those offered, the first of equals (RFC 9110, section 12.5.1).

    Raises a ``Problem`` (406) where it takes none.
    """
    ranges = [_weighed(part) for part in ",".join(request.headers.getlist("accept")).split(",") if part.strip()]
    if not ranges:
        return offers[0]
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    if _quality(best, ranges) == 0:
        fault = Fault(header="Accept", detail=f"there is {', '.join(offers)}")
        raise Problem(NOT_ACCEPTABLE, faults=[fault])
    return best


def takes_gzip(request: Request) -> bool:
    """Whether the client takes content that is compressed so (RFC 9110, section 12.5.3)."""
    codings = dict(_weighed(part) for part in request.headers.get("accept-encoding", "").split(","))
    return codings.get("gzip", 0) > 0


def _weighed(text: str) -> tuple[str, float]:
    """A media range or a coding, and its quality; other parameters than ``q`` tell nothing apart here."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    given = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(given)))
    except ValueError:
        return name, 0.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """How much an offer is liked: what the most specific range that fits says."""
    for fitting in (offer, offer.partition("/")[0] + "/*", "*/*"):
        qualities = [quality for name, quality in ranges if name == fitting]
        if qualities:
            return max(qualities)
    return 0.0
