"""The commands that look after the record: export and restore it, and the keys for writing to it."""

from typing import Annotated

import typer

from api.cli.options import Coalition, Database, Json, Key, Url

_keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys for writing, in the local store.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key: what it records is recorded by this name.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.command()(export)
    app.command()(restore)
    app.add_typer(_keys, name="keys")


def export(
    *,
    coalition: Coalition = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write. [standard output]")
    ] = None,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Write a coalition's whole record and its scenarios as NDJSON.

    The first line says what the export holds and what it leaves out: keys, which a store has for its own service. Each
    other line is an event as it is stored, with its type and version, as `restore` takes it.
    """
    from api.cli.asking import Where
    from api.cli.moving import export

    export(Where.told(url, key, database), coalition, output)


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `export` wrote; - is standard input.")],
    *,
    database: Database = None,
) -> None:
    """Put an exported record and its scenarios back, ids and times as they were.

    Into the local store, where the coalition must not be on record yet; all of it or nothing. Exports of earlier
    versions are taken, too. Keys are not in an export: `keys add` makes new ones.
    """
    from api.cli.asking import Where
    from api.cli.moving import restore

    restore(Where.told(None, None, database).database_url, file)


@_keys.command("add")
def add_key(name: Name, *, database: Database = None) -> None:
    """Make a key, and show its secret this once."""
    from api.cli.asking import Where
    from api.cli.key_commands import add

    add(Where.told(None, None, database).database_url, name)


@_keys.command("list")
def list_keys(*, json: Json = False, database: Database = None) -> None:
    """List the keys, without their secrets."""
    from api.cli.asking import Where
    from api.cli.key_commands import show_all

    show_all(Where.told(None, None, database).database_url, as_json=json)


@_keys.command("revoke")
def revoke_key(
    id_or_name: Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="One key by its id, or all keys of a name.")],
    *,
    database: Database = None,
) -> None:
    """Revoke keys, from now on."""
    from api.cli.asking import Where
    from api.cli.key_commands import revoke

    revoke(Where.told(None, None, database).database_url, id_or_name)
