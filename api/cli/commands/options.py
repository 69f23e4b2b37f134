"""The options that several commands have."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.cli.client import Target

Coalition = Annotated[
    str | None,
    typer.Option(
        "--coalition", "-c", metavar="SLUG", help="The coalition. [COALITION_NAME, or the only one on record]"
    ),
]
EventName = Annotated[str, typer.Argument(metavar="EVENT", help="The event: its number, as `log` shows it, or its id.")]
ValidAt = Annotated[
    str | None,
    typer.Option(
        "--valid-at",
        metavar="TIME",
        help="Show what held at this time: an instant, day, month, year or interval. [now]",
    ),
]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", metavar="TIME", help="Use what was known at this time. [now]")
]
KnownAxis = Annotated[
    str | None,
    typer.Option(
        "--known-axis",
        metavar="AXIS",
        help="recorded: known once recorded here; reported: known once made public. [recorded]",
    ),
]
Sequence = Annotated[int | None, typer.Option("--sequence", metavar="N", help="Use the first N events only. [all]")]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="BASIS",
        help="Leave out what rests only on such words: leak, press_estimate, third_party, informal or official; "
        "repeatable.",
    ),
]
Attribution = Annotated[
    list[str] | None,
    typer.Option(
        "--attribution",
        metavar="BASIS",
        help="Only what rests on such words: official, informal, leak, press_estimate or third_party; repeatable.",
    ),
]
ReliabilityAtLeast = Annotated[
    str | None,
    typer.Option(
        "--reliability-at-least",
        metavar="GRADE",
        help="Only what rests on a source of at least this reliability: A (best) to E.",
    ),
]
Scenario = Annotated[
    str | None, typer.Option("--scenario", "-s", metavar="SLUG", help="Use this saved scenario instead of the record.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the JSON that the API returns.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="The local store: sqlite:///file or postgresql://... [COALITION_DATABASE_URL]"
    ),
]
_SERVICE = "Use a running service instead. [COALITION_URL]"
Url = Annotated[str | None, typer.Option("--url", "--service", metavar="URL", help=_SERVICE)]
Service = Annotated[str | None, typer.Option("--service", metavar="URL", help=_SERVICE)]
"""The service, for commands whose ``--url`` is the address of a source."""
Key = Annotated[
    str | None,
    typer.Option(
        "--key", metavar="SECRET", help="The key for the service; safer as an environment variable. [COALITION_KEY]"
    ),
]
Check = Annotated[
    bool, typer.Option("--check", help="Show what would be recorded and what it would change; record nothing.")
]
Propose = Annotated[
    str | None,
    typer.Option("--propose", metavar="TITLE", help="Only propose it to others, under this title."),
]
RecordedBy = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="NAME", help="The author, when recording to a local store. [the user of this machine]"
    ),
]

# --- what if ----------------------------------------------------------------------------------------------------------

File = Annotated[
    str | None,
    typer.Argument(metavar="[FILE]", help="A scenario file: starting point and changes in YAML; - for standard input."),
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume", metavar="FILE", help="Assume the facts in this file (same formats as `record`); repeatable."
    ),
]
Undisclosed = Annotated[
    list[str] | None,
    typer.Option(
        "--undisclosed",
        metavar="SIZE",
        help="What each pledge of undisclosed size is assumed to be: 'ground_forces: 100 to 500', '*: 0 to 50' for all "
        "other capabilities; repeatable.",
    ),
]
Change = Annotated[
    list[str] | None,
    typer.Option(
        "--change",
        "-x",
        metavar="SENTENCE",
        help="A change: 'omit every pledge of DEU', 'ceasefire is met on 2025-11-01'; repeatable, applied in order.",
    ),
]
Fork = Annotated[
    str | None, typer.Option("--scenario", "-s", metavar="SLUG", help="Start from this saved scenario, not the record.")
]


def target_of(url: str | None, key: str | None, database: str | None) -> "Target":
    """The service or the store that the options name; imported late, so that ``--help`` stays quick."""
    from api.cli.client import Target

    return Target.from_options(url, key, database)
