"""How an answer is sent: as JSON that is the same to the byte for the same basis, with what caches need to know (RFC 9110, 9111)."""

from functools import cache
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from pydantic import TypeAdapter

from projections.asof import AsOf

FOR_EVER = "max-age=31536000, immutable"


@cache
def _adapter(answer_type: Any) -> TypeAdapter[Any]:
    return TypeAdapter(answer_type)


def json_of(answer_type: Any, answer: Any) -> bytes:
    """The answer as JSON in UTF-8; nothing of it depends on when or by whom it is asked."""
    return _adapter(answer_type).dump_json(answer)


def answered(
    request: Request, content: bytes, asked: AsOf | None = None, *, media_type: str = "application/json", etag: str | None = None,
    link: str | None = None,
) -> Response:  # fmt: skip
    """Send an answer, or 304 where the client has it already; one with a whole basis may be kept for ever."""
    etag = etag or f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": _cache_control(request, asked), "Vary": "Accept, Authorization"}
    if link:
        headers["Link"] = link
    if _is_known(etag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _cache_control(request: Request, asked: AsOf | None) -> str:
    scope = "private" if request.app.state.settings.reading_needs_a_key else "public"
    return f"{scope}, {FOR_EVER}" if asked is not None and asked.is_whole else f"{scope}, no-cache"


def _is_known(etag: str, if_none_match: str | None) -> bool:
    """Weak comparison, as RFC 9110 section 13.1.2 has it."""
    if if_none_match is None:
        return False
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag in candidates or candidates == ["*"]
