"""How a row that states something else becomes a change in the world: an amendment, a next value, or an end."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from domain.concepts.pledges.facts import AMENDABLE, REMOVABLE
from domain.events import FACTS
from domain.vocabulary import LEVEL_RANK

Content = dict[str, Any]

CIRCUMSTANCES = ("effective_at", "sources", "attribution", "note")
"""What says when and by whom something is stated, and not what."""

_REQUIREMENT = ("label", "stated_by", "standing", "quantity", "capability")

AGAIN = frozenset(
    "StrengthReported CountReported StanceStated CommandArranged ActorNamed CaveatDeclared SupportSought "
    "CoalitionRenamed BasingProposed BasingAgreed BasingRuledOut MeetingScheduled".split()
)
"""Types whose next fact about the same thing takes the place of the one before."""

_ENDS = {
    "PledgeMade": "PledgeWithdrawn", "StrengthReported": "ForcesReturned", "ForcesDeployed": "ForcesReturned",
    "RequirementStated": "RequirementWithdrawn", "CountReported": "CountEnded", "MemberJoined": "MemberLeft",
    "CaveatDeclared": "CaveatLifted", "BasingProposed": "BasingEnded", "BasingAgreed": "BasingEnded",
    "BasingRuledOut": "BasingEnded", "MeetingScheduled": "MeetingCancelled", "ConditionAttached": "ConditionDetached",
}  # fmt: skip
"""The type of fact that ends what another began."""

_NAMES_AT_THE_END = ("pledge", "requirement", "report", "member", "role", "caveat", "basing", "meeting", "condition",
                     "contributor")  # fmt: skip
"""What an end takes over from the fact that it ends, if its type has it."""

_AMENDMENTS = frozenset({"PledgeAmended", "PledgeRaised", "PledgeLowered", "RequirementAmended", "PledgeReaffirmed"})


class NoSuchChange(ValueError):
    """The world cannot change in this way; the message says what to do instead."""


def merged(content: Content, change: Content) -> Content:
    """What a fact says after a later one about the same row: an amendment changes fields, any other takes its place."""
    if change["type"] not in _AMENDMENTS:
        return change
    said = {name: value for name, value in change.items() if name not in ("type", *CIRCUMSTANCES)}
    kept = {name: value for name, value in content.items() if name not in CIRCUMSTANCES}
    circumstances = {name: change[name] for name in CIRCUMSTANCES if name in change}
    together = kept | said | circumstances
    return {name: value for name, value in together.items() if value is not None}


def differing(before: Content, after: Content) -> list[str]:
    """The fields in which two contents differ, circumstances last."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return sorted(names, key=lambda name: (name in CIRCUMSTANCES, _place(name)))


def _place(name: str) -> int:
    return CIRCUMSTANCES.index(name) if name in CIRCUMSTANCES else -1


def is_circumstance(name: str) -> bool:
    """Whether a field says when and by whom something is stated."""
    return name in CIRCUMSTANCES


def amended(before: Content, after: Content, since: str | None) -> list[Content]:
    """The facts by which the world changes from one content to the other. Raises ``NoSuchChange``."""
    changed = [name for name in differing(before, after) if name not in CIRCUMSTANCES]
    if since is None:
        raise NoSuchChange(
            "the date of the row has not changed, so it is not known from when the change holds: state as_of in the "
            "mapping or with the import"
        )
    common = {name: after[name] for name in CIRCUMSTANCES if name in after} | {"effective_at": since}
    if after["type"] in AGAIN:
        return [after | {"effective_at": since}]
    if after["type"] == "PledgeMade":
        return [*_amended_pledge(before, after, changed, common)]
    if after["type"] == "RequirementStated":
        _check_amendable(changed, _REQUIREMENT, "a requirement")
        change = {name: after[name] for name in changed if name in after}
        return [{"type": "RequirementAmended", "requirement": after["requirement"], **change, **common}]
    raise NoSuchChange(f"what a {after['type']} says does not change later; correct it")


def _amended_pledge(before: Content, after: Content, changed: list[str], common: Content) -> Iterator[Content]:
    _check_amendable(changed, (*AMENDABLE, "level"), "a pledge")
    pledge = {"pledge": after["pledge"], **common}
    changes = {name: after.get(name) for name in changed if name in after or name in REMOVABLE if name != "level"}
    if changes:
        yield {"type": "PledgeAmended", **pledge, **changes}
    if "level" in changed:
        is_firmer = LEVEL_RANK[after["level"]] > LEVEL_RANK[before["level"]]
        yield {"type": "PledgeRaised" if is_firmer else "PledgeLowered", **pledge, "level": after["level"]}
    if not changed:
        yield {"type": "PledgeReaffirmed", **pledge}


def _check_amendable(changed: list[str], amendable: tuple[str, ...], what: str) -> None:
    fixed = [name for name in changed if name not in amendable]
    if fixed:
        raise NoSuchChange(
            f"{' and '.join(fixed)} of {what} cannot change in the world; correct it, or use another key"
        )


def ended(content: Content, as_of: str, sources: Any) -> Content:
    """The fact that ends what another began. Raises ``NoSuchChange``."""
    end = _ENDS.get(content["type"])
    if end is None:
        raise NoSuchChange(f"a {content['type']} has no end; use vanished: retract or keep")
    names = {name: content[name] for name in names_at_the_end(end) if name in content}
    return {"type": end, **names, "effective_at": as_of, "sources": sources}


def names_at_the_end(end: str) -> Iterator[str]:
    """The fields that a type of end takes over."""
    names = {one.name for one in fields(FACTS[end])}
    return (name for name in _NAMES_AT_THE_END if name in names)
