"""Answers as responses: JSON that is byte for byte the same for the same basis, with headers for caches.

RFC 9110 defines validators, preconditions and the choice of a media type, RFC 9111 what caches may store.
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
    """Return the serialiser for a type of answer."""
    return TypeAdapter(answer_type)


def json_of(answer_type: Any, answer: Any) -> bytes:
    """Return an answer as JSON in UTF-8; nothing in it depends on who asks or when."""
    return adapter(answer_type).dump_json(answer)


def respond(
    request: Request,
    content: bytes,
    asked: BasisQuery | None = None,
    *,
    media_type: str = JSON,
    etag: str | None = None,
    link: str | None = None,
) -> Response:
    """Return an answer, or 304 if the client has it already; caches may store one with a whole basis for ever.

    Raises a ``Problem`` (406) if it is JSON and the client does not accept JSON.
    """
    if media_type == JSON:
        acceptable(request, JSON)
    etag = etag or _etag(content, getattr(request.state, "moving", ()))
    headers = _headers(request, asked, etag)
    if link:
        headers["Link"] = link
    if _has(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def not_modified(request: Request, etag: str, asked: BasisQuery | None) -> Response | None:
    """Return 304 if the client says that it has the answer with this tag; ``None`` if not, or if it takes any."""
    if not _has(request, etag) or request.headers["if-none-match"].strip() == "*":
        return None
    return Response(status_code=304, headers=_headers(request, asked, etag))


def _has(request: Request, etag: str) -> bool:
    return request.method == "GET" and is_known(etag, request.headers.get("if-none-match"))


def _headers(request: Request, asked: BasisQuery | None, etag: str) -> dict[str, str]:
    vary = f"Accept, {deciding_headers(request)}"
    return {"ETag": etag, "Cache-Control": _cache_control(request, asked), "Vary": vary}


def _etag(content: bytes, moving: Sequence[str]) -> str:
    """Identify the content; weakly and without the time, if parts of the basis were left open and mean "now"."""
    for instant in moving:
        for name in ("valid_at", "known_at"):
            content = content.replace(f'"{name}":"{instant}"'.encode(), b"")
    return ("W/" if moving else "") + f'"{sha256(content).hexdigest()[:32]}"'


def _cache_control(request: Request, asked: BasisQuery | None) -> str:
    # A scenario may still change, whatever the basis.
    of_scenario = "scenario" in request.path_params or "scenario" in request.query_params
    is_for_ever = asked is not None and asked.is_whole and not of_scenario
    may_be_kept = is_for_ever and not ends_with_signing_out(request)
    return f"{scope(request)}, {FOR_EVER}" if may_be_kept else f"{scope(request)}, no-cache"


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether a client has the content that an ETag names: weak comparison (RFC 9110, section 13.1.2)."""
    if if_none_match is None:
        return False
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag.removeprefix("W/") in candidates or candidates == ["*"]


# --- media types, codings ---------------------------------------------------------------------------------------------


def acceptable(request: Request, *offers: str) -> str:
    """Return the offered media type that the client prefers, the first of equals (RFC 9110, section 12.5.1).

    Raises a ``Problem`` (406) if it accepts none.
    """
    ranges = [_weighed(part) for part in ",".join(request.headers.getlist("accept")).split(",") if part.strip()]
    if not ranges:
        return offers[0]
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    if _quality(best, ranges) == 0:
        fault = Fault(header="Accept", detail=f"available: {', '.join(offers)}")
        raise Problem(NOT_ACCEPTABLE, faults=[fault])
    return best


def takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip (RFC 9110, section 12.5.3)."""
    codings = dict(_weighed(part) for part in request.headers.get("accept-encoding", "").split(","))
    return codings.get("gzip", 0) > 0


def _weighed(text: str) -> tuple[str, float]:
    """Return a media range or a coding with its quality; parameters other than ``q`` are ignored."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of an offer: that of the most specific range that fits."""
    for fitting in (offer, offer.partition("/")[0] + "/*", "*/*"):
        qualities = [quality for name, quality in ranges if name == fitting]
        if qualities:
            return max(qualities)
    return 0.0
