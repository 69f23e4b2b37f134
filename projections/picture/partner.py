"""The key partner's role: its stances, its attendance at the last meeting, and the force that waits for it."""

from dataclasses import dataclass
from typing import Any, Literal

from domain.concepts.stances import StanceState, SupportState
from projections.picture.cascade import waiting_on
from projections.picture.figures import Figure, SizedPledge, figure_of
from projections.picture.items import KEPT_BACK, Things, last_meeting_held
from projections.picture.scene import Scene


@dataclass(slots=True)
class PartnerCapability:
    """One capability that is sought from the partner, or on which it has a stance."""

    capability: str
    importance: Literal["critical", "important", "helpful"] | None
    stance: str | None
    since: str | None
    things: Things = ()


@dataclass(slots=True)
class LastMeeting:
    """The coalition's last meeting, and whether the partner was present; null if that is not on record."""

    meeting: str
    present: bool | None
    things: Things = ()


@dataclass(slots=True)
class WaitingFor:
    """The force that waits for the partner: pledges, floated pledges, and the contributors, with pledges or without."""

    held_back: Figure
    floated: Figure
    contributors: list[str]
    things: Things = ()


@dataclass(slots=True)
class KeyPartner:
    """The key partner's role; a stance on a capability falls back to the overall one."""

    partner: str
    stance: str | None
    since: str | None
    by_capability: list[PartnerCapability]
    last_meeting: LastMeeting | None
    waiting: WaitingFor
    things: Things = ()


def key_partner_of(scene: Scene) -> KeyPartner | None:
    """The key partner's role; ``None`` if the coalition has no key partner, or is not yet formed."""
    partner: str | None = scene.coalition.formed.fact.key_partner if scene.coalition else None
    if partner is None:
        return None
    overall = scene.world.stances.get((partner, None))
    return KeyPartner(
        partner=partner,
        stance=overall.latest.fact.stance if overall else None,
        since=overall.since if overall else None,
        by_capability=_partner_capabilities(scene, partner),
        last_meeting=_last_meeting(scene, partner),
        waiting=_waiting_for(scene, partner),
        things=(overall.latest.thing,) if overall else (),
    )


def _partner_capabilities(scene: Scene, partner: str) -> list[PartnerCapability]:
    sought = {s.latest.fact.capability: s for s in scene.of(SupportState) if s.latest.fact.partner == partner}
    stated = {capability for actor, capability in scene.world.stances if actor == partner and capability}
    return [
        _partner_capability(name, sought.get(name), scene.world.stance_of(partner, name))
        for name in sorted({*sought, *stated})
    ]


def _partner_capability(capability: str, sought: SupportState | None, stance: StanceState | None) -> PartnerCapability:
    things = tuple(state.latest.thing for state in (sought, stance) if state is not None)
    since = stance.since if stance else sought.since if sought else None
    importance: Any = sought.status if sought else None
    return PartnerCapability(capability, importance, stance.latest.fact.stance if stance else None, since, things)


def _last_meeting(scene: Scene, partner: str) -> LastMeeting | None:
    held = last_meeting_held(scene, forum="coalition")
    if held is None:
        return None
    present = next((attendance.present for attendance in held.attendance if attendance.actor == partner), None)
    return LastMeeting(held.meeting, present, (held.latest.thing,))


def _waiting_for(scene: Scene, partner: str) -> WaitingFor:
    its = {name for name in waiting_on(partner, scene.world) if not scene.cascade.holds[name]}
    its_bits = sum(scene.world.bit[name] for name in its)
    held_back: list[SizedPledge] = []
    floated: list[SizedPledge] = []
    for waiting in scene.cascade.waiting:
        pledge = waiting.pledge
        if waiting.people is None or not waiting.open_bits & its_bits:
            continue
        if not waiting.is_firm:
            floated.append(waiting.people)
        elif scene.cascade.standing[pledge.pledge] in KEPT_BACK:
            held_back.append(waiting.people)
    open_ones = [scene.world.conditions[name] for name in its if not scene.world.conditions[name].is_decided]
    attached = {who for c in open_ones for who in c.contributors if who not in c.waived_contributors}
    contributors = sorted({*attached, *(part.contributor for part in (*held_back, *floated))})
    return WaitingFor(figure_of(held_back), figure_of(floated), contributors, tuple(c.stated.thing for c in open_ones))
