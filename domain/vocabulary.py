"""The closed vocabularies, and the form of names chosen by clients.

A value outside its vocabulary is refused with the list of permitted values. Ordered vocabularies (levels, stances) are
written weakest first; the ``_RANK`` tables hold their order.
"""

import unicodedata
from typing import Annotated, Literal, get_args

from pydantic import Field

Capability = Literal[
    "ground_forces", "ground_combat", "special_forces", "air_defence", "combat_air", "air_policing", "airlift",
    "air_refuelling", "isr", "intelligence", "logistics", "engineering", "medical", "command_staff", "naval",
    "maritime_surveillance", "mine_clearance", "cyber", "training", "monitoring", "fires", "funding", "equipment",
    "basing_support", "police", "helicopters", "uncrewed_systems", "border_monitoring", "unspecified",
]  # fmt: skip
Level = Literal["floated", "pledged", "committed", "assigned"]
Purpose = Literal["force", "host_aid", "own_preparation"]
ConditionKind = Literal[
    "peace_agreement", "ceasefire", "partner_backstop", "parliamentary_mandate", "un_mandate", "host_consent",
    "rules_of_engagement", "coalition_threshold", "security_guarantee", "capacity", "court_ruling", "legislation",
    "funding", "other",
]  # fmt: skip
Zone = Literal[
    "theatre", "contact_line", "theatre_rear", "theatre_hub", "capital", "district", "neighbouring_state",
    "out_of_theatre", "afloat", "airspace", "undetermined",
]  # fmt: skip
Certainty = Literal["stated", "expected", "possible"]
Stance = Literal["ruled_out", "reluctant", "undecided", "not_excluded", "considering", "willing", "committed"]
AttributionBasis = Literal["official", "informal", "leak", "press_estimate", "third_party"]
RequirementStanding = Literal["floated", "planned", "agreed"]
Role = Literal["lead", "contributor", "host", "observer", "funder"]
CaveatKind = Literal["geographic", "task", "use_of_force", "command", "duration", "other"]
Forum = Literal["coalition", "contact_group", "visit", "other"]
AttendanceLevel = Literal["leader", "minister", "chief_of_defence", "military", "official"]
AttendanceMode = Literal["in_person", "video"]
OutcomeKind = Literal["decision", "declaration", "proposal", "no_agreement", "funding"]
StatementKind = Literal["threat_assessment", "capacity_assessment", "political", "appeal", "support", "plan"]
Component = Literal["overall", "land", "air", "maritime", "support"]
CommandStatus = Literal["planned", "operating", "ended"]
Importance = Literal["critical", "important", "helpful"]
CountSubject = Literal["participants", "contributors", "personnel", "deployed"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
Credibility = Literal["1", "2", "3", "4", "5", "6"]
Measure = Literal["in_place", "cumulative"]
WarningName = Literal[
    "SameFactAgain", "ReportedTwice", "LooksLikeAnotherPledge", "SourcesDisagree", "RestsOnALeakAlone",
    "PublishedLongBefore", "BeforeTheFormation", "NotAMember", "AgainstItsOwnStance", "DeployedBeyondThePledge",
    "DisbursedBeyondThePledge", "DeployedToAClosedBasing", "UnconfirmedForLong",
]  # fmt: skip

Formation = Literal["company", "battalion", "brigade", "division", "formed_unit"]
CountedUnit = Literal["aircraft", "ship", "battery", "vehicle", "facility"]

LEVEL_RANK: dict[Level, int] = {level: rank for rank, level in enumerate(get_args(Level))}
STANCE_RANK: dict[Stance, int] = {stance: rank for rank, stance in enumerate(get_args(Stance))}
FIRM_LEVELS: tuple[Level, ...] = ("pledged", "committed", "assigned")
"""The levels that count as offered; a floated pledge is only mentioned or leaked."""

SLUG = r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?"

Slug = Annotated[str, Field(pattern=f"^{SLUG}$", max_length=100, examples=["gbr-ground"])]
"""A name chosen by the client: lower-case letters, digits, and ``-``, ``_``, ``.`` inside; at most 100 characters."""

Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Label = Annotated[str, Field(min_length=1, max_length=120)]
"""What people read instead of a name chosen by the client."""


def normal_form(text: str) -> str:
    """The text as it is recorded: each line break is a line feed, and the same text is spelt the same (Unicode NFC)."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
