"""The commands for single facts: state one, correct or retract an event, add a source to it.

Their options are made from the models of the facts, when a command runs or shows its help.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from api.cli.commands.options import (
    Check,
    Coalition,
    Database,
    EventName,
    Json,
    Key,
    Propose,
    RecordedBy,
    Service,
)

if TYPE_CHECKING:
    from api.cli.recording import Manner

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the record was wrong. [required]")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="What a field should say: quantity.max=240; repeatable."),
]


class _WithSource(TyperCommand):
    """A command with the options of a source."""

    def get_params(self, ctx: Any) -> Any:
        """The command's own options, and those of a source."""
        from api.cli.field_options import source_options

        own = super().get_params(ctx)
        added = source_options([name for one in own for name in one.opts], is_required=self.name == "source")
        return [*own[:1], *added, *own[1:]]


class _FactTypes(TyperGroup):
    """A command for each type of fact, made when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The types of fact, but those that have commands of their own."""
        from domain.events import FACTS

        return [name for name in FACTS if name not in _WITH_OWN_COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command for a type of fact; ``None`` for an unknown one."""
        from api.cli.field_options import field_options
        from api.forms.fields import form_of

        name = self._type_named(ctx, cmd_name)
        if name is None:
            return None
        form, command = form_of(name), typer.main.get_command(_one_fact)
        command.name, command.help, command.short_help = name, form.meaning, form.meaning
        own = [option for one in command.params for option in one.opts]
        command.params = [*field_options(form.fields, own), *command.params]
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names. Raises ``CommandFailed``, with the types that are like it."""
        from api.cli.failures import MISUSED, CommandFailed
        from api.forms.suggestions import did_you_mean

        if own := _WITH_OWN_COMMANDS.get(args[0]):
            raise CommandFailed(f"use `coalition {own}` for a fact of the type {args[0]}", MISUSED)
        if not args[0].startswith("-") and self._type_named(ctx, args[0]) is None:
            types = self.list_commands(ctx)
            hint = did_you_mean(args[0], types) or "; `coalition fact --help` lists all"
            raise CommandFailed(f"unknown type of fact {args[0]!r}{hint}", MISUSED)
        return super().resolve_command(ctx, args)

    def _type_named(self, ctx: Any, name: str) -> str | None:
        """The type of fact of that name, whatever its case, and with or without hyphens."""
        wanted = name.replace("-", "").replace("_", "").lower()
        return next((one for one in self.list_commands(ctx) if one.lower() == wanted), None)


_WITH_OWN_COMMANDS = {
    "EventCorrected": "correct EVENT", "EventRetracted": "retract EVENT", "SourceAdded": "source EVENT",
}  # fmt: skip

_facts = typer.Typer(
    cls=_FactTypes, no_args_is_help=True, subcommand_metavar="TYPE [OPTIONS]",
    help="Record one fact, from options: `coalition fact TYPE --help` shows the fields of a type.",
)  # fmt: skip
_one_fact = typer.Typer(rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


def add_to(app: typer.Typer) -> None:
    """Add the commands in the order in which help lists them."""
    app.add_typer(_facts, name="fact")
    app.command(cls=_WithSource)(correct)
    app.command(cls=_WithSource)(retract)
    app.command(cls=_WithSource)(source)


def _manner(
    service: str | None,
    key: str | None,
    database: str | None,
    recorded_by: str | None,
    *,
    check: bool,
    propose: str | None,
    as_json: bool,
) -> "Manner":
    from api.cli.client import Target
    from api.cli.record import author_name
    from api.cli.recording import Manner

    target = Target.from_options(service, key, database)
    return Manner(target, author_name(target, recorded_by), check, propose, as_json)


@_one_fact.command()
def fact(
    context: typer.Context,
    *,
    set: Set = None,
    check: Check = False,
    propose: Propose = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    service: Service = None,
    key: Key = None,
) -> None:
    """Record a fact of one type."""
    from api.cli.entry import record_fact
    from api.cli.field_options import typed_texts

    manner = _manner(service, key, database, recorded_by, check=check, propose=propose, as_json=json)
    record_fact(str(context.command.name), typed_texts(context), set or (), coalition, manner)


def correct(
    event: EventName,
    context: typer.Context,
    *,
    set: Set = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="FIELD", help="A field that the event should not have; repeatable."),
    ] = None,
    reason: Reason,
    check: Check = False,
    propose: Propose = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    service: Service = None,
    key: Key = None,
) -> None:
    """Correct an event: the record was wrong, and says from now on what it should have said.

    All that you do not name stays as it is, earlier corrections included. Without a source, the error was ours: the
    correction counts as if the record had been right from the start. With a source, the source corrected itself, and
    the correction is known from that publication on. If the world changed, record a fact instead (`coalition fact`).
    """
    from api.cli.entry import correct_event
    from api.cli.field_options import typed_texts

    manner = _manner(service, key, database, recorded_by, check=check, propose=propose, as_json=json)
    correct_event(
        event, sets=set or (), unsets=unset or (), reason=reason, source=typed_texts(context), coalition=coalition,
        manner=manner,
    )  # fmt: skip


def retract(
    event: EventName,
    context: typer.Context,
    *,
    reason: Reason,
    check: Check = False,
    propose: Propose = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    service: Service = None,
    key: Key = None,
) -> None:
    """Retract an event: it should never have been recorded. Its corrections are retracted with it.

    Without a source, the error was ours: the event counts as never recorded. With a source, the source withdrew what it
    had said, and the retraction is known from that publication on. Retracting a correction restores what it changed.
    """
    from api.cli.entry import retract_event
    from api.cli.field_options import typed_texts

    manner = _manner(service, key, database, recorded_by, check=check, propose=propose, as_json=json)
    retract_event(event, reason, typed_texts(context), coalition, manner)


def source(
    event: EventName,
    context: typer.Context,
    *,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Anything that a reader of the record should know.")
    ] = None,
    check: Check = False,
    propose: Propose = None,
    coalition: Coalition = None,
    recorded_by: RecordedBy = None,
    json: Json = False,
    database: Database = None,
    service: Service = None,
    key: Key = None,
) -> None:
    """Add a source to an event that is right: somebody else reports the same."""
    from api.cli.entry import add_source
    from api.cli.field_options import typed_texts

    manner = _manner(service, key, database, recorded_by, check=check, propose=propose, as_json=json)
    add_source(event, typed_texts(context), note, coalition, manner)
