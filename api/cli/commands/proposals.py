"""``coalition propose`` and ``coalition proposals``: facts that somebody else accepts."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.commands.options import Coalition, Database, Json, Key, RecordedBy, Url, target_of

if TYPE_CHECKING:
    from api.cli.client import Target
    from api.cli.proposals import ProposalCommands

_proposals = typer.Typer(
    no_args_is_help=True, help="Look at proposals; accept, decline, edit and discuss what they propose."
)

Name = Annotated[str, typer.Argument(metavar="SLUG", help="The proposal.")]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="[NUMBER...]", min=1, help="The facts, by their numbers in `show`. [all that are open]"),
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Reason, for the history.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.command("propose")(propose)
    app.add_typer(_proposals, name="proposals")


def _commands(
    target: "Target", coalition: str | None, as_json: bool, recorded_by: str | None = None
) -> "ProposalCommands":
    from api.cli.proposals import ProposalCommands
    from api.cli.record import author_name

    return ProposalCommands(target, coalition, as_json, author_name(target, recorded_by))


def propose(
    file: Annotated[str, typer.Argument(help="Facts as JSON, NDJSON or YAML; - for standard input.")],
    *,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the facts are about.")],
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="Where they are from, and what to look at.")
    ] = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Propose the facts in a file, in the same formats as `record`; safe to repeat.

    They are checked as if they were recorded now, but count only once somebody accepts them.
    """
    _commands(target_of(url, key, database), coalition, json, recorded_by).propose(file, title, description)


@_proposals.command("list")
def list_proposals(
    *,
    coalition: Coalition = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the proposals, open ones first."""
    _commands(target_of(url, key, database), coalition, json).show_all()


@_proposals.command("show")
def show_proposal(
    name: Name,
    *,
    coalition: Coalition = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what is proposed, what prevents it now, what it would change, and what has been said about it."""
    _commands(target_of(url, key, database), coalition, json).show(name)


@_proposals.command("accept")
def accept_facts(
    name: Name,
    numbers: Numbers = None,
    *,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Accept facts: they are recorded together, or none of them is. Each says who proposed it and who accepted it."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).accept(name, numbers or [])


@_proposals.command("decline")
def decline_facts(
    name: Name,
    numbers: Numbers = None,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; whoever proposed the facts reads it.")],
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Decline facts. A fact that is edited afterwards is open again."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).decline(name, numbers or [], reason)


@_proposals.command("edit")
def edit_fact(
    name: Name,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The fact, by its number in `show`.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="The fact as it should be; - for standard input.")],
    *,
    note: Note = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Put another fact in the place of a proposed one."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).edit(name, number, file, note)


@_proposals.command("comment")
def comment(
    name: Name,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The comment.")],
    *,
    about: Annotated[int | None, typer.Option("--about", metavar="NUMBER", min=1, help="The fact it is about.")] = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Comment on a proposal, or on one of its facts."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).comment(name, text, about)


@_proposals.command("withdraw")
def withdraw(
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
    """Withdraw a proposal: what is not accepted by now can no longer be."""
    _commands(target_of(url, key, database), coalition, json, recorded_by).withdraw(name, reason)
