"""The what-if commands: each sends one body to ``POST /coalitions/{c}/what-if``, and nothing is saved."""

from typing import Annotated

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
    Sequence,
    Undisclosed,
    Url,
    ValidAt,
    Without,
    target_of,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.command("what-if")(what_if)
    app.command()(sensitivity)
    app.command()(simulate)


def what_if(
    file: File = None,
    *,
    change: Change = None,
    assume: Assume = None,
    undisclosed: Undisclosed = None,
    coalition: Coalition = None,
    scenario: Fork = None,
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
    """Change the history, and compare the result with the record.

    Changes are applied in order: those in the file, then --assume, then --change. Nothing is saved. See
    docs/what-if.md for every form of change.
    """
    from api.cli.questions import ViewOptions
    from api.cli.what_if import WhatIfOptions, build_request, run_what_if

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    request = build_request(WhatIfOptions(file, assume or (), change or (), undisclosed or ()), view)
    run_what_if(target_of(url, key, database), coalition, request, as_json=json)


def sensitivity(
    file: File = None,
    *,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="A,B", help="Conditions that are met or fail together, by name; repeatable."),
    ] = None,
    requirement: Annotated[
        list[str] | None,
        typer.Option("--requirement", metavar="SLUG", help="A requirement to meet; repeatable. [all stated in people]"),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples", metavar="N", help="Random orders to draw if there are more than 20 conditions. [1000]"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Random seed. [0]")] = None,
    change: Change = None,
    assume: Assume = None,
    undisclosed: Undisclosed = None,
    coalition: Coalition = None,
    scenario: Fork = None,
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
    """Show which open condition matters most: for each, the force if it is met and if it fails, and its share.

    The share (Shapley value) is of the personnel that open conditions affect: how many a condition makes available, on
    average over all orders in which the conditions may be met.
    """
    from api.cli.questions import ViewOptions
    from api.cli.what_if import WhatIfOptions, build_request, run_sensitivity, set_number, set_sensitivity

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    request = build_request(WhatIfOptions(file, assume or (), change or (), undisclosed or ()), view)
    set_sensitivity(request, group or (), requirement or ())
    set_number(request, "sensitivity", "samples", samples)
    set_number(request, "sensitivity", "seed", seed)
    run_sensitivity(target_of(url, key, database), coalition, request, as_json=json)


def simulate(
    file: File = None,
    *,
    dates: Annotated[
        str | None,
        typer.Option("--dates", metavar="DATES", help="'2025-12, 2026-06' or 'every month from 2025-10 to 2026-09'."),
    ] = None,
    chance: Annotated[
        list[str] | None,
        typer.Option(
            "--chance", metavar="SENTENCE",
            help="'ceasefire is met with a chance of 60 %', 'every pledge counts with its least'; repeatable.",
        ),
    ] = None,
    draws: Annotated[int | None, typer.Option("--draws", metavar="N", help="Number of runs. [10000]")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Random seed. [0]")] = None,
    change: Change = None,
    assume: Assume = None,
    undisclosed: Undisclosed = None,
    coalition: Coalition = None,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    without: Without = None,
    sequence: Sequence = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:  # fmt: skip
    """Simulate the force over time, and the chance of meeting each requirement.

    Anything without a stated chance follows the record: an open condition stays open, and a pledge may be of any size
    in its range. The same question with the same seed returns the same answer.
    """
    from api.cli.questions import ViewOptions
    from api.cli.what_if import WhatIfOptions, add_chances, build_request, run_simulation, set_dates, set_number

    view = ViewOptions(coalition, valid_at, known_at, known_axis, sequence, scenario, without)
    request = build_request(WhatIfOptions(file, assume or (), change or (), undisclosed or ()), view)
    add_chances(request, chance or ())
    if dates:
        set_dates(request, dates)
    set_number(request, "simulation", "draws", draws)
    set_number(request, "simulation", "seed", seed)
    run_simulation(target_of(url, key, database), coalition, request, as_json=json)
