"""The commands for spreadsheets: import one, and write an empty one to fill in."""

from typing import Annotated

import typer

from api.cli.commands.options import Coalition, Database, Json, Key, RecordedBy, Url

As = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="From when changes hold, if the rows do not say.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.command("import")(import_)
    app.command()(template)


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A sheet: CSV or XLSX.")],
    *,
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", "-m", metavar="FILE", help="What its columns mean. [the .yaml of the same name]"),
    ] = None,
    of_template: Annotated[
        str | None,
        typer.Option("--template", "-t", metavar="TYPE", help="The type of fact whose template the sheet is."),
    ] = None,
    coalition: Coalition = None,
    changed: Annotated[
        str | None,
        typer.Option(
            "--changed",
            metavar="WHAT",
            help="What rows that differ from the record mean: amend (the world has changed) "
            "or correct (the sheet was wrong). [asked]",
        ),
    ] = None,
    as_of: As = None,
    check: Annotated[bool, typer.Option("--check", help="Show what would be recorded, and record nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Record without asking.")] = False,
    propose: Annotated[
        str | None,
        typer.Option("--propose", metavar="TITLE", help="Propose the facts for somebody else to accept, not record."),
    ] = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Import a sheet: show what it would record, and record it once that is confirmed.

    Run it again after the sheet was edited: it records what is new, amends or corrects what has changed, and repeats
    nothing. Rows are recognised by the key columns of the mapping. An import that was cut off continues.
    """
    from api.cli.client import Target
    from api.cli.imports import import_sheet
    from api.cli.record import author_name

    target = Target.from_options(url, key, database)
    import_sheet(
        file, mapping, of_template, coalition, changed=changed, as_of=as_of, check_only=check, is_agreed=yes,
        proposal=propose, recorded_by=author_name(target, recorded_by), target=target, as_json=json,
    )  # fmt: skip


def template(
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="The type of fact, for example PledgeMade.")],
    *,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="An .xlsx or .csv file. [TYPE.xlsx]")
    ] = None,
) -> None:
    """Write an empty sheet for facts of one type: a column for each field, drop-down lists, and what each means."""
    from api.cli.imports import write_template

    write_template(type_name, output)
