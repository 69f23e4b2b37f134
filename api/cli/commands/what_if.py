"""The commands that ask what if: each sends one body to ``POST /coalitions/{c}/what-if``, and nothing is kept."""

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
    Url,
    ValidAt,
    where,
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
    coalition: Coalition = None,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
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
    from api.cli.questions import TimeOptions
    from api.cli.what_if import WhatIfInput, put_together, show_changed

    at = TimeOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    asked = put_together(WhatIfInput(file, assume or (), change or ()), at)
    show_changed(where(url, key, database), coalition, asked, as_json=json)


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
    coalition: Coalition = None,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
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
    from api.cli.questions import TimeOptions
    from api.cli.what_if import WhatIfInput, put_together, show_sensitivity_of

    at = TimeOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    asked = put_together(WhatIfInput(file, assume or (), change or ()), at)
    asked.sensitivity |= {name: value for name, value in (("samples", samples), ("seed", seed)) if value is not None}
    if group:
        asked.sensitivity["groups"] = [[name.strip() for name in one.split(",")] for one in group]
    if requirement:
        asked.sensitivity["requirements"] = requirement
    show_sensitivity_of(where(url, key, database), coalition, asked, as_json=json)


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
    coalition: Coalition = None,
    scenario: Fork = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    known_axis: KnownAxis = None,
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
    from api.cli.questions import TimeOptions
    from api.cli.what_if import WhatIfInput, add_chances, put_together, set_dates, show_simulation_of

    at = TimeOptions(coalition, valid_at, known_at, known_axis, sequence, scenario)
    asked = put_together(WhatIfInput(file, assume or (), change or ()), at)
    add_chances(asked, chance or ())
    if dates:
        set_dates(asked, dates)
    asked.simulation |= {name: value for name, value in (("draws", draws), ("seed", seed)) if value is not None}
    show_simulation_of(where(url, key, database), coalition, asked, as_json=json)
