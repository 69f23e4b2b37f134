"""The cache of pages and their files, which are kept compressed.

A page shows more than an answer does: its own address, the day, and who has signed in. All of that is part of its name
(``api/answer_cache.py``).
"""

from collections.abc import Callable

from fastapi import Request, Response

from api.answer_cache import OVERHEAD_BYTES, digest_of, name_of
from api.http.answers import is_known
from api.pages.responses import Document, not_modified, response_of, send
from api.pages.viewpoint import Viewpoint
from api.services import services
from api.wording.names import calling_by


def send_cached(request: Request, viewpoints: list[Viewpoint], make: Callable[[], Document]) -> Response:
    """Send the document at an address: 304, the cached document, or what ``make`` returns.

    The viewpoints are those of one history, or of the record first and of a scenario after it. Actors and things go by
    their names at the last one.
    """
    shown = [(one.basis, one.asked, one.today, one.history.sequence) for one in viewpoints]
    depends_on = (
        str(request.url), getattr(request.state, "visitor", None), request.headers.get("sec-fetch-dest"), shown,
    )  # fmt: skip
    names = [name_of(request, one.history, [one.basis], depends_on) for one in viewpoints]
    if None in names:
        return send(request, _made(viewpoints[-1], make))
    digest = digest_of(tuple(names))
    etag, key, asked = f'W/"{digest}"', ("page", digest), request.headers.get("if-none-match")
    if asked is not None and asked.strip() != "*" and is_known(etag, asked):
        return not_modified(request, etag)
    memory = services(request).ledger.memory
    document: Document | None = memory.get(key)
    if document is None:
        document = _made(viewpoints[-1], make).compressed()
        memory.keep(key, document, len(document.content) + OVERHEAD_BYTES)
    if is_known(etag, asked):
        return not_modified(request, etag)
    return response_of(request, document, etag)


def _made(viewpoint: Viewpoint, make: Callable[[], Document]) -> Document:
    with calling_by(viewpoint):
        return make()
