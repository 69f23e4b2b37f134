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


def add_services(app: "FastAPI", parts: Services) -> None:
    """Let every request of the application find the parts."""
    app.state.services = parts


def services_of(app: "FastAPI") -> Services:
    """Return the parts of an application."""
    return cast(Services, app.state.services)


def services(request: "Request") -> Services:
    """Return the parts of the application that a request was sent to."""
    return cast(Services, request.app.state.services)
