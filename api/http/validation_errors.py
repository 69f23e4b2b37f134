"""Pydantic's errors about a fact, in terms of the request's body.

Pydantic's locations have the names of union members between the keys; and if a union has no discriminator, there are
errors about every member that the value might have been meant as. Here they become JSON pointers to places in the body,
and only the member that the value comes closest to is kept.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from api.http.error_messages import MISSING, UNKNOWN, dotted_name, reportable, sentence
from api.http.problems import MAX_FAULTS, Fault
from domain.json_pointers import pointer_to


class _Step(NamedTuple):
    """A key or an index on the way to a value; or, if it is not ``is_key``, the name of a union member."""

    is_key: bool
    name: str | int


class _Finding(NamedTuple):
    steps: tuple[_Step, ...]
    error: Mapping[str, Any]


class _Way(NamedTuple):
    """One reading of a location. The greater ``merits``, the likelier it is the one meant."""

    merits: tuple[int, ...]
    steps: tuple[_Step, ...]


def faults_of(error: ValidationError, item: Any, base: str) -> list[Fault]:
    """Return the faults of ``item``, which is at the JSON pointer ``base`` of the body."""
    found = [
        _Finding(_Alignment(each, item).steps, each)
        for each in error.errors(include_url=False)[:MAX_FAULTS]
        if not _follows_from_another(each)
    ]
    return [_fault(finding, base) for finding in _meant(found, 0)]


def _fault(finding: _Finding, base: str) -> Fault:
    path = [step.name for step in finding.steps if step.is_key]
    kind, context = finding.error["type"], finding.error.get("ctx") or {}
    if kind in ("union_tag_invalid", "union_tag_not_found") and str(context["discriminator"]).startswith("'"):
        path.append(context["discriminator"].strip("'"))
    shown = reportable(path)
    name = dotted_name(path) or "The fact" if len(shown) == len(path) else "A name of a field, too long to repeat,"
    return Fault(pointer=base + pointer_to(shown), detail=sentence(finding.error, name))


def _follows_from_another(error: Mapping[str, Any]) -> bool:
    """Whether a list is only too short because items of it, which have findings of their own, were left out."""
    return error["type"] == "too_short" and bool(len(error["input"]) >= error["ctx"]["min_length"])


class _Alignment:
    """Tells the keys in pydantic's location from the names of union members, by following it through the value.

    A name may be both. The best way is the one that ends at the value that the error is about, else the one that uses
    the last name, else the one that uses the most names. Ways are cached by place, so that their number stays small.
    """

    def __init__(self, error: Mapping[str, Any], item: Any) -> None:
        self._loc = error["loc"]
        self._input = error["input"]
        self._is_missing = error["type"] in MISSING
        self._known: dict[tuple[int, int], _Way | None] = {}
        best = self._best(0, item)
        self.steps: tuple[_Step, ...] = best.steps if best else ()

    def _best(self, at: int, value: Any) -> _Way | None:
        place = (at, id(value))
        if place not in self._known:
            self._known[place] = max(self._ways(at, value), key=lambda way: way.merits, default=None)
        return self._known[place]

    def _ways(self, at: int, value: Any) -> Iterator[_Way]:
        if at == len(self._loc):
            yield _Way((int(value is self._input), 0, 0), ())
            return
        name, is_last = self._loc[at], at == len(self._loc) - 1
        if is_last and self._is_missing and isinstance(value, dict) and name not in value:
            yield _Way((int(value is self._input), 1, 1), (_Step(True, name),))
        elif _has(value, name) and (rest := self._best(at + 1, value[name])):
            is_input, uses_last, used = rest.merits
            yield _Way((is_input, int(uses_last or is_last), used + 1), (_Step(True, name), *rest.steps))
        # A text in place of a list of texts has no index, although the location has one.
        is_no_key = isinstance(name, str) or isinstance(value, str)
        if is_no_key and (rest := self._best(at + 1, value)):
            yield _Way(rest.merits, (_Step(False, name), *rest.steps))


def _has(value: Any, name: str | int) -> bool:
    if isinstance(value, dict):
        return name in value
    return isinstance(value, list | tuple) and isinstance(name, int) and 0 <= name < len(value)


def _meant(findings: list[_Finding], at: int) -> list[_Finding]:
    """Keep, if a value fits no member of a union, only the errors about the member that it comes closest to."""
    meant = [finding for finding in findings if len(finding.steps) == at]
    following: dict[_Step, list[_Finding]] = defaultdict(list)
    for finding in findings:
        if len(finding.steps) > at:
            following[finding.steps[at]].append(finding)
    members = [step for step in following if not step.is_key]
    if len(members) > 1:
        closest = _closest({member: [f for f in following[member] if _is_misfit(f, at)] for member in members})
        if closest is None:
            meant.append(_fits_none(findings, members, at))
        following = {step: found for step, found in following.items() if step.is_key or step == closest}
    for found in following.values():
        meant.extend(_meant(found, at + 1))
    return meant


def _closest(misfits: Mapping[_Step, list[_Finding]]) -> _Step | None:
    """Return the member with the fewest misfits; of several, one that lacks no field; none if each lacks one."""
    least = min(map(len, misfits.values()))
    closest = [member for member, found in misfits.items() if len(found) == least]
    whole = [member for member in closest if all(finding.error["type"] in UNKNOWN for finding in misfits[member])]
    return closest[0] if len(closest) == 1 else next(iter(whole), None)


def _is_misfit(finding: _Finding, at: int) -> bool:
    """Whether the error suggests that another member was meant: another kind of value, other fields."""
    behind = len(finding.steps) - at
    return behind == 1 or (behind == 2 and finding.error["type"] in MISSING + UNKNOWN)


def _fits_none(findings: list[_Finding], members: list[_Step], at: int) -> _Finding:
    needed: dict[_Step, list[str]] = {member: [] for member in members}
    for finding in findings:
        if len(finding.steps) == at + 2 and finding.error["type"] in MISSING:
            needed[finding.steps[at]].append(str(finding.steps[-1].name))
    forms = [" and ".join(names) for names in needed.values() if names]
    message = "it must be an object" + (" with " if forms else "") + ", or ".join(forms)
    return _Finding(findings[0].steps[:at], {"type": "value_error", "ctx": {"error": message}})
