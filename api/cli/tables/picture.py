"""The force picture as tables."""

from collections.abc import Iterator

from api.cli.output import show_lines, show_table, show_title
from api.cli.tables.lists import code, show_items
from api.wording.actors import with_names
from api.wording.confidence import doubts_of_figure
from api.wording.items import before_formation, sought, stance_since
from api.wording.phrases import (
    Json,
    able_to_move,
    basis_line,
    capitalised,
    count,
    date,
    figure,
    figure_in_unit,
    figure_of_people,
    is_currency,
    label,
    listed,
    plural,
    spoken,
    there,
)
from api.wording.requirements import BESIDE, STATES, amount_of, by_line, required, shortfall_of

FIGURE_LABELS = {
    "available": "available: no open condition",
    "upcoming": "upcoming: from a later date",
    "conditional": "conditional: subject to a condition not yet met",
    "blocked": "blocked: a condition has failed",
    "suspended": "suspended",
    "if_all_move": "if pledges waiting for each other were released together",
    "floated": "floated: mentioned or leaked, not offered",
    "deployed": "deployed",
    "estimated": "estimated from formations",
}
"""The figures in the order of the table, and how its rows call them."""
OFFERED_LEVELS = ("pledged", "committed", "assigned")
"""The levels of pledges that were offered, and not only floated."""


def show_picture(picture: Json) -> None:
    """Print a picture without its empty parts."""
    show_title(picture["name"] or f"{picture['basis']['coalition']}: not yet formed", basis_line(picture["basis"]))
    if picture["name"] is None:
        if older := picture["before_formation"]:
            show_lines(["", before_formation(older)])
        return
    if any(picture["size"][name]["pledges"] for name in FIGURE_LABELS) or not _has_units(picture):
        _show_size(picture["size"])
    else:
        show_lines(["", "No people are pledged to the force."])
    _show_units(picture)
    _show_contributors(picture)
    _show_places(picture["size"])
    if picture["basing"]:
        show_items("basing", picture["basing"], "Basing", with_sources=False)
    if picture["key_partner"]:
        show_lines(["", *_partner(with_names(picture["key_partner"]))])
    if picture["conditions"]:
        show_items("conditions", picture["conditions"], "Conditions", with_sources=False)
    if picture["stances"]:
        show_items("stances", picture["stances"], "Stances", with_sources=False)
    _show_rest(picture)


def _show_size(size: Json) -> None:
    rows = [[FIGURE_LABELS[name], figure(size[name]), *_counts(size[name])] for name in FIGURE_LABELS]
    rows += [[f"{level}, in any state", figure(size[level]), *_counts(size[level])] for level in OFFERED_LEVELS]
    columns = ["Force", "personnel", "pledges", "contributors"]
    doubts = [", ".join(doubts_of_figure(size[name])) for name in (*FIGURE_LABELS, *OFFERED_LEVELS)]
    if any(doubts):
        columns.append("doubtful")
        rows = [[*row, doubt] for row, doubt in zip(rows, doubts, strict=True)]
    show_table("", columns, rows, numbers=columns[1:4])
    if any(size["within_days"][days]["pledges"] for days in size["within_days"] if days != "unstated"):
        readiness = [f"{able_to_move(days)}: {figure(value)}" for days, value in size["within_days"].items()]
        show_lines(["", f"{capitalised('; '.join(readiness))}."])
    if size["required"]:
        beside = ("Requirement", "by", "standing", "required", *BESIDE.values(), "state")
        needs = [row for one in by_line(size["required"]) for row in _required(one)]
        show_table("", beside, needs, numbers=("required", *BESIDE.values()))


def _counts(value: Json) -> tuple[str, str]:
    return (str(value["pledges"]), str(value["contributors"])) if value["pledges"] else ("", "")


def _required(one: Json) -> Iterator[list[str]]:
    """A requirement with what there is of it, and below it what is lacking."""
    indent = "  " if one["part_of"] else ""
    label = f"{one['label']} ({spoken(one['capability'])})" if one["capability"] else one["label"]
    size = required(one) + (" (estimated)" if one["is_estimated"] else "")
    stated = [indent + label, code(one["stated_by"]), one["standing"], size]
    if one["is_cumulative"]:
        yield [*stated, *["-"] * len(BESIDE), "not comparable"]
        return
    yield [*stated, *(amount_of(one, name) for name in BESIDE), STATES.get(one["state"], "-")]
    yield [f"{indent}  shortfall", "", "", "", *(shortfall_of(one, name) for name in BESIDE), ""]


def _has_units(picture: Json) -> bool:
    """Whether anything is pledged in other units, or for other purposes than the force, or there."""
    return bool(picture["size"]["other_units"] or picture["aid"]["host_aid"] or picture["aid"]["own_preparation"])


def _show_units(picture: Json) -> None:
    """What there is in units other than people, and what is pledged for other purposes than the force."""
    parts = {"": picture["size"]["other_units"]}
    parts |= {f", {spoken(purpose)}": picture["aid"][purpose] for purpose in ("host_aid", "own_preparation")}
    rows = [
        [f"{unit if is_currency(unit) else plural(unit)}{of}", *_in_unit(unit, one)]
        for of, units in parts.items()
        for unit, one in units.items()
    ]
    if rows:
        columns = ("Other units, and aid", "pledged", "binding", "available", "deployed or disbursed")
        show_table("", columns, rows, numbers=columns[1:])


def _in_unit(unit: str, one: Json) -> list[str]:
    currency = unit if is_currency(unit) else None
    return [figure(one[name], currency) for name in ("pledged", "binding", "available", there(unit))]


def _show_places(size: Json) -> None:
    """What is on the ground, by place."""
    rows = [
        [
            "no stated place" if basing == "unstated" else basing,
            figure(there["deployed"]),
            ", ".join(figure_in_unit(one["deployed"], unit) for unit, one in there["other_units"].items()),
        ]
        for basing, there in size["by_basing"].items()
    ]
    if rows:
        show_table("", ("Deployed at", "personnel", "other"), rows, numbers=("personnel",))


def _show_contributors(picture: Json) -> None:
    in_people, aid = picture["size"]["by_contributor"], picture["aid"]["by_contributor"]
    rows = [
        [
            code(contributor),
            *(
                figure(in_people[contributor][name]) if contributor in in_people else "none"
                for name in ("available", "conditional", "floated", "deployed")
            ),
            _other(in_people.get(contributor, {"other_units": {}})["other_units"], aid.get(contributor, {})),
        ]
        for contributor in sorted({*in_people, *aid})
    ]
    if rows:
        columns = ("Contributor", "available", "conditional", "floated", "deployed", "other")
        show_table("", columns, rows, numbers=columns[1:5])


def _other(units: Json, aid: Json) -> str:
    its = [_pledged_or_there(unit, one) for unit, one in units.items()]
    its += [
        f"{_pledged_or_there(unit, one)} ({spoken(purpose)})" for purpose, by in aid.items() for unit, one in by.items()
    ]
    return ", ".join(its)


def _pledged_or_there(unit: str, one: Json) -> str:
    """What is pledged in a unit, or if nothing is, what is there of it."""
    if one["pledged"]["pledges"]:
        return figure_in_unit(one["pledged"], unit)
    return f"{figure_in_unit(one[there(unit)], unit)} {there(unit)}"


def _partner(role: Json) -> Iterator[str]:
    partner = label(role["partner"])
    yield f"Key partner: {partner}"
    yield f"Stance: {stance_since(role)}."
    yield from (
        f"{capitalised(spoken(one['capability']))}: {sought(one)}; stance: {stance_since(one)}."
        for one in role["by_capability"]
    )
    yield from _attendance(role)
    waiting = role["waiting"]
    if waiting["contributors"]:
        affected, floated = waiting["held_back"], waiting["floated"]
        parts = [f"{figure_of_people(affected)} affected" if affected["pledges"] else ""]
        parts.append(f"{figure_of_people(floated)} floated" if floated["pledges"] else "")
        forces = f": {listed([part for part in parts if part])}" if any(parts) else ""
        yield f"Waiting for it: {listed(waiting['contributors'])}{forces}."


def _attendance(role: Json) -> Iterator[str]:
    last = role["last_meeting"]
    if last is not None:
        attended = {True: "present", False: "absent"}.get(last["present"], "attendance not on record")
        yield f"Last meeting of the coalition ({last['meeting']}): {attended}."


def _show_rest(picture: Json) -> None:
    members = [f"{spoken(role)}: {', '.join(map(code, actors))}" for role, actors in picture["members"].items()]
    lines = ["", *([f"Members: {'; '.join(members)}."] if members else [])]
    for title, field in (("Last meeting", "last_held"), ("Next meeting", "next_scheduled")):
        meeting = picture["meetings"][field]
        if meeting:
            place = f", {meeting['place']}" if meeting["place"] else ""
            starts = date(meeting["starts_at"]) if meeting["starts_at"] else "no date"
            lines.append(f"{title}: {meeting['title'] or meeting['meeting']}, {starts}{place}.")
    counts = [count(len(picture["statements"]), "statement"), count(len(picture["counts"]), "reported total")]
    lines.append(f"Also on record: {' and '.join(counts)}. List them with `coalition list`.")
    if picture["set_aside"]:
        unapplied = count(len(picture["set_aside"]), "event")
        lines.append(f"Not applied, since they refer to something not yet known: {unapplied}. See --json.")
    show_lines(lines)
