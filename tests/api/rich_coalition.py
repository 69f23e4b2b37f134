"""A coalition with facts of every type, corrections, back-dated facts and dependent conditions."""

from typing import Any

from tests.api.facts import fact, formed, people, pledge
from tests.running.in_process import Service

FORMED_ID = "00000000-0000-4000-8000-000000000001"
MISREAD_ID = "00000000-0000-4000-8000-000000000002"
TWICE_ID = "00000000-0000-4000-8000-000000000003"


def _rules() -> list[dict[str, Any]]:
    stated = {"kind": "coalition_threshold", "stated_by": "GBR"}
    return [
        fact("ConditionStated", "2025-03-05", condition="peace", kind="peace_agreement", description="A peace holds"),
        fact(
            "ConditionStated",
            "2025-03-05",
            condition="us-on-board",
            kind="partner_backstop",
            description="The US joins",
            rule={
                "any_of": [
                    {"actor": "USA", "stance_at_least": "willing"},
                    {"actor": "USA", "stance_at_least": "considering", "capability": "combat_air"},
                ]
            },
        ),
        fact(
            "ConditionStated",
            "2025-03-05",
            condition="critical-mass",
            description="10,000 are there",
            **stated,
            rule={"all_of": [{"personnel_at_least": 3000}, {"contributors_at_least": 2}]},
        ),
        fact(
            "ConditionStated",
            "2025-03-05",
            condition="british-lead",
            description="The British commit",
            **stated,
            rule={"contributor": "GBR", "level_at_least": "committed", "capability": "ground_forces"},
        ),
        fact(
            "ConditionStated",
            "2025-03-06",
            condition="all-in",
            description="Everybody is in",
            **stated,
            rule={"any_of": [{"all_members_at_least": "pledged"}, {"condition": "critical-mass"}]},
        ),
        fact("ConditionStated", "2025-03-06", condition="mandate", kind="parliamentary_mandate", description="A vote"),
        fact("ConditionStated", "2025-03-06", condition="un", kind="un_mandate", description="A mandate"),
    ]


def _pledges() -> list[dict[str, Any]]:
    return [
        pledge("gbr-ground", effective_at="2025-03-10", quantity=people(3000, 5000), basing=["rear"]),
        pledge(
            "gbr-air",
            effective_at="2025-03-10",
            capability="combat_air",
            quantity={"min": 8, "max": 12, "unit": "aircraft"},
        ),
        pledge(
            "fra-ground",
            effective_at="2025-03-11",
            contributor="FRA",
            quantity={"min": 1, "max": 2, "unit": "brigade"},
            conditions=["critical-mass"],
            caveats=[{"caveat": "not-at-line", "kind": "geographic", "text": "Not at the line"}],
        ),
        pledge(
            "est-company",
            effective_at="2025-03-12",
            contributor="EST",
            level="committed",
            quantity={"min": 1, "max": 1, "unit": "company", "approximate": True},
            available_from="2025-05-01",
        ),
        pledge(
            "dnk-ground", effective_at="2025-03-12", contributor="DNK", quantity=people(None, 800), conditions=["peace"]
        ),
        pledge(
            "nld-ground",
            effective_at="2025-03-12",
            contributor="NLD",
            quantity=people(500, None),
            conditions=["mandate"],
        ),
        pledge(
            "tur-ground", effective_at="2025-03-13", contributor="TUR", level="floated", quantity=people(None, None)
        ),
        pledge(
            "lva-ground",
            effective_at="2025-03-13",
            contributor="LVA",
            quantity=people(None, None),
            expires_on="2025-05-20",
        ),
        pledge(
            "ltu-ground", effective_at="2025-03-13", contributor="LTU", quantity=people(200, 200), conditions=["all-in"]
        ),
        pledge(
            "swe-ground",
            effective_at="2025-03-13",
            contributor="SWE",
            quantity=people(300, 300),
            notice_to_move_days=30,
        ),
        pledge(
            "cautious",
            effective_at="2025-03-14",
            contributor="group:cautious-members",
            quantity=people(900, 1100),
            conditions=["us-on-board"],
        ),
        pledge(
            "nor-money",
            effective_at="2025-03-14",
            contributor="NOR",
            capability="funding",
            purpose="host_aid",
            quantity={"min": 1_000_000, "max": 2_000_000, "unit": "EUR"},
            level="committed",
        ),
        pledge(
            "bel-rotation",
            effective_at="2025-03-14",
            contributor="BEL",
            quantity=people(5000, 5000) | {"measure": "cumulative"},
        ),
        pledge("can-gone", effective_at="2025-03-14", contributor="CAN", quantity=people(1500, 1500)),
        pledge("aus-lapsing", effective_at="2025-03-14", contributor="AUS", quantity=people(100, 100)),
        pledge("pol-block", effective_at="2025-03-14", contributor="POL", quantity=people(700, 700), conditions=["un"]),
    ]


def lists() -> list[list[dict[str, Any]]]:
    """The facts, list by list, as they are recorded."""
    return [
        [
            formed(event_id=FORMED_ID, theatre=["UKR"], leads=["FRA", "GBR"], key_partner="USA", purpose="to reassure"),
            fact("MemberJoined", "2025-03-02", member="FRA", role="lead"),
            fact("MemberJoined", "2025-03-02", member="GBR", role="lead"),
            fact("MemberJoined", "2025-03-03", member="EST", role="contributor"),
            fact("MemberJoined", "2025-03-03", member="BEL", role="observer"),
            fact("MemberLeft", "2025-04-20", member="BEL", reason="a new government"),
            fact(
                "CommandArranged",
                "2025-03-20",
                command="mnf-u",
                component="overall",
                status="planned",
                headquarters="Paris",
                led_by=["FRA"],
            ),
            fact(
                "RequirementStated",
                "2025-03-04",
                requirement="size",
                label="Size floated",
                stated_by="GBR",
                standing="floated",
                quantity=people(10000, 30000),
            ),
            fact(
                "RequirementStated",
                "2025-03-04",
                requirement="jets",
                label="Jets",
                stated_by="FRA",
                standing="planned",
                quantity={"min": 20, "max": 40, "unit": "aircraft"},
                capability="combat_air",
            ),
            fact(
                "RequirementStated",
                "2025-03-04",
                requirement="ground",
                label="Ground",
                stated_by="FRA",
                standing="planned",
                quantity={"min": 2, "max": None, "unit": "brigade"},
                capability="ground_forces",
            ),
            fact(
                "RequirementStated",
                "2025-03-04",
                requirement="old",
                label="Old",
                stated_by="FRA",
                standing="planned",
                quantity=people(1, 1),
            ),
            fact("RequirementAmended", "2025-04-01", requirement="size", standing="planned"),
            fact("RequirementWithdrawn", "2025-04-02", requirement="old", reason="overtaken"),
        ],
        _rules(),
        [
            fact(
                "BasingProposed",
                "2025-03-07",
                basing="rear",
                zone="theatre_rear",
                country="UKR",
                certainty="expected",
                proposed_by="GBR",
            ),
            fact("BasingAgreed", "2025-05-02", basing="rear", place="Lviv"),
            fact("BasingRuledOut", "2025-03-07", basing="line", zone="contact_line"),
            fact("BasingProposed", "2025-03-07", basing="hub", zone="theatre_hub"),
            fact("BasingEnded", "2025-04-07", basing="hub"),
        ],
        _pledges(),
        [
            fact("ConditionAttached", "2025-03-15", condition="peace", pledge="swe-ground"),
            fact("ConditionAttached", "2025-03-15", condition="british-lead", contributor="EST"),
            fact("ConditionAttached", "2025-03-15", condition="peace", coalition=True),
            fact("ConditionDetached", "2025-03-16", condition="peace", coalition=True),
            fact("ConditionMet", "2025-05-05", condition="mandate"),
            fact("ConditionFailed", "2025-04-25", condition="un"),
            fact("ConditionMet", "2025-04-01", condition="peace"),
            fact("ConditionReopened", "2025-04-03", condition="peace"),
            fact("ConditionWaived", "2025-04-04", condition="peace", contributor="DNK"),
            fact(
                "PledgeAmended",
                "2025-03-20",
                pledge="swe-ground",
                quantity=people(400, 450),
                available_from="2025-04-15",
            ),
            fact("PledgeRaised", "2025-04-12", pledge="gbr-ground", level="committed"),
            fact("PledgeLowered", "2025-04-18", pledge="nor-money", level="pledged"),
            fact("PledgeReaffirmed", "2025-04-18", pledge="fra-ground"),
            fact("PledgeWithdrawn", "2025-04-19", pledge="can-gone", quantity=people(500, 500), reason="elections"),
            fact("PledgeWithdrawn", "2025-05-19", pledge="can-gone"),
            fact("PledgeSuspended", "2025-04-21", pledge="ltu-ground", reason="under review"),
            fact("PledgeResumed", "2025-05-10", pledge="ltu-ground"),
            fact("PledgeSuspended", "2025-05-11", pledge="nld-ground"),
            fact("PledgeLapsed", "2025-05-15", pledge="aus-lapsing", reason="its mandate ran out"),
            fact("ForcesDeployed", "2025-04-22", pledge="gbr-ground", quantity=people(500, 500), basing="rear"),
            fact("ForcesDeployed", "2025-04-22", pledge="can-gone", quantity=people(100, 100)),
            fact("ForcesReturned", "2025-05-22", pledge="gbr-ground", quantity=people(200, 200), basing="rear"),
            fact("CaveatDeclared", "2025-04-23", pledge="gbr-ground", caveat="no-raids", kind="task", text="No raids"),
            fact("CaveatLifted", "2025-04-24", pledge="fra-ground", caveat="not-at-line"),
        ],
        [
            fact("StanceStated", "2025-03-20", actor="USA", stance="undecided"),
            fact("StanceStated", "2025-05-12", actor="USA", stance="willing"),
            fact("StanceStated", "2025-03-20", actor="USA", stance="not_excluded", capability="logistics"),
            fact(
                "StanceStated",
                "2025-03-20",
                actor="USA",
                stance="ruled_out",
                capability="ground_combat",
                zone="contact_line",
            ),
            fact(
                "StanceStated",
                "2025-03-21",
                actor="POL",
                stance="reluctant",
                attribution={"actor": "GBR", "speaker": "A minister", "basis": "leak"},
            ),
            fact(
                "SupportSought",
                "2025-03-22",
                partner="USA",
                capability="combat_air",
                importance="critical",
                sought_by="GBR",
            ),
            fact("SupportSought", "2025-03-22", partner="USA", capability="logistics", importance="important"),
            fact(
                "MeetingScheduled",
                "2025-04-01",
                meeting="brussels",
                forum="coalition",
                title="Ministers",
                place="Brussels",
                starts_at="2025-04-10",
                chairs=["GBR", "FRA"],
                attendance=[{"actor": "USA", "present": False}],
            ),
            fact(
                "MeetingHeld",
                "2025-04-10",
                meeting="brussels",
                participants={"min": 30, "max": 30},
                attendance=[{"actor": "USA", "present": False}, {"actor": "GBR", "present": True, "level": "minister"}],
            ),
            fact(
                "MeetingOutcomeRecorded",
                "2025-04-10",
                meeting="brussels",
                outcome="statement",
                kind="declaration",
                text="Work goes on",
                signed_by=["GBR", "FRA"],
                about=["pledge:gbr-ground"],
            ),
            fact(
                "MeetingScheduled",
                "2025-04-05",
                meeting="rome",
                forum="coalition",
                title="Leaders",
                starts_at="2025-07-10",
            ),
            fact(
                "MeetingScheduled",
                "2025-04-05",
                meeting="riga",
                forum="other",
                title="Officials",
                starts_at="2025-04-29/2025-04-30",
            ),
            fact("MeetingCancelled", "2025-04-15", meeting="riga", reason="no agenda"),
            fact(
                "StatementMade",
                "2025-04-08",
                statement="warning",
                kind="threat_assessment",
                by=["UKR"],
                text="Soon",
                horizon="2025-12",
                about=["capability:ground_forces", "pledge:gbr-ground"],
            ),
            fact(
                "CountReported",
                "2025-04-10",
                report="countries",
                subject="participants",
                value={"min": 30, "max": 31},
                scope="at the table",
                meeting="brussels",
            ),
            fact(
                "CountReported",
                "2025-04-11",
                report="ready",
                subject="contributors",
                value={"min": 6, "max": None},
                scope="ready",
                level="pledged",
                contributors_named=["GBR", "FRA"],
            ),
            fact(
                "CountReported",
                "2025-04-11",
                report="rival",
                subject="personnel",
                value={"min": 6000, "max": 6000, "unit": "personnel", "approximate": True},
                scope="the British",
                pledge="gbr-ground",
            ),
            fact(
                "CountReported",
                "2025-04-11",
                report="weekly",
                subject="deployed",
                value={"min": 900, "max": 900},
                scope="in the field",
            ),
            fact("CountEnded", "2025-04-25", report="weekly"),
            fact("CoalitionRenamed", "2025-05-25", name="Multinational Force"),
        ],
        [
            pledge("misread", 9000, "2025-03-16", contributor="ITA", event_id=MISREAD_ID),
            pledge("twice", 400, "2025-03-16", contributor="ESP", event_id=TWICE_ID),
        ],
        [
            {
                "type": "EventCorrected",
                "corrects": MISREAD_ID,
                "reason": "a zero too many",
                "replacement": pledge("misread", 900, "2025-03-16", contributor="ITA"),
            },
            {"type": "EventRetracted", "retracts": TWICE_ID, "reason": "recorded twice"},
            {
                "type": "SourceAdded",
                "event": FORMED_ID,
                "sources": [{"publisher": "Le Monde", "published_on": "2025-03-09"}],
            },
            {
                "type": "WarningDismissed",
                "event": FORMED_ID,
                "warning": "PublishedLongBefore",
                "reason": "announced early",
            },
        ],
        [
            pledge(
                "late", 250, "2025-03-17", contributor="FIN", sources=[{"publisher": "Yle", "published_on": "2025-03"}]
            )
        ],
    ]


def record_all(service: Service) -> None:
    """Record everything, a day between the lists."""
    for facts in lists():
        service.clock.advance(86_400)
        service.record(*facts)
    service.clock.advance(86_400)
