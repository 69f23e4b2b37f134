"""The commands that read: each shows the answer of one of the API's paths."""

from typing import Annotated

import typer

from api.cli.commands.options import (
    Attribution,
    Coalition,
    Database,
    EventName,
    Json,
    Key,
    KnownAt,
    KnownAxis,
    ReliabilityAtLeast,
    Scenario,
    Sequence,
    Url,
    ValidAt,
    Without,
    target_of,
)
from api.cli.failures import MISUSED, CommandFailed


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    for command in (picture, timeline, diff, why, warnings, log, event, coalitions):
        app.command()(command)
    app.command("list")(list_items)


def picture(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show the force: size, requirements, basing, key partner, conditions."""
    from api.cli.questions import ViewOptions, show_answer
    from api.cli.tables.picture import show_picture

    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    show_answer(target_of(url, key, database), options, "/picture", show=show_picture, as_json=json)


def timeline(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start of the period. [when the coalition was formed]")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="End of the period. [now]")] = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show the size of the force at every change between two dates."""
    from api.cli.questions import ViewOptions, show_answer
    from api.cli.tables.lists import show_timeline

    options = ViewOptions(coalition, None, known_at, known_axis, sequence, scenario, without)
    params = {"from": from_, "to": to}
    show_answer(target_of(url, key, database), options, "/timeline", params, show=show_timeline, as_json=json)


def diff(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    from_valid_at: Annotated[
        str | None,
        typer.Option("--from-valid-at", "--from", metavar="TIME", help="First point: what held at this time. [now]"),
    ] = None,
    to_valid_at: Annotated[
        str | None,
        typer.Option("--to-valid-at", "--to", metavar="TIME", help="Second point: what held at this time. [now]"),
    ] = None,
    from_known_at: Annotated[
        str | None,
        typer.Option("--from-known-at", metavar="TIME", help="First point: what was known at this time. [now]"),
    ] = None,
    to_known_at: Annotated[
        str | None,
        typer.Option("--to-known-at", metavar="TIME", help="Second point: what was known at this time. [now]"),
    ] = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    from_sequence: Annotated[
        int | None, typer.Option("--from-sequence", metavar="N", help="First point: use the first N events only. [all]")
    ] = None,
    to_sequence: Annotated[
        int | None, typer.Option("--to-sequence", metavar="N", help="Second point: use the first N events only. [all]")
    ] = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what changed between two points, and which events caused it."""
    from api.cli.questions import ViewOptions, show_difference

    params = {
        "from_valid_at": from_valid_at, "to_valid_at": to_valid_at, "from_known_at": from_known_at,
        "to_known_at": to_known_at, "from_sequence": from_sequence, "to_sequence": to_sequence,
    }  # fmt: skip
    options = ViewOptions(coalition, known_axis=known_axis, scenario=scenario, without=without)
    show_difference(target_of(url, key, database), options, params, as_json=json)


def why(
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE", help="A JSON pointer into the picture: /size/available/max, /conditions/peace-agreement."
        ),
    ],
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Explain a figure: the pledges, events and sources behind it."""
    from api.cli.questions import ViewOptions, show_explanation

    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    pointer = figure if figure.startswith("/") or not figure else f"/{figure}"
    show_explanation(target_of(url, key, database), options, pointer, as_json=json)


def warnings(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    warning: Annotated[
        list[str] | None,
        typer.Option("--warning", metavar="NAME", help="Only this warning, for example SameFactAgain; repeatable."),
    ] = None,
    thing: Annotated[
        str | None,
        typer.Option("--thing", metavar="KIND:ID", help="Only about facts on this, for example pledge:gbr-ground."),
    ] = None,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Show those that were dismissed as well.")] = False,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List what is on record and surprising, and the facts that would settle it."""
    from api.cli.questions import ViewOptions, show_warnings

    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    params = {"warning": warning, "thing": thing, "dismissed": "true" if dismissed else None}
    show_warnings(target_of(url, key, database), options, params, as_json=json)


def log(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    type: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only this type of fact, for example PledgeMade; repeatable."),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="KIND:ID", help="Only events about this, for example pledge:gbr-ground."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="ACTOR", help="Only events that name this actor, in any role.")
    ] = None,
    publisher: Annotated[
        str | None, typer.Option("--publisher", metavar="NAME", help="Only events with a source from this publisher.")
    ] = None,
    locator: Annotated[
        str | None, typer.Option("--locator", metavar="TEXT", help="Only events with a source that has this locator.")
    ] = None,
    recorded_by: Annotated[
        str | None, typer.Option("--recorded-by", metavar="NAME", help="Only events recorded by this author.")
    ] = None,
    effective_from: Annotated[
        str | None,
        typer.Option("--effective-from", metavar="TIME", help="Only facts in effect from this time or later."),
    ] = None,
    effective_to: Annotated[
        str | None, typer.Option("--effective-to", metavar="TIME", help="Only facts in effect by this time.")
    ] = None,
    recorded_from: Annotated[
        str | None, typer.Option("--recorded-from", metavar="TIME", help="Only events recorded at this time or later.")
    ] = None,
    recorded_to: Annotated[
        str | None, typer.Option("--recorded-to", metavar="TIME", help="Only events recorded by this time.")
    ] = None,
    attribution: Attribution = None,
    reliability_at_least: ReliabilityAtLeast = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Maximum number of events.")
    ] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", metavar="N", help="Continue after this event.")] = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the events of the record in order."""
    from api.cli.questions import ViewOptions, show_record

    params = {
        "type": type, "about": about, "actor": actor, "publisher": publisher, "locator": locator,
        "recorded_by": recorded_by, "effective_from": effective_from, "effective_to": effective_to,
        "recorded_from": recorded_from, "recorded_to": recorded_to, "attribution": attribution,
        "reliability_at_least": reliability_at_least, "limit": limit, "cursor": cursor,
    }  # fmt: skip
    options = ViewOptions(coalition, None, known_at, known_axis, sequence, scenario, without)
    show_record(target_of(url, key, database), options, params, as_json=json)


def event(
    event: EventName,
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show one event, its corrections and its added sources."""
    from api.cli.questions import ViewOptions, show_one_event

    options = ViewOptions(coalition, None, known_at, known_axis, sequence, scenario, without)
    show_one_event(target_of(url, key, database), options, event, as_json=json)


def coalitions(*, json: Json = False, database: Database = None, url: Url = None, key: Key = None) -> None:
    """List the coalitions on record."""
    from api.cli.questions import show_overview
    from api.cli.tables.lists import show_coalitions

    show_overview(target_of(url, key, database), "/coalitions", show=show_coalitions, as_json=json)


KINDS = ("pledges", "requirements", "conditions", "basing", "meetings", "members", "stances", "statements", "counts")
"""The lists; ``api/cli/tables/lists.py`` has their columns."""


def list_items(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show this one only, with its history.")] = None,
    *,
    unconfirmed_since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Only pledges in force about which the contributor has said and done nothing since DATE.",
        ),
    ] = None,
    attribution: Attribution = None,
    reliability_at_least: ReliabilityAtLeast = None,
    coalition: Coalition = None,
    scenario: Scenario = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List all items of one kind, or show one item with its history."""
    from api.cli.questions import ViewOptions, show_list

    if kind not in KINDS:
        raise CommandFailed(f"unknown list {kind}; choose from: {', '.join(KINDS)}", MISUSED)
    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    filters: dict[str, str | list[str] | None] = {
        "attribution": attribution,
        "reliability_at_least": reliability_at_least,
    }
    if unconfirmed_since is not None:
        if kind != "pledges" or name is not None:
            raise CommandFailed("--unconfirmed-since is for the list of pledges", MISUSED)
        filters["unconfirmed_since"] = unconfirmed_since
    if name is not None and any(filters.values()):
        raise CommandFailed("--attribution and --reliability-at-least are for lists, not for one item", MISUSED)
    show_list(target_of(url, key, database), options, kind, name, filters, as_json=json)
