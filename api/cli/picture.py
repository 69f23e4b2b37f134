"""The force picture as tables."""

from collections.abc import Iterator

from api.cli.showing import show_lines, show_table, show_title
from api.cli.tables import show_items
from api.cli.words import Json, basis_line, count, figure, figure_of_people, gap, listed, quantity, spoken

FIGURES = {
    "available": "available",
    "upcoming": "upcoming: from a later day",
    "conditional": "conditional: a condition is open",
    "blocked": "blocked: a condition has failed",
    "suspended": "suspended",
    "if_all_move": "available if all move together",
    "floated": "only floated, counted apart",
    "deployed": "deployed",
    "estimated": "of these, estimated from formations",
}
"""The figures in the order in which they are shown."""
LEVELS = ("pledged", "committed", "assigned")


def show_picture(picture: Json) -> None:
    """Print a picture, the parts with nothing in them left out."""
    show_title(picture["name"] or f"{picture['basis']['coalition']}: not formed yet", basis_line(picture["basis"]))
    if picture["name"] is None:
        return
    _show_size(picture["size"])
    _show_contributors(picture["size"])
    if picture["basing"]:
        show_items("basing", picture["basing"], "Basing")
    if picture["us_role"]:
        show_lines(["", f"The key partner, {picture['us_role']['partner']}", *_partner(picture["us_role"])])
    if picture["conditions"]:
        show_items("conditions", picture["conditions"], "Conditions")
    if picture["stances"]:
        show_items("stances", picture["stances"], "Stances")
    _show_rest(picture)


def _show_size(size: Json) -> None:
    rows = [[FIGURES[name], figure(size[name]), *_counts(size[name])] for name in FIGURES]
    by_level = [[f"{level}, whatever its state", figure(size[level]), *_counts(size[level])] for level in LEVELS]
    columns = ("The force", "people", "pledges", "contributors")
    show_table("", columns, rows + by_level, numbers=columns[1:])
    if size["required"]:
        of_required = ("Required", "by", "standing", "people", "missing")
        show_table("", of_required, [_required(one) for one in size["required"]], numbers=("people", "missing"))


def _counts(value: Json) -> tuple[str, str]:
    return (str(value["pledges"]), str(value["contributors"])) if value["pledges"] else ("", "")


def _required(one: Json) -> list[str]:
    stated = quantity({**one, "measure": "cumulative" if one["is_cumulative"] else None})
    label = f"{one['label']} ({spoken(one['capability'])})" if one["capability"] else one["label"]
    estimated = " (estimated)" if one["is_estimated"] else ""
    missing = "not comparable" if one["is_cumulative"] else gap(one["gap"])
    return [label, one["stated_by"], one["standing"], stated + estimated, missing]


def _show_contributors(size: Json) -> None:
    rows = [
        [
            contributor,
            *(figure(part[name]) for name in ("available", "conditional", "floated", "deployed")),
            _other(part),
        ]
        for contributor, part in size["by_contributor"].items()
    ]
    if rows:
        columns = ("Contributor", "available", "conditional", "floated", "deployed", "besides people")
        show_table("", columns, rows, numbers=columns[1:5])


def _other(part: Json) -> str:
    return ", ".join(
        unit if figure(value) == "undisclosed" else f"{figure(value)} {unit}"
        for unit, value in part["other_units"].items()
    )


def _partner(role: Json) -> Iterator[str]:
    partner = role["partner"]
    said = f"is {spoken(role['stance'])}, since {role['since']}" if role["stance"] else "has stated no stance"
    yield f"{partner} {said}."
    for one in role["by_capability"]:
        sought = f"sought as {one['importance']}" if one["importance"] else "not sought"
        stance = f"its stance is {spoken(one['stance'])}" if one["stance"] else "it has said nothing of it"
        yield f"  {spoken(one['capability'])}: {sought}; {stance}."
    yield from _attendance(role)
    waiting = role["waiting"]
    if waiting["contributors"]:
        held, floated = waiting["held_back"], waiting["floated"]
        parts = [f"{figure_of_people(held)} held back" if held["pledges"] else ""]
        parts.append(f"{figure_of_people(floated)} only floated" if floated["pledges"] else "")
        what = f": {listed([part for part in parts if part])}" if any(parts) else ""
        yield f"Waiting for {partner}: {listed(waiting['contributors'])}{what}."


def _attendance(role: Json) -> Iterator[str]:
    last = role["last_meeting"]
    if last is None:
        return
    sat = {True: "sat in", False: "was absent from"}.get(last["present"])
    name = f"the coalition's last meeting, {last['meeting']}"
    yield f"{role['partner']} {sat} {name}." if sat else f"Nobody says whether {role['partner']} sat in {name}."


def _show_rest(picture: Json) -> None:
    members = [f"{spoken(role)}: {', '.join(actors)}" for role, actors in picture["members"].items()]
    lines = ["", *([f"Members: {'; '.join(members)}."] if members else [])]
    for title, field in (("Last meeting", "last_held"), ("Next meeting", "next_scheduled")):
        meeting = picture["meetings"][field]
        if meeting:
            place = f", {meeting['place']}" if meeting["place"] else ""
            lines.append(f"{title}: {meeting['title'] or meeting['meeting']}, {meeting['starts_at'] or '-'}{place}.")
    counts = [count(len(picture["statements"]), "statement"), count(len(picture["counts"]), "count")]
    lines.append(f"Also on record: {' and '.join(counts)} by sources; see --json.")
    if picture["set_aside"]:
        lines.append(f"Set aside for want of their footing: {count(len(picture['set_aside']), 'event')}; see --json.")
    show_lines(lines)
