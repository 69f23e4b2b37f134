"""Facts about the record: which corrections and retractions act on an event, and the rules that they must keep.

A correction may itself be corrected or retracted, and so on: a chain. The event at its root is a fact about the world
or a remark, such as an added source. The change that acts on the root, if any, decides its content in the valid order.

Of the changes of an event, by ``sequence``, the first acts that breaks no rule and is not retracted; what acts on it is
decided by its own changes in the same way. So an event that joins a chain is judged with the changes of its target that
come after it. Whether the target is retracted may differ then, and so on upwards; nothing else in the chain can.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from domain.concepts import coalition, conditions
from domain.corrections import (
    REMARKS,
    EventCorrected,
    EventRetracted,
    SourceAdded,
    WarningDismissed,
    target_of,
)
from domain.events import BY_SEQUENCE, Event, content_of
from domain.facts import REFERABLE, Entry
from domain.history.layered import LayeredMapping, layered_over
from domain.refusals import (
    AlreadyCorrected,
    FormationIsNeverRetracted,
    NotCorrectable,
    ReplacesAnotherThing,
    RuleBroken,
    UnknownId,
)

RECORD_FACTS = (EventCorrected, EventRetracted, *REMARKS)
"""The facts about the record itself."""

_CHANGES = (EventCorrected, EventRetracted)

_TARGET_FIELD = {
    EventCorrected: "/corrects", EventRetracted: "/retracts", SourceAdded: "/event", WarningDismissed: "/event"
}  # fmt: skip


class Corrections:
    """The known events, the events about each of them, and the rules of those set aside, by event id.

    The mappings may be laid over others. ``aside`` also has the facts about the world that a fold sets aside;
    ``acting`` has the change that acts on each event, if any. ``_roots`` and ``_tops`` shorten the way up a chain,
    ``_lasts`` the way down to what applies in place of its root: so an event joins a long chain at the cost of a short.
    """

    def __init__(
        self,
        events: MutableMapping[str, Event] | None = None,
        about: MutableMapping[str, tuple[Event, ...]] | None = None,
        aside: MutableMapping[str, RuleBroken] | None = None,
        acting: MutableMapping[str, Event] | None = None,
    ) -> None:
        self.events: MutableMapping[str, Event] = {} if events is None else events
        self.about: MutableMapping[str, tuple[Event, ...]] = {} if about is None else about
        self.aside: MutableMapping[str, RuleBroken] = {} if aside is None else aside
        self.acting: MutableMapping[str, Event] = {} if acting is None else acting
        self._roots: MutableMapping[str, Event] = {}
        self._tops: MutableMapping[str, Event] = {}
        self._lasts: MutableMapping[str, Event] = {}

    # --- taking in ---

    def learn(self, event: Event) -> None:
        """Take in an event and judge what it changes."""
        for event_id, broken in self.take_in(event):
            self.set_aside(event_id, broken)

    def take_in(self, event: Event) -> Iterator[tuple[str, RuleBroken | None]]:
        """Take in an event; yields each event that is judged again, with the rule that it breaks, if any.

        The caller sets each one aside, or applies it again.
        """
        self.add(event)
        yield from self._judge_below(event)
        while isinstance(event.fact, RECORD_FACTS):
            target = self._target(event)
            if target is None:
                yield event.event_id, self._without_target(event)
                return
            was_retracted = self.is_retracted(target.event_id)
            yield from self._judge_changes(target, event.sequence)
            if self.is_retracted(target.event_id) == was_retracted:
                return
            event = target

    def add(self, event: Event) -> None:
        """Take in an event, unjudged."""
        self.events[event.event_id] = event
        if isinstance(event.fact, RECORD_FACTS):
            target_id = target_of(event.fact)
            known = self.about.get(target_id, ())
            at = bisect_right(known, event.sequence, key=BY_SEQUENCE)
            self.about[target_id] = (*known[:at], event, *known[at:])

    def set_aside(self, event_id: str, broken: RuleBroken | None) -> None:
        """Set an event aside with the rule that it would break, or apply it again if it breaks none (``None``)."""
        if broken is not None:
            self.aside[event_id] = broken
        else:
            self.aside.pop(event_id, None)

    # --- following a chain ---

    def root_of(self, event: Event) -> Event | None:
        """The fact about the world, or the remark, at the root of a chain; ``None`` if it is not known."""
        root = self._highest(event, _CHANGES, self._roots)
        return None if isinstance(root.fact, _CHANGES) else root

    def topmost(self, event: Event) -> Event:
        """The first known event of the chain."""
        return self._highest(event, RECORD_FACTS, self._tops)

    def _highest(self, event: Event, kinds: tuple[type, ...], above: MutableMapping[str, Event]) -> Event:
        """Follow facts of some kinds up to what they are about; the way is shortened for the next time."""
        passed = []
        while isinstance(event.fact, kinds):
            higher = above.get(event.event_id) or self._target(event)
            if higher is None:
                break
            passed.append(event.event_id)
            event = higher
        for event_id in passed[:-1]:
            above[event_id] = event
        return event

    def _target(self, event: Event) -> Event | None:
        """The event that a fact about the record is about, if it is known: always one recorded earlier."""
        fact: Any = event.fact
        target = self.events.get(target_of(fact))
        return target if target is not None and target.sequence < event.sequence else None

    def chain(self, event: Event) -> list[Event]:
        """An event and all events about it, directly or through others, each after the one that it is about."""
        chain = [event]
        for one in chain:
            chain += self.all_about(one.event_id)
        return chain

    def all_about(self, event_id: str) -> Sequence[Event]:
        """The known facts about the record that are about an event, in the order of their recording."""
        target = self.events.get(event_id)
        known = self.about.get(event_id, ())
        if target is None or not known or known[0].sequence > target.sequence:
            return known
        return known[bisect_right(known, target.sequence, key=BY_SEQUENCE) :]

    # --- what acts ---

    def entry(self, root: Event) -> Entry | None:
        """The root's entry in the valid order, with its content or a replacement; ``None`` if it is retracted."""
        if root.event_id not in self.events or isinstance(root.fact, RECORD_FACTS):
            return None
        content = self.content(root)
        return None if content is None else Entry(content, root.event_id, root.sequence)

    def content(self, event: Event) -> Any:
        """The fact that applies in an event's place; ``None`` if it is retracted."""
        last = self._lasts.get(event.event_id) or event
        while (change := self.acting.get(last.event_id)) is not None:
            last = change
        if not isinstance(event.fact, _CHANGES):
            self._lasts[event.event_id] = last
        return None if last is not event and isinstance(last.fact, EventRetracted) else content_of(last)

    def change_of(self, event_id: str) -> Event | None:
        """The correction or retraction that acts on an event: it breaks no rule and is not retracted itself."""
        return self.acting.get(event_id)

    def is_retracted(self, event_id: str) -> bool:
        """Whether a retraction acts on the event."""
        return _is_retraction(self.acting.get(event_id))

    def _act(self, target: Event, change: Event | None) -> None:
        """Note what acts on an event from now on; what acted before no longer leads to the content of its root."""
        if self.acting.get(target.event_id) is change:
            return
        if change is None:
            del self.acting[target.event_id]
        else:
            self.acting[target.event_id] = change
        root = self.root_of(target)
        last = None if root is None else self._lasts.get(root.event_id)
        while last is not None and last.sequence > target.sequence:
            last = self._target(last)
        if root is not None and last is not None and last.event_id == target.event_id:
            self._lasts[root.event_id] = target

    # --- judging ---

    def judge(self, top: Event) -> Iterator[tuple[str, RuleBroken | None]]:
        """Judge a whole chain again; yields as ``take_in`` does."""
        for one in reversed(self.chain(top)):
            yield from self._judge_changes(one, 0)
        if isinstance(top.fact, RECORD_FACTS) and self._target(top) is None:
            yield top.event_id, self._without_target(top)

    def _judge_below(self, event: Event) -> Iterator[tuple[str, RuleBroken | None]]:
        """Judge the changes of an event that has become known and, if their root has as well, those further below."""
        below = [event]
        if self.all_about(event.event_id) and self.root_of(event) is not None:
            for one in below:
                below += (change for change in self.all_about(one.event_id) if isinstance(change.fact, _CHANGES))
        for one in reversed(below):
            yield from self._judge_changes(one, 0)

    def _judge_changes(self, target: Event, since: int) -> Iterator[tuple[str, RuleBroken | None]]:
        """Judge the facts about an event, and note which acts.

        If that of one sequence alone has changed (``since``), what comes before it stays, and what comes after it as
        soon as the same one acts as before.
        """
        about, before = self.all_about(target.event_id), self.acting.get(target.event_id)
        if not about and before is None:
            return
        acting = before if before is not None and before.sequence < since else None
        root = self.root_of(target)
        for change in about[bisect_left(about, since, key=BY_SEQUENCE) :]:
            broken = None
            if not isinstance(change.fact, REMARKS) and not self.is_retracted(change.event_id):
                broken = broken_by_change(target, change, acting, root)
                acting = change if broken is None else acting
            yield change.event_id, broken
            if since and acting is (before if before is not None and before.sequence <= change.sequence else None):
                return
        self._act(target, acting)
        if _is_retraction(acting):
            yield target.event_id, None

    def _without_target(self, event: Event) -> RuleBroken | None:
        """The rule that a fact about an unknown event breaks, unless it is retracted."""
        if self.is_retracted(event.event_id):
            return None
        return UnknownId("no event with this id is on record", _TARGET_FIELD[type(event.fact)])

    # --- layers ---

    def layer(
        self,
        events: MutableMapping[str, Event],
        about: MutableMapping[str, tuple[Event, ...]],
        aside: MutableMapping[str, RuleBroken],
    ) -> "Corrections":
        """Corrections laid over these, with mappings that are; events are only added to them."""
        layer = Corrections(events, about, aside, layered_over(self.acting))
        layer._roots, layer._tops = layered_over(self._roots), layered_over(self._tops)
        layer._lasts = layered_over(self._lasts)
        return layer

    def absorb(self, above: "Corrections") -> None:
        """Take over what acts in a layer laid over these, or over the same ones as this layer is."""
        for own, others in ((self.acting, above.acting), (self._lasts, above._lasts)):
            assert isinstance(own, LayeredMapping)
            assert isinstance(others, LayeredMapping)
            own.own |= others.own


def _is_retraction(change: Event | None) -> bool:
    return change is not None and isinstance(change.fact, EventRetracted)


def broken_by_change(target: Event, change: Event, acting: Event | None, root: Event | None) -> RuleBroken | None:
    """The rule that a correction or retraction of ``target`` breaks, if any."""
    fact = change.fact
    field = _TARGET_FIELD[type(fact)]
    if acting is not None:
        return AlreadyCorrected("the event is already corrected or retracted", field, (acting.event_id,))
    if isinstance(fact, EventRetracted):
        if isinstance(target.fact, coalition.CoalitionFormed):
            return FormationIsNeverRetracted(
                "the formation of a coalition cannot be retracted", field, (target.event_id,)
            )
        return None
    if isinstance(target.fact, (EventRetracted, *REMARKS)):
        return NotCorrectable(
            "a retraction, an added source or a dismissed warning cannot be corrected; retract it instead",
            field,
            (target.event_id,),
        )
    if root is None:
        return UnknownId("the event at the start of this chain of corrections is not on record", field)
    replacement: Any = fact.replacement  # type: ignore[union-attr]
    return replaces_another_thing(replacement, root)


def replaces_another_thing(replacement: Any, root: Event) -> RuleBroken | None:
    """The rule that a replacement breaks by its type or id."""
    original: Any = root.fact
    if type(replacement) is not type(original):
        detail = f"the original is a {original.type}, but the replacement is a {replacement.type}"
        return ReplacesAnotherThing(detail, "/replacement/type", (root.event_id,))
    # A condition's facts are named for the condition, also those in the history of a pledge.
    kind = "condition" if isinstance(original, conditions.ConditionFact) else original.thing.kind
    if kind in REFERABLE and getattr(replacement, kind) != getattr(original, kind):
        detail = f"the original is about the {kind} {getattr(original, kind)}, not {getattr(replacement, kind)}"
        return ReplacesAnotherThing(detail, f"/replacement/{kind}", (root.event_id,))
    return None
