"""The force picture: size, basing, the key partner's role, conditions, stances, meetings and counts, as of one basis.

Each part keeps the things and pledges that it was made from (left out of the answer), for ``why.py`` to name.
"""

from dataclasses import dataclass

from domain.concepts.basing import BasingState
from domain.concepts.coalition import FORMATION
from domain.concepts.commands import CommandState
from domain.concepts.requirements import RequirementState
from domain.concepts.stances import StanceState
from domain.concepts.statements import CountState, StatementState
from domain.history.history import View
from domain.history.knowledge import SetAside
from projections.asof import Basis
from projections.picture.aid import Aid, Money, aid_of, money_of
from projections.picture.counts import CountItem, count_item
from projections.picture.groups import groups_of
from projections.picture.items import (
    BasingItem,
    CommandItem,
    ConditionItem,
    Meetings,
    RequirementItem,
    SetAsideItem,
    StanceItem,
    StatementItem,
    TracedText,
    basing_item,
    command_item,
    condition_items,
    meetings_of,
    members_by_role,
    requirement_item,
    set_aside_item,
    stance_item,
    statement_item,
)
from projections.picture.partner import KeyPartner, key_partner_of
from projections.picture.scene import Scene, scene_of
from projections.picture.size import Size, size_of


@dataclass(slots=True)
class Picture:
    """The force picture as of its basis; empty before the coalition is formed."""

    basis: Basis
    name: str | None
    before_formation: int | None
    size: Size
    basing: list[BasingItem]
    key_partner: KeyPartner | None
    conditions: list[ConditionItem]
    stances: list[StanceItem]
    members: dict[str, list[str]]
    requirements: list[RequirementItem]
    commands: list[CommandItem]
    aid: Aid
    money: dict[str, dict[str, Money]]
    meetings: Meetings
    statements: list[StatementItem]
    counts: list[CountItem]
    set_aside: list[SetAsideItem]


def picture_of(view: View, basis: Basis) -> Picture:
    """The picture at a view. Its cost depends on what is in force, not on the length of the history."""
    return picture_in(scene_of(view), basis)


def picture_in(scene: Scene, basis: Basis) -> Picture:
    """The picture of a scene."""
    groups = groups_of(scene)
    return Picture(
        basis=basis,
        name=TracedText(scene.coalition.name, FORMATION) if scene.coalition else None,
        before_formation=scene.before_formation,
        size=size_of(scene, groups),
        basing=[basing_item(state, scene) for state in scene.of(BasingState)],
        key_partner=key_partner_of(scene),
        conditions=condition_items(scene),
        stances=[stance_item(state, scene) for state in scene.of(StanceState)],
        members=members_by_role(scene),
        requirements=[requirement_item(state, scene) for state in scene.of(RequirementState)],
        commands=[command_item(state, scene) for state in scene.of(CommandState)],
        aid=aid_of(groups),
        money=money_of(groups),
        meetings=meetings_of(scene),
        statements=[statement_item(state, scene) for state in scene.of(StatementState)],
        counts=[count_item(state, scene) for state in scene.of(CountState)],
        set_aside=[set_aside_item(state) for state in scene.of(SetAside)],
    )
