"""What the service holds while it runs, in one typed object on the application's state.

The parts belong to higher layers, which themselves read them here. So they are imported for their types only; the
application is what puts them together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from api.replays import Replays
    from api.settings import Settings
    from api.work_slots import WorkSlots
    from domain.ledger import Keys, Ledger, Scenarios


@dataclass(slots=True, kw_only=True)
class Services:
    """What requests share.

    ``drawing_slots`` are for sensitivities and simulations. ``clock`` tells what "now" means to reads, in microseconds
    since the epoch. With ``recorded_by``, every request may record under that name and without a key.
    """

    ledger: "Ledger"
    keys: "Keys"
    scenarios: "Scenarios"
    replays: "Replays"
    drawing_slots: "WorkSlots"
    settings: "Settings"
    clock: Callable[[], int]
    recorded_by: str | None = None

    @property
    def slots(self) -> "WorkSlots":
        """The slots in which histories are changed and compared."""
        return self.replays.slots


def services(request: "Request") -> Services:
    """Return what the application that received the request holds."""
    return services_of(request.app)


def services_of(app: "FastAPI") -> Services:
    """Return what an application holds."""
    return cast(Services, app.state.services)
