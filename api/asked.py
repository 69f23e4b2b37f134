"""What a request asks: the parameters that every read takes, and a refusal of those that none takes."""

from collections import Counter
from typing import Annotated

from fastapi import Depends, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from api.problems import BAD_PARAMETER, Fault, Problem
from domain.history import History
from domain.ledger import Ledger
from domain.times import period
from projections.asof import AsOf, Basis, UnanswerableQuestion

ValidAt = Annotated[
    str | None, Query(description="What held then: an instant, a day, a month, a year or an interval. Default: now.")
]
KnownAt = Annotated[str | None, Query(description="As it was known then. Default: now.")]
KnownAxis = Annotated[
    str | None,
    Query(description="`recorded` (when this ledger knew; the default) or `reported` (when the public could)."),
]
Sequence = Annotated[int | None, Query(description="Look at the first so many events only.", ge=0)]
MinSequence = Annotated[
    str | None,
    Query(
        description="Wait until so many events can be seen: to read one's own writes on another replica. An ETag of a write will do."
    ),
]
Definitions = Annotated[int | None, Query(description="The version of the definitions, as a basis gives it.")]


def as_of(
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    definitions: Definitions = None,
) -> AsOf:
    """The point that a read asks about."""
    return AsOf(valid_at, known_at, known_axis, sequence, definitions)


Asked = Annotated[AsOf, Depends(as_of)]


def history(request: Request, coalition: str, min_sequence: MinSequence = None) -> History:
    """The history that a read looks at, no older than the request."""
    ledger: Ledger = request.app.state.ledger
    return ledger.history(coalition, min_sequence=_number(min_sequence))


Seen = Annotated[History, Depends(history)]


def _number(min_sequence: str | None) -> int:
    text = (min_sequence or "0").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="min_sequence", detail="min_sequence is a whole number")])
    return int(text)


def basis_of(asked: AsOf, history: History, now_us: int, prefix: str = "") -> Basis:
    """The basis that the question fixes. Raises a ``Problem`` that names the parameter, ``prefix`` before it."""
    try:
        return asked.basis(history, now_us)
    except UnanswerableQuestion as error:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter=prefix + error.parameter, detail=error.detail)]) from None


def time_in(parameter: str, text: str) -> tuple[int, int]:
    """The first and the last microsecond of a period that a parameter names."""
    try:
        named = period(text)
    except ValueError as error:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter=parameter, detail=str(error))]) from None
    return named.start_us, named.last_us


def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that the operation does not take, or that is given twice: a misspelt date must not mean now."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    taken = {
        parameter.alias: parameter.field_info.annotation
        for parameter in get_flat_params(route.dependant)
        if isinstance(parameter.field_info, params.Query)
    }
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [Fault(parameter=name, detail=f"there is no parameter {name} here") for name in given if name not in taken]
    faults += [
        Fault(parameter=name, detail=f"{name} is given {times} times")
        for name, times in given.items()
        if times > 1 and name in taken and "list" not in str(taken[name])
    ]
    if faults:
        raise Problem(BAD_PARAMETER, faults=faults)
