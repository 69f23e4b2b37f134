"""Chances in an address: ``chance=ceasefire:40``, in per cent; may be repeated."""

import re
from typing import Annotated

from fastapi import Depends, Query

from api.http.problems import BAD_PARAMETER, Fault, Problem
from domain.vocabulary import SLUG

MAX_CHANCES = 100
"""Chances in an address."""


def percentages(
    chance: Annotated[list[str] | None, Query(description="`ceasefire:40`, in per cent; may be repeated.")] = None,
) -> dict[str, int]:
    """The chance of each condition to be met. Raises a ``Problem`` if it is not a condition and a whole number up to
    100."""
    percent: dict[str, int] = {}
    for text in chance or ():
        match = re.fullmatch(rf"({SLUG}):([0-9]{{1,2}}|100)", text)
        if not match or len(percent) == MAX_CHANCES:
            detail = f"a chance is a condition, a colon and a whole number up to 100; at most {MAX_CHANCES} chances"
            raise Problem(BAD_PARAMETER, faults=[Fault(parameter="chance", detail=detail)])
        percent[match[1]] = int(match[2])
    return percent


Percentages = Annotated[dict[str, int], Depends(percentages)]
