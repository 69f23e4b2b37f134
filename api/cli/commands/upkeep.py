"""The commands that look after the record: export and restore it, and the keys for writing to it."""

from typing import Annotated

import typer

from api.cli.commands.options import Coalition, Database, Json, Key, Url

_keys = typer.Typer(no_args_is_help=True, help="Create, list and revoke write keys in the local store.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the key holder, recorded as the author.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.command()(export)
    app.command()(restore)
    app.add_typer(_keys, name="keys")


def export(
    *,
    coalition: Coalition = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="The file to write. [standard output]")
    ] = None,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Write a coalition's whole record and its scenarios as NDJSON.

    The first line says what the export contains and what it leaves out: keys, which are valid in their own store only.
    Each further line is one event as it is stored, with its type and version. `restore` reads this format.
    """
    from api.cli.client import Target
    from api.cli.transfer import export

    export(Target.from_options(url, key, database), coalition, output)


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file from `export`; - for standard input.")],
    *,
    database: Database = None,
) -> None:
    """Restore an exported record and its scenarios, with their original ids and times.

    The coalition must not yet exist in the local store. Everything is restored, or nothing. Exports of earlier
    versions are read too. An export contains no keys; create new ones with `keys add`.
    """
    from api.cli.client import Target
    from api.cli.transfer import restore

    restore(Target.from_options(None, None, database).database_url, file)


@_keys.command("add")
def add_key(name: Name, *, database: Database = None) -> None:
    """Create a key, and show its secret once."""
    from api.cli.client import Target
    from api.cli.keys import add

    add(Target.from_options(None, None, database).database_url, name)


@_keys.command("list")
def list_keys(*, json: Json = False, database: Database = None) -> None:
    """List the keys, without their secrets."""
    from api.cli.client import Target
    from api.cli.keys import show_all

    show_all(Target.from_options(None, None, database).database_url, as_json=json)


@_keys.command("revoke")
def revoke_key(
    id_or_name: Annotated[
        str, typer.Argument(metavar="NAME_OR_ID", help="The id of one key, or a name to revoke all its keys.")
    ],
    *,
    database: Database = None,
) -> None:
    """Revoke keys, with immediate effect."""
    from api.cli.client import Target
    from api.cli.keys import revoke

    revoke(Target.from_options(None, None, database).database_url, id_or_name)
