"""Who asks: keys for writing, and for reading where the settings say so. Roles and grants go here, and nowhere else."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.problems import UNAUTHORIZED, Fault, Problem
from api.settings import Settings
from domain.ledger.keys import Keys

_BEARER = HTTPBearer(auto_error=False, description="A key made with `coalition keys add NAME`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


async def writer(request: Request, credentials: Credentials) -> str:
    """The name of the key that the request was sent with; what it records is recorded by that name.

    Raises a ``Problem`` (401) without a key, or with one that is unknown or revoked.
    """
    keys: Keys = request.app.state.keys
    secret = credentials.credentials if credentials else None
    name = keys.just_authenticated(secret) or await run_in_threadpool(keys.authenticate, secret) if secret else None
    if name is None:
        detail = "the key is unknown or revoked" if credentials else "send Authorization: Bearer and a key"
        raise Problem(UNAUTHORIZED, faults=[Fault(header="Authorization", detail=detail)])
    return name


async def reader(request: Request, credentials: Credentials) -> None:
    """Let the request read, if reading is open or it has a key."""
    settings: Settings = request.app.state.settings
    if settings.reading_needs_a_key:
        await writer(request, credentials)


Writer = Annotated[str, Depends(writer)]
