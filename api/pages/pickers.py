"""What the fields of a form offer: actors by their names, and the things on record by theirs, each with its label."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from api.forms.facts import Known
from api.forms.fields import FactForm
from api.pages.viewpoint import Viewpoint
from api.wording.countries import NAMES, actor_name
from api.wording.phrases import spoken
from domain.facts import Thing
from domain.times import CALENDAR_US

MOST = 300
"""Things of one kind that are offered: those that came on record last. Any other can be typed."""


class Choice(NamedTuple):
    """One name that is offered: what is put into the field, and what it is."""

    value: str
    words: str


def pickers(viewpoint: Viewpoint, form: FactForm, known: Known) -> dict[str, list[Choice]]:
    """What the fields of a form offer, by the kind of thing that they name; ``actor`` are actors."""
    kinds = dict.fromkeys(one.thing for one in form.fields if one.thing and not one.is_new)
    found = {kind: [*_things(viewpoint, kind, known)] for kind in kinds}
    if any(one.kind in ("actor", "actors") for one in form.fields):
        found["actor"] = [Choice(name, code) for name, code in known.actors.items()]
        found["actor"] += [Choice(name, code) for code, name in NAMES.items()]
    return found


def _things(viewpoint: Viewpoint, kind: str, known: Known) -> Iterator[Choice]:
    for slug in reversed(known.slugs.get(kind, ())[-MOST:]):
        yield Choice(slug, _words(viewpoint, kind, slug))


def _words(viewpoint: Viewpoint, kind: str, slug: str) -> str:
    state: Any = viewpoint.view.at(CALENDAR_US[1]).state(Thing(kind, slug))
    if state is None:
        return ""
    match kind:
        case "pledge":
            return f"{actor_name(state.contributor)}, {spoken(state.capability)}"
        case "requirement":
            return str(state.label)
        case "meeting":
            return str(state.title or state.starts_at)
    return viewpoint.label(kind, slug) or ""
