"""What a thing rests on: conditions on a pledge, what their rules look at, and dates that pass by themselves."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    SimpleRule,
    StanceAtLeast,
    walk,
)
from domain.concepts.members import MemberState
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import View
from domain.times import Period, period
from projections.picture.scene import Scene
from projections.record import effective_us, visible_events, what_became_of


class Provenance:
    """Finds, in one scene, all that a thing rests on: itself, and what that rests on in turn.

    Rules that count the whole force (people, contributors, all members) rest on every pledge; ``counted`` follows them
    there. ``steady`` conditions are left out; if ``turned`` is given, only the rules of those conditions are followed.
    """

    def __init__(
        self, scene: Scene, *, counted: bool, steady: Collection[str] = (), turned: Collection[str] | None = None
    ) -> None:
        self._scene = scene
        self._counted = counted
        self._turned = turned
        self._conditions = {
            waiting.pledge.pledge: [c.stated.thing for name, c in waiting.conditions.items() if name not in steady]
            for waiting in scene.cascade.waiting
        }
        self._force = [waiting.pledge for waiting in scene.cascade.waiting if waiting.is_force]

    def all_behind(self, things: Iterable[Thing]) -> set[Thing]:
        """The things given, and everything that they rest on."""
        found: set[Thing] = set()
        rest = list(things)
        while rest:
            thing = rest.pop()
            if thing not in found:
                found.add(thing)
                rest.extend(self._directly_behind(thing))
        return found

    def _directly_behind(self, thing: Thing) -> Iterable[Thing]:
        if thing.kind == "pledge":
            return self._conditions.get(thing.id, ())
        if thing.kind != "condition" or (self._turned is not None and thing.id not in self._turned):
            return ()
        condition = self._scene.world.conditions.get(thing.id)
        if condition is None or condition.rule is None or condition.is_decided:
            return ()
        return (thing for part, _ in walk(condition.rule) for thing in self._deciding_things(part))

    def _deciding_things(self, rule: SimpleRule) -> Iterator[Thing]:
        """The things that decide whether a simple rule holds."""
        match rule:
            case ConditionHolds():
                yield Thing("condition", rule.condition)
            case StanceAtLeast():
                stance = self._scene.world.stance_of(rule.actor, rule.capability)
                yield from () if stance is None else (stance.latest.thing,)
            case ContributorAtLeast():
                for pledge in self._force:
                    if pledge.contributor == rule.contributor and rule.capability in (None, pledge.capability):
                        yield pledge.made.thing
            case PersonnelAtLeast() | ContributorsAtLeast() | AllMembersAtLeast() if self._counted:
                yield from (pledge.made.thing for pledge in self._force)
                if isinstance(rule, AllMembersAtLeast):
                    yield from (member.latest.thing for member in self._scene.of(MemberState))


def _begins(date: Period) -> int:
    return date.start_us


def _is_over(date: Period) -> int:
    return date.end_us


_DATES = {"available_from": _begins, "starts_at": _begins, "expires_on": _is_over, "horizon": _is_over}
"""The fields whose dates change something by passing, and when they do."""


def dates_that_pass(
    thing: Thing, view: View, after_us: int, until_us: int, lacking_footing: Collection[str]
) -> list[Event]:
    """The events about a thing, as they stand by a view, that take effect between two times, or gave it a date which
    passes between them."""
    standing = [one.event for one in what_became_of(visible_events([thing], view), lacking_footing) if one.stands]
    latest: dict[str, tuple[Event, int]] = {}
    for event in sorted(standing, key=lambda event: (effective_us(event), event.sequence)):
        latest[event.event_id] = event, effective_us(event)
        fact: Any = content_of(event)
        for field, passes in _DATES.items():
            if date := getattr(fact, field, None):
                latest[field] = event, passes(period(date))
    return [event for event, passes_us in latest.values() if after_us < passes_us <= until_us]
