"""The query parameters of every read, and the refusal of unknown ones; ``projections/asof.py`` says what they mean."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Sequence_
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Path, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.http.problems import BAD_PARAMETER, OUTDATED_DEFINITIONS, UNKNOWN_COALITION, UNKNOWN_SCENARIO, Fault, Problem
from api.services import services
from api.work_slots import away_from_slot
from domain.history.history import History, ReadableHistory, View
from domain.ledger import NotYetRecorded, SavedScenario
from domain.times import period
from domain.vocabulary import SLUG
from projections.asof import AsOf, Basis, OutdatedDefinitions, UnanswerableQuestion, view_of
from projections.what_if.changed_history import ChangedHistory

WAIT_SECONDS = (0.02, 0.04, 0.08, 0.16, 0.3, 0.4)
"""The pauses between checks for a sequence that is still to come: a second in all, short at first."""

ValidAt = Annotated[
    str | None,
    Query(description="When the answer holds: an instant, a day, a month, a year or an interval. Default: now."),
]
KnownAt = Annotated[str | None, Query(description="As known at that time. Default: now.")]
KnownAxis = Annotated[
    str | None,
    Query(description="`recorded` (known when recorded here; the default) or `reported` (known when made public)."),
]
Sequence = Annotated[int | None, Query(description="Take only the first so many events into account.", ge=0)]
MinSequence = Annotated[
    str | None,
    Query(
        description="Wait until the record has so many events, to read one's own writes on another replica. "
        "The ETag of a write is accepted."
    ),
]
Without = Annotated[
    list[str] | None,
    Query(
        description="Leave out what rests only on the words of these bases of attribution, such as `leak`: one or "
        "several, with commas between."
    ),
]
Definitions = Annotated[int | None, Query(description="The version of the definitions, as in a basis.")]


async def requested_as_of(
    *,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    definitions: Definitions = None,
    without: Without = None,
) -> AsOf:
    """Return the point that a request asks about, without a thread."""
    return AsOf(valid_at, known_at, known_axis, sequence, definitions, bases_in(without))


def bases_in(without: str | Sequence_[str] | None) -> tuple[str, ...]:
    """Return the names in a parameter that may be given several times, and with commas."""
    without = [without] if isinstance(without, str) else without
    return tuple(name for part in without or () for name in part.split(",") if name)


AsOfQuery = Annotated[AsOf, Depends(requested_as_of)]


async def recorded(request: Request, coalition: str, min_sequence: MinSequence = None) -> History:
    """Return a coalition's history, as of the request or later, with at least ``min_sequence`` events.

    A request that waits for events occupies neither a thread nor a slot. Raises ``NotYetRecorded``.
    """
    least = _number(min_sequence)
    history = await run_in_threadpool(history_of, request, coalition)
    for wait_seconds in WAIT_SECONDS:
        if history.sequence >= least:
            return history
        async with away_from_slot():
            await asyncio.sleep(wait_seconds)
        history = await run_in_threadpool(history_of, request, coalition)
    if history.sequence < least:
        raise NotYetRecorded(coalition, least, history.sequence)
    return history


def history_of(request: Request, coalition: str) -> History:
    """Return a coalition's history, level with the store. Raises a ``Problem`` for a name that is not a slug."""
    if not re.fullmatch(SLUG, coalition):
        raise Problem(UNKNOWN_COALITION)
    ledger = services(request).ledger
    return ledger.history(coalition)


RecordedHistory = Annotated[History, Depends(recorded)]


async def history(request: Request, recorded: RecordedHistory) -> ReadableHistory:
    """Return the history to read: the coalition's, or, if the address names a scenario, as the scenario changes it.

    The line of scenarios that it is changed by is noted for the names of answers.
    """
    scenario = request.path_params.get("scenario")
    if scenario is None:
        return recorded
    return await run_in_threadpool(_changed, request, recorded, scenario)


def _changed(request: Request, recorded: History, scenario: str) -> ReadableHistory:
    replays = services(request).replays
    line = replays.line(recorded.coalition, scenario)
    request.state.line = tuple((one.scenario, one.sequence, one.events[-1].event_id) for one in line)
    return replays.of_line(recorded, line)


RequestedHistory = Annotated[ReadableHistory, Depends(history)]


def named_scenario(scenario: Annotated[str, Path(description="A saved scenario of the coalition.")]) -> str:
    """Return the scenario that an address names; ``history`` uses it."""
    return scenario


def _number(min_sequence: str | None) -> int:
    """Read a sequence: a number, or the ETag of a write."""
    found = re.fullmatch(r'(?:W/)?"([0-9]{1,15})"|([0-9]{1,15})', min_sequence or "0")
    if not found:
        raise Problem(
            BAD_PARAMETER, faults=[Fault(parameter="min_sequence", detail="min_sequence must be a whole number")]
        )
    return int(found[1] or found[2])


def basis_of(request: Request, asked: AsOf, history: ReadableHistory, names: Mapping[str, str] | None = None) -> Basis:
    """Return the basis of a question; parameters that were left open, and so mean "now", are noted for the ETag.

    For a scenario, they are those of its fork. Raises a ``Problem`` with the parameter, by its name in ``names`` if it
    has another name here.
    """
    if isinstance(history, ChangedHistory):
        asked = history.as_of(asked)
    try:
        basis = asked.basis(history, services(request).clock())
    except UnanswerableQuestion as error:
        parameter = (names or {}).get(error.parameter, error.parameter)
        kind = OUTDATED_DEFINITIONS if isinstance(error, OutdatedDefinitions) else BAD_PARAMETER
        raise Problem(kind, faults=[Fault(parameter=parameter, detail=error.detail)]) from None
    open_ones = [getattr(basis, name) for name in ("valid_at", "known_at") if getattr(asked, name) is None]
    request.state.moving = (*getattr(request.state, "moving", ()), *open_ones)
    return basis


def read_history(request: Request, history: ReadableHistory, basis: Basis) -> ReadableHistory:
    """Return the history that answers a question: without what the basis leaves out."""
    return services(request).replays.leaving_out(history, basis)


def view_at(request: Request, history: ReadableHistory, basis: Basis) -> View:
    """Return what was in force and known at a basis, without what it leaves out."""
    return view_of(read_history(request, history, basis), basis)


def changed_history(request: Request, changed: ChangedHistory, basis: Basis) -> ChangedHistory:
    """Return a scenario as its changes leave a record without what the basis leaves out."""
    if not basis.without:
        return changed
    base = read_history(request, changed.base, basis)
    fork = replace(changed.fork, sequence=min(changed.fork.sequence, base.sequence))
    return ChangedHistory(base, fork, changed.changes, changed.undisclosed)


def time_in(parameter: str, text: str) -> tuple[int, int]:
    """Return the first and the last microsecond of a period that a parameter names."""
    try:
        named = period(text)
    except ValueError as error:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter=parameter, detail=str(error))]) from None
    return named.start_us, named.last_us


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that is unknown or given twice: a misspelt date must not mean now. Raises a ``Problem``.

    A basis may be sent as it was in an answer, with the name of the coalition.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not request.query_params:
        return
    taken = {
        parameter.alias: parameter.field_info.annotation
        for parameter in get_flat_params(route.dependant)
        if isinstance(parameter.field_info, params.Query)
    }
    this = ("coalition", request.path_params.get("coalition"))
    times_given = Counter(pair[0] for pair in request.query_params.multi_items() if pair != this)
    faults = [Fault(parameter=name, detail=_unknown(name)) for name in times_given if name not in taken]
    faults += [
        Fault(parameter=name, detail=f"{name} is given {times} times")
        for name, times in times_given.items()
        if times > 1 and name in taken and "list" not in str(taken[name])
    ]
    if faults:
        raise Problem(BAD_PARAMETER, faults=faults)


def _unknown(name: str) -> str:
    return f"unknown parameter {name}" if len(name) <= 60 else "unknown parameter"


def saved_scenario(request: Request, recorded: History, scenario: str) -> SavedScenario:
    """Return a saved scenario. Raises a ``Problem`` (404) if there is none."""
    if not re.fullmatch(SLUG, scenario):
        raise Problem(UNKNOWN_SCENARIO)
    return services(request).scenarios.get(recorded.coalition, scenario)
