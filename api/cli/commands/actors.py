"""The commands about actors: the story of one, and the track record of all contributors."""

from typing import Annotated

import typer

from api.cli.commands.options import (
    Coalition,
    Database,
    Json,
    Key,
    KnownAt,
    KnownAxis,
    Scenario,
    Sequence,
    Url,
    ValidAt,
    Without,
    target_of,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    for command in (actor, track_record):
        app.command()(command)


def actor(
    name: Annotated[str, typer.Argument(metavar="ACTOR", help="A state by its code (KEN), or org:NAME, group:NAME.")],
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    without: Without = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show one actor's story: its pledges over time, stances, conditions, meetings, statements."""
    from api.cli.client import path_to
    from api.cli.questions import ViewOptions, show_answer
    from api.cli.tables.actors import show_actor

    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    path = path_to("actors", name)
    show_answer(target_of(url, key, database), options, path, show=show_actor, as_json=json)


def track_record(
    *,
    coalition: Coalition = None,
    scenario: Scenario = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    without: Without = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what the pledges of each contributor became: first word, size, cuts, days to deployment."""
    from api.cli.questions import ViewOptions, show_answer
    from api.cli.tables.actors import show_track_records

    options = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    show_answer(target_of(url, key, database), options, "/track-record", show=show_track_records, as_json=json)
