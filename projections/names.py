"""What people read instead of codes and slugs: names of organisations and groups, and labels of things."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.facts import Thing
from domain.history.history import View
from projections.asof import Basis
from projections.record import reference_to


@dataclass(slots=True)
class NamedActor:
    """The name of an organisation or a group, as in a sentence, and its short name."""

    name: str
    short: str | None


@dataclass(slots=True)
class Names:
    """The names of actors by their codes, and the labels of things by ``kind:slug``, as of a basis."""

    actors: dict[str, NamedActor]
    labels: dict[str, str]
    basis: Basis


_LABELS: dict[str, Callable[[Any], str | None]] = {
    "condition": lambda state: state.stated.fact.label,
    "basing": lambda state: state.label,
    "outcome": lambda state: state.latest.fact.label,
    "statement": lambda state: state.latest.fact.label,
    "report": lambda state: state.label,
}
"""The label in the state of each kind of thing that has one."""


def names_of(view: View, basis: Basis) -> Names:
    """All names and labels on record at a view."""
    codes = (thing.id for thing in view.knowledge.things("actor"))
    things = (thing for kind in _LABELS for thing in view.knowledge.things(kind))
    actors = {code: name for code in codes if (name := actor_named(view, code)) is not None}
    labels = {reference_to(thing): label for thing in things if (label := label_of(view, thing)) is not None}
    return Names(dict(sorted(actors.items())), dict(sorted(labels.items())), basis)


def actor_named(view: View, code: str) -> NamedActor | None:
    """The name of an actor at a view, if one is on record."""
    state = view.state(Thing("actor", code))
    return None if state is None else NamedActor(state.latest.fact.name, state.latest.fact.short)


def label_of(view: View, thing: Thing) -> str | None:
    """The label of a thing at a view, if it has one."""
    state = view.state(thing) if thing.kind in _LABELS else None
    return None if state is None else _LABELS[thing.kind](state)
