"""Responses of pages: HTML from templates, CSV and files, with headers that allow nothing but our own files.

All text is escaped. The content security policy has no exceptions: pages contain no script and no style, and load
nothing from elsewhere. A page may change with every event recorded, so browsers always ask again, by ``ETag``."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.http.access import scope
from api.http.answers import is_known, takes_gzip
from api.pages import filters
from api.pages.clocks import DATE_RANGE, FIRST_DAY, LAST_DAY, is_day

HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8"
SVG = "image/svg+xml"
PNG = "image/png"
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
EMBEDDED_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""For the page of one chart, which takes no input: other sites may show it in a frame."""

ROWS_PER_PART = 500
"""Rows of a long table that are sent at once."""

_GZIP_WBITS = 31
"""The gzip format, with the largest window, in zlib's terms."""

_FORMULA = re.compile(r"(?<![^;\t\r\n])( *)(?=[=+\-@\t\r＝＋－＠])")
"""What a spreadsheet would read as the beginning of a formula, also if it split the text into several cells."""

_COMPRESSED = ("text/", SVG)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
filters.install(_TEMPLATES)
_TEMPLATES.globals |= {"DATE_RANGE": DATE_RANGE, "FIRST_DAY": FIRST_DAY, "LAST_DAY": LAST_DAY}
_TEMPLATES.tests["day"] = is_day


def render(template: str, **values: Any) -> str:
    """A template as HTML."""
    return _TEMPLATES.get_template(template).render(**values)


def page(request: Request, template: str, *, status: int = 200, policy: str = POLICY, **values: Any) -> Response:
    """Send a template as a page. It shows the name of a signed-in visitor."""
    visitor = getattr(request.state, "visitor", None)
    return send(request, render(template, visitor=visitor, **values).encode(), HTML, status=status, policy=policy)


def send(
    request: Request,
    content: bytes,
    media_type: str,
    *,
    status: int = 200,
    policy: str = POLICY,
    filename: str | None = None,
) -> Response:
    """Send content that a browser may cache if it asks each time; 304 if it has the same."""
    headers = _headers(request, status, policy, filename)
    if status == 200:
        headers["ETag"] = f'W/"{sha256(content).hexdigest()[:32]}"'
        if is_known(headers["ETag"], request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
    if media_type.startswith(_COMPRESSED) and takes_gzip(request):
        content, headers["Content-Encoding"] = gzip.compress(content, 6, mtime=0), "gzip"
    return Response(content, status, headers, media_type)


def _headers(request: Request, status: int, policy: str, filename: str | None) -> dict[str, str]:
    headers = {
        "Cache-Control": f"{scope(request)}, no-cache" if status == 200 else "no-store",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }
    if filename:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return headers


def table(request: Request, filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send rows as a CSV file (RFC 4180)."""
    return send(request, _csv([columns]) + _csv(rows), CSV, filename=filename)


def long_table(request: Request, filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send any number of rows as a CSV file while they are computed; without an ``ETag``, which would need them all."""
    headers = _headers(request, 200, POLICY, filename)
    parts = _csv_parts(columns, rows)
    if takes_gzip(request):
        parts, headers["Content-Encoding"] = _compressed(parts), "gzip"
    return StreamingResponse(parts, 200, headers, CSV)


def _csv_parts(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    yield _csv([columns])
    rest = iter(rows)
    while part := list(islice(rest, ROWS_PER_PART)):
        yield _csv(part)


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(6, wbits=_GZIP_WBITS)
    for part in parts:
        yield compressor.compress(part)
    yield compressor.flush()


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([as_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def as_cell(value: Any) -> Any:
    """A value as a cell: lists joined, and no text that a spreadsheet would read as a formula.

    Where the comma is the decimal mark, spreadsheets split rows at semicolons instead.
    """
    if isinstance(value, (list, tuple)):
        value = "; ".join(str(as_cell(one)) for one in value)
    if isinstance(value, dict):
        value = ", ".join(f"{name}: {as_cell(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'", value)
    return value
