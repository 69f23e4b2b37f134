"""How a page is sent: all text escaped, compressed, with headers that keep everything to our own files.

The content security policy has no exceptions: no script and no style stands in a page, and nothing is loaded from
elsewhere. What an address shows may change with what is recorded, so a browser always asks again, by ``ETag``."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.access import scope
from api.answering import is_known, takes_gzip
from api.pages import words
from api.pages.clocks import DATE_RANGE, FIRST_DAY, LAST_DAY, is_day

HTML = "text/html; charset=utf-8"
CSV = "text/csv; charset=utf-8"
SVG = "image/svg+xml"
PNG = "image/png"
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
EMBEDDED_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""Other sites may show a chart in a frame; the charts' own page takes no input."""

_COMPRESSED = ("text/", SVG)
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
words.install(_TEMPLATES)
_TEMPLATES.globals |= {"DATE_RANGE": DATE_RANGE, "FIRST_DAY": FIRST_DAY, "LAST_DAY": LAST_DAY}
_TEMPLATES.tests["day"] = is_day


def rendered(template: str, **values: Any) -> str:
    """A page as HTML."""
    return _TEMPLATES.get_template(template).render(**values)


def page(request: Request, template: str, *, status: int = 200, policy: str = POLICY, **values: Any) -> Response:
    """Send a page; it knows who looks at it."""
    visitor = getattr(request.state, "visitor", None)
    return sent(request, rendered(template, visitor=visitor, **values).encode(), HTML, status=status, policy=policy)


def sent(
    request: Request,
    content: bytes,
    media_type: str,
    *,
    status: int = 200,
    policy: str = POLICY,
    filename: str | None = None,
) -> Response:
    """Send content that a browser may keep only as long as it asks each time; 304 where it has the same."""
    headers = {
        "Cache-Control": f"{scope(request)}, no-cache" if status == 200 else "no-store",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }
    if filename:
        headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    if status == 200:
        headers["ETag"] = f'W/"{sha256(content).hexdigest()[:32]}"'
        if is_known(headers["ETag"], request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
    if media_type.startswith(_COMPRESSED) and takes_gzip(request):
        content, headers["Content-Encoding"] = gzip.compress(content, 6, mtime=0), "gzip"
    return Response(content, status, headers, media_type)


def table(request: Request, filename: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send rows as CSV (RFC 4180), to be kept as a file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return sent(request, text.getvalue().encode(), CSV, filename=filename)


def _cell(value: Any) -> Any:
    """A value as a cell: lists joined, and no text that a spreadsheet would take for a formula."""
    if isinstance(value, (list, tuple)):
        value = "; ".join(str(_cell(one)) for one in value)
    if isinstance(value, dict):
        value = ", ".join(f"{name}: {_cell(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
