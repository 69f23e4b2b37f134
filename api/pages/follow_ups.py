"""What can be recorded next about a thing: links from its page to forms in which it is filled in.

A row for each type of fact, by the list on which the thing stands. A link is shown only if the fact can follow the
thing's present state: a pledge that is not suspended cannot be resumed.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.wording.phrases import is_currency

Item = Mapping[str, Any]


def _always(_: Item) -> bool:
    return True


class FollowUp(NamedTuple):
    """A type of fact that can follow, the words of its link, when it can, and the fields that are filled in: each
    field of the form by the field of the item that it is taken from."""

    type: str
    words: str
    can_follow: Callable[[Item], bool] = _always
    fields: tuple[tuple[str, str], ...] = ()


def _is_current(pledge: Item) -> bool:
    return pledge["status"] in ("standing", "suspended")


def _is_force(pledge: Item) -> bool:
    return _is_current(pledge) and not is_currency(pledge["quantity"]["unit"])


def _is_money(pledge: Item) -> bool:
    return _is_current(pledge) and is_currency(pledge["quantity"]["unit"])


def _is_on_the_ground(pledge: Item) -> bool:
    there = pledge["deployed"]
    return there is not None and there["max"] != 0


def _is_open(condition: Item) -> bool:
    return bool(condition["status"] == "open")


def _can_be_reopened(condition: Item) -> bool:
    return not _is_open(condition) or bool(condition["waived_for"])


def _is_stated(requirement: Item) -> bool:
    return bool(requirement["status"] == "stated")


def _can_have_lines(requirement: Item) -> bool:
    return _is_stated(requirement) and requirement["part_of"] is None


def _is_not(status: str) -> Callable[[Item], bool]:
    return lambda item: bool(item["status"] != status)


def _is(status: str) -> Callable[[Item], bool]:
    return lambda item: bool(item["status"] == status)


FOLLOW_UPS: dict[str, tuple[FollowUp, ...]] = {
    "pledges": (
        FollowUp("PledgeAmended", "Amend", _is_current),
        FollowUp("PledgeRaised", "Raise", lambda one: _is_current(one) and one["level"] != "assigned"),
        FollowUp("PledgeLowered", "Lower", lambda one: _is_current(one) and one["level"] != "floated"),
        FollowUp("PledgeReaffirmed", "Reaffirm", _is_current),
        FollowUp("PledgeSuspended", "Suspend", _is("standing")),
        FollowUp("PledgeResumed", "Resume", _is("suspended")),
        FollowUp("ForcesDeployed", "Deploy", _is_force),
        FollowUp("StrengthReported", "Report the strength on the ground", _is_force),
        FollowUp("ForcesReturned", "Return forces", _is_on_the_ground),
        FollowUp("FundsDisbursed", "Disburse", _is_money),
        FollowUp("ConditionAttached", "Attach a condition", _is_current),
        FollowUp("ConditionDetached", "Detach a condition", lambda one: _is_current(one) and bool(one["conditions"])),
        FollowUp("CaveatDeclared", "Declare a caveat", _is_current),
        FollowUp("CaveatLifted", "Lift a caveat", lambda one: _is_current(one) and bool(one["caveats"])),
        FollowUp("PledgeWithdrawn", "Withdraw", _is_current),
        FollowUp("PledgeLapsed", "Lapse", _is_current),
    ),
    "requirements": (
        FollowUp("RequirementAmended", "Amend", _is_stated),
        FollowUp("RequirementStated", "State a line of it", _can_have_lines, (("part_of", "requirement"),)),
        FollowUp("PledgeMade", "Record a pledge that fills it", _is_stated, (("fills", "requirement"),)),
        FollowUp("RequirementWithdrawn", "Withdraw", _is_stated),
    ),
    "conditions": (
        FollowUp("ConditionMet", "Is met", _is_open),
        FollowUp("ConditionFailed", "Has failed", _is_open),
        FollowUp("ConditionWaived", "Waive", _is_open),
        FollowUp("ConditionReopened", "Reopen", _can_be_reopened),
        FollowUp("ConditionAttached", "Attach"),
        FollowUp("ConditionDetached", "Detach", lambda one: bool(one["attached_to"])),
    ),
    "basing": (
        FollowUp("BasingAgreed", "Is agreed", _is_not("agreed")),
        FollowUp("BasingRuledOut", "Is ruled out", _is_not("ruled_out")),
        FollowUp("BasingEnded", "Has ended", _is_not("ended")),
        FollowUp("BasingProposed", "Is proposed again", _is_not("proposed")),
    ),
    "meetings": (
        FollowUp("MeetingHeld", "Was held", _is_not("cancelled")),
        FollowUp("MeetingScheduled", "Schedule anew", _is_not("held")),
        FollowUp("MeetingCancelled", "Was cancelled", _is("scheduled")),
        FollowUp("MeetingOutcomeRecorded", "Record an outcome", _is("held")),
        FollowUp("CountReported", "Report a total", _always, (("meeting", "meeting"),)),
    ),
    "members": (
        FollowUp("MemberJoined", "Joins in a role"),
        FollowUp("MemberLeft", "Leaves", _is("joined")),
        FollowUp("PledgeMade", "Makes a pledge", _always, (("contributor", "member"),)),
        FollowUp("StanceStated", "States a stance", _always, (("actor", "member"),)),
        FollowUp("StatementMade", "Makes a statement", _always, (("by", "member"),)),
        FollowUp("CommandArranged", "Leads a command", _always, (("led_by", "member"),)),
        FollowUp("ActorNamed", "Name it", lambda one: ":" in one["member"], (("actor", "member"),)),
    ),
    "stances": (
        FollowUp(
            "StanceStated", "States another stance", _always,
            (("actor", "actor"), ("capability", "capability"), ("zone", "zone")),
        ),
        FollowUp(
            "SupportSought", "Support is sought", _always, (("partner", "actor"), ("capability", "capability"))
        ),
    ),
    "statements": (
        FollowUp("StatementMade", "Another statement by the same", _always, (("by", "by"), ("kind", "kind"))),
    ),
    "counts": (
        FollowUp(
            "CountReported", "Report the next value", _is("reported"),
            (("report", "report"), ("subject", "subject"), ("scope", "scope")),
        ),
        FollowUp("CountEnded", "End the series", _is("reported")),
    ),
}  # fmt: skip
"""What can follow, by the name of the list; in the order of the links."""


class Link(NamedTuple):
    """A link to a form: the type of fact, the words, and the fields that are filled in, as a query."""

    type: str
    words: str
    query: str


def links_of(list_name: str, key: str, item: Item) -> list[Link]:
    """The links that a thing's present state allows; without other fields, the thing itself is filled in by ``key``."""
    return [
        Link(one.type, one.words, urlencode(dict(_filled(one.fields or ((key, key),), item))))
        for one in FOLLOW_UPS[list_name]
        if one.can_follow(item)
    ]


def _filled(fields: tuple[tuple[str, str], ...], item: Item) -> list[tuple[str, str]]:
    texts = ((name, item[source]) for name, source in fields)
    return [(name, ", ".join(text) if isinstance(text, list) else str(text)) for name, text in texts if text]
