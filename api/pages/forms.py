"""What the form of a page sends: fields by their names, as browsers write them (``application/x-www-form-urlencoded``).

They are read as strictly as everything else: a field that the form does not have, or has twice, is refused by name."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.http.problems import (
    MALFORMED_BODY,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
)
from api.pages.filters import closed
from api.wording.phrases import capitalised
from domain.vocabulary import normal_form

FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FormContents:
    """A form as it is shown: empty, or as it came back with what was ``given`` and why that was refused."""

    given: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return self.problem.type.status if self.problem else 200

    def wrong(self, name: str) -> str | None:
        """What is wrong with a field."""
        return next((_told(fault) for fault in self._faults if fault.pointer == f"/{name}"), None)

    def wrong_beside(self, *names: str) -> list[str]:
        """What else is wrong, not with any of these fields."""
        places = [f"/{name}" for name in names]
        return [_told(fault) for fault in self._faults if fault.pointer not in places]

    @property
    def _faults(self) -> tuple[Fault, ...]:
        if self.problem is None:
            return ()
        return self.problem.faults or (Fault(detail=self.problem.detail, rule=self.problem.type.name),)


PLAINLY = {
    "ScenarioIsOpenedAlready": "another scenario already has this short name",
    PRECONDITION_FAILED.name: "someone else has changed it since you opened this page; this is the current version",
}
"""What refusals say to people, by rule or type of problem, where the API speaks of what programs sent."""


def _told(fault: Fault) -> str:
    return closed(capitalised(PLAINLY.get(fault.rule or "", fault.detail)))


EMPTY = FormContents()


def fields(*names: str) -> Any:
    """The dependency that reads a form: what was filled in, without white space around it. Raises a ``Problem``."""

    async def filled_in(request: Request) -> dict[str, str]:
        _check_type(request)
        given = _pairs(await request.body())
        times = Counter(name for name, _ in given)
        if wrong := [name for name in times if name not in names or times[name] > 1]:
            raise Problem(VALIDATION, faults=[Fault(pointer=f"/{name}", detail=_wrong(name, names)) for name in wrong])
        return {name: text for name, value in given if (text := normal_form(value).strip())}

    return Depends(filled_in)


def _check_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"A form must be sent as {FORM}.", headers={"Accept-Post": FORM})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if len(body) > FORM_BYTES:
        raise Problem(TOO_LARGE, f"The form has {len(body):,} bytes; the limit is {FORM_BYTES:,}.")
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        detail = "The form cannot be read: it is not valid UTF-8, or has more than 100 fields."
        raise Problem(MALFORMED_BODY, detail) from None


def _wrong(name: str, names: tuple[str, ...]) -> str:
    if name in names:
        return f"the field {name} is given more than once"
    return f"unknown field; choose from: {', '.join(names)}"
