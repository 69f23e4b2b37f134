"""Why a what-if is refused: one type for each rule."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from domain.refusals import RuleBroken


class NamesNothing(RuleBroken):
    """Nothing with this name is known at the starting point."""


class MatchesNothing(RuleBroken):
    """The selector matches nothing that is known at the starting point."""


class TouchesTooMuch(RuleBroken):
    """The changes touch more events than those of one scenario may."""


class FieldIsNotThere(RuleBroken):
    """The targeted fact has no such field."""


class FieldIsNotAltered(RuleBroken):
    """The field identifies the fact, or says when and by whom it was reported: omit the fact and assume another."""


class AlteredFactIsInvalid(RuleBroken):
    """With this value, it would not be a valid fact; ``error`` says what is wrong with the altered ``item``."""

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
    """The fact would take effect outside the years that the ledger covers."""


class NamedTwice(RuleBroken):
    """One thing has two chances."""


class IsNotInPeople(RuleBroken):
    """The requirement has no lower bound in people."""


class AsksTooMuch(RuleBroken):
    """More than one question may ask for."""


class ScenarioIsNotOpened(RuleBroken):
    """The first fact of a scenario opens it."""


class ScenarioIsOpenedAlready(RuleBroken):
    """The name is taken by another scenario of the coalition."""


class ScenarioIsClosed(RuleBroken):
    """A closed scenario cannot change; fork another from it."""


class IsNotAProposal(RuleBroken):
    """The scenario is a what-if: nobody proposed to record it."""


class OnlyFactsAreProposed(RuleBroken):
    """Every change of a proposal assumes a fact, and there is at least one."""


class IsDeclinedAlready(RuleBroken):
    """A declined fact can be replaced; it cannot be declined or removed again."""


class NoSuchChange(RuleBroken):
    """The scenario has no change with this number."""


class TooManyChanges(RuleBroken):
    """A scenario has a limited number of changes."""


class ForkAfterTheEnd(RuleBroken):
    """The starting point lies beyond the end of the record."""


class ForkCycle(RuleBroken):
    """The scenario would fork from itself, directly or through others."""


class ForksTooDeep(RuleBroken):
    """Only a limited number of scenarios can fork one from the next."""


class SourcesAreMissing(RuleBroken):
    """An assumed fact needs a source before it can be recorded."""
