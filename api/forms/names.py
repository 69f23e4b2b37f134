"""The names on record that a form offers, and a name for what is new."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.forms.facts import Known
from api.forms.fields import BEGINNINGS, THINGS, FactForm
from api.forms.suggestions import folded, slug_of
from domain.history.history import View
from projections.names import actor_named

MOST_LETTERS = 40
"""The length of a name that is suggested."""

MADE_OF: dict[str, tuple[str, ...]] = {
    "pledge": ("contributor", "capability"),
    "condition": ("label", "description"),
    "requirement": ("label", "capability"),
    "basing": ("label", "place", "country", "zone"),
    "meeting": ("title",),
    "command": ("component", "headquarters"),
    "outcome": ("label", "kind", "meeting"),
    "statement": ("label", "by", "kind"),
    "report": ("label", "subject"),
    "caveat": ("kind",),
}
"""The fields that the name of a new thing is made of; of several words for the same, the first that is typed."""

_ALL_OF = ("pledge", "command", "outcome", "report")


def known_names(view: View, ready: Sequence[Mapping[str, Any]] = ()) -> Known:
    """The names known at a view, at whatever time, in the order of recording; then those that facts about to be
    recorded begin."""
    slugs = {kind: [thing.id for thing in view.knowledge.things(kind)] for kind in dict.fromkeys(THINGS.values())}
    for fact in ready:
        field = BEGINNINGS.get(fact.get("type", ""))
        if field in slugs and isinstance(fact.get(field), str):
            slugs[field].append(fact[field])
    actors: dict[str, str] = {}
    for thing in view.knowledge.things("actor"):
        if (named := actor_named(view, thing.id)) is not None:
            actors |= {one: thing.id for one in (named.name, named.short) if one}
    return Known({kind: list(dict.fromkeys(names)) for kind, names in slugs.items()}, actors)


def suggested_name(form: FactForm, texts: Mapping[str, str], known: Known) -> dict[str, str]:
    """A name for the thing that a fact begins, by the path of its field; none if one is typed, or cannot be made."""
    path = BEGINNINGS.get(form.type)
    if path is None or texts.get(path):
        return {}
    words = [text for name in MADE_OF[path] if (text := texts.get(name))]
    words = words if path in _ALL_OF else words[:1]
    name = slug_of(" ".join(_short(word) for word in words))
    if len(name) > MOST_LETTERS:
        name = name[:MOST_LETTERS].rpartition("-")[0] or name[:MOST_LETTERS]
    return {path: _free(name, known.slugs.get(path, ()))} if name else {}


def _short(text: str) -> str:
    return text.partition(":")[2] or folded(text).replace("_", " ")


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or the first of its numbers that is not taken."""
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(one for one in numbered if one not in taken)
