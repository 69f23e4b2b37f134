"""Why a fact is refused, or set aside if the history at hand lacks its footing.

A refusal is a type named for the rule; it carries the ids of the events that the fact collides with::

    RuleBroken
    ├── UnknownId                      nothing of that name is on record
    ├── IdAlreadyUsed                  the name is taken
    ├── EffectiveBeforeItsFooting      earlier than the thing that it refers to
    ├── FirstBringsWhatDescribesIt     the first fact about a thing must have the field
    ├── PledgeIsOver                   withdrawn, lapsed or expired: only a return can follow
    ├── WithdrawsMoreThanIsLeft        at any effective time
    ├── ReturnsMoreThanIsDeployed      at any effective time
    ├── UnitIsNotThePledges
    ├── PartOfAPart                    a whole is no part of another pledge, and a part has no parts
    ├── WholeIsOver                    a part names a whole that is withdrawn, lapsed or expired
    ├── WithdrawnBeforeItsParts        a pledge is withdrawn in full before its parts are
    ├── UnitIsNotTheWholes             a part is counted in another unit than its whole
    ├── LevelDoesNotMoveThatWay
    ├── RequirementIsWithdrawn         a withdrawn requirement cannot be amended
    ├── LineOfALine                    a line of a requirement is not divided further
    ├── NothingToUndo                  nothing to resume, detach, lift, reopen or leave
    ├── CountsSomethingElse            the next value of a series, of another subject or scope
    ├── AlreadyDecided                 a condition is decided twice without being reopened
    ├── MeetingIsNotHeld               an outcome of a meeting that has not been held
    ├── MeetingIsCancelled             a cancelled meeting is held
    ├── MeetingIsHeld                  a meeting that has been held is scheduled or cancelled
    ├── AlreadyCorrected               an event is corrected or retracted a second time
    ├── ReplacesAnotherThing           a replacement of another type or id
    ├── NotCorrectable                 a retraction or an added source has no content to correct
    ├── FormationIsNeverRetracted
    └── BeginsWithItsFormation         the first fact of a coalition forms it

``Refused`` is the exception that carries every rule that a list of facts breaks.
"""

from collections.abc import Iterable
from typing import NamedTuple


class RuleBroken:
    """A rule that a fact breaks. ``field`` is a JSON pointer into the fact; ``collides_with`` has event ids."""

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
    """The fact takes effect before something that it refers to exists."""


class FirstBringsWhatDescribesIt(RuleBroken):
    """The first fact about a thing must have the field that describes it."""


class PledgeIsOver(RuleBroken):
    """The pledge is withdrawn, lapsed or expired: only a return can follow, and a renewed offer is a new pledge."""


class WithdrawsMoreThanIsLeft(RuleBroken):
    """At some time, more would be withdrawn than can be left."""


class ReturnsMoreThanIsDeployed(RuleBroken):
    """At some time, more would return than is deployed."""


class UnitIsNotThePledges(RuleBroken):
    """The quantity's unit or measure differs from the pledge's."""


class PartOfAPart(RuleBroken):
    """A pledge that has parts is no part of another, and a part has no parts."""


class WholeIsOver(RuleBroken):
    """A part names its whole while that is in force: not withdrawn, lapsed or expired."""


class WithdrawnBeforeItsParts(RuleBroken):
    """A pledge is not withdrawn in full while a part of it is in force."""


class UnitIsNotTheWholes(RuleBroken):
    """A pledge and its parts are counted in one unit; people and formations are one kind."""


class LevelDoesNotMoveThatWay(RuleBroken):
    """A raised pledge must reach a higher level, a lowered one a lower level."""


class RequirementIsWithdrawn(RuleBroken):
    """A withdrawn requirement cannot be amended."""


class LineOfALine(RuleBroken):
    """A requirement is a line of one that is whole: a line is not divided further, and is not its own line."""


class NothingToUndo(RuleBroken):
    """There is nothing to undo."""


class CountsSomethingElse(RuleBroken):
    """The next value of a series has its subject and its scope; anything else is another report."""


class AlreadyDecided(RuleBroken):
    """The condition is decided; it must be reopened before it can be decided again."""


class MeetingIsNotHeld(RuleBroken):
    """An outcome needs a meeting that has been held."""


class MeetingIsCancelled(RuleBroken):
    """A cancelled meeting must be scheduled again before it can be held."""


class MeetingIsHeld(RuleBroken):
    """A meeting that has been held can no longer be scheduled or cancelled."""


class AlreadyCorrected(RuleBroken):
    """The event is already corrected or retracted: correct or retract the correction instead."""


class ReplacesAnotherThing(RuleBroken):
    """A replacement must have the type and id of the fact that it replaces."""


class NotCorrectable(RuleBroken):
    """A retraction or an added source cannot be corrected: retract it instead."""


class FormationIsNeverRetracted(RuleBroken):
    """The formation of a coalition cannot be retracted."""


class BeginsWithItsFormation(RuleBroken):
    """The first fact of a coalition must be its formation."""


class Violation(NamedTuple):
    """A rule broken by the fact at ``index`` of the list to be recorded."""

    index: int  # type: ignore[assignment]
    broken: RuleBroken


class Refused(Exception):
    """The facts break rules of the record; nothing was recorded."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(f"{v.broken.rule}: {v.broken.detail}" for v in violations))
        self.violations = violations
