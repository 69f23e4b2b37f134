"""The forms of pages: reading the fields that a browser sends (``application/x-www-form-urlencoded``), showing them
again with what is wrong, and writing them to a scenario. An unknown or repeated field is refused by name."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.http.access import Visitor, key_name
from api.http.bodies import JSON, question_in
from api.http.problems import (
    MALFORMED_BODY,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
)
from api.pages.filters import closed
from api.routes.scenarios.writing import ScenarioWrite
from api.wording.phrases import capitalised
from api.work_slots import ask_for_slot, away_from_slot
from domain.history.history import History
from domain.vocabulary import normal_form

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 2 * 1024 * 1024
MAX_FIELDS = 1_000
"""More than a form has: a fact has up to 40 sources of eleven fields, a proposal up to 200 facts, each with a box."""
_FIELD = re.compile(r"/[a-z][a-z0-9_.]*")
"""The pointer to a field of a form."""

KEY_FIELD = "key_to_sign_in"
"""The field in which a form that was sent without a key asks for it."""


@dataclass(frozen=True, slots=True)
class FormContents:
    """A form as a page shows it: empty, or with the ``values`` that were sent and why they were refused."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def status(self) -> int:
        """The status of the page that shows the form."""
        return self.problem.type.status if self.problem else 200

    def wrong(self, name: str) -> str | None:
        """The fault of a field."""
        return next((_sentence(fault) for fault in self._faults if fault.pointer == f"/{name}"), None)

    def wrong_beside(self, *names: str) -> list[str]:
        """The faults that are not of any of these fields."""
        pointers = [f"/{name}" for name in names]
        return [_sentence(fault) for fault in self._faults if fault.pointer not in pointers]

    @property
    def unplaced(self) -> list[str]:
        """The faults that are of no field: their pointers lead into the facts, or nowhere."""
        return [_sentence(fault) for fault in self._faults if not _FIELD.fullmatch(fault.pointer or "")]

    @property
    def _faults(self) -> tuple[Fault, ...]:
        if self.problem is None:
            return ()
        return self.problem.faults or (Fault(detail=self.problem.detail, rule=self.problem.type.name),)


_SENTENCES = {
    "ScenarioIsOpenedAlready": "another scenario already has this short name",
    PRECONDITION_FAILED.name: "someone else has changed it since you opened this page; this is the current version",
}
"""Refusals in other words than the API's, by rule or type of problem, where those are about what programs send."""


def _sentence(fault: Fault) -> str:
    return closed(capitalised(_SENTENCES.get(fault.rule or "", fault.detail)))


EMPTY = FormContents()


def fields(*names: str) -> Any:
    """The dependency that reads a form of these fields: those that were filled in, without white space around them.

    Raises a ``Problem``.
    """

    async def read_fields(request: Request) -> dict[str, str]:
        pairs = await _sent(request)
        times = Counter(name for name, _ in pairs)
        if wrong := [name for name in times if name not in names or times[name] > 1]:
            raise Problem(VALIDATION, faults=[Fault(pointer=f"/{name}", detail=_wrong(name, names)) for name in wrong])
        return {name: text for name, value in pairs if (text := normal_form(value).strip())}

    return Depends(read_fields)


async def typed_fields(request: Request) -> dict[str, str]:
    """What a form sends, by any names; what is repeated is joined by commas. Raises a ``Problem``.

    It is noted for the page that asks for a key if there is none, so that nothing typed is lost.
    """
    typed: dict[str, str] = {}
    for name, value in await _sent(request):
        if text := normal_form(value).strip():
            typed[name] = f"{typed[name]}, {text}" if name in typed else text
    request.state.typed = typed
    return typed


TypedFields = Annotated[dict[str, str], Depends(typed_fields)]


async def form_author(request: Request, typed: TypedFields, visitor: Visitor) -> str:
    """The name under which a form is recorded: of the visitor's key, or of the one entered in the form itself. Raises a
    ``Problem`` (401); its page has the form's content, and asks for a key."""
    secret = typed.pop(KEY_FIELD, None)
    if visitor is not None:
        return visitor
    name = await key_name(request, secret)
    if name is None or secret is None:
        detail = "the key is unknown or revoked" if secret else "recording needs a key"
        raise Problem(UNAUTHORIZED, faults=[Fault(header="Authorization", detail=detail)])
    request.state.visitor, request.state.entered_key = name, secret
    return name


FormAuthor = Annotated[str, Depends(form_author)]


async def _sent(request: Request) -> list[tuple[str, str]]:
    _check_type(request)
    async with away_from_slot():
        return _pairs(await request.body())


def _check_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"A form must be sent as {FORM}.", headers={"Accept-Post": FORM})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if len(body) > FORM_BYTES:
        raise Problem(TOO_LARGE, f"The form has {len(body):,} bytes; the limit is {FORM_BYTES:,}.")
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        detail = f"The form cannot be read: it is not valid UTF-8, or has more than {MAX_FIELDS:,} fields."
        raise Problem(MALFORMED_BODY, detail) from None


def _wrong(name: str, names: tuple[str, ...]) -> str:
    if name in names:
        return f"the field {name} is given more than once"
    return f"unknown field; choose from: {', '.join(names)}"


def scenario_write(
    request: Request, recorded: History, author: str, *, doing: str, body: Any, sequence: int | None = None
) -> ScenarioWrite:
    """What a form sends, as if it had been posted to the API.

    Its idempotency key is made from all of it, so that a form that is sent twice, as by a double click, counts once.
    """
    ask_for_slot()
    request_body = question_in(json.dumps(body).encode(), JSON)
    digest = sha256(json.dumps([author, doing, sequence, request_body.digest]).encode()).hexdigest()
    if_match = None if sequence is None else f'"{sequence}"'
    return ScenarioWrite(
        request=request, recorded=recorded, author=author, request_body=request_body, idempotency_key=f"page-{digest}",
        if_match=if_match,
    )  # fmt: skip
