"""As of when: the one place that reads ``valid_at``, ``known_at``, ``known_axis`` and ``sequence``.

A question at an instant sees what began at or before it; a question about a period sees everything that began before
the period's end. Its answer carries its basis, with which the same question gives the same answer for ever."""

import operator
from dataclasses import dataclass
from typing import Annotated, get_args

from pydantic import Field

from domain.history.history import KnownAxis, ReadableHistory, View
from domain.quantities import DEFINITIONS
from domain.times import format_instant, period
from domain.vocabulary import AttributionBasis


@dataclass(slots=True, frozen=True)
class Basis:
    """What an answer rests on. ``sequence`` is how many events were looked at, ``definitions`` the version of the
    definitions. ``without`` has the bases of attribution whose words alone do not count; it is absent if all do."""

    coalition: str
    sequence: int
    valid_at: str
    known_at: str
    known_axis: KnownAxis
    definitions: int = DEFINITIONS
    without: Annotated[tuple[AttributionBasis, ...], Field(exclude_if=operator.not_)] = ()


class UnanswerableQuestion(ValueError):
    """A question's parameter cannot be read; ``parameter`` names it."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.detail = detail


class OutdatedDefinitions(UnanswerableQuestion):
    """A question asks for an earlier version of the definitions, which this program no longer computes."""

    def __init__(self, asked: int) -> None:
        super().__init__(
            "definitions",
            f"this program no longer gives answers by definitions {asked}, only by definitions {DEFINITIONS}",
        )


@dataclass(slots=True, frozen=True)
class AsOf:
    """A point on both axes, as asked for; what is not said is now, the recorded axis, and all events there are."""

    valid_at: str | None = None
    known_at: str | None = None
    known_axis: str | None = None
    sequence: int | None = None
    definitions: int | None = None
    without: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the question fixes all that an answer depends on."""
        return None not in (self.valid_at, self.known_at, self.known_axis, self.sequence, self.definitions)

    def basis(self, history: ReadableHistory, now_us: int) -> Basis:
        """Fix what was left open. Raises ``UnanswerableQuestion``."""
        for parameter in ("valid_at", "known_at"):
            _readable(parameter, getattr(self, parameter))
        if self.known_axis is not None and self.known_axis not in get_args(KnownAxis):
            raise UnanswerableQuestion("known_axis", "the known axis is recorded or reported")
        if self.definitions is not None and 1 <= self.definitions < DEFINITIONS:
            raise OutdatedDefinitions(self.definitions)
        if self.definitions not in (None, DEFINITIONS):
            raise UnanswerableQuestion("definitions", f"the definitions are of version {DEFINITIONS}")
        # A replica's clock may be ahead: what is on record is known by now, whatever the clock here says.
        known_by_now = format_instant(max(now_us, history.last_recorded_us))
        return Basis(
            history.coalition, self._sequence(history), self.valid_at or format_instant(now_us),
            self.known_at or known_by_now, "reported" if self.known_axis == "reported" else "recorded",
            without=self._without(),
        )  # fmt: skip

    def _without(self) -> tuple[AttributionBasis, ...]:
        known = get_args(AttributionBasis)
        unknown = [name for name in self.without if name not in known]
        if unknown:
            detail = f"unknown basis of attribution {unknown[0][:60]!r}; choose from {', '.join(known)}"
            raise UnanswerableQuestion("without", detail)
        return tuple(name for name in known if name in self.without)

    def _sequence(self, history: ReadableHistory) -> int:
        if self.sequence is None:
            return history.sequence
        if not 0 <= self.sequence <= history.sequence:
            raise UnanswerableQuestion("sequence", f"the record has {history.sequence} events")
        return self.sequence


def view_of(history: ReadableHistory, basis: Basis) -> View:
    """What stood, and was known, by a basis; of a history from which what it is ``without`` has been left out."""
    return history.view(
        period(basis.valid_at).last_us, period(basis.known_at).last_us, basis.known_axis, basis.sequence
    )


def _readable(parameter: str, text: str | None) -> None:
    if text is None:
        return
    try:
        period(text)
    except ValueError as error:
        raise UnanswerableQuestion(parameter, str(error)) from None
