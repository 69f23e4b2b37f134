"""Random histories: scripts of lists of facts over few names, days and units, so that they meet, tie and contradict.

A script is data: what was attempted, whether or not it may be recorded. Only ids link its facts, and every fact has
one from the start, so that corrections can aim at any fact before them, accepted or refused.

Hypothesis draws one number for each attempt, and the number makes its facts. So a history costs little to draw, and
what Hypothesis shrinks is what was attempted, not what was said.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.events import FACT, Event
from domain.times import format_instant, instant_us
from tests.oracle.random_facts import FOUNDING, RECORD_FACTS, STORIES, WORLD_FACTS, Raw, listed, mix, sources

COALITION = "willing"
DAY_US = 86_400_000_000
FIRST_RECORDED_US = instant_us("2025-04-03T10:00:00Z")


# --- scripts ----------------------------------------------------------------------------------------------------------


class Attempt(NamedTuple):
    """A list of facts recorded at one time, all or none."""

    recorded_us: int
    facts: list[Raw]


FORMED: Raw = {
    "type": "CoalitionFormed",
    "name": "Willing",
    "key_partner": "USA",
    "effective_at": "2025-03-01",
    "sources": sources("2025-03-02"),
}
ANYTHING = mix(WORLD_FACTS, WORLD_FACTS, WORLD_FACTS, RECORD_FACTS)
SOME_FACTS = mix(listed(1, 1, ANYTHING), listed(1, 1, ANYTHING), listed(2, 3, ANYTHING), STORIES)
NUMBERS = st.integers(0, 2**16 - 1)


def scripts(longest: int = 30) -> st.SearchStrategy[list[Attempt]]:
    """Attempts to record: mostly first facts to refer to, then any facts, one by one and in lists."""
    later = st.integers(0, longest).flatmap(lambda least: st.lists(NUMBERS, min_size=least, max_size=longest))
    return st.builds(_script, st.tuples(*[NUMBERS] * len(FOUNDING)), later)


def _script(founding: tuple[int, ...], later: list[int]) -> list[Attempt]:
    """Make the facts, give each its id, and facts about the record their targets."""
    facts_before: list[Raw] = [FORMED | {"event_id": event_id(0)}]
    script = [Attempt(FIRST_RECORDED_US, [facts_before[0]])]
    for hours, protos in (*_founded(founding), *_followed(later)):
        facts = []
        for proto in protos:
            raw = _aimed(proto, facts_before) if "back" in proto else proto
            if isinstance(back := raw.get("of"), int):
                raw = raw | {"of": facts_before[-back]["event_id"]}
            facts.append(raw | {"event_id": event_id(len(facts_before))})
            facts_before.append(facts[-1])
        script.append(Attempt(script[-1].recorded_us + hours * DAY_US // 24, facts))
    return script


def _founded(numbers: tuple[int, ...]) -> Iterator[tuple[int, list[Raw]]]:
    for maker, number in zip(FOUNDING, numbers, strict=True):
        if number % 8:
            yield 0, [maker(Random(number))]


def _followed(numbers: list[int]) -> Iterator[tuple[int, list[Raw]]]:
    for number in numbers:
        chance = Random(number)
        facts, hours = SOME_FACTS(chance), chance.choice((0, 8, 16))
        if chance.random() < 0.3:
            yield hours, facts
        else:
            yield from ((hours, [raw]) for raw in facts)


def event_id(number: int) -> str:
    return str(UUID(int=number))


def _aimed(proto: Raw, before: list[Raw]) -> Raw:
    target, published, words = before[-min(proto["back"], len(before))], proto.get("published"), proto["words"]
    own = words["sources"][0] | {"published_on": published}
    publication = {} if published is None and not proto.get("is_undated") else {"sources": [own]}
    if proto["type"] == "SourceAdded":
        added = [words["sources"][0] | {"published_on": published}]
        return {**words, "type": "SourceAdded", "event": target["event_id"], "sources": added}
    if proto["type"] == "WarningDismissed":
        dismissed = {"type": "WarningDismissed", "event": target["event_id"], "warning": proto["warning"]}
        return dismissed | {"reason": "looked into"} | publication
    if proto["type"] == "EventRetracted":
        return {"type": "EventRetracted", "retracts": target["event_id"], "reason": "an error", **publication}
    replacement = proto.get("other") or _altered(_root(target, before), proto["changes"])
    correction = {"type": "EventCorrected", "corrects": target["event_id"], "reason": "an error"}
    return {**correction, "replacement": replacement, **publication}


def _root(target: Raw, before: list[Raw]) -> Raw:
    """The fact about the world to which a fact about the record leads."""
    while (back := target.get("corrects") or target.get("retracts") or target.get("event")) is not None:
        target = next(raw for raw in before if raw["event_id"] == back)
    return target


def _altered(raw: Raw, changed: Raw) -> Raw:
    changed = {name: value for name, value in changed.items() if raw["type"] != "FundsDisbursed" or name != "quantity"}
    left_out = {
        "event_id",
        *(["phases"] if "quantity" in changed and "quantity" in raw else []),
    }  # they fit the old quantity alone
    return {name: changed.get(name, value) for name, value in raw.items() if name not in left_out}


# --- events -----------------------------------------------------------------------------------------------------------


def events_of(attempt: Attempt, sequence: int) -> list[Event]:
    """The facts of an attempt as events, numbered on from a stream's length."""
    return list(_enveloped(attempt, sequence))


def _enveloped(attempt: Attempt, sequence: int) -> Iterator[Event]:
    for number, raw in enumerate(attempt.facts, start=sequence + 1):
        yield Event(
            event_id=raw["event_id"], coalition=COALITION, sequence=number,
            recorded_at=format_instant(attempt.recorded_us), recorded_by="desk", fact=FACT.validate_python(raw),
        )  # fmt: skip
