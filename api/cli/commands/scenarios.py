"""``coalition scenarios``: saved what-ifs, each with a history of its own."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.commands.options import (
    Assume,
    Change,
    Coalition,
    Database,
    File,
    Fork,
    Json,
    Key,
    KnownAt,
    KnownAxis,
    RecordedBy,
    Sequence,
    Url,
    ValidAt,
    Without,
    target_of,
)

if TYPE_CHECKING:
    from api.cli.client import Target
    from api.cli.scenarios import SavedScenarioCommands

_scenarios = typer.Typer(
    no_args_is_help=True,
    help="Save, change, update, close and adopt what-ifs, apart from the record.",
)

Name = Annotated[str, typer.Argument(metavar="SLUG", help="The scenario.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Reason, for the history.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.add_typer(_scenarios, name="scenarios")


def _commands(
    target: "Target", coalition: str | None, as_json: bool, recorded_by: str | None = None
) -> "SavedScenarioCommands":
    from api.cli.record import author_name
    from api.cli.scenarios import SavedScenarioCommands

    return SavedScenarioCommands(target, coalition, as_json, author_name(target, recorded_by))


@_scenarios.command("list")
def list_scenarios(
    *,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Only scenarios with this status: open or closed.")
    ] = None,
    coalition: Coalition = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the saved scenarios."""
    _commands(target_of(url, key, database), coalition, json).show_all(status)


@_scenarios.command("show")
def show_scenario(
    name: Name,
    *,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    coalition: Coalition = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Compare a scenario with the record, and show its history.

    Points in time default to the scenario's starting point. --json prints the scenario itself; use
    `picture --scenario` and similar commands for its figures.
    """
    from api.cli.questions import ViewOptions

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, without=without)
    _commands(target_of(url, key, database), coalition, json).show(name, view)


@_scenarios.command("compare")
def compare_scenarios(
    names: Annotated[list[str], typer.Argument(metavar="SLUG...", help="Two to six scenarios, with the record.")],
    *,
    record: Annotated[bool, typer.Option("--record", help="Compare the record as well.")] = False,
    chance: Annotated[
        list[str] | None,
        typer.Option("--chance", metavar="CONDITION:PERCENT", help="A chance, as ceasefire:40; may be repeated."),
    ] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    coalition: Coalition = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show scenarios side by side: figures, shortfalls, the pledges that differ, and with --chance how large the force
    may become.

    All are as of the first scenario's date, unless --valid-at states another.
    """
    from api.cli.questions import ViewOptions

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, without=without)
    _commands(target_of(url, key, database), coalition, json).compare(names, view, record, chance or [])


@_scenarios.command("save")
def save_scenario(
    file: File = None,
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The name of the scenario. [from the file]")
    ] = None,
    slug: Annotated[
        str | None,
        typer.Option("--slug", metavar="SLUG", help="The short name for commands. [from the file, or from the name]"),
    ] = None,
    change: Change = None,
    assume: Assume = None,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Save a scenario from a file or from options. Its starting point is fixed, whatever is recorded later."""
    from api.cli.questions import ViewOptions
    from api.cli.what_if import WhatIfOptions, build_request

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    request = build_request(WhatIfOptions(file, assume or (), change or ()), view)
    request.saved |= {field: value for field, value in (("name", name), ("scenario", slug)) if value}
    _commands(target_of(url, key, database), coalition, json, recorded_by).save(request)


@_scenarios.command("change")
def change_scenario(
    name: Name,
    file: File = None,
    *,
    change: Change = None,
    assume: Assume = None,
    note: Note = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Add changes to a scenario, after its existing ones."""
    from api.cli.questions import ViewOptions
    from api.cli.what_if import WhatIfOptions, build_request

    request = build_request(WhatIfOptions(file, assume or (), change or ()), ViewOptions(coalition))
    _commands(target_of(url, key, database), coalition, json, recorded_by).change(name, request, note)


@_scenarios.command("remove")
def remove_change(
    name: Name,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="The number of the change, as listed by `show`.")
    ],
    *,
    note: Note = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Remove one change from a scenario; it stays in the history."""
    commands = _commands(target_of(url, key, database), coalition, json, recorded_by)
    commands.remove(name, number, note)


@_scenarios.command("rebase")
def rebase_scenario(
    name: Name,
    *,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    note: Note = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Update a scenario to the latest record.

    Lists the changes that no longer apply.
    """
    from api.cli.questions import ViewOptions

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    _commands(target_of(url, key, database), coalition, json, recorded_by).rebase(name, view, note)


@_scenarios.command("close")
def close_scenario(
    name: Name,
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Reason, for the history.")] = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Close a scenario: no more changes; it can still be read, and new ones can start from it."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).close(name, reason)


@_scenarios.command("adopt")
def adopt(
    name: Name,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the facts to this file as YAML, so that you can add sources."
        ),
    ] = None,
    record: Annotated[
        str | None, typer.Option("--record", metavar="FILE", help="Record the facts in this file, now with sources.")
    ] = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what a scenario assumes, as it would be recorded.

    The list shows what now prevents each fact from being recorded. Only --record records anything; as always, each
    fact needs a source and must satisfy every rule.
    """
    commands = _commands(target_of(url, key, database), coalition, json, recorded_by)
    if record is not None:
        commands.adopt(name, record)
    else:
        commands.preview_adoption(name, output)
