"""Histories with conditional pledges, some of whose conditions have rules about the force itself."""

from collections.abc import Iterator
from random import Random
from typing import Any

from domain.events import FACT, Event
from domain.history.history import History, View
from projections.asof import Basis

VALID_US = 10**18
CONTRIBUTORS = ("GBR", "FRA", "EST", "POL", "NLD", "SWE", "ESP", "ITA", "DNK", "NOR")
LEVELS = ("pledged", "committed", "assigned")
CAPABILITIES = ("ground_forces", "combat_air", "naval")
BASIS = Basis("willing", 0, "2025-06-01", "2025-06-01", "recorded")


def event(number: int, fact_type: str, effective_at: str | None = "2025-04-01", **fields: Any) -> Event:
    """The next event of a record."""
    fact = {"type": fact_type, "sources": [{"publisher": "AFP"}], **fields}
    fact |= {} if effective_at is None else {"effective_at": effective_at}
    return Event(
        event_id=f"00000000-0000-0000-0000-{number:012d}", coalition="willing", sequence=number,
        recorded_at="2025-04-10T00:00:00.000000Z", recorded_by="desk", fact=FACT.validate_python(fact),
    )  # fmt: skip


def history(*facts: dict[str, Any]) -> History:
    """A coalition with these facts."""
    formed = {"type": "CoalitionFormed", "name": "Willing", "effective_at": "2025-03-01"}
    return History("willing", [event(number, **_named(raw)) for number, raw in enumerate([formed, *facts], start=1)])


def _named(raw: dict[str, Any]) -> dict[str, Any]:
    return {"fact_type" if name == "type" else name: value for name, value in raw.items()}


def view_of(past: History, valid_us: int = VALID_US) -> View:
    return past.view(valid_us, VALID_US, "recorded", past.sequence)


def stated(name: str, rule: Any = None, kind: str = "other") -> dict[str, Any]:
    return {"type": "ConditionStated", "condition": name, "kind": kind, "description": name, "rule": rule}


def made(name: str, least: int | None, most: int | None, *conditions: str, **fields: Any) -> dict[str, Any]:
    quantity = {"min": least, "max": most, "unit": "personnel"}
    return {
        "type": "PledgeMade", "pledge": name, "contributor": "GBR", "level": "pledged", "capability": "ground_forces",
        "quantity": quantity, "conditions": list(conditions), **fields,
    }  # fmt: skip


def random_history(number: int, conditions: int, pledges: int, ruled: float = 0.4) -> History:
    """Pledges that wait for up to three conditions, some of which have rules about the force."""
    chance = Random(number)
    names = [f"c{index}" for index in range(conditions)]
    facts = list(_random_conditions(chance, names, pledges, ruled))
    facts += [
        {"type": "MemberJoined", "member": member, "role": "contributor"} for member in chance.sample(CONTRIBUTORS, 2)
    ]
    for index in range(pledges):
        first = chance.choice([0, 1, 2, 5, 10])
        least, most = (first, chance.choice([first, first + 3, None])) if chance.random() < 0.8 else (None, None)
        on = chance.sample(names, min(len(names), chance.choice([0, 1, 1, 1, 2, 3])))
        facts.append(
            made(
                f"p{index}", least, most, *on, contributor=chance.choice(CONTRIBUTORS),
                level=chance.choice(LEVELS), capability=chance.choice(CAPABILITIES),
                purpose=chance.choice(["force", "force", "force", "host_aid"]),
            )
        )  # fmt: skip
    return history(*facts)


def _random_conditions(chance: Random, names: list[str], pledges: int, ruled: float) -> Iterator[dict[str, Any]]:
    for index, name in enumerate(names):
        yield stated(name, random_rule(chance, names[:index], pledges) if chance.random() < ruled else None)
        if chance.random() < 0.15:
            yield {"type": chance.choice(["ConditionMet", "ConditionFailed"]), "condition": name}
        if chance.random() < 0.15:
            yield {"type": "ConditionAttached", "condition": name, "contributor": chance.choice(CONTRIBUTORS)}


def random_rule(chance: Random, earlier: list[str], pledges: int) -> dict[str, Any]:
    simple: list[dict[str, Any]] = [
        {"personnel_at_least": chance.randrange(0, 3 * pledges + 1)},
        {"contributors_at_least": chance.randrange(0, 4)},
        {"contributor": chance.choice(CONTRIBUTORS), "level_at_least": chance.choice(LEVELS)},
        {
            "contributor": chance.choice(CONTRIBUTORS),
            "level_at_least": "pledged",
            "capability": chance.choice(CAPABILITIES),
        },
        {"all_members_at_least": "pledged"},
        {"actor": "USA", "stance_at_least": "willing"},
        *({"condition": name} for name in earlier[-1:]),
    ]
    if chance.random() < 0.3:
        return {chance.choice(["all_of", "any_of"]): chance.sample(simple, 2)}
    return chance.choice(simple)
