"""Lists as tables: which columns each kind of item has."""

from collections.abc import Callable, Sequence
from typing import Any

from api.cli.output import say, show_table
from api.wording.actors import with_names
from api.wording.confidence import footing_cell
from api.wording.countries import actor_name
from api.wording.facts import Contributors, fact_clause, state_of
from api.wording.names import label_or_slug, with_slug
from api.wording.phrases import (
    Json,
    bounds,
    capitalised,
    figure,
    figure_in_unit,
    in_zone,
    moment,
    quantity,
    spoken,
    statement_kind,
    there,
)
from api.wording.proposals import author_in_words

Row = Callable[[Any], list[str]]


def code(actor: str) -> str:
    """An actor in a table: a state by its code, which commands take; organisations and groups by name."""
    return actor_name(actor) if ":" in actor else actor


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _pledge(item: Json) -> list[str]:
    state = item["standing"] if item["status"] == "standing" and item["standing"] else item["status"]
    waits = "\n".join(label_or_slug("condition", one["condition"]) for one in item["conditions"] if one["keeps_back"])
    left = quantity({**item["quantity"], "text": None})
    first = [item["pledge"], code(item["contributor"]), item["level"], spoken(item["capability"]), left]
    stale = " (stale)" if item["confirmed"] == "stale" else ""
    return [*first, state, item["since"], waits or "-", f"{item['confirmed_on'] or '-'}{stale}"]


def _requirement(item: Json) -> list[str]:
    first = [item["requirement"], item["label"], code(item["stated_by"]), item["standing"], quantity(item["quantity"])]
    return [*first, spoken(item["capability"]), _cell(item["part_of"]), item["since"]]


def condition_row(one: Json) -> list[str]:
    """A condition, its status, and the personnel affected."""
    status = "open, rule satisfied" if one["status"] == "open" and one["holds"] else str(one["status"])
    targets = [
        "all contributors" if value is True else code(value)
        for target in one["attached_to"]
        for value in target.values()
    ]
    first = [with_slug("condition", one["condition"]), spoken(one["kind"]), status, one["since"]]
    return [*first, figure(one["held_back"]), ", ".join(targets) or "-"]


def basing_row(item: Json) -> list[str]:
    """A place or zone, and its status."""
    place = [spoken(item["zone"]), _cell(item["country"]), _cell(item["place"])]
    return [
        with_slug("basing", item["basing"]),
        *place,
        spoken(item["status"]),
        _cell(item["certainty"]),
        item["since"],
    ]


def stance_row(one: Json) -> list[str]:
    """An actor's stance: its subject, start and source."""
    on = f"{spoken(one['capability']) if one['capability'] else 'overall'}{in_zone(one['zone'])}"
    source = code(one["said_by"]) if one["said_by"] else "own statement"
    return [code(one["actor"]), on, spoken(one["stance"]), one["since"], source]


def _meeting(item: Json) -> list[str]:
    absent = ", ".join(code(one["actor"]) for one in item["attendance"] if not one["present"])
    who = bounds(item["participants"]["min"], item["participants"]["max"]) if item["participants"] else "-"
    first = [item["meeting"], spoken(item["forum"]), item["status"], _cell(item["starts_at"]), _cell(item["place"])]
    return [*first, who, absent or "-"]


def _member(item: Json) -> list[str]:
    return [code(item["member"]), _cell([one["role"] for one in item["roles"]]), item["status"], item["since"]]


def _statement(item: Json) -> list[str]:
    return [
        with_slug("statement", item["statement"]),
        statement_kind(item["kind"]),
        _cell([code(by) for by in item["by"]]),
        item["text"],
    ]


def _reported_count(item: Json) -> list[str]:
    named = bounds(item["named"]["min"], item["named"]["max"]) if item["named"] else "-"
    source = ", ".join(item["publishers"])
    return [
        with_slug("report", item["report"]),
        item["subject"],
        quantity(item["value"]),
        named,
        item["since"],
        source,
        item["scope"],
    ]


KINDS: dict[str, tuple[tuple[str, ...], Row]] = {
    "pledges": (
        ("pledge", "contributor", "level", "capability", "size", "state", "since", "waits for", "confirmed"),
        _pledge,
    ),
    "requirements": (
        ("requirement", "label", "by", "standing", "size", "capability", "line of", "since"), _requirement,
    ),
    "conditions": (("condition", "kind", "status", "since", "personnel affected", "applies to"), condition_row),
    "basing": (("basing", "zone", "country", "place", "status", "certainty", "since"), basing_row),
    "meetings": (("meeting", "forum", "status", "starts", "place", "participants", "absent"), _meeting),
    "members": (("member", "roles", "status", "since"), _member),
    "stances": (("actor", "on", "stance", "since", "according to"), stance_row),
    "statements": (("statement", "kind", "by", "text"), _statement),
    "counts": (("report", "of", "reported", "named here", "since", "publisher", "scope"), _reported_count),
}  # fmt: skip
"""The columns of each list, and the function that turns an item into a row."""

_NUMBERS = ("size", "personnel affected", "participants", "reported", "named here")


def show_items(kind: str, items: Sequence[Json], title: str = "", *, with_sources: bool = True) -> None:
    """Print items of one kind, with what each rests on."""
    columns, row = KINDS[kind]
    if with_sources:
        rows = [[*row(item), footing_cell(item)] for item in items]
        show_table(title, (*columns, "based on"), rows, numbers=_NUMBERS)
    else:
        show_table(title, columns, [row(item) for item in items], numbers=_NUMBERS)


def name_or_problem(item: Json) -> str:
    """The name of something on a list, or why it cannot be read."""
    problem = item.get("problem")
    return f"({problem['title']}: {problem['detail']})" if problem else str(item["name"])


def show_coalitions(answer: Json) -> None:
    """Print the coalitions on record."""
    rows = [[one["coalition"], name_or_problem(one), f"{one['sequence']:,}"] for one in answer["coalitions"]]
    show_table("", ("coalition", "name", "events"), rows, numbers=("events",))


TIMELINE_FIGURES = ("available", "conditional", "blocked", "floated", "deployed")


def show_timeline(answer: Json) -> None:
    """Print the size at each change, and the events that caused it."""
    others = [_other_units(point) for point in answer["points"]]
    other = ("other units, and aid",) if any(others) else ()
    rows = [
        [
            moment(point["at"]), *(figure(point["size"][name]) for name in TIMELINE_FIGURES),
            *([units] if other else []), _events(point["events"]),
        ]
        for point, units in zip(answer["points"], others, strict=True)
    ]  # fmt: skip
    show_table("", ("from", *TIMELINE_FIGURES, *other, "caused by"), rows, numbers=TIMELINE_FIGURES)
    if answer["next_from"]:
        say(f"More follow: add --from {answer['next_from']}")


def _other_units(point: Json) -> str:
    """What is pledged in other units, and for other purposes than the force, at a point, and what is there of it."""
    parts = [(unit, one, "") for unit, one in point["size"]["other_units"].items()]
    parts += [
        (unit, one, f", {spoken(purpose)}")
        for purpose, by_unit in point["aid"].items()
        for unit, one in by_unit.items()
    ]
    return "\n".join(
        f"{figure_in_unit(one['pledged'], unit)}{of}"
        + (f"; {figure(one[there(unit)])} {there(unit)}" if one[there(unit)]["pledges"] else "")
        for unit, one, of in parts
    )


_MAX_EVENTS = 6


def _events(refs: Sequence[Json]) -> str:
    events = [f"{ref['sequence']} {ref['type']} {ref['about'].partition(':')[2]}".strip() for ref in refs[:_MAX_EVENTS]]
    more = [f"and {len(refs) - _MAX_EVENTS:,} more"] if len(refs) > _MAX_EVENTS else []
    return "\n".join([*events, *more])


def show_log(answer: Json, title: str = "") -> None:
    """Print events in the order of recording."""
    rows = [
        [
            str(event["sequence"]),
            event["fact"].get("effective_at") or "-",
            _what_happened(event["fact"]),
            *_record_details(event, with_id=True),
        ]
        for event in answer["items"]
    ]
    show_table(title, ("event", "effective", "what happened", "type, id", "recorded", "by"), rows, numbers=("event",))
    if answer["next_after"]:
        say(f"More follow: add --sequence {answer['basis']['sequence']} --cursor {answer['next_after']}")


def _what_happened(fact: Json, contributors: Contributors | None = None) -> str:
    return capitalised(fact_clause(with_names(fact), contributors or {}))


def _record_details(event: Json, *, with_id: bool) -> list[str]:
    type_name = event["fact"]["type"]
    named = f"{type_name}\n{event['event_id']}" if with_id else type_name
    return [named, moment(event["recorded_at"]), author_in_words(event)]


def show_history(
    title: str,
    history: Sequence[Json],
    corrections: Sequence[Json] = (),
    contributors: Contributors | None = None,
    *,
    with_ids: bool = False,
) -> None:
    """Print every event about one thing, and whether it is in force; ``corrections`` are events not shown here."""
    events = {one["event"]["event_id"]: one["event"] for one in (*history, *corrections)}
    rows = [
        [str(one["event"]["sequence"]), one["event"]["fact"].get("effective_at") or "-",
         _what_happened(one["event"]["fact"], contributors), *_record_details(one["event"], with_id=with_ids),
         state_of(one, events)]
        for one in history
    ]  # fmt: skip
    kind = "type, id" if with_ids else "type"
    columns = ("event", "effective", "what happened", kind, "recorded", "by", "now")
    show_table(title, columns, rows, numbers=("event",))


def show_keys(keys: Sequence[Json]) -> None:
    """Print keys without their secrets."""
    rows = [[key["id"], key["name"], moment(key["created_at"]), moment(key["revoked_at"])] for key in keys]
    show_table("", ("id", "name", "created", "revoked"), rows)


def show_event(answer: Json) -> None:
    """Print one event, its corrections and its added sources."""
    corrections = [{"event": event} for event in answer["changes"]]
    show_history("Event", [answer["event"]], corrections, with_ids=True)
    if answer["changes"]:
        show_log({"items": answer["changes"], "next_after": None}, "Later corrections and sources")
