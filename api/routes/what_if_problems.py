"""Refusals of changes, forks and chances as problems that name the place in the body."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from api.http.problems import (
    BAD_PARAMETER,
    NOT_FOUND,
    OUTDATED_DEFINITIONS,
    VALIDATION,
    WHAT_IF_REFUSED,
    Fault,
    Problem,
    ProblemType,
)
from api.http.validation_errors import faults_of
from domain.refusals import Refused, RuleBroken, Violation
from domain.what_if.refusals import AlteredFactIsInvalid


@contextmanager
def refusals_as_problems(changes_at: str = "", base: str = "", first: int = 0) -> Iterator[None]:
    """Turn ``Refused`` into a ``Problem``. Errors about a change name that change (the first one in the body is number
    ``first`` of those judged), others a place below ``base``."""
    try:
        yield
    except Refused as refused:
        raise refused_problem(WHAT_IF_REFUSED, refused, changes_at, base, first) from None


def refused_problem(
    kind: ProblemType, refused: Refused, changes_at: str = "", base: str = "", first: int = 0
) -> Problem:
    """Return a refusal as a problem."""
    return Problem(kind, faults=[_fault(one, changes_at, base, first) for one in refused.violations])


def _fault(violation: Violation, changes_at: str, base: str, first: int) -> Fault:
    broken = violation.broken
    is_whole = not changes_at or broken.field.startswith(("/fork", "/changes"))
    pointer = base + broken.field if is_whole else f"{changes_at}/{violation.index - first}{broken.field}"
    return Fault(
        pointer=pointer, detail=detail_of(broken), rule=broken.rule, collides_with=broken.collides_with or None
    )  # fmt: skip


def detail_of(broken: RuleBroken) -> str:
    """Return the error as a sentence: for an altered fact, that of the endpoint that records it."""
    if isinstance(broken, AlteredFactIsInvalid) and broken.error is not None:
        return faults_of(broken.error, broken.item, "")[0].detail
    return broken.detail


@contextmanager
def problems_at(at: str) -> Iterator[None]:
    """Turn problems with a question's parameters into problems that name the question's place in the body."""
    try:
        yield
    except Problem as problem:
        if problem.type not in (BAD_PARAMETER, NOT_FOUND, OUTDATED_DEFINITIONS):
            raise
        faults = problem.faults or (Fault(detail=problem.detail),)
        kind = problem.type if problem.type is OUTDATED_DEFINITIONS else VALIDATION
        raise Problem(kind, faults=[_placed(fault, at) for fault in faults]) from None


def _placed(fault: Fault, at: str) -> Fault:
    return replace(fault, pointer=f"{at}/{fault.parameter}" if fault.parameter else at, parameter=None)
