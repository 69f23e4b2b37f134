"""Whether the service is running, and whether it can answer."""

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request

from api.http.problem_answers import problem_responses
from api.http.problems import READING_STORE, STORAGE_FULL, STORE_READ_ONLY
from api.services import services

router = APIRouter(prefix="/health", tags=["health"])


@dataclass(slots=True)
class Health:
    """The state of the service."""

    status: Literal["live", "ready"]


@router.get("/live", operation_id="check_live")
def live() -> Health:
    """Whether the process answers."""
    return Health("live")


@router.get(
    "/ready", operation_id="check_ready", responses=problem_responses(*READING_STORE, STORE_READ_ONLY, STORAGE_FULL)
)
def ready(request: Request) -> Health:
    """Whether the store is the one that was opened, and takes writes; a file is written to find out."""
    services(request).ledger.check()
    return Health("ready")
