"""The files that pages load: style sheets, a script and a vendored htmx. They are compressed once; browsers never ask
for them again, since their addresses contain a hash of their content."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.http.answers import takes_gzip
from api.http.problems import NOT_FOUND, Problem

_API = Path(__file__).parent.parent
FILES = {path.name: path for path in (*(_API / "pages" / "static").iterdir(), _API / "charts" / "charts.css")}
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


def address_of(name: str) -> str:
    """The address of a file in the version that is served."""
    return f"/files/{name}?v={sha256(_content(name)).hexdigest()[:12]}"


@router.get("/files/{name}")
def file(request: Request, name: str) -> Response:
    """One file."""
    if name not in FILES or FILES[name].suffix not in TYPES:
        raise Problem(NOT_FOUND, "This file does not exist.")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if takes_gzip(request):
        return Response(_compressed(name), 200, headers | {"Content-Encoding": "gzip"}, TYPES[Path(name).suffix])
    return Response(_content(name), 200, headers, TYPES[Path(name).suffix])


@cache
def _content(name: str) -> bytes:
    return FILES[name].read_bytes()


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_content(name), 9, mtime=0)
