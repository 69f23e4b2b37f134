"""Why a what-if is refused: one type for each rule."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from domain.refusals import RuleBroken


class NamesNothing(RuleBroken):
    """Nothing of that name is known at the fork."""


class MatchesNothing(RuleBroken):
    """The selector matches nothing that is known at the fork."""


class TouchesTooMuch(RuleBroken):
    """The changes touch more events than those of one scenario may."""


class FieldIsNotThere(RuleBroken):
    """Nothing that the change is aimed at has the field."""


class FieldIsNotAltered(RuleBroken):
    """The field tells which fact it is, or when and by whom it was reported: omit it, and assume another."""


class AlteredFactIsInvalid(RuleBroken):
    """With that value, it would not be a fact; ``error`` is what was found wrong with the altered ``item``."""

    __slots__ = ("error", "item")

    def __init__(
        self,
        detail: str,
        field: str = "",
        collides_with: Iterable[str] = (),
        error: ValidationError | None = None,
        item: Any = None,
    ) -> None:
        super().__init__(detail, field, collides_with)
        self.error = error
        self.item = item


class LeavesTheCalendar(RuleBroken):
    """The fact would take effect outside the years that the ledger knows."""


class NamedTwice(RuleBroken):
    """One thing is given two chances."""


class IsNotInPeople(RuleBroken):
    """The requirement does not say how many people at least."""


class AsksTooMuch(RuleBroken):
    """More than is worked out at once."""


class ScenarioIsNotOpened(RuleBroken):
    """The first fact of a scenario opens it."""


class ScenarioIsOpenedAlready(RuleBroken):
    """The name is taken by another scenario of the coalition."""


class ScenarioIsClosed(RuleBroken):
    """Nothing happens in a closed scenario; fork another from it."""


class NoSuchChange(RuleBroken):
    """No change of that number is in the scenario."""


class TooManyChanges(RuleBroken):
    """A scenario has only so many changes."""


class ForkAfterTheEnd(RuleBroken):
    """The fork is later than the record reaches."""


class ForkCycle(RuleBroken):
    """The scenario would fork from itself, directly or through others."""


class ForksTooDeep(RuleBroken):
    """Only so many scenarios fork one from the next."""


class SourcesAreMissing(RuleBroken):
    """What was only assumed needs a source before it can be recorded."""
