"""The cache of answers, and their tags, which are known before an answer is made.

All that an answer depends on has a name: which events are known, the stretch of valid time in which nothing changes,
the question, the definitions, and the build. The name is plain data, the same in every process on the same store. So

- its digest is the answer's ``ETag``, and a conditional request is answered with 304 before anything is computed;
- the answer is kept under it, within the memory of the process, and never becomes wrong.

An answer contains the bases that it was asked for. It is kept as a template without them, and they are put in again for
each request: the result is byte for byte what the route would make. How far the record has moved on since a scenario's
starting point is added in the same way (``api/moved_on.py``).
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import Request, Response

from api.http.access import is_open_to_read
from api.http.answers import JSON, acceptable, json_of, not_modified, respond
from api.moved_on import moved_on_in, with_moved_on
from api.services import services
from domain.history.history import History, ReadableHistory
from domain.ledger import LedgerFailure, Memory
from domain.times import period
from projections.asof import AsOf, Basis, UnanswerableQuestion
from projections.what_if.changed_history import ChangedHistory

_PARTS_OF_A_BASIS = ("valid_at", "known_at", "known_axis", "sequence", "definitions")

_OF_THE_BASIS = {
    "coalition",
    "min_sequence",
    *(f"{side}{part}" for side in ("", "from_", "to_") for part in _PARTS_OF_A_BASIS),
}
"""Parameters that only say which basis is meant."""

OVERHEAD_BYTES = 1_000
"""About what a kept answer costs beside its content."""


class BasisPoint(NamedTuple):
    """A basis, and the request's own parameters for it; a part that the request leaves open means "now"."""

    asked: AsOf
    basis: Basis


class AnswerContent(NamedTuple):
    """The content of an answer; ``next_cursor`` is where the next page of it begins, if there is one."""

    content: bytes
    next_cursor: int | str | None = None


class _Template(NamedTuple):
    """An answer without its bases: the content around them, and which of them goes after each part but the last."""

    parts: list[bytes]
    bases: list[int]
    next_cursor: int | str | None


def answer_question(
    request: Request,
    history: ReadableHistory,
    points: Sequence[BasisPoint],
    make: Callable[[], AnswerContent],
    *,
    media_type: str = JSON,
    etag: str | None = None,
    link: Callable[[int | str | None], str | None] = lambda _: None,
    depends_on: Sequence[Any] = (),
) -> Response:
    """Return the answer to a question as of some points: 304, the cached answer, or what ``make`` returns.

    ``depends_on`` is what the answer depends on apart from the parameters of the request and its points. ``link``
    returns the ``Link`` header of a page, from the cursor of the next one.
    """
    if media_type == JSON:
        acceptable(request, JSON)
    given = [history.as_of(asked) if isinstance(history, ChangedHistory) else asked for asked, _ in points]
    asked = next((one for one in given if not one.is_whole), given[0])
    name = name_of(request, history, [basis for _, basis in points], (media_type, *depends_on))
    moved_on = moved_on_in(request, history, asked) if media_type == JSON else None
    if name is None:
        made = make()
        return respond(request, made.content, asked, media_type=media_type, etag=etag, link=link(made.next_cursor))
    etag = etag or _etag(name if moved_on is None else (name, moved_on), given, points)
    known = not_modified(request, etag, asked)
    if known is not None:
        return known
    made = _find_or_make(services(request).ledger.memory, name, points, make)
    if isinstance(history, History) and not depends_on and made.next_cursor is None:
        _remember(request, _Question(history.coalition, tuple(given), asked, media_type))
    content = with_moved_on(made.content, moved_on)
    return respond(request, content, asked, media_type=media_type, etag=etag, link=link(made.next_cursor))


def _find_or_make(
    memory: Memory, name: "Name", points: Sequence[BasisPoint], make: Callable[[], AnswerContent]
) -> AnswerContent:
    bases = [json_of(Basis, basis) for _, basis in points]
    kept = _find(memory, name, bases)
    if kept is not None:
        return kept
    made = make()
    memory.keep(_key(name), _without_bases(made, bases), len(made.content) + OVERHEAD_BYTES)
    return made


def _find(memory: Memory, name: "Name", bases: Sequence[bytes]) -> AnswerContent | None:
    kept: _Template | None = memory.get(_key(name))
    return None if kept is None else AnswerContent(_with_bases(kept, bases), kept.next_cursor)


def _key(name: "Name") -> tuple[str, str]:
    return "answer", digest_of(name)


def _without_bases(made: AnswerContent, bases: Sequence[bytes]) -> _Template:
    places = {basis: place for place, basis in reversed(list(enumerate(bases)))}
    found = re.split(b"(" + b"|".join(map(re.escape, places)) + b")", made.content)
    return _Template(found[::2], [places[basis] for basis in found[1::2]], made.next_cursor)


def _with_bases(kept: _Template, bases: Sequence[bytes]) -> bytes:
    content = kept.parts[:1]
    for place, part in zip(kept.bases, kept.parts[1:], strict=True):
        content += (bases[place], part)
    return b"".join(content)


# --- repeated questions -----------------------------------------------------------------------------------------------


class _Question(NamedTuple):
    """What a request asks, by its validated parameters; the same request asks the same again."""

    coalition: str
    points: tuple[AsOf, ...]
    asked: AsOf
    media_type: str


async def repeat_answer(request: Request) -> Response | None:
    """Return the cached answer to a request that was answered before, or 304 if its client has it.

    The parameters are known to be valid, so only the position of the record has to be looked up. Returns ``None`` if
    more has to be checked, such as who asks, or if the answer is not cached; then the route answers.
    """
    if request.method != "GET" or not is_open_to_read(request):
        return None
    question: _Question | None = services(request).ledger.memory.get(_request_key(request))
    if question is None:
        return None
    try:
        history = await services(request).level_histories.get(question.coalition)
        now_us = services(request).clock()
        points = [BasisPoint(asked, asked.basis(history, now_us)) for asked in question.points]
    except (LedgerFailure, UnanswerableQuestion):
        return None
    bases = [basis for _, basis in points]
    name = name_of(request, history, bases, (question.media_type,))
    assert name is not None
    etag = _etag(name, question.points, points)
    known = not_modified(request, etag, question.asked)
    if known is not None:
        return known
    kept = _find(services(request).ledger.memory, name, [json_of(Basis, basis) for basis in bases])
    if kept is None or kept.next_cursor is not None:
        return None
    return respond(request, kept.content, question.asked, media_type=question.media_type, etag=etag)


def _remember(request: Request, question: _Question) -> None:
    """Remember what a request asks, at the cost of its words: its address and ``Accept`` may be long."""
    key = _request_key(request)
    services(request).ledger.memory.keep(key, question, OVERHEAD_BYTES + sum(map(len, key)))


def _request_key(request: Request) -> tuple[str, str, bytes, str]:
    return "question", request.scope["path"], request.scope["query_string"], ",".join(request.headers.getlist("accept"))


# --- names ------------------------------------------------------------------------------------------------------------

Name = tuple[Any, ...]


def name_of(
    request: Request, history: ReadableHistory, bases: Sequence[Basis], depends_on: Sequence[Any]
) -> Name | None:
    """Return the name of all that an answer depends on, but for its bases; ``None`` for a history without a name."""
    known = _of_history(request, history, bases)
    if known is None:
        return None
    question = [(name, value) for name, value in request.query_params.multi_items() if name not in _OF_THE_BASIS]
    return build(), request.scope["path"], tuple(question), tuple(depends_on), known


def digest_of(name: Name) -> str:
    """Return a digest of a name: 32 hexadecimal digits."""
    return sha256(repr(name).encode()).hexdigest()[:32]


def _etag(name: Name, given: Sequence[AsOf], points: Sequence[BasisPoint]) -> str:
    """Identify an answer; weakly and without the time, if parts of a basis were left open and mean "now"."""
    moving = [part for asked in given for part in ("valid_at", "known_at") if getattr(asked, part) is None]
    fixed = [
        (asked.valid_at, asked.known_at, basis.known_axis, basis.sequence)
        for asked, (_, basis) in zip(given, points, strict=True)
    ]
    return ("W/" if moving else "") + f'"{digest_of((name, fixed))}"'


def _of_history(request: Request, history: ReadableHistory, bases: Sequence[Basis]) -> Name | None:
    if isinstance(history, History):
        return _of_record(history, bases)
    line: Name | None = getattr(request.state, "line", None)
    return None if line is None else (line, tuple(bases))


def _of_record(history: History, bases: Sequence[Basis]) -> Name:
    """What an answer about the record depends on: for each basis the events known and the stretch of valid time, and
    for several, their order in time and which of them are equal."""
    times = [period(basis.valid_at).last_us for basis in bases]
    known = [history.known_set(period(basis.known_at).last_us, basis.known_axis, basis.sequence) for basis in bases]
    order = tuple(sorted(set(times)).index(at_us) for at_us in times)
    alike = tuple(bases.index(basis) for basis in bases)
    return tuple(known), tuple(map(history.stretch_of, times)), order, alike


@cache
def build() -> str:
    """Return a digest of this program: its own files, and the versions of what is installed with it.

    Any change of the program changes it, even without a new version number.
    """
    digest = sha256()
    root = Path(__file__).parent.parent
    for package in ("api", "domain", "projections"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    digest.update(repr(sorted(f"{one.name} {one.version}" for one in distributions())).encode())
    return digest.hexdigest()[:16]
