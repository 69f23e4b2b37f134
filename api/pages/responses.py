"""Responses of pages: HTML from templates, CSV and files, with headers that allow nothing but our own files.

All text is escaped. The content security policy has no exceptions: pages contain no script and no style, and load
nothing from elsewhere. A page may change with every event recorded, so browsers always ask again, by ``ETag``."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
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

MAX_TABLE_ROWS = 200
"""Rows of a table or items of a list on a page; what has more is paged, or leads to the whole as a file."""

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
_TEMPLATES.globals |= {
    "DATE_RANGE": DATE_RANGE,
    "FIRST_DAY": FIRST_DAY,
    "LAST_DAY": LAST_DAY,
    "MAX_TABLE_ROWS": MAX_TABLE_ROWS,
}
_TEMPLATES.tests["day"] = is_day


def render(template: str, **values: Any) -> str:
    """A template as HTML."""
    return _TEMPLATES.get_template(template).render(**values)


class Document(NamedTuple):
    """The content of a page or a file, and what it is."""

    content: bytes
    media_type: str
    policy: str = POLICY
    filename: str | None = None
    is_compressed: bool = False

    @property
    def is_compressible(self) -> bool:
        """Whether compression makes it smaller: images are compressed already."""
        return self.media_type.startswith(_COMPRESSED)

    def compressed(self) -> "Document":
        """The same with its content as gzip if that makes it smaller; the same bytes each time."""
        if self.is_compressed or not self.is_compressible:
            return self
        return self._replace(content=gzip.compress(self.content, 6, mtime=0), is_compressed=True)


def html(request: Request, template: str, *, policy: str = POLICY, **values: Any) -> Document:
    """A template as a page. It shows the name of a signed-in visitor."""
    visitor = getattr(request.state, "visitor", None)
    return Document(render(template, visitor=visitor, **values).encode(), HTML, policy)


def csv_file(filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Document:
    """Rows as a CSV file (RFC 4180)."""
    return Document(_csv([columns]) + _csv(rows), CSV, filename=filename)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Send a template as a page."""
    return send(request, html(request, template, **values), status)


def send(request: Request, document: Document, status: int = 200) -> Response:
    """Send a document that a browser may cache if it asks each time; 304 if it has the same."""
    if status == 200:
        etag = f'W/"{sha256(document.content).hexdigest()[:32]}"'
        if is_known(etag, request.headers.get("if-none-match")):
            return not_modified(request, etag)
        return response_of(request, document, etag)
    return response_of(request, document, None, status)


def not_modified(request: Request, etag: str) -> Response:
    """304: the browser has the document with this tag, and its other headers."""
    return Response(status_code=304, headers=_for_caches(request, 200) | {"ETag": etag})


def response_of(request: Request, document: Document, etag: str | None, status: int = 200) -> Response:
    """A document as a response, compressed if the browser takes it."""
    headers = _headers(request, status, document.policy, document.filename) | ({"ETag": etag} if etag else {})
    content = document.content
    if takes_gzip(request) and (document.is_compressed or document.is_compressible):
        headers["Content-Encoding"] = "gzip"
        content = document.compressed().content
    elif document.is_compressed:
        content = gzip.decompress(content)
    return Response(content, status, headers, document.media_type)


def _headers(request: Request, status: int, policy: str, filename: str | None) -> dict[str, str]:
    headers = _for_caches(request, status) | {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    if filename:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return headers


def _for_caches(request: Request, status: int) -> dict[str, str]:
    control = f"{scope(request)}, no-cache" if status == 200 else "no-store"
    return {"Cache-Control": control, "Vary": "Accept-Encoding, Authorization, Cookie"}


def table(request: Request, filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send rows as a CSV file."""
    return send(request, csv_file(filename, columns, rows))


def long_table(request: Request, filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send any number of rows as a CSV file while they are computed; without an ``ETag``, which would need them all."""
    headers = _headers(request, 200, POLICY, filename)
    parts = _csv_parts(columns, rows)
    if takes_gzip(request):
        parts, headers["Content-Encoding"] = _compressed(parts), "gzip"
    return StreamingResponse(_computed(parts), 200, headers, CSV)


_TABLES = CapacityLimiter(2)
"""Parts of few tables are computed at once, in threads of their own, so that other requests need not wait for them."""


async def _computed(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Compute each part when the one before it has been sent."""
    while (part := await to_thread.run_sync(next, parts, None, limiter=_TABLES)) is not None:
        yield part


def _csv_parts(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    yield _csv([columns])
    rest = iter(rows)
    while part := list(islice(rest, ROWS_PER_PART)):
        yield _csv(part)


def _compressed(parts: Iterator[bytes]) -> Iterator[bytes]:
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
