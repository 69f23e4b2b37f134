"""Why a fact is refused, or set aside where the history at hand lacks its footing.

A refusal is a type named for the rule, and carries what collided::

    RuleBroken
    ├── UnknownId                      nothing of that name is on record
    ├── IdAlreadyUsed                  the name is taken
    ├── EffectiveBeforeItsFooting      earlier than what it rests on
    ├── FirstBringsWhatDescribesIt     whichever comes first has to bring the field
    ├── PledgeIsOver                   withdrawn, lapsed or expired: only a return is left
    ├── WithdrawsMoreThanIsLeft        at any effective time
    ├── ReturnsMoreThanIsDeployed      at any effective time
    ├── UnitIsNotThePledges
    ├── LevelDoesNotMoveThatWay
    ├── RequirementIsWithdrawn         what is withdrawn is not amended
    ├── NothingToUndo                  resuming, detaching, lifting, reopening, leaving what is not there
    ├── AlreadyDecided                 a condition decided twice without reopening
    ├── MeetingIsNotHeld               an outcome of a meeting that is not held
    ├── MeetingIsCancelled             holding a cancelled one
    ├── MeetingIsHeld                  scheduling or cancelling what has been held
    ├── AlreadyCorrected               correcting or retracting it a second time
    ├── ReplacesAnotherThing           a replacement of another type or id
    ├── NotCorrectable                 a retraction or a source has no content to correct
    ├── FormationIsNeverRetracted
    └── BeginsWithItsFormation         the first fact of a coalition forms it

``Refused`` is the exception that carries all of those that a list of facts met with.
"""

from collections.abc import Iterable
from typing import NamedTuple


class RuleBroken:
    """One rule that one fact breaks. ``field`` is a JSON pointer into the fact; ``collides_with`` are event ids."""

    __slots__ = ("collides_with", "detail", "field")

    def __init__(self, detail: str, field: str = "", collides_with: Iterable[str] = ()) -> None:
        self.detail = detail
        self.field = field
        self.collides_with = tuple(collides_with)

    @property
    def rule(self) -> str:
        """The rule's name."""
        return type(self).__name__

    def is_same_as(self, other: "RuleBroken | None") -> bool:
        """Whether another says the same of the same field and events."""
        return type(self) is type(other) and repr(self) == repr(other)

    def __repr__(self) -> str:
        return f"{self.rule}({self.detail!r}, {self.field!r}, {self.collides_with!r})"


class UnknownId(RuleBroken):
    """Nothing of that name is on record."""


class IdAlreadyUsed(RuleBroken):
    """The name is taken by another of its kind."""


class EffectiveBeforeItsFooting(RuleBroken):
    """The fact takes effect earlier than what it rests on."""


class FirstBringsWhatDescribesIt(RuleBroken):
    """Whichever fact of a thing comes first has to bring the field that describes it."""


class PledgeIsOver(RuleBroken):
    """The pledge is withdrawn, lapsed or expired; only a return is possible, and coming back is a new pledge."""


class WithdrawsMoreThanIsLeft(RuleBroken):
    """At some time, more would be withdrawn than may be left."""


class ReturnsMoreThanIsDeployed(RuleBroken):
    """At some time, more would return than is deployed."""


class UnitIsNotThePledges(RuleBroken):
    """The quantity's unit or measure is not the pledge's own."""


class LevelDoesNotMoveThatWay(RuleBroken):
    """Raising has to raise the level, lowering has to lower it."""


class RequirementIsWithdrawn(RuleBroken):
    """A requirement that is withdrawn is not amended."""


class NothingToUndo(RuleBroken):
    """What would be undone is not there."""


class AlreadyDecided(RuleBroken):
    """The condition is decided; it has to be reopened before it can be decided again."""


class MeetingIsNotHeld(RuleBroken):
    """An outcome needs a meeting that is held by then."""


class MeetingIsCancelled(RuleBroken):
    """A cancelled meeting is not held before it is scheduled again."""


class MeetingIsHeld(RuleBroken):
    """A meeting that has been held can be neither scheduled nor cancelled."""


class AlreadyCorrected(RuleBroken):
    """The event is corrected or retracted already: correct the correction, or retract it."""


class ReplacesAnotherThing(RuleBroken):
    """A replacement has the type and the id of what it replaces."""


class NotCorrectable(RuleBroken):
    """A retraction and an added source have nothing to replace: retract them instead."""


class FormationIsNeverRetracted(RuleBroken):
    """A coalition's record never loses its formation."""


class BeginsWithItsFormation(RuleBroken):
    """The first fact of a coalition is its formation."""


class Violation(NamedTuple):
    """A rule broken by the fact at ``index`` of the list that was to be recorded."""

    index: int  # type: ignore[assignment]
    broken: RuleBroken


class Refused(Exception):
    """The facts contradict the record; nothing was recorded."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(f"{v.broken.rule}: {v.broken.detail}" for v in violations))
        self.violations = violations
