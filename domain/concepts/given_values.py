"""What each fact says about its thing: the fields that it gives, those it only adds to, and those it takes away.

``projections/confidence.py`` finds by it which facts make the present value of a thing, and where two of them
disagree. Most facts give fields of their own; what follows from the type alone is a ``status``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from domain.concepts.pledges import AMENDABLE
from domain.quantities import Quantity


class Said(NamedTuple):
    """What one fact says about its thing: values of fields, fields that it adds to, and fields that it takes away.

    What comes in many, such as caveats, is a field for each of them: ``caveat not-at-the-line``.
    """

    gives: dict[str, Any]
    adds_to: tuple[str, ...] = ()
    ends: Callable[[str], bool] | None = None


_REQUIRED = ("label", "stated_by", "standing", "quantity", "capability")
_BASED = ("zone", "label", "country", "place", "certainty", "proposed_by", "purpose")
_MET = ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance")
_ARRANGED = ("component", "status", "headquarters", "led_by", "description")

_FIELDS: dict[str, tuple[str, ...]] = {
    "CoalitionFormed": ("name", "purpose", "theatre", "leads", "key_partner"),
    "CoalitionRenamed": ("name",),
    "PledgeMade": ("contributor", "purpose", "level", *AMENDABLE),
    "PledgeRaised": ("level",),
    "PledgeLowered": ("level",),
    "RequirementStated": _REQUIRED,
    "RequirementAmended": _REQUIRED,
    "ConditionStated": ("kind", "label", "description", "stated_by", "rule"),
    "BasingProposed": _BASED,
    "BasingAgreed": _BASED,
    "BasingRuledOut": _BASED,
    "BasingEnded": _BASED,
    "MeetingScheduled": _MET,
    "MeetingHeld": (*_MET, "participants"),
    "MeetingOutcomeRecorded": ("kind", "label", "text"),
    "CommandArranged": _ARRANGED,
    "ActorNamed": ("name", "short"),
    "StanceStated": ("stance",),
    "SupportSought": ("importance",),
    "StatementMade": ("kind", "label", "text"),
    "CountReported": ("subject", "value", "scope", "label"),
}
"""The fields that facts of each type give, where they are not left open."""

_STATUS = {
    "PledgeMade": "standing", "PledgeSuspended": "suspended", "PledgeResumed": "standing", "PledgeLapsed": "lapsed",
    "RequirementStated": "stated", "RequirementWithdrawn": "withdrawn",
    "ConditionStated": "open", "ConditionReopened": "open", "ConditionMet": "met", "ConditionFailed": "failed",
    "BasingProposed": "proposed", "BasingAgreed": "agreed", "BasingRuledOut": "ruled_out", "BasingEnded": "ended",
    "MeetingScheduled": "scheduled", "MeetingHeld": "held", "MeetingCancelled": "cancelled",
    "CountReported": "reported", "CountEnded": "ended",
}  # fmt: skip
"""The status that facts of each type bring about."""

_WHOLE = ("PledgeMade", "RequirementStated", "CommandArranged")
"""Facts that describe a thing as a whole: with an empty list, they leave that field open."""

COMPARED: dict[str, tuple[str, ...]] = {
    "pledge": ("level", *AMENDABLE, "deployed"),
    "requirement": ("stated_by", "standing", "quantity", "capability"),
    "basing": ("status", "zone", "country", "certainty", "proposed_by"),
    "meeting": ("forum", "starts_at", "participants"),
    "command": ("component", "status", "led_by"),
    "stance": ("stance",),
    "report": ("value",),
}
"""The fields, by kind of thing, on which sources can disagree. Free texts and names are not compared: two writers
seldom use the same words."""

AT = " at "
"""What comes between a field and the place that it is limited to: ``deployed at hub``."""

_STEPS = ("BasingProposed", "BasingEnded")
"""Facts whose status contradicts nobody: they take a thing a step further."""


def said(fact: Any) -> Said:
    """What a fact says about its thing."""
    special = _SPECIAL.get(fact.type)
    return _plainly_said(fact) if special is None else special(fact)


def compared_values(kind: str, fact: Any) -> dict[str, Any]:
    """The values that a fact gives for fields on which sources can disagree, as the fact has them."""
    gives = said(fact).gives
    compared = COMPARED.get(kind, ())
    return {
        name: value
        for name, value in gives.items()
        if name.partition(AT)[0] in compared and (name != "status" or fact.type not in _STEPS)
    }


def _plainly_said(fact: Any) -> Said:
    is_whole = fact.type in _WHOLE
    gives = {
        name: value
        for name in _FIELDS.get(fact.type, ())
        if (value := getattr(fact, name)) is not None and not (is_whole and value == ())
    }
    if fact.type in _STATUS:
        gives["status"] = _STATUS[fact.type]
    return Said(gives)


def _withdrawn(fact: Any) -> Said:
    return Said({"status": "withdrawn"}) if fact.quantity is None else Said({}, ("quantity",))


def _on_the_ground(basing: str | None) -> tuple[str, ...]:
    """The fields about what is on the ground: in all, and at a basing."""
    return ("deployed",) if basing is None else ("deployed", f"deployed{AT}{basing}")


def _arranged(fact: Any) -> Said:
    gives = _plainly_said(fact).gives
    return Said(gives, ends=lambda field: field not in gives)


def _attached(fact: Any) -> Said:
    return Said({_attachment(fact): True})


def _detached(fact: Any) -> Said:
    return Said({}, ends=lambda field: field == _attachment(fact))


def _attachment(fact: Any) -> str:
    return f"attached {fact.condition if fact.pledge else fact.contributor or 'coalition'}"


def _waived(fact: Any) -> Said:
    target = fact.pledge or fact.contributor
    return Said({f"waived {target}": True} if target else {"status": "waived"})


def _reopened(fact: Any) -> Said:
    return Said(_plainly_said(fact).gives, ends=lambda field: field.startswith("waived "))


def _joined(fact: Any) -> Said:
    return Said({f"role {fact.role}": True}, ends=lambda field: field == "left")


def _left(fact: Any) -> Said:
    ended = f"role {fact.role or ''}"
    return Said({"left": fact.role or "all"}, ends=lambda field: field.startswith(ended))


_SPECIAL: dict[str, Callable[[Any], Said]] = {
    "PledgeReaffirmed": lambda fact: Said({"reaffirmed": fact.until}),
    "PledgeWithdrawn": _withdrawn,
    "PledgeAmended": lambda fact: Said(fact.changes),
    "ForcesDeployed": lambda fact: Said({}, _on_the_ground(fact.basing)),
    "ForcesReturned": lambda fact: Said({}, _on_the_ground(fact.basing)),
    "StrengthReported": lambda fact: Said({_on_the_ground(fact.basing)[-1]: fact.quantity}, ("deployed",)),
    "FundsDisbursed": lambda fact: Said({}, ("disbursed",)),
    "CaveatDeclared": lambda fact: Said({f"caveat {fact.caveat}": (fact.kind, fact.text)}),
    "CaveatLifted": lambda fact: Said({}, ends=lambda field: field == f"caveat {fact.caveat}"),
    "CommandArranged": _arranged,
    "ConditionAttached": _attached,
    "ConditionDetached": _detached,
    "ConditionReopened": _reopened,
    "ConditionWaived": _waived,
    "MemberJoined": _joined,
    "MemberLeft": _left,
}


def comparable(value: Any) -> Any:
    """A value as it is compared with another: a quantity by its numbers, a list by what is in it, ``None`` if that is
    nothing."""
    if isinstance(value, Quantity):
        return value.min, value.max, value.unit, value.is_cumulative
    if isinstance(value, tuple):
        return frozenset(value) or None
    if hasattr(value, "max"):
        return value.min, value.max, getattr(value, "unit", None)
    return value
