"""The options that several commands have."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.cli.asking import Where

Coalition = Annotated[
    str | None,
    typer.Option(
        "--coalition", "-c", metavar="SLUG", help="Which coalition. [COALITION_NAME, or the only one on record]"
    ),
]
ValidAt = Annotated[
    str | None,
    typer.Option("--valid-at", metavar="TIME", help="What held then: an instant, day, month, year or interval. [now]"),
]
KnownAt = Annotated[str | None, typer.Option("--known-at", metavar="TIME", help="As it was known then. [now]")]
KnownAxis = Annotated[
    str | None,
    typer.Option(
        "--known-axis",
        metavar="AXIS",
        help="recorded: when this ledger knew; reported: when the public could. [recorded]",
    ),
]
Sequence = Annotated[int | None, typer.Option("--sequence", metavar="N", help="Look at the first N events only. [all]")]
Scenario = Annotated[
    str | None, typer.Option("--scenario", "-s", metavar="SLUG", help="Of this saved scenario, instead of the record.")
]
Json = Annotated[bool, typer.Option("--json", help="Give the API's own JSON.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="The local store: sqlite:///file or postgresql://... [COALITION_DATABASE_URL]"
    ),
]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Ask a running service instead. [COALITION_URL]")]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="SECRET", help="The key for the service; safer in the environment. [COALITION_KEY]"),
]
RecordedBy = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Who records, into a local store. [the user of this machine]"),
]

# --- what if ----------------------------------------------------------------------------------------------------------

File = Annotated[
    str | None,
    typer.Argument(metavar="[FILE]", help="A scenario file: a fork and changes in YAML; - is standard input."),
]
Assume = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="FILE", help="Assume the facts of this file, as `record` takes it; repeatable."),
]
Change = Annotated[
    list[str] | None,
    typer.Option(
        "--change",
        "-x",
        metavar="SENTENCE",
        help="Change the history: 'omit every pledge of DEU', 'ceasefire is met on 2025-11-01'; repeatable, in order.",
    ),
]
Fork = Annotated[
    str | None, typer.Option("--scenario", "-s", metavar="SLUG", help="Fork this saved scenario, not the record.")
]


def where(url: str | None, key: str | None, database: str | None) -> "Where":
    """The service or the store that the options mean; what asks loads only once there is something to ask."""
    from api.cli.asking import Where

    return Where.told(url, key, database)
