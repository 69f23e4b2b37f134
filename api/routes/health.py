"""Whether the service lives, and whether it can answer."""

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request

from api.http.problem_answers import documented
from api.http.problems import TIMEOUT
from api.services import services

router = APIRouter(prefix="/health", tags=["health"])


@dataclass(slots=True)
class Health:
    """One word."""

    status: Literal["live", "ready"]


@router.get("/live", operation_id="check_live")
def live() -> Health:
    """The process answers."""
    return Health("live")


@router.get("/ready", operation_id="check_ready", responses=documented(TIMEOUT))
def ready(request: Request) -> Health:
    """The store answers, too."""
    ledger = services(request).ledger
    ledger.check()
    return Health("ready")
