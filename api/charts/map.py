"""The map: contributors, by the firmest level of their pledges, and the places for basing.

It shows Europe, from ``europe.json``, which ``atlas.py`` makes. Contributors from elsewhere are named beside it.
For a force whose theatre lies elsewhere no map is drawn: its contributors and the places for basing are listed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from api.charts.chart import MOST_NAMED, SMALL, Chart, Table, figure_in_words, units_in_words
from api.charts.svg import NOTHING, Markup, element, group, joined, text, width_of, wrapped
from api.wording import phrases
from api.wording.actors import named
from api.wording.countries import actor_name
from projections.picture.aid import ByUnit
from projections.picture.figures import Figures
from projections.picture.items import BasingItem
from projections.picture.picture import Picture

BOUNDARIES = (
    "Boundaries follow Natural Earth (public domain), which draws territories by actual control, with one "
    "exception: Crimea is shown as part of Ukraine, in line with United Nations General Assembly resolution 68/262. "
    "Kosovo is outlined without prejudice to its status. Land without an ISO 3166-1 code has no name on the map. "
    "The map takes no other position on any boundary or title."
)
"""The meaning of the map's boundaries; it is the last text beside the map."""

FIRMEST = ("deployed", "assigned", "committed", "pledged", "floated")
ROLES = {
    "deployed": "deployed: on the ground",
    "assigned": "assigned: named units",
    "committed": "committed: firm and binding",
    "pledged": "pledged: not binding",
    "floated": "floated: mentioned or leaked, not offered",
    "in-kind": "things, money or aid; no people",
    "member": "member, no pledge on record",
}
"""The roles of contributors, firmest first, as the legend names them."""
STATUSES = {"agreed": "agreed", "proposed": "proposed", "ruled_out": "ruled out", "ended": "ended"}


@dataclass(frozen=True, slots=True)
class Contributor:
    """An actor, its role, and its figure at that level or another description."""

    actor: str
    role: str
    description: str


def contributors_of(picture: Picture) -> list[Contributor]:
    """Contributors, and members without a pledge, in the order of their names."""
    aid = picture.aid.by_contributor
    contributors = {
        actor: _contributor(actor, picture.size.by_contributor.get(actor), aid.get(actor, {}))
        for actor in {*picture.size.by_contributor, *aid}
    }
    for role in ("lead", "contributor", "host", "funder"):
        for actor in picture.members.get(role, ()):
            contributors.setdefault(str(actor), Contributor(str(actor), "member", role))
    return sorted(contributors.values(), key=lambda one: actor_name(one.actor))


def _contributor(actor: str, part: Figures | None, aid: Mapping[str, ByUnit]) -> Contributor:
    for level in FIRMEST if part is not None else ():
        figure = getattr(part, level)
        if figure.pledges:
            return Contributor(actor, level, figure_in_words(figure))
    return Contributor(actor, "in-kind", phrases.listed(units_in_words(part.other_units if part else {}, aid)))


@cache
def _atlas() -> dict[str, Any]:
    atlas: dict[str, Any] = json.loads((Path(__file__).parent / "europe.json").read_bytes())
    return atlas


def is_on_the_map(actor: str) -> bool:
    """Whether a state is drawn."""
    return actor in _atlas()["places"]


# --- the chart --------------------------------------------------------------------------------------------------------


def force_map(picture: Picture, theatre: Sequence[str] = (), *, width: int = 480, name: str = "map") -> Chart:
    """Draw contributors, and the places for basing with a letter each, which the legend explains.

    If no state of the theatre is on the map, list them instead.
    """
    if theatre and not any(map(is_on_the_map, theatre)):
        return _without_a_map(picture, theatre, width, name)
    contributors = contributors_of(picture)
    across, down = _atlas()["size"]
    height = width * down / across
    basing = list(zip(_letters(), picture.basing[:MOST_NAMED], strict=False))
    land = _land({one.actor: one for one in contributors}, {item.country for _, item in basing}, name, across / width)
    keys, bottom = _legend(contributors, basing, width, height + 10, name)
    beyond = [one for one in contributors if not is_on_the_map(one.actor)]
    drawn = (
        _patterns(name),
        element("rect", class_="sea", width=width, height=height),
        element("svg", land, viewBox=f"0 0 {across} {down}", width=width, height=height),
        _codes(contributors, basing, width / across), _markers(basing, width / across), keys,
    )  # fmt: skip
    return Chart(
        name, "Contributors and basing", _summary(contributors, basing, "A map of Europe"), width, round(bottom),
        joined(drawn), _table(contributors, picture.basing),
        (*_named_codes(contributors, basing), *_not_drawn(picture), *_beyond(beyond, picture), BOUNDARIES),
    )  # fmt: skip


def _without_a_map(picture: Picture, theatre: Sequence[str], width: int, name: str) -> Chart:
    contributors = contributors_of(picture)
    basing = list(zip(_letters(), picture.basing[:MOST_NAMED], strict=False))
    drawn, y = [], 0.0
    for one in contributors[:MOST_NAMED]:
        drawn.append(_swatch(one.role, 0.0, y, name))
        lines = wrapped(f"{actor_name(one.actor)}: {_role_in_words(one)}", width - 25, SMALL)
        drawn += [text(line, 25, y + 12 + 14 * number, font_size=SMALL) for number, line in enumerate(lines)]
        y += ROW + 14 * (len(lines) - 1)
    keys, bottom = _basing_keys(basing, width, y + 4)
    where = phrases.listed([named(code) for code in theatre])
    left = len(contributors) - MOST_NAMED
    more = [f"{phrases.count(left, 'more contributor')} in the table only."] if left > 0 else []
    return Chart(
        name, "Contributors and basing", _summary(contributors, basing, "No map"), width, round(bottom),
        joined((_patterns(name), group(*drawn, *keys, class_="legend"))), _table(contributors, picture.basing),
        (f"No map is drawn: there is none yet that shows {where}.", *more, *_not_drawn(picture)),
    )  # fmt: skip


def _not_drawn(picture: Picture) -> Iterator[str]:
    if (more := len(picture.basing) - MOST_NAMED) > 0:
        yield f"{phrases.count(more, 'more place')} for basing {'is' if more == 1 else 'are'} in the table only."


def _letters() -> Iterator[str]:
    """A, B, ..., Z, A2, B2, ..."""
    number = 1
    while True:
        yield from (f"{letter}{number if number > 1 else ''}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        number += 1


def _land(contributors: Mapping[str, Contributor], based: set[str | None], name: str, unit: float) -> Markup:
    """All countries: land first, then places for basing, then contributors, so that outlines stay whole."""
    plain = [path for code, path in _outlines(None).items() if code not in contributors and code not in based]
    thick = [path for code, path in _outlines("based").items() if code not in contributors and code in based]
    drawn = ((code, _atlas()["places"].get(code)) for code in sorted(contributors))
    shown = [_place(contributors[code], one, name, unit) for code, one in drawn if one is not None]
    return joined((
        group(*plain, *thick, class_="land", stroke_width=0.6 * unit),
        group(*shown, class_="contributors", stroke_width=0.9 * unit),
    ))  # fmt: skip


@cache
def _outlines(class_: str | None) -> dict[str, Markup]:
    """The outline of each country that is large enough to have one."""
    places = _atlas()["places"].items()
    return {code: element("path", d=place["path"], class_=class_) for code, place in places if place["path"]}


def _place(one: Contributor, place: Mapping[str, Any], name: str, unit: float) -> Markup:
    title = element("title", f"{actor_name(one.actor)}: {_role_in_words(one)}")
    fill = f"url(#{name}-{one.role})" if one.role in PATTERNED else None
    class_ = None if fill else f"is-{one.role}"
    if place["path"]:
        return element("path", title, d=place["path"], class_=class_, fill=fill)
    x, y = place["at"]
    return element("circle", title, cx=x, cy=y, r=4 * unit, class_=class_, fill=fill)


PATTERNED = ("floated", "in-kind", "member")
"""Roles with a pattern; the firmer levels are plain, and darker the firmer they are."""


def _patterns(name: str) -> Markup:
    drawings = {"floated": "M0 0V12", "in-kind": "M6 3V9M3 6H9", "member": "M0 0H12"}
    degrees = {"floated": 45, "in-kind": 45, "member": 0}
    return element("defs", *(
        element(
            "pattern",
            element("rect", width=12, height=12, class_=f"under-{role}"),
            element("path", d=drawing, class_=f"over-{role}"),
            id=f"{name}-{role}", width=12, height=12, patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({degrees[role]})",
        )
        for role, drawing in drawings.items()
    ))  # fmt: skip


# --- labels and markers -----------------------------------------------------------------------------------------------


def _coded(contributors: Sequence[Contributor], basing: Sequence[tuple[str, BasingItem]]) -> list[str]:
    """The states whose code is on the map."""
    codes = {one.actor for one in contributors} | {item.country for _, item in basing if item.country}
    return sorted(filter(is_on_the_map, codes))


def _named_codes(contributors: Sequence[Contributor], basing: Sequence[tuple[str, BasingItem]]) -> Iterator[str]:
    """The names for the codes on the map."""
    if codes := _coded(contributors, basing):
        yield f"On the map: {', '.join(f'{code} {actor_name(code)}' for code in codes)}."


def _codes(contributors: Sequence[Contributor], basing: Sequence[tuple[str, BasingItem]], scale: float) -> Markup:
    """The code of each contributor and of each country with a place for basing."""
    labels = []
    for code in _coded(contributors, basing):
        x, y = _atlas()["places"][code]["at"]
        labels.append(text(code, x * scale, y * scale + 3, "code", text_anchor="middle", font_size=10))
    return group(*labels)


RADIUS = 7


def _markers(basing: Sequence[tuple[str, BasingItem]], scale: float) -> Markup:
    """A marker for each basing in a country on the map, side by side below its code."""
    by_country: dict[str, list[tuple[str, BasingItem]]] = {}
    for letter, item in basing:
        if item.country is not None and is_on_the_map(item.country):
            by_country.setdefault(item.country, []).append((letter, item))
    drawn = []
    for country, items in by_country.items():
        x, y = _atlas()["places"][country]["at"]
        for number, (letter, item) in enumerate(items):
            row, column = divmod(number, IN_A_ROW)
            left = x * scale - (min(len(items) - row * IN_A_ROW, IN_A_ROW) - 1) * APART / 2
            drawn.append(_marker(letter, item, left + column * APART, y * scale + 16 + row * APART))
    return group(*drawn, class_="basing")


APART = 2 * RADIUS + 5
IN_A_ROW = 6
"""Markers side by side in a country; further ones are below them."""


def _marker(letter: str, item: BasingItem, x: float, y: float) -> Markup:
    """A disc for agreed, a ring of dashes for proposed, a crossed ring for ruled out, a faint one for ended."""
    r = RADIUS
    cross = element(
        "path", d=f"M{x - r * 0.7:.1f} {y + r * 0.7:.1f}L{x + r * 0.7:.1f} {y - r * 0.7:.1f}", class_="cross"
    )
    return group(
        element("title", _basing_in_words(letter, item)),
        element("circle", cx=x, cy=y, r=r),
        cross if item.status == "ruled_out" else NOTHING,
        text(letter, x, y + 3.5, text_anchor="middle", font_size=10, font_weight="600"),
        class_=f"marker is-{item.status}",
    )


# --- the legend -------------------------------------------------------------------------------------------------------

ROW = 19


def _legend(
    contributors: Sequence[Contributor], basing: Sequence[tuple[str, BasingItem]], width: int, top: float, name: str
) -> tuple[Markup, float]:
    """The meaning of each fill in the map, then each basing in words; and the lower end of the legend."""
    roles = [role for role in ROLES if any(one.role == role for one in contributors)]
    drawn, x, y = [], 0.0, top
    for role in roles:
        wide = 26 + width_of(ROLES[role], SMALL) + 14
        if x and x + wide > width:
            x, y = 0.0, y + ROW
        drawn.append(_swatch(role, x, y, name))
        drawn.append(text(ROLES[role], x + 25, y + 12, font_size=SMALL))
        x += wide
    keys, bottom = _basing_keys(basing, width, y + (ROW + 4 if roles else 0))
    return group(*drawn, *keys, class_="legend"), bottom


def _basing_keys(basing: Sequence[tuple[str, BasingItem]], width: int, top: float) -> tuple[list[Markup], float]:
    """Each basing in words behind its marker, and the lower end of them."""
    drawn, y = [], top
    for letter, item in basing:
        drawn.append(_marker(letter, item, 10, y + 8))
        lines = wrapped(_basing_in_words("", item), width - 25, SMALL)
        drawn += [text(line, 25, y + 12 + 14 * number, font_size=SMALL) for number, line in enumerate(lines)]
        y += ROW + 14 * (len(lines) - 1)
    return drawn, y + 4


def _swatch(role: str, x: float, y: float, name: str) -> Markup:
    fill = f"url(#{name}-{role})" if role in PATTERNED else None
    class_ = "swatch" if fill else f"swatch is-{role}"
    return element("rect", x=x, y=y + 2, width=19, height=13, rx=2, class_=class_, fill=fill)


# --- in words ---------------------------------------------------------------------------------------------------------


def _role_in_words(one: Contributor) -> str:
    if one.role == "member":
        return f"{one.description}, no pledge on record"
    return f"pledged: {one.description}" if one.role == "in-kind" else f"{one.role}, {one.description}"


def _where(item: BasingItem) -> str:
    parts = (item.label or phrases.spoken(item.zone), item.place, actor_name(item.country) if item.country else None)
    return ", ".join(part for part in parts if part)


def _basing_in_words(letter: str, item: BasingItem) -> str:
    certainty = f" ({item.certainty})" if item.certainty and item.status != "ended" else ""
    basing = f"{_where(item)}: {STATUSES[item.status]} since {phrases.date(item.since)}{certainty}"
    return f"{letter}: {basing}" if letter else phrases.capitalised(basing)


def _summary(contributors: Sequence[Contributor], basing: Sequence[tuple[str, BasingItem]], what: str) -> str:
    each = [f"{actor_name(one.actor)}: {_role_in_words(one)}" for one in contributors]
    who = phrases.itemised(each, MOST_NAMED) or "none yet"
    where = "; ".join(_basing_in_words("", item) for _, item in basing) or "none on record"
    return f"{what}. Contributors: {who}. Basing: {where}."


def _table(contributors: Sequence[Contributor], basing: Sequence[BasingItem]) -> Table:
    rows = [
        (actor_name(one.actor), "member" if one.role == "member" else "contributor", _role_in_words(one))
        for one in contributors
    ]
    rows += [(_where(item), "basing", f"{STATUSES[item.status]} since {phrases.date(item.since)}") for item in basing]
    return Table(("Contributor or place", "Role", "State"), tuple(rows))


def _beyond(contributors: Sequence[Contributor], picture: Picture) -> Iterator[str]:
    """Contributors that are not on the map, and the key partner."""
    elsewhere = [f"{actor_name(one.actor)} ({_role_in_words(one)})" for one in contributors]
    partner = picture.key_partner
    is_shown = partner is None or is_on_the_map(partner.partner) or partner.partner in {c.actor for c in contributors}
    if partner is not None and not is_shown:
        stance = phrases.spoken(partner.stance) if partner.stance else "no stance on record"
        elsewhere.append(f"{actor_name(partner.partner)} (key partner, {stance})")
    if elsewhere:
        yield f"Not on this map: {phrases.listed_in_part(elsewhere, MOST_NAMED)}."
