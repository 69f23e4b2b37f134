"""The story of one actor, and the track record of all contributors, as tables."""

from api.cli.output import show_lines, show_table, show_title
from api.cli.tables.lists import code, show_items
from api.wording.actors import named
from api.wording.phrases import Json, basis_line, bounds, capitalised, count, figure, quantity, spoken

_TRACK_RECORD = (
    ("contributor", "pledges", "first word", "first promised", "most promised", "promised now", "most deployed",
     "deployed now", "days to deployment", "raised", "cut")
)  # fmt: skip


def show_track_records(answer: Json) -> None:
    """Print what the pledges of each contributor became."""
    show_title("What the pledges became", basis_line(answer["basis"]))
    _show_track_records(answer["items"])


def _show_track_records(records: list[Json]) -> None:
    numbers = [column for column in _TRACK_RECORD if column not in ("contributor", "first word")]
    show_table("", _TRACK_RECORD, [_track_record(one) for one in records], numbers=numbers)


def _track_record(one: Json) -> list[str]:
    figures = ("first_promised", "most_promised", "promised", "most_deployed", "deployed")
    sizes = [figure(one[name]) for name in figures]
    first = [code(one["contributor"]), str(one["pledges"]), one["first_word_at"]]
    return [*first, *sizes, days(one["days_to_deployment"]), str(one["rises"]), str(one["cuts"])]


def days(value: Json | None) -> str:
    """A number of days, as a range; ``-`` if nothing was deployed."""
    if value is None:
        return "-"
    return f"{value['min']:,}" if value["min"] == value["max"] else bounds(value["min"], value["max"])


def show_actor(story: Json) -> None:
    """Print one actor's story without its empty parts."""
    show_title(capitalised(named(story["actor"])), basis_line(story["basis"]))
    show_lines(_roles(story))
    if story["track_record"]:
        _show_track_records([story["track_record"]])
    for pledge in story["pledges"]:
        _show_pledge(pledge)
    if story["stances"]:
        show_items("stances", [one["stance"] for one in story["stances"]], "Stances")
    if story["support_sought"]:
        rows = [[spoken(one["capability"]), one["importance"], one["since"]] for one in story["support_sought"]]
        show_table("Support sought from it", ("capability", "importance", "since"), rows)
    _show_conditions("Conditions that its pledges wait for", story["waits_for"])
    _show_conditions("Conditions that depend on it", story["waited_for"])
    if story["requirements"]:
        show_items("requirements", story["requirements"], "Requirements that it stated")
    if story["meetings"]:
        show_table("Meetings", ("meeting", "starts", "status", "attendance"), [_meeting(m) for m in story["meetings"]])
    if story["statements"]:
        show_items("statements", story["statements"], "Statements")


def _roles(story: Json) -> list[str]:
    roles = [*story["roles"], *(["key partner"] if story["is_key_partner"] else [])]
    return [f"Role: {', '.join(roles)}." if roles else "Not a member of the coalition."]


def _show_pledge(story: Json) -> None:
    pledge = story["pledge"]
    rows = [
        [step["at"], step["level"], quantity(step["quantity"]), step["status"], _on_the_ground(step)]
        for step in story["steps"]
    ]
    changes = f"raised {_times(story['rises'])}, cut {_times(story['cuts'])}"
    deployment = story["days_to_deployment"]
    waited = f"; {days(deployment)} days from the first word to the first deployment" if deployment else ""
    title = f"Pledge {pledge['pledge']} ({spoken(pledge['capability'])}): {changes}{waited}"
    show_table(title, ("from", "level", "size", "status", "on the ground"), rows)


def _times(number: int) -> str:
    return count(number, "time") if number else "never"


def _on_the_ground(step: Json) -> str:
    return quantity(step["deployed"]) if step["deployed"] else "-"


def _show_conditions(title: str, conditions: list[Json]) -> None:
    if conditions:
        rows = [[one["condition"], spoken(one["kind"]), one["status"], _waiting(one)] for one in conditions]
        show_table(title, ("condition", "kind", "status", "pledges that wait"), rows)


def _waiting(condition: Json) -> str:
    return ", ".join(condition["pledges"]) or "-"


def _meeting(one: Json) -> list[str]:
    attendance = "-" if one["present"] is None else "present" if one["present"] else "absent"
    chair = "chair" if one["is_chair"] else ""
    return [one["meeting"], one["starts_at"], one["status"], chair or attendance]
