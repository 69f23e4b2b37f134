"""What-if answers as tables: the force compared with the record, changes, knock-on effects, events not applied."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from api.cli.output import show_lines, show_table, show_title
from api.cli.tables.lists import code
from api.cli.tables.picture import FIGURE_LABELS, OFFERED_LEVELS
from api.wording.actors import assumption_with_names, change_with_names
from api.wording.assumed_sizes import assumed_sizes_sentence
from api.wording.change_sentences import change_sentence
from api.wording.differences import change_lines
from api.wording.facts import Contributors
from api.wording.knock_on_effects import BECOMES_AVAILABLE, DROPS_OUT, NO_EFFECTS, turns
from api.wording.phrases import Json, basis_line, bounds, figure, listed, state_in_words
from api.wording.requirements import required, shortfall_of


def show_what_if(answer: Json, changes: Mapping[int, Json], contributors: Contributors, title: str) -> None:
    """Print the result of changes, by number; ``answer`` has the ``picture`` and the ``consequences``."""
    picture, consequences = answer["picture"], answer["consequences"]
    show_title(title, basis_line(picture["scenario"]["basis"]))
    if assumed := assumed_sizes_sentence(answer.get("undisclosed")):
        show_lines([assumed])
    _show_changes(changes, contributors, consequences)
    _show_sizes(picture["baseline"]["size"], picture["scenario"]["size"])
    causes = dict(_causes(consequences, list(changes)))
    _show_difference(picture["difference"], causes, _pledges_in_rounds(consequences))
    _show_rounds(consequences["rounds"])
    _show_footing(consequences, causes)


# --- the changes ------------------------------------------------------------------------------------------------------


def _show_changes(changes: Mapping[int, Json], contributors: Contributors, consequences: Json) -> None:
    rows = [
        [str(number), change_sentence(assumption_with_names(change), contributors), *_effect(effect)]
        for (number, change), effect in zip(changes.items(), consequences["changes"], strict=True)
    ]
    if rows:
        show_table("", ("change", "what if", "events", "effect"), rows, numbers=("events",))
    else:
        show_lines(["", "No changes."])


def _effect(effect: Json) -> tuple[str, str]:
    return f"{len(effect['events']):,}", "some" if effect["has_effect"] else "none"


def _causes(consequences: Json, numbers: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Each event that a change added or altered, with the number of the last such change."""
    for effect in consequences["changes"]:
        yield from ((event_id, numbers[effect["change"]]) for event_id in effect["events"])


# --- compared with the record -----------------------------------------------------------------------------------------


def _show_sizes(baseline: Json, scenario: Json) -> None:
    labels = FIGURE_LABELS | {level: f"{level}, in any state" for level in OFFERED_LEVELS}
    rows = [
        [label, figure(baseline[name]), figure(scenario[name])]
        for name, label in labels.items()
        if baseline[name]["pledges"] or scenario[name]["pledges"]
    ]
    show_table("", ("Personnel", "on record", "what if"), rows, numbers=("on record", "what if"))
    sides = [{one["requirement"]: one for one in size["required"]} for size in (baseline, scenario)]
    shortfalls = [
        [_label(sides, name), *(_shortfall(side.get(name)) for side in sides)] for name in {**sides[0], **sides[1]}
    ]
    if shortfalls:
        columns = ("Shortfall", "on record", "what if")
        show_table("", columns, shortfalls, numbers=columns[1:])


def _label(sides: Iterable[Json], name: str) -> str:
    one = next(side[name] for side in sides if name in side)
    return f"{one['label']}: {required(one)}"


def _shortfall(one: Json | None) -> str:
    if one is None:
        return "not required"
    return shortfall_of(one, "available")


# --- what changed -----------------------------------------------------------------------------------------------------


def _pledges_in_rounds(consequences: Json) -> set[str]:
    """The pledges in the table of knock-on effects."""
    return {move["pledge"] for one in consequences["rounds"] for move in (*one["fell"], *one["came_in"])}


def _show_difference(difference: Json, causes: Mapping[str, int], in_rounds: Collection[str]) -> None:
    show_title("")
    changes = [rest for change in difference["changes"] if (rest := _not_in_tables(change, in_rounds)) is not None]
    if not changes:
        show_lines(["No figure or item changes."])
        return
    events = {ref["event_id"]: ref["sequence"] for ref in difference["events"]}
    with_names = [change_with_names(change) for change in changes]
    lines = change_lines(with_names, lambda event_ids: _cause(event_ids, causes, events))
    show_lines(["Changes in detail, each with its cause:", *lines])


def _not_in_tables(change: Json, in_rounds: Collection[str]) -> Json | None:
    """A change without what other lines and tables show; ``None`` if nothing is left.

    Tables show shortfalls, events not applied and pledges of the cascade; each condition has a line of its own.
    """
    if change["what"].startswith("/set_aside/"):
        return None
    if change["what"].startswith("/size/required/"):
        return None if set(change["fields"]) <= {"available", "gaps", "state"} else change
    if not change["what"].startswith("/pledges/") or change["before"] is None or change["after"] is None:
        return change
    elsewhere = {"conditions", "round"} | ({"standing"} if change["after"]["pledge"] in in_rounds else set())
    if set(change["fields"]) <= elsewhere:
        return None
    sides = ("before", "after")
    return {
        **change,
        **{side: {name: v for name, v in change[side].items() if name not in elsewhere} for side in sides},
    }


def _cause(event_ids: Collection[str], causes: Mapping[str, int], events: Mapping[str, int]) -> str:
    changes = sorted({causes[event_id] for event_id in event_ids if event_id in causes})
    others = sorted(events[event_id] for event_id in event_ids if event_id in events and event_id not in causes)
    return ", ".join(filter(None, (_numbered("change", changes), _numbered("event", others))))


def _numbered(noun: str, numbers: Sequence[int]) -> str:
    return f"{noun}{'' if len(numbers) == 1 else 's'} {listed([str(n) for n in numbers])}" if numbers else ""


# --- the cascade ------------------------------------------------------------------------------------------------------


def _show_rounds(rounds: Sequence[Json]) -> None:
    moves = [
        [str(one["round"]), move["pledge"], code(move["contributor"]), _people(move), verb, "\n".join(_reasons(move))]
        for one in rounds
        for verb, moved in ((DROPS_OUT, one["fell"]), (BECOMES_AVAILABLE, one["came_in"]))
        for move in moved
    ]
    if not moves:
        show_lines(["", NO_EFFECTS])
        return
    columns = ("round", "pledge", "contributor", "personnel", "what", "cause")
    show_table("Knock-on effects, round by round", columns, moves, numbers=("round", "personnel"))


def _people(move: Json) -> str:
    return bounds(move["personnel"]["min"], move["personnel"]["max"]) if move["personnel"] else "-"


def _reasons(move: Json) -> Iterator[str]:
    """Why a pledge changed; conditions that changed alike share a line."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for reason in move["because"]:
        kind, _, name = reason["what"].partition(":")
        through = f", through {listed(reason['through'])}" if reason["through"] else ""
        if reason["by"]:
            things = [(turn["what"], turn["was"], turn["is_now"]) for turn in reason["by"]]
            through += f"{' and' if through else ', through'} {turns(things)}"
        name = "the pledge" if kind == "pledge" else name
        alike.setdefault((reason["was"], reason["is_now"], through), []).append(name)
    for (was, is_now, through), names in alike.items():
        yield f"{listed(names)}: {state_in_words(was)} → {state_in_words(is_now)}{through}"


# --- not applied ------------------------------------------------------------------------------------------------------


def _show_footing(consequences: Json, causes: Mapping[str, int]) -> None:
    rows = [
        [
            _cause([one["event_id"]], causes, {one["event_id"]: one["sequence"]}),
            one["type"],
            one["rule"],
            one["detail"],
        ]
        for one in consequences["set_aside"]
    ]
    if rows:
        columns = ("from", "fact", "rule", "reason")
        show_table("Not applied", columns, rows)
    again = [f"event {one['sequence']} ({one['type']})" for one in consequences["taken_up"]]
    if again:
        show_lines(["", f"Applied again: {listed(again)}."])


def show_not_applied(changes: Sequence[Json]) -> None:
    """Print the changes that do not apply to the starting point."""
    if changes:
        rows = [[str(one["number"]), one["rule"], one["detail"]] for one in changes]
        show_table("No longer applies", ("change", "rule", "reason"), rows)
