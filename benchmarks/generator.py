"""Realistic facts of one coalition, from a seed: the same arguments always give the same bytes.

A coalition of thirty members makes pledges, amends, raises, lowers, suspends, deploys and ends them, so that about the
same number is in force at any time, however long the history. A tenth of the facts are back-dated by days to weeks,
some are dated ahead, three in a hundred correct or retract others. Meetings, counts and conditions never leave a
picture once they are in it, so a long history has as many of those as a short one.

Every fact is valid in its place: ``python -m benchmarks.generator --facts 10000 --check`` checks it with the rules.
"""

import argparse
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from domain.events import EVENT, Event
from domain.history.history import History
from domain.times import DAY_US, day_of, format_instant

Json = dict[str, Any]

COALITION = "willing"
RECORDED_BY = "desk-officer"
CACHE = Path(__file__).parent / ".cache"
BEGIN_US = int(datetime(2022, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
HOUR_US = DAY_US // 24
GAP_MEAN_US = 21 * 60 * 1_000_000
"""Some 70 facts a day: 100,000 facts take four years."""

MEETINGS, COUNTS, CONDITIONS = 60, 60, 40
MEMBERS = (
    "GBR FRA DEU POL ITA ESP NLD BEL LUX DNK NOR SWE FIN EST LVA LTU CZE SVK HUN ROU BGR GRC PRT IRL AUT SVN HRV "
    "CAN AUS NZL TUR JPN"
).split()
LEVELS = ("floated", "pledged", "committed", "assigned")
CAPABILITIES = (
    "ground_forces ground_combat special_forces air_defence combat_air air_policing airlift isr logistics engineering "
    "medical command_staff naval maritime_surveillance mine_clearance cyber training monitoring"
).split()
STANCES = ("ruled_out", "reluctant", "undecided", "not_excluded", "considering", "willing", "committed")
CONDITION_KINDS = (
    "peace_agreement ceasefire partner_backstop parliamentary_mandate un_mandate host_consent "
    "rules_of_engagement security_guarantee"
).split()
ZONES = ("contact_line", "theatre_rear", "theatre_hub", "neighbouring_state", "out_of_theatre", "afloat", "airspace")
PUBLISHERS = (
    "AFP", "Reuters", "AP", "BBC News", "Le Monde", "The Guardian", "Der Spiegel", "Politico Europe",
    "RBC-Ukraine", "The Times", "Financial Times", "Euractiv", "El País", "La Repubblica", "Gazeta Wyborcza",
    "ERR News", "LRT", "Yle", "DR", "Ministry of Defence", "Élysée", "Prime Minister's Office", "UNN",
    "Breaking Defense",
)  # fmt: skip
BASES = ("official", "official", "official", "informal", "leak", "press_estimate", "third_party")
SPEAKERS = (
    "John Healey",
    "Sébastien Lecornu",
    "Ruben Brekelmans",
    "Boris Pistorius",
    "a senior official",
    "a minister",
)
WORDS = (
    "the force would stay away from the line of contact and deter a new attack while the army of the host is "
    "rebuilt with help of partners who wait for a mandate of parliament and for clear guarantees before troops "
    "ships and aircraft are named for it"
).split()
PEOPLE = (100, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 2500, 3000, 5000)


class Pledge:
    """The generator's memory of one pledge, so that it makes only facts that can be true."""

    __slots__ = (
        "attached", "busy_until_us", "caveats", "caveats_made", "conditions", "contributor", "deployed", "last_us",
        "level", "made_us", "most", "name", "quantity_set_us", "suspended", "unit",
    )  # fmt: skip

    def __init__(self, name: str, contributor: str, level: int, quantity: Json, made_us: int) -> None:
        self.name = name
        self.contributor = contributor
        self.level = level
        self.most: int | None = quantity.get("max")
        self.unit: str = quantity["unit"]
        self.made_us = self.last_us = self.busy_until_us = self.quantity_set_us = made_us
        self.conditions: list[str] = []
        self.attached: set[str] = set()
        self.caveats: list[str] = []
        self.caveats_made = 0
        self.deployed = 0
        self.suspended = False


class Condition:
    """The generator's memory of one condition."""

    __slots__ = ("contributors", "decided", "last_us", "name", "stated_us", "waived")

    def __init__(self, name: str, stated_us: int) -> None:
        self.name = name
        self.stated_us = self.last_us = stated_us
        self.decided = False
        self.waived: set[str] = set()
        self.contributors: set[str] = set()


class Correctable:
    """A recorded event that can be corrected or retracted without any other fact losing its footing."""

    __slots__ = ("event_id", "fact", "least_us", "may_go", "most_us", "what")

    def __init__(self, event_id: str, fact: Json, what: str, least_us: int, most_us: int, *, may_go: bool) -> None:
        self.event_id = event_id
        self.fact = fact
        self.what = what
        self.least_us = least_us
        self.most_us = most_us
        self.may_go = may_go


class Story:
    """One coalition over the years, fact by fact; ``facts`` is endless."""

    def __init__(self, length: int, standing: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.length = length
        self.standing = standing
        self.now_us = BEGIN_US
        self.pledges: list[Pledge] = []
        self.pledges_made = 0
        self.ends: list[int] = []
        self.conditions: list[Condition] = []
        self.basings: dict[str, int] = {}
        self.requirements: dict[str, int] = {}
        self.correctable: deque[Correctable] = deque(maxlen=400)
        self.recent: deque[str] = deque(maxlen=400)
        self.counts = Counter[str]()
        self.pending: deque[Callable[[], Json]] = deque()
        self.recorded = 0

    # --- the course of events ---

    def facts(self) -> Iterator[tuple[int, Json]]:
        """Yields facts, each with its ``event_id`` and the microsecond at which it is recorded."""
        for fact in self._beginning():
            yield self._recorded(fact)
        while True:
            self._pass_time()
            made = self._next()
            if made is not None:
                yield self._recorded(made)

    def _recorded(self, fact: Json) -> tuple[int, Json]:
        fact.setdefault("event_id", self._uuid())
        self.recorded += 1
        if fact["type"] not in ("EventCorrected", "EventRetracted", "SourceAdded"):
            self.recent.append(fact["event_id"])
        return self.now_us, fact

    def _pass_time(self) -> None:
        self.now_us += 1 + int(self.rng.expovariate(1 / GAP_MEAN_US))
        while self.ends and self.ends[0] <= self.now_us:
            heappop(self.ends)

    def _beginning(self) -> Iterator[Json]:
        day = day_of(self.now_us)
        yield self._fact(
            "CoalitionFormed", day, name="Coalition of the willing", purpose="A reassurance force", theatre=["UKR"],
            leads=["FRA", "GBR"], key_partner="USA",
        )  # fmt: skip
        self.now_us += DAY_US
        for position, member in enumerate(MEMBERS[:30]):
            yield self._fact(
                "MemberJoined", day_of(self.now_us), member=member, role="lead" if position < 2 else "contributor"
            )
        for position in range(12):
            yield self._requirement(position)
        for position, zone in enumerate(ZONES):
            yield self._first_basing(position, zone)
        for _ in range(8):
            yield self._condition_stated()

    def _next(self) -> Json | None:
        """Returns the next fact; ``None`` if the kind that was picked is not possible at present."""
        if self.pending:
            return self.pending.popleft()()
        chance = self.rng.random()
        if chance < 0.03:
            return self._changed_record()
        if chance < 0.05:
            return self._source_added()
        if chance < 0.12:
            return self._other_matter()
        wanting = self.standing - len(self.pledges) - len(self.ends)
        if wanting > 0 and self.rng.random() < 0.5:
            return self._pledge_made()
        if wanting <= 0 and self.rng.random() < 0.06:
            return self._end_of_a_pledge()
        return self._about_a_pledge() if self.pledges else self._pledge_made()

    # --- pledges ---

    def _pledge_made(self) -> Json:
        rng = self.rng
        contributor = rng.choice(MEMBERS)
        capability = rng.choice(CAPABILITIES) if rng.random() < 0.6 else "ground_forces"
        conditions = [
            condition for condition in self._some(self.conditions, 0.55, 3) if condition.stated_us <= self.now_us
        ]
        basing = self._some([*self.basings], 0.4, 2)
        footing_us = max(
            [BEGIN_US + 2 * DAY_US, *(one.stated_us for one in conditions), *(self.basings[one] for one in basing)]
        )
        effective_us, text = self._when(footing_us, self._lag_us())
        quantity = self._quantity(capability)
        self.pledges_made += 1
        name = f"{contributor.lower()}-{capability.replace('_', '-')}-{self.pledges_made}"
        level = rng.choice((0, 1, 1, 1, 2))
        pledge = Pledge(name, contributor, level, quantity, effective_us)
        pledge.conditions = [condition.name for condition in conditions]
        pledge.attached = set(pledge.conditions)
        own: Json = {
            "pledge": name,
            "contributor": contributor,
            "level": LEVELS[level],
            "capability": capability,
            "quantity": quantity,
        }
        if rng.random() < 0.08:
            own["purpose"] = rng.choice(("host_aid", "own_preparation"))
        if conditions:
            own["conditions"] = pledge.conditions[:]
        if basing:
            own["basing"] = basing
        if rng.random() < 0.25:
            own["caveats"] = [self._caveat(pledge)]
        if rng.random() < 0.3:
            own["notice_to_move_days"] = rng.choice((5, 10, 30, 60, 90))
        if rng.random() < 0.2:
            own["available_from"] = day_of(self.now_us + rng.randrange(10, 200) * DAY_US)
        self.pledges.append(pledge)
        fact = self._fact("PledgeMade", text, **own)
        if quantity.get("max") is not None:
            self._can_be_corrected(fact, "quantity", pledge, may_go=False)
        return fact

    def _about_a_pledge(self) -> Json | None:
        pledge = self.rng.choice(self.pledges)
        chance = self.rng.random()
        if chance < 0.08:
            return self._out_of_order(pledge, self._back_us())
        if chance < 0.095:
            return self._dated_ahead(pledge)
        kind = self.rng.choices(_KINDS, _WEIGHTS)[0]
        return kind(self, pledge, *self._when(pledge.last_us, self._lag_us()))

    def _out_of_order(self, pledge: Pledge, back_us: int) -> Json | None:
        """Returns a fact about an earlier day that does not contradict those about later ones."""
        effective_us, text = self._when(pledge.made_us, back_us)
        kind = self.rng.choice(
            (Story._reaffirmed, Story._details_amended, Story._caveat_declared, Story._attached, Story._reduced)
        )
        if kind is Story._reduced and effective_us <= pledge.quantity_set_us:
            kind = Story._reaffirmed
        return kind(self, pledge, effective_us, text)

    def _dated_ahead(self, pledge: Pledge) -> Json:
        text = day_of(self.now_us + self.rng.randrange(5, 60) * DAY_US)
        effective_us = _day_us(text)
        fact = self._details_amended(pledge, pledge.last_us, text)
        pledge.busy_until_us = max(pledge.busy_until_us, effective_us)
        return fact

    def _reaffirmed(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        fact = self._fact("PledgeReaffirmed", text, pledge=pledge.name)
        self._can_be_corrected(fact, "note", pledge, may_go=True)
        return fact

    def _details_amended(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        if self.rng.random() < 0.5:
            own: Json = {"notice_to_move_days": self.rng.choice((5, 10, 15, 30, 60, 90))}
        else:
            own = {"available_from": day_of(self.now_us + self.rng.randrange(5, 150) * DAY_US)}
        fact = self._fact("PledgeAmended", text, pledge=pledge.name, **own)
        self._can_be_corrected(fact, "note", pledge, may_go=True)
        return fact

    def _quantity_amended(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        most = max(2, int((pledge.most or 500) * self.rng.uniform(0.6, 1.6)))
        least = most if self.rng.random() < 0.5 else int(most * 0.6)
        pledge.most = most
        pledge.quantity_set_us = effective_us
        quantity = {"min": least, "max": most, "unit": pledge.unit}
        fact = self._fact("PledgeAmended", text, pledge=pledge.name, quantity=quantity)
        self._can_be_corrected(fact, "quantity", pledge, may_go=False)
        return fact

    def _moved(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        rises = pledge.level == 0 or (pledge.level < 3 and self.rng.random() < 0.6)
        pledge.level += 1 if rises else -1
        kind = "PledgeRaised" if rises else "PledgeLowered"
        return self._fact(kind, text, pledge=pledge.name, level=LEVELS[pledge.level])

    def _reduced(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        if pledge.most is None or pledge.most < 10:
            return self._reaffirmed(pledge, effective_us, text)
        self._touch(pledge, effective_us)
        part = self.rng.randrange(1, max(2, pledge.most // 4))
        pledge.most -= part
        own = {"pledge": pledge.name, "quantity": {"min": part, "max": part, "unit": pledge.unit}}
        fact = self._fact("PledgeWithdrawn", text, **own, **self._reason())
        self._can_be_corrected(fact, "note", pledge, may_go=True, movable=False)
        return fact

    def _held(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        pledge.suspended = not pledge.suspended
        return self._fact(
            "PledgeSuspended" if pledge.suspended else "PledgeResumed", text, pledge=pledge.name, **self._reason()
        )

    def _moved_forces(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        if pledge.deployed and self.rng.random() < 0.5:
            return self._returned(pledge, effective_us, text, self.rng.randrange(1, pledge.deployed + 1))
        self._touch(pledge, effective_us)
        part = self.rng.randrange(1, max(2, (pledge.most or 200) // 3))
        pledge.deployed += part
        own: Json = {"pledge": pledge.name, "quantity": {"min": part, "max": part, "unit": pledge.unit}}
        if self.rng.random() < 0.3:
            basing = self.rng.choice([*self.basings])
            if self.basings[basing] <= effective_us:
                own["basing"] = basing
        return self._fact("ForcesDeployed", text, **own)

    def _returned(self, pledge: Pledge, effective_us: int, text: str, part: int) -> Json:
        self._touch(pledge, effective_us)
        pledge.deployed -= part
        return self._fact(
            "ForcesReturned", text, pledge=pledge.name, quantity={"min": part, "max": part, "unit": pledge.unit}
        )

    def _caveat_declared(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        self._touch(pledge, effective_us)
        fact = self._fact("CaveatDeclared", text, pledge=pledge.name, **self._caveat(pledge))
        self._can_be_corrected(fact, "note", pledge, may_go=False, movable=False)
        return fact

    def _caveats_changed(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        if len(pledge.caveats) < 4 and (not pledge.caveats or self.rng.random() < 0.55):
            return self._caveat_declared(pledge, effective_us, text)
        self._touch(pledge, effective_us)
        return self._fact("CaveatLifted", text, pledge=pledge.name, caveat=pledge.caveats.pop(0))

    def _caveat(self, pledge: Pledge) -> Json:
        pledge.caveats_made += 1
        name = f"caveat-{pledge.caveats_made}"
        pledge.caveats.append(name)
        return {
            "caveat": name,
            "kind": self.rng.choice(("geographic", "task", "use_of_force", "duration")),
            "text": self._text(6, 14),
        }

    def _attached(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        condition = self.rng.choice(self.conditions)
        if condition.name in pledge.attached or condition.stated_us > effective_us or len(pledge.conditions) > 3:
            return self._reaffirmed(pledge, effective_us, text)
        self._touch(pledge, effective_us)
        pledge.attached.add(condition.name)
        pledge.conditions.append(condition.name)
        return self._fact("ConditionAttached", text, condition=condition.name, pledge=pledge.name)

    def _attachments_changed(self, pledge: Pledge, effective_us: int, text: str) -> Json:
        if not pledge.conditions or self.rng.random() < 0.5:
            return self._attached(pledge, effective_us, text)
        self._touch(pledge, effective_us)
        return self._fact("ConditionDetached", text, condition=pledge.conditions.pop(0), pledge=pledge.name)

    def _end_of_a_pledge(self) -> Json | None:
        pledge = self.rng.choice(self.pledges)
        if pledge.deployed:
            return self._returned(pledge, *self._when(pledge.last_us, self._lag_us()), pledge.deployed)
        if pledge.busy_until_us > self.now_us - 2 * DAY_US:
            return None
        self.pledges.remove(pledge)
        chance = self.rng.random()
        if chance < 0.2:
            return self._expires(pledge)
        if chance < 0.35:
            text = day_of(self.now_us + self.rng.randrange(2, 40) * DAY_US)
            heappush(self.ends, _day_us(text))
        else:
            text = self._when(pledge.busy_until_us, self._lag_us())[1]
        kind = "PledgeWithdrawn" if chance < 0.75 else "PledgeLapsed"
        return self._fact(kind, text, pledge=pledge.name, **self._reason())

    def _expires(self, pledge: Pledge) -> Json:
        last_day = day_of(self.now_us + self.rng.randrange(3, 45) * DAY_US)
        heappush(self.ends, _day_us(last_day) + DAY_US)
        return self._fact("PledgeAmended", self._when(pledge.last_us, 0)[1], pledge=pledge.name, expires_on=last_day)

    def _touch(self, pledge: Pledge, effective_us: int) -> None:
        pledge.last_us = max(pledge.last_us, effective_us)
        pledge.busy_until_us = max(pledge.busy_until_us, effective_us)

    def _quantity(self, capability: str) -> Json:
        rng = self.rng
        chance = rng.random()
        if chance < 0.06:
            return {"unit": "personnel"}
        if capability in ("combat_air", "air_policing", "airlift", "naval", "air_defence") and chance < 0.7:
            most = rng.randrange(2, 24)
            unit = {"naval": "ship", "air_defence": "battery"}.get(capability, "aircraft")
            return {"min": most, "max": most, "unit": unit}
        if chance < 0.2:
            return {
                "min": 1,
                "max": rng.choice((1, 2, 3)),
                "unit": rng.choice(("company", "battalion", "battalion", "brigade")),
            }
        most = rng.choice(PEOPLE)
        if chance < 0.28:
            return {"min": most, "unit": "personnel"}
        if chance < 0.6:
            return {"min": most // 2, "max": most, "unit": "personnel", "approximate": True}
        return {"min": most, "max": most, "unit": "personnel"}

    # --- the record itself ---

    def _can_be_corrected(self, fact: Json, what: str, pledge: Pledge, *, may_go: bool, movable: bool = True) -> None:
        fact["event_id"] = self._uuid()
        effective_us = _start_us(fact["effective_at"])
        least_us = pledge.made_us if movable and fact["type"] != "PledgeMade" else effective_us
        if what == "quantity":
            least_us = effective_us
        self.correctable.append(Correctable(fact["event_id"], fact, what, least_us, effective_us, may_go=may_go))

    def _changed_record(self) -> Json | None:
        if len(self.correctable) < 20:
            return None
        position = self.rng.randrange(len(self.correctable) // 2, len(self.correctable))
        picked = self.correctable[position]
        del self.correctable[position]
        if picked.may_go and self.rng.random() < 0.5:
            return self._retracted(picked)
        return None if picked.what == "retraction" else self._corrected(picked)

    def _retracted(self, picked: Correctable) -> Json:
        fact: Json = {
            "type": "EventRetracted",
            "event_id": self._uuid(),
            "retracts": picked.event_id,
            "reason": self._text(4, 10),
        }
        if picked.what != "retraction" and self.rng.random() < 0.06:
            again = Correctable(fact["event_id"], fact, "retraction", 0, 0, may_go=True)
            self.correctable.append(again)
        return fact

    def _corrected(self, picked: Correctable) -> Json:
        replacement = {name: value for name, value in picked.fact.items() if name != "event_id"}
        if picked.what == "quantity":
            quantity = dict(replacement["quantity"])
            quantity["max"] += 1 + quantity["max"] // self.rng.randrange(4, 20)
            replacement["quantity"] = quantity
        else:
            replacement["note"] = self._text(6, 16)
            if picked.least_us < picked.most_us and self.rng.random() < 0.5:
                moved_us = max(picked.least_us, picked.most_us - self.rng.randrange(1, 20) * DAY_US)
                replacement["effective_at"] = format_instant(moved_us)
        fact: Json = {
            "type": "EventCorrected", "event_id": self._uuid(), "corrects": picked.event_id, "replacement": replacement,
            "reason": self._text(4, 10),
        }  # fmt: skip
        if self.rng.random() < 0.2:  # a correction can itself be corrected or retracted
            again = Correctable(
                fact["event_id"], replacement, picked.what, picked.least_us, picked.most_us, may_go=True
            )
            self.correctable.append(again)
        return fact

    def _source_added(self) -> Json:
        sources = self._sources(day_of(self.now_us))
        return {"type": "SourceAdded", "event": self.rng.choice(self.recent), "sources": sources}

    # --- everything else ---

    def _other_matter(self) -> Json | None:
        progress = self.recorded / self.length
        for kind, total, make in _SPREAD:
            if self.counts[kind] < total * progress:
                self.counts[kind] += 1
                return make(self)
        return self.rng.choice(_MATTERS)(self)

    def _requirement(self, position: int) -> Json:
        name = f"requirement-{position}"
        self.requirements[name] = _day_us(day_of(self.now_us))
        least = self.rng.choice((5_000, 10_000, 15_000, 20_000, 25_000))
        own: Json = {
            "requirement": name,
            "label": self._text(3, 6),
            "stated_by": self.rng.choice(MEMBERS),
            "standing": "floated",
        }
        own["quantity"] = {"min": least, "max": least * 2, "unit": "personnel"}
        if position > 3:
            own["capability"] = self.rng.choice(CAPABILITIES)
        return self._fact("RequirementStated", day_of(self.now_us), **own)

    def _requirement_amended(self) -> Json:
        name = self.rng.choice([*self.requirements])
        self.requirements[name], text = self._when(self.requirements[name], self._lag_us())
        most = self.rng.randrange(10, 40) * 1_000
        return self._fact(
            "RequirementAmended", text, requirement=name, quantity={"min": most // 2, "max": most, "unit": "personnel"}
        )

    def _first_basing(self, position: int, zone: str) -> Json:
        name = f"basing-{position}"
        self.basings[name] = _day_us(day_of(self.now_us))
        return self._fact(
            "BasingProposed", day_of(self.now_us), basing=name, zone=zone, certainty="expected", proposed_by="GBR"
        )

    def _basing_changed(self) -> Json:
        kind = self.rng.choice(("BasingProposed", "BasingAgreed", "BasingRuledOut"))
        text = self._when(BEGIN_US + 2 * DAY_US, self._lag_us())[1]
        return self._fact(kind, text, basing=self.rng.choice([*self.basings]), certainty="stated")

    def _condition_stated(self) -> Json:
        self.counts["condition"] += 1
        name = f"condition-{self.counts['condition']}"
        floor_us = max([BEGIN_US + DAY_US, *(one.stated_us for one in self.conditions)])
        effective_us, text = self._when(floor_us, self._lag_us())
        own: Json = {
            "condition": name,
            "kind": self.rng.choice(CONDITION_KINDS),
            "description": self._text(8, 16),
            "stated_by": "FRA",
        }
        if self.rng.random() < 0.3:
            own["kind"], own["rule"] = "coalition_threshold", self._rule()
        self.conditions.append(Condition(name, effective_us))
        return self._fact("ConditionStated", text, **own)

    def _rule(self) -> Json:
        rng = self.rng
        simple: tuple[Json, ...] = (
            {"personnel_at_least": rng.randrange(2, 40) * 1_000},
            {"contributors_at_least": rng.randrange(3, 20)},
            {"contributor": rng.choice(MEMBERS), "level_at_least": rng.choice(LEVELS[1:])},
            {"actor": "USA", "stance_at_least": "willing", "capability": rng.choice(CAPABILITIES)},
        )
        if self.conditions and rng.random() < 0.4:
            return {
                rng.choice(("all_of", "any_of")): [rng.choice(simple), {"condition": rng.choice(self.conditions).name}]
            }
        return rng.choice(simple)

    def _condition_changed(self) -> Json | None:
        condition = self.rng.choice(self.conditions)
        effective_us, text = self._when(condition.last_us, self._lag_us())
        condition.last_us = effective_us
        chance = self.rng.random()
        if condition.decided:
            condition.decided = False
            condition.waived.clear()
            return self._fact("ConditionReopened", text, condition=condition.name)
        if chance < 0.25:
            condition.decided = True
            return self._fact(
                self.rng.choice(("ConditionMet", "ConditionMet", "ConditionFailed")), text, condition=condition.name
            )
        if chance < 0.5:
            return self._waived(condition, effective_us, text)
        contributor = self.rng.choice(MEMBERS)
        own = {"condition": condition.name, "contributor": contributor}
        if contributor in condition.contributors:
            condition.contributors.remove(contributor)
            return self._fact("ConditionDetached", text, **own)
        if len(condition.contributors) > 4:
            return None
        condition.contributors.add(contributor)
        return self._fact("ConditionAttached", text, **own)

    def _waived(self, condition: Condition, effective_us: int, text: str) -> Json | None:
        if self.pledges and self.rng.random() < 0.5:
            pledge = self.rng.choice(self.pledges)
            if pledge.made_us > effective_us or pledge.name in condition.waived:
                return None
            condition.waived.add(pledge.name)
            return self._fact("ConditionWaived", text, condition=condition.name, pledge=pledge.name)
        contributor = self.rng.choice(MEMBERS)
        if contributor in condition.waived:
            return None
        condition.waived.add(contributor)
        return self._fact("ConditionWaived", text, condition=condition.name, contributor=contributor)

    def _stance(self) -> Json:
        back_us = self._back_us() if self.rng.random() < 0.2 else self._lag_us()
        own: Json = {"actor": self.rng.choice((*MEMBERS, *["USA"] * 15)), "stance": self.rng.choice(STANCES)}
        if own["actor"] == "USA":
            own["capability"] = self.rng.choice(CAPABILITIES)
        return self._fact("StanceStated", self._when(BEGIN_US, back_us)[1], **own) | {
            "attribution": {"basis": "official"}
        }

    def _support(self) -> Json:
        own = {
            "partner": "USA",
            "capability": self.rng.choice(CAPABILITIES),
            "importance": self.rng.choice(("critical", "important")),
        }
        return self._fact("SupportSought", self._when(BEGIN_US, self._lag_us())[1], **own)

    def _member(self) -> Json:
        role = self.rng.choice(("contributor", "contributor", "host", "observer"))
        return self._fact(
            "MemberJoined", self._when(BEGIN_US, self._lag_us())[1], member=self.rng.choice(MEMBERS[2:]), role=role
        )

    def _command(self) -> Json:
        component = self.rng.choice(("overall", "land", "air", "maritime", "support"))
        own = {
            "command": component,
            "component": component,
            "status": self.rng.choice(("planned", "operating")),
            "led_by": self.rng.sample(MEMBERS, 2),
        }
        return self._fact("CommandArranged", self._when(BEGIN_US, self._lag_us())[1], headquarters="Paris", **own)

    def _statement(self) -> Json:
        self.counts["statement"] += 1
        effective_us, text = self._when(BEGIN_US + 2 * DAY_US, self._lag_us())
        own: Json = {
            "statement": f"statement-{self.counts['statement']}",
            "kind": "political",
            "by": [self.rng.choice(MEMBERS)],
        }
        about = [f"pledge:{one.name}" for one in self._some(self.pledges, 0.3, 1) if one.made_us <= effective_us]
        if about:
            own["about"] = about
        horizon = day_of(effective_us + self.rng.randrange(5, 60) * DAY_US)
        return self._fact("StatementMade", text, text=self._text(15, 40), horizon=horizon, **own)

    def _count(self) -> Json:
        value = self.rng.randrange(5, 40)
        own = {
            "report": f"report-{self.counts['report']}",
            "subject": "contributors",
            "value": {"min": value, "max": value},
        }
        return self._fact(
            "CountReported",
            self._when(BEGIN_US, self._lag_us())[1],
            scope="ready to send troops",
            level="pledged",
            **own,
        )

    def _meeting(self) -> Json:
        name = f"meeting-{self.counts['meeting']}"
        starts_us = self.now_us + self.rng.randrange(5, 30) * DAY_US
        invited = self.rng.sample(MEMBERS, 12)
        self.pending.append(lambda: self._meeting_held(name, invited))
        own = {
            "meeting": name,
            "forum": "coalition",
            "title": self._text(3, 7),
            "starts_at": day_of(starts_us),
            "invited": invited,
        }
        return self._fact("MeetingScheduled", self._when(BEGIN_US, self._lag_us())[1], chairs=["GBR", "FRA"], **own)

    def _meeting_held(self, name: str, invited: list[str]) -> Json:
        text = day_of(self.now_us + DAY_US)
        attendance = [
            {"actor": actor, "present": self.rng.random() < 0.9, "level": "minister"} for actor in (*invited, "USA")
        ]
        self.pending.append(lambda: self._outcome(name, text))
        return self._fact("MeetingHeld", text, meeting=name, attendance=attendance, participants={"min": 20, "max": 33})

    def _outcome(self, name: str, text: str) -> Json:
        own = {"meeting": name, "outcome": f"{name}-statement", "kind": "declaration", "text": self._text(20, 50)}
        return self._fact("MeetingOutcomeRecorded", text, signed_by=self.rng.sample(MEMBERS, 6), **own)

    # --- words, times and sources ---

    def _fact(self, kind: str, effective_at: str, /, **own: Any) -> Json:
        rng = self.rng
        fact: Json = {"type": kind, "effective_at": effective_at, **own, "sources": self._sources(effective_at)}
        if rng.random() < 0.5:
            attribution: Json = {"basis": rng.choice(BASES)}
            if rng.random() < 0.6:
                attribution["actor"] = rng.choice(MEMBERS)
            if rng.random() < 0.3:
                attribution["speaker"] = rng.choice(SPEAKERS)
            fact["attribution"] = attribution
        if rng.random() < 0.25:
            fact["note"] = self._text(8, 24)
        return fact

    def _sources(self, effective_at: str) -> list[Json]:
        return [self._source(effective_at) for _ in range(2 if self.rng.random() < 0.12 else 1)]

    def _source(self, effective_at: str) -> Json:
        rng = self.rng
        publisher = rng.choice(PUBLISHERS)
        day = effective_at[:10]
        source: Json = {"publisher": publisher}
        if rng.random() < 0.95:
            published_us = (
                max(_day_us(day), self.now_us - rng.randrange(DAY_US)) if rng.random() < 0.6 else _day_us(day)
            )
            source["published_on"] = day_of(published_us)
        if rng.random() < 0.7:
            site = "".join(letter for letter in publisher.lower() if letter.isascii() and letter.isalpha())
            slug = "-".join(rng.choices(WORDS, k=4))
            source["url"] = f"https://{site}.example/{day.replace('-', '/')}/{slug}-{rng.randrange(10**6)}"
        if rng.random() < 0.35:
            source["title"] = self._text(5, 10).capitalize()
        if rng.random() < 0.25:
            source["reliability"], source["credibility"] = rng.choice("ABBBCD"), rng.choice("12233")
        if rng.random() < 0.15:
            source["locator"] = f"p. {rng.randrange(1, 40)}"
        return source

    def _reason(self) -> Json:
        return {"reason": self._text(3, 10)} if self.rng.random() < 0.6 else {}

    def _text(self, least: int, most: int) -> str:
        return " ".join(self.rng.choices(WORDS, k=self.rng.randrange(least, most)))

    def _some(self, things: list[Any], chance: float, most: int) -> list[Any]:
        if not things or self.rng.random() > chance:
            return []
        return self.rng.sample(things, self.rng.randrange(1, min(most, len(things)) + 1))

    def _when(self, least_us: int, back_us: int) -> tuple[int, str]:
        """Returns a time ``ago``, but not before another: a day if that is late enough, else to the microsecond."""
        wanted_us = max(least_us, self.now_us - back_us)
        start_us = wanted_us - wanted_us % DAY_US
        if start_us >= least_us and self.rng.random() < 0.7:
            return start_us, day_of(start_us)
        return wanted_us, format_instant(wanted_us)

    def _lag_us(self) -> int:
        """Returns the delay of a fact: mostly a few hours; for one in twenty, days to weeks."""
        return self._back_us() if self.rng.random() < 0.05 else self.rng.randrange(HOUR_US, 10 * HOUR_US)

    def _back_us(self) -> int:
        return self.rng.randrange(2 * DAY_US, 30 * DAY_US)

    def _uuid(self) -> str:
        """Returns a UUID of version 7, in the order of recording, as the ledger makes them."""
        bits = (
            (self.now_us // 1_000) << 80 | 7 << 76 | self.rng.getrandbits(12) << 64 | 2 << 62 | self.rng.getrandbits(62)
        )
        return str(UUID(int=bits))


_KINDS = (
    Story._quantity_amended, Story._details_amended, Story._reaffirmed, Story._moved, Story._reduced, Story._held,
    Story._moved_forces, Story._caveats_changed, Story._attachments_changed,
)  # fmt: skip
_WEIGHTS = (14, 10, 16, 14, 12, 8, 14, 8, 8)
_SPREAD: tuple[tuple[str, int, Callable[[Story], Json | None]], ...] = (
    ("meeting", MEETINGS, Story._meeting),
    ("report", COUNTS, Story._count),
    ("late condition", CONDITIONS - 8, Story._condition_stated),
)
_MATTERS: tuple[Callable[[Story], Json | None], ...] = (
    *[Story._stance] * 5, *[Story._statement] * 4, *[Story._condition_changed] * 5, Story._requirement_amended,
    Story._basing_changed, Story._support, Story._member, Story._command,
)  # fmt: skip


def _day_us(day: str) -> int:
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1_000_000


def _start_us(text: str) -> int:
    if len(text) == 10:
        return _day_us(text)
    return int((datetime.fromisoformat(text) - datetime.fromtimestamp(0, UTC)).total_seconds() * 1_000_000)


def events(count: int, standing: int = 300, seed: int = 1) -> Iterator[Json]:
    """Yields ``count`` events in the order of ``sequence``, as they are stored."""
    story = Story(count, standing, seed)
    for sequence, (recorded_us, fact) in enumerate(islice(story.facts(), count), 1):
        event_id = fact.pop("event_id")
        yield {
            "event_id": event_id, "coalition": COALITION, "sequence": sequence,
            "recorded_at": format_instant(recorded_us), "recorded_by": RECORDED_BY, "fact": fact,
        }  # fmt: skip
        fact["event_id"] = event_id


def cache_file(name: str) -> Path:
    """Returns a file in the folder of generated files, which is made if it does not exist."""
    CACHE.mkdir(exist_ok=True)
    return CACHE / name


def event_file(count: int, standing: int = 300, seed: int = 1) -> Path:
    """Returns the file of these events, one a line, which is made if it does not exist yet."""
    path = cache_file(f"events-{count}-{standing}-{seed}.ndjson")
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.writelines(orjson.dumps(event) + b"\n" for event in events(count, standing, seed))
        unfinished.rename(path)
    return path


def stored_events(count: int, standing: int = 300, seed: int = 1) -> list[Event]:
    """Returns the events of that file."""
    with event_file(count, standing, seed).open("rb") as file:
        return [EVENT.validate_json(line) for line in file]


def facts(count: int, standing: int = 300, seed: int = 1) -> list[Json]:
    """Returns the same as facts that a client posts, each with its ``event_id``."""
    with event_file(count, standing, seed).open("rb") as file:
        return [{**event["fact"], "event_id": event["event_id"]} for event in map(orjson.loads, file)]


def check(recorded: Iterable[Event]) -> None:
    """Check each event in its place by the rules; raises ``Refused`` at the first that is not valid."""
    history = History(COALITION)
    for event in recorded:
        history.draft().add([event])
        history.append(event)


def main() -> None:
    """Make the file, and print what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--standing", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="let the rules decide on every fact")
    options = parser.parse_args()
    path = event_file(options.facts, options.standing, options.seed)
    print(f"{path}: {path.stat().st_size / options.facts:.0f} bytes a fact")
    recorded = stored_events(options.facts, options.standing, options.seed)
    for kind, count in Counter(event.fact.type for event in recorded).most_common():
        print(f"{count:8,}  {kind}")
    if options.check:
        check(recorded)
        print("every fact is valid in its place")


if __name__ == "__main__":
    main()
