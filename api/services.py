"""What the service holds while it runs, in one typed object on the application's state.

The parts belong to higher layers, which themselves read them here. So they are imported for their types only; the
application is what puts them together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from api.level_histories import LevelHistories
    from api.replays import Replays
    from api.routes.health import StoreCheck
    from api.settings import Settings
    from api.work_slots import WorkSlots
    from domain.ledger import Keys, Ledger, Scenarios


@dataclass(slots=True, kw_only=True)
class Services:
    """What requests share.

    ``slots`` bound the work that requests do at once. ``clock`` tells what "now" means to reads, in microseconds
    since the epoch. With ``recorded_by``, every request may record under that name and without a key.
    """

    ledger: "Ledger"
    keys: "Keys"
    scenarios: "Scenarios"
    replays: "Replays"
    slots: "WorkSlots"
    level_histories: "LevelHistories"
    store_check: "StoreCheck"
    settings: "Settings"
    clock: Callable[[], int]
    recorded_by: str | None = None


def services(request: "Request") -> Services:
    """Return what the application that received the request holds."""
    return services_of(request.app)


def services_of(app: "FastAPI") -> Services:
    """Return what an application holds."""
    return cast(Services, app.state.services)
