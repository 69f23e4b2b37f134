"""Conditions that must be met before a pledge counts. One event in the world is one condition, attached many times.

A condition is decided by facts, or by a rule over the picture itself. Rules only ever ask for *more*, so there is a
least and a greatest set of pledges that satisfies them (Knaster and Tarski); ``projections/picture/cascade.py`` finds
both."""

from typing import Literal, NamedTuple, TypeVar, cast

from pydantic import model_validator

from domain.actors import Actor
from domain.concepts.condition_rules import Rule, conditions_in
from domain.facts import Entry, Fact, Footing, Thing, fact
from domain.refusals import AlreadyDecided, IdAlreadyUsed, NothingToUndo, RuleBroken, UnknownId
from domain.vocabulary import ConditionKind, Label, Slug, Text

# --- facts ------------------------------------------------------------------------------------------------------------


@fact()
class ConditionFact(Fact):
    """A fact about one condition."""

    condition: Slug

    @property
    def thing(self) -> Thing:
        return Thing("condition", self.condition)


@fact(
    condition="us-backstop", kind="partner_backstop", description="The United States backs the force", stated_by="GBR"
)
class ConditionStated(ConditionFact):
    """A condition is stated; with a ``rule``, the picture itself decides it."""

    type: Literal["ConditionStated"] = "ConditionStated"
    kind: ConditionKind
    label: Label | None = None
    description: Text
    stated_by: Actor | None = None
    rule: Rule | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        if self.rule is None:
            return ()
        return tuple(Footing(Thing("condition", name), f"/rule{inside}") for name, inside in conditions_in(self.rule))


@fact(condition="us-backstop", pledge="gbr-ground")
class ConditionAttached(ConditionFact):
    """The condition applies to one pledge, to a contributor's force pledges, present and future, or to all of them."""

    type: Literal["ConditionAttached"] = "ConditionAttached"
    pledge: Slug | None = None
    contributor: Actor | None = None
    coalition: Literal[True] | None = None

    @model_validator(mode="after")
    def _has_one_target(self) -> "ConditionAttached":
        return _with_one_target(self)

    @property
    def thing(self) -> Thing:
        return _target_thing(self)

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _target_footings(self)


@fact(condition="us-backstop", pledge="gbr-ground")
class ConditionDetached(ConditionFact):
    """The condition no longer applies to them."""

    type: Literal["ConditionDetached"] = "ConditionDetached"
    pledge: Slug | None = None
    contributor: Actor | None = None
    coalition: Literal[True] | None = None

    @model_validator(mode="after")
    def _has_one_target(self) -> "ConditionDetached":
        return _with_one_target(self)

    @property
    def thing(self) -> Thing:
        return _target_thing(self)

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _target_footings(self)


@fact(condition="us-backstop")
class ConditionMet(ConditionFact):
    """The condition is met."""

    type: Literal["ConditionMet"] = "ConditionMet"


@fact(condition="us-backstop")
class ConditionFailed(ConditionFact):
    """The condition will not be met; only a fact can say so."""

    type: Literal["ConditionFailed"] = "ConditionFailed"


@fact(condition="us-backstop")
class ConditionReopened(ConditionFact):
    """The condition is open again, and all its waivers end."""

    type: Literal["ConditionReopened"] = "ConditionReopened"


@fact(condition="us-backstop", contributor="EST")
class ConditionWaived(ConditionFact):
    """The condition need not be met: by anyone, or by one pledge or contributor alone."""

    type: Literal["ConditionWaived"] = "ConditionWaived"
    pledge: Slug | None = None
    contributor: Actor | None = None

    @model_validator(mode="after")
    def _has_at_most_one_target(self) -> "ConditionWaived":
        if self.pledge is not None and self.contributor is not None:
            raise ValueError("give pledge or contributor, not both; a waiver without either is for all")
        return self

    @property
    def footings(self) -> tuple[Footing, ...]:
        return () if self.pledge is None else (Footing(Thing("pledge", self.pledge), "/pledge"),)


Attachment = TypeVar("Attachment", ConditionAttached, ConditionDetached)


def _with_one_target(fact: Attachment) -> Attachment:
    if sum(target is not None for target in (fact.pledge, fact.contributor, fact.coalition)) != 1:
        raise ValueError("give exactly one of pledge, contributor and coalition")
    return fact


def _target_thing(fact: ConditionAttached | ConditionDetached) -> Thing:
    """An attachment to a pledge belongs to that pledge's history, any other to the condition's."""
    return Thing("condition", fact.condition) if fact.pledge is None else Thing("pledge", fact.pledge)


def _target_footings(fact: ConditionAttached | ConditionDetached) -> tuple[Footing, ...]:
    return () if fact.pledge is None else (Footing(Thing("condition", fact.condition), "/condition"),)


# --- state ------------------------------------------------------------------------------------------------------------


class ConditionState(NamedTuple):
    """A condition at one time, as decided by facts; the picture works out whether its rule holds."""

    condition: str
    stated: Entry
    latest: Entry
    status: Literal["open", "met", "failed", "waived"]
    since: str
    is_coalition_wide: bool = False
    contributors: tuple[str, ...] = ()
    waived_pledges: frozenset[str] = frozenset()
    waived_contributors: frozenset[str] = frozenset()
    ends_us: None = None

    @property
    def kind(self) -> str:
        return str(self.stated.fact.kind)

    @property
    def rule(self) -> "Rule | None":
        return cast("Rule | None", self.stated.fact.rule)

    @property
    def is_current(self) -> bool:
        return True

    @property
    def is_decided(self) -> bool:
        return self.status != "open"

    def status_for(self, pledge: str, contributor: str) -> Literal["open", "met", "failed", "waived"]:
        """The status, by facts, for one pledge: a waiver for it or its contributor applies to it alone."""
        if pledge in self.waived_pledges or contributor in self.waived_contributors:
            return "waived"
        return self.status


def evolve(state: ConditionState | None, entry: Entry) -> ConditionState:
    """The condition after one more fact that breaks no rule."""
    fact = entry.fact
    if state is None:
        return ConditionState(fact.condition, entry, entry, "open", entry.fact.effective_at)
    match fact:
        case ConditionAttached() | ConditionDetached():
            return _attached(state, entry)
        case ConditionMet():
            return state._replace(latest=entry, status="met", since=entry.fact.effective_at)
        case ConditionFailed():
            return state._replace(latest=entry, status="failed", since=entry.fact.effective_at)
        case ConditionReopened():
            since = entry.fact.effective_at if state.is_decided else state.since
            return state._replace(
                latest=entry, status="open", since=since, waived_pledges=frozenset(), waived_contributors=frozenset()
            )
    return _waived(state, entry)


def _attached(state: ConditionState, entry: Entry) -> ConditionState:
    fact = entry.fact
    is_attached = isinstance(fact, ConditionAttached)
    if fact.coalition:
        return state._replace(latest=entry, is_coalition_wide=is_attached)
    others = tuple(name for name in state.contributors if name != fact.contributor)
    return state._replace(latest=entry, contributors=(*others, fact.contributor) if is_attached else others)


def _waived(state: ConditionState, entry: Entry) -> ConditionState:
    fact = entry.fact
    if fact.pledge is not None:
        return state._replace(latest=entry, waived_pledges=state.waived_pledges | {fact.pledge})
    if fact.contributor is not None:
        return state._replace(latest=entry, waived_contributors=state.waived_contributors | {fact.contributor})
    return state._replace(latest=entry, status="waived", since=entry.fact.effective_at)


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: ConditionState | None, entry: Entry) -> RuleBroken | None:
    """The rule that the fact would break, if any; ``state`` is the condition when it takes effect."""
    fact = entry.fact
    if isinstance(fact, ConditionStated):
        if state is None:
            return None
        return IdAlreadyUsed(f"the condition {fact.condition} already exists", "/condition", (state.stated.event_id,))
    if state is None:
        return UnknownId(f"no condition {fact.condition} is on record", "/condition")
    match fact:
        case ConditionDetached() if not _is_attached(state, fact):
            target = "all contributors" if fact.coalition else f"the contributor {fact.contributor}"
            detail = f"the condition {fact.condition} is not attached to {target} {entry.start_in_words}"
            return NothingToUndo(detail, "/condition", _between(state))
        case ConditionReopened() if not (state.is_decided or state.waived_pledges or state.waived_contributors):
            detail = f"the condition {fact.condition} is already open {entry.start_in_words}"
            return NothingToUndo(detail, "/condition", _between(state))
        case ConditionMet() | ConditionFailed() | ConditionWaived() if _is_decided_for(state, fact):
            status = state.status if state.is_decided else "waived"
            return AlreadyDecided(
                f"the condition {fact.condition} is already decided {entry.start_in_words} ({status}); reopen it first",
                "/condition",
                _between(state),
            )
    return None


def _is_attached(state: ConditionState, fact: ConditionDetached) -> bool:
    return state.is_coalition_wide if fact.coalition else fact.contributor in state.contributors


def _is_decided_for(state: ConditionState, fact: ConditionFact) -> bool:
    """Whether everything that the fact would decide is decided: for all, or for its one pledge or contributor."""
    if state.is_decided or not isinstance(fact, ConditionWaived):
        return state.is_decided
    return fact.pledge in state.waived_pledges or fact.contributor in state.waived_contributors


def _between(state: ConditionState) -> tuple[str, ...]:
    return tuple(dict.fromkeys((state.stated.event_id, state.latest.event_id)))
