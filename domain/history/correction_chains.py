"""Corrections, retractions and added sources: which of them act on an event, and the rules that they must keep.

A correction may itself be corrected or retracted, and so on: a chain. The event at its root is a fact about the world
or an added source. The change that acts on the root, if any, decides its content in the valid order."""

from collections.abc import Iterable, Iterator, MutableMapping
from operator import attrgetter
from typing import Any

from domain.concepts import coalition, conditions
from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event, content_of
from domain.facts import REFERABLE, Entry
from domain.refusals import (
    AlreadyCorrected,
    FormationIsNeverRetracted,
    NotCorrectable,
    ReplacesAnotherThing,
    RuleBroken,
    UnknownId,
)

RECORD_FACTS = (EventCorrected, EventRetracted, SourceAdded)
"""The facts about the record itself."""

_TARGET_FIELD = {EventCorrected: "/corrects", EventRetracted: "/retracts", SourceAdded: "/event"}


class Corrections:
    """The known events, the events about each of them, and the rules of those set aside, by event id.

    The three mappings may be laid over others. ``aside`` also has the facts about the world that a fold sets aside.
    """

    def __init__(
        self,
        events: MutableMapping[str, Event] | None = None,
        about: MutableMapping[str, tuple[Event, ...]] | None = None,
        aside: MutableMapping[str, RuleBroken] | None = None,
    ) -> None:
        self.events: MutableMapping[str, Event] = {} if events is None else events
        self.about: MutableMapping[str, tuple[Event, ...]] = {} if about is None else about
        self.aside: MutableMapping[str, RuleBroken] = {} if aside is None else aside

    # --- taking in ---

    def learn(self, event: Event) -> None:
        """Take in an event and judge its chain."""
        self.add(event)
        if event.event_id in self.about or isinstance(event.fact, RECORD_FACTS):
            for event_id, broken in self.judge(self.topmost(event)):
                self.set_aside(event_id, broken)

    def add(self, event: Event) -> None:
        """Take in an event, unjudged."""
        self.events[event.event_id] = event
        if isinstance(event.fact, RECORD_FACTS):
            target_id = target_of(event.fact)
            known = self.about.get(target_id, ())
            self.about[target_id] = tuple(sorted((*known, event), key=attrgetter("sequence")))

    def set_aside(self, event_id: str, broken: RuleBroken | None) -> None:
        """Set an event aside with the rule that it would break, or apply it again if it breaks none (``None``)."""
        if broken is not None:
            self.aside[event_id] = broken
        else:
            self.aside.pop(event_id, None)

    # --- following a chain ---

    def root_of(self, event: Event) -> Event | None:
        """The fact about the world, or the added source, at the root of a chain; ``None`` if it is not known."""
        root: Event | None = event
        while root is not None and isinstance(root.fact, (EventCorrected, EventRetracted)):
            root = self._target(root)
        return root

    def _target(self, event: Event) -> Event | None:
        """The event that a fact about the record is about, if it is known: always one recorded earlier."""
        fact: Any = event.fact
        target = self.events.get(target_of(fact))
        return target if target is not None and target.sequence < event.sequence else None

    def topmost(self, event: Event) -> Event:
        """The first known event of the chain."""
        while isinstance(event.fact, RECORD_FACTS):
            target = self._target(event)
            if target is None:
                break
            event = target
        return event

    def chain(self, event: Event) -> list[Event]:
        """An event and all events about it, directly or through others, each after the one that it is about."""
        chain = [event]
        for one in chain:
            chain += self._known_about(one.event_id)
        return chain

    def _known_about(self, event_id: str) -> Iterable[Event]:
        """The known facts about the record that are about an event, in the order of their recording."""
        target = self.events.get(event_id)
        known = self.about.get(event_id, ())
        return known if target is None else (change for change in known if change.sequence > target.sequence)

    # --- what acts ---

    def entry(self, root: Event) -> Entry | None:
        """The root's entry in the valid order, with its content or a replacement; ``None`` if it is retracted."""
        if root.event_id not in self.events or isinstance(root.fact, RECORD_FACTS):
            return None
        content = self.content(root)
        return None if content is None else Entry(content, root.event_id, root.sequence)

    def content(self, event: Event) -> Any:
        """The fact that applies in an event's place; ``None`` if it is retracted."""
        acting = self._acting(event.event_id)
        while (change := acting.get(event.event_id)) is not None:
            if isinstance(change.fact, EventRetracted):
                return None
            event = change
        return content_of(event)

    def change_of(self, event_id: str) -> Event | None:
        """The correction or retraction that acts on an event: it breaks no rule and is not retracted itself."""
        return self._acting(event_id).get(event_id)

    def is_retracted(self, event_id: str) -> bool:
        """Whether a retraction acts on the event."""
        return _is_retraction(self.change_of(event_id))

    def _acting(self, event_id: str) -> dict[str, Event]:
        """The changes that act on an event, on those about it, and so on, by the id of what they act on."""
        chain = [event_id]
        for one in chain:
            chain += [change.event_id for change in self._known_about(one)]
        acting: dict[str, Event] = {}
        for one in reversed(chain):  # events about an event come after it
            for change in self._known_about(one):
                is_change = not isinstance(change.fact, SourceAdded) and change.event_id not in self.aside
                if is_change and not _is_retraction(acting.get(change.event_id)):
                    acting[one] = change
                    break
        return acting

    # --- judging ---

    def judge(self, event: Event) -> Iterator[tuple[str, RuleBroken | None]]:
        """Judge the events about an event, and those about them: each event id with the rule that it breaks, if any.

        The caller sets each one aside, or applies it again, before it asks for the next.
        """
        chain = self.chain(event)
        roots = {event.event_id: self.root_of(event)}
        for change in chain[1:]:
            is_root = isinstance(change.fact, SourceAdded)
            roots[change.event_id] = change if is_root else roots[target_of(change.fact)]  # type: ignore[arg-type]
        acting: dict[str, Event] = {}
        for one in reversed(chain):
            if isinstance(one.fact, RECORD_FACTS):
                is_known = self._target(one) is not None
                unknown = (
                    None if is_known else UnknownId("no event with this id is on record", _TARGET_FIELD[type(one.fact)])
                )
                yield one.event_id, unknown
            for change in self._known_about(one.event_id):
                if isinstance(change.fact, SourceAdded) or _is_retraction(acting.get(change.event_id)):
                    continue
                broken = _broken_by_change(one, change, acting.get(one.event_id), roots[one.event_id])
                yield change.event_id, broken
                if broken is None:
                    acting[one.event_id] = change
            if _is_retraction(acting.get(one.event_id)):
                yield one.event_id, None


def _is_retraction(change: Event | None) -> bool:
    return change is not None and isinstance(change.fact, EventRetracted)


def _broken_by_change(target: Event, change: Event, acting: Event | None, root: Event | None) -> RuleBroken | None:
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
    if isinstance(target.fact, (EventRetracted, SourceAdded)):
        return NotCorrectable(
            "a retraction or an added source cannot be corrected; retract it instead", field, (target.event_id,)
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
