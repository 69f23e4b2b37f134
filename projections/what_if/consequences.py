"""The consequences of changes to a history, in comparison with the baseline at one view: events that are set aside or
applied again, pledges that drop out or become available, with their causes (``rounds.py``), and changes without effect.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from domain.checkpoints import checkpoint
from domain.facts import Entry, Fact
from domain.history.history import View
from domain.history.knowledge import SetAside
from domain.history.overlay import Overlay
from projections.asof import Basis, view_of
from projections.paging import MAX_MOVES, NextCursor, Page, page_from, whole_on_page
from projections.picture.items import SetAsideItem, set_aside_item
from projections.picture.scene import scene_of
from projections.what_if.changed_history import ChangedHistory, baseline_of
from projections.what_if.rounds import Move, Round, rounds_between


@dataclass(slots=True)
class Effect:
    """The effect of one change, by its place from 0, after those before it: the events it touched, and whether any
    state differs."""

    change: int
    events: list[str]
    has_effect: bool


@dataclass(slots=True)
class Consequences:
    """The consequences of the changes at one view: events ``set_aside``, and events applied again (``taken_up``).

    A large answer has pages of moves; a round that does not fit goes on under ``next_cursor``.
    """

    set_aside: list[SetAsideItem]
    taken_up: list[SetAsideItem]
    rounds: list[Round]
    changes: list[Effect]
    without_effect: list[int]
    next_cursor: NextCursor = None


FIRST = page_from(None, MAX_MOVES)


def consequences_of(history: ChangedHistory, basis: Basis, page: Page = FIRST) -> Consequences:
    """Explain a changed history at a basis, against its baseline there."""
    view, baseline = view_of(history, basis), baseline_of(history, basis)
    effects = list(_effects(history, basis))
    before, after = _set_aside(baseline), _set_aside(view)
    rounds, next_cursor = _on_page(rounds_between(scene_of(baseline), scene_of(view)), page)
    return Consequences(
        [item for key, item in after.items() if key not in before],
        [item for key, item in before.items() if key not in after],
        rounds,
        effects,
        [effect.change for effect in effects if not effect.has_effect],
        next_cursor,
    )


def _on_page(rounds: list[Round], page: Page) -> tuple[list[Round], str | None]:
    """The rounds with those of their moves that are on a page; a move counts for one, and so does each thing in it."""
    moves = [(one, is_fall, move) for one in rounds for is_fall in (True, False) for move in _moves(one, is_fall)]
    shown, next_cursor = whole_on_page(
        moves, lambda part: sum(len(one.through) + len(one.by) for one in part[2].because), page
    )
    found: dict[int, Round] = {}
    for one, is_fall, move in shown:
        _moves(found.setdefault(one.round, Round(one.round, [], [])), is_fall).append(move)
    return list(found.values()), next_cursor


def _things_named(move: Move) -> int:
    return sum(len(reason.through) + len(reason.by) for reason in move.because)


def _moves(one: Round, is_fall: bool) -> list[Move]:
    return one.fell if is_fall else one.came_in


def _set_aside(view: View) -> dict[tuple[str, str], SetAsideItem]:
    found = sorted((s for s in view.states() if isinstance(s, SetAside)), key=lambda state: state.event.sequence)
    return {(state.event.event_id, state.broken.rule): set_aside_item(state) for state in found}


# --- the effect of each change ----------------------------------------------------------------------------------------


def _effects(history: ChangedHistory, basis: Basis) -> Iterable[Effect]:
    for number, (before, after) in enumerate(pairwise(history.views(baseline_of(history, basis), basis.known_axis))):
        checkpoint()
        yield Effect(number, history.effects[number].ids, _stands_otherwise(before, after))


def _stands_otherwise(before: View, after: View) -> bool:
    """Whether any thing that a change has folded anew is in another state than before it."""
    assert isinstance(after.knowledge, Overlay)
    things = after.knowledge.own_things()
    return any(_visible_content(before.state(thing)) != _visible_content(after.state(thing)) for thing in things)


def _visible_content(state: Any) -> Any:
    """A state without what no picture shows: which fact was the latest, and when and by whom that was confirmed."""
    if state is None:
        return None
    named = state._asdict()
    latest = named.pop("latest")
    named.pop("confirmed", None)
    if not named.keys() - _STATUS:
        named |= _content(latest.fact, "since" in named)
    return type(state), {name: value.fact if isinstance(value, Entry) else value for name, value in named.items()}


_STATUS = {"status", "since", "ends_us"}
"""The fields of a state that holds nothing else of what was said, but for the latest fact itself."""


def _content(fact: Any, is_confirmed_by_repeating: bool) -> dict[str, Any]:
    """What a fact says. A repeat says the same at another time, if the state keeps since when that is so."""
    shared = {field.name for field in fields(Fact)} - ({"effective_at"} if not is_confirmed_by_repeating else set())
    return {field.name: getattr(fact, field.name) for field in fields(fact) if field.name not in shared}
