"""The service: the ledger behind HTTP."""

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from api import pages
from api.http import problem_answers
from api.http.middleware import Limits, Methods
from api.http.problems import (
    CLOCK_OFF,
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_KEY_REUSED,
    NOT_YET_CAUGHT_UP,
    STORAGE_FULL,
    STORE_DAMAGED,
    STORE_READ_ONLY,
    STORE_REPLACED,
    TIMEOUT,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    UNREADABLE_RECORD,
    WRITE_CONFLICT,
    Problem,
    ProblemType,
)
from api.level_histories import LevelHistories
from api.replays import Replays
from api.routes import (
    actors,
    comparisons,
    docs_page,
    health,
    imports,
    likelihood,
    log,
    reads,
    record,
    side_by_side,
    warnings,
    what_if,
)
from api.routes.openapi import with_facts
from api.routes.openapi_what_if import add_what_ifs
from api.routes.scenarios import adopting, proposals, saved
from api.services import Services
from api.settings import Settings
from api.work_slots import WorkSlots
from domain.ledger import (
    ClockOff,
    DamagedStore,
    KeyInProgress,
    KeyReused,
    Ledger,
    LedgerFailure,
    NotYetRecorded,
    ReadOnlyStore,
    Scenarios,
    StoreFull,
    StoreReplaced,
    StoreUnavailable,
    UnknownCoalition,
    UnknownScenario,
    UnreadableEvent,
    WriteConflict,
)
from domain.ledger.clock import system_clock
from domain.ledger.keys import Keys

DESCRIPTION = """\
An append-only ledger of what partners of a multinational force promised, withdrew, decided and ruled out. It
rebuilds the force picture of any day, as known on any other day, and says which facts each figure is based on.
"""

FAILURES: dict[type[LedgerFailure], ProblemType] = {
    UnknownCoalition: UNKNOWN_COALITION,
    UnknownScenario: UNKNOWN_SCENARIO,
    NotYetRecorded: NOT_YET_CAUGHT_UP,
    KeyReused: IDEMPOTENCY_KEY_REUSED,
    KeyInProgress: IDEMPOTENCY_IN_PROGRESS,
    WriteConflict: WRITE_CONFLICT,
    UnreadableEvent: UNREADABLE_RECORD,
    ClockOff: CLOCK_OFF,
    StoreUnavailable: TIMEOUT,
    StoreFull: STORAGE_FULL,
    ReadOnlyStore: STORE_READ_ONLY,
    StoreReplaced: STORE_REPLACED,
    DamagedStore: STORE_DAMAGED,
}
"""The type of problem for each failure of the ledger."""

_log = logging.getLogger("coalition.service")


def create_app(
    ledger: Ledger, settings: Settings, now_us: Callable[[], int] = system_clock, *, recorded_by: str | None = None
) -> FastAPI:
    """Create the application over a ledger.

    ``now_us`` is what "now" means to reads, in microseconds since the epoch. With ``recorded_by``, every request may
    record under that name without a key: for an application without a network.
    """
    app = FastAPI(
        title="Coalition ledger",
        description=DESCRIPTION,
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    scenarios = Scenarios(ledger)
    ledger.memory.limit_bytes = settings.memory_bytes // settings.workers
    app.state.services = Services(
        ledger=ledger,
        keys=Keys(ledger),
        scenarios=scenarios,
        replays=Replays(scenarios, ledger.memory),
        slots=WorkSlots(settings.work_seconds, settings.workers),
        level_histories=LevelHistories(ledger),
        store_check=health.StoreCheck(ledger),
        settings=settings,
        clock=now_us,
        recorded_by=recorded_by,
    )
    problem_answers.install(app)
    for failure, kind in FAILURES.items():
        app.add_exception_handler(failure, _answering_with(kind))
    # The routes themselves: `include_router` would build each again for every application at its first request.
    parts = (
        record, imports, reads, actors, log, warnings, comparisons, side_by_side, likelihood, what_if, saved, adopting,
        proposals, health,
    )  # fmt: skip
    for part in parts:
        app.router.routes.extend(part.router.routes)
    pages.install(app)
    docs_page.install(app)
    app.openapi = with_facts(app.openapi, add_what_ifs)  # type: ignore[method-assign]
    app.add_middleware(Methods)
    app.add_middleware(Limits)
    return app


def _answering_with(kind: ProblemType) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(_: Request, failure: Exception) -> Response:
        if isinstance(failure, StoreUnavailable):
            _log.error("the store is not available", exc_info=failure)
            return Problem(kind).response()  # the detail is for those who run the service
        if isinstance(failure, UnreadableEvent):
            _log.error("a record cannot be read", exc_info=failure)
        if isinstance(failure, ClockOff):
            _log.error("nothing is recorded", exc_info=failure)
        return Problem(kind, str(failure)).response()

    return answer
