"""Options for the fields of facts, made from their forms (``api/forms``): one for each field, with its help.

A command takes what is typed from its context: the options are no arguments of its function.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperOption

from api.cli.failures import MISUSED, CommandFailed
from api.forms.fields import FormField, form_of
from api.wording.countries import ALL_NAMES

_METAVARS = {
    "slug": "SLUG", "slugs": "SLUG,...", "references": "KIND:ID,...", "texts": "TEXT,...", "actor": "ACTOR",
    "actors": "ACTOR,...", "choice": "WORD", "quantity": "SIZE", "count": "SIZE", "moment": "DATE", "integer": "N",
    "number": "N", "yes_or_no": "yes|no", "rule": "RULE", "event": "EVENT", "removal": "none",
}  # fmt: skip
_SOURCE = "sources.*."
_TYPED = "api.cli.typed"
_MARKDOWN = re.compile(r"\[([^]]*)\]\([^)]*\)|[`*]")
_WITH_SHOWN_WORDS = 12
"""Vocabularies of up to so many words are listed in the help of an option; of others, completion knows the words."""


def option_name(path: str) -> str:
    """The option for the field at a path: ``--source.published-on`` for ``sources.0.published_on``."""
    steps = [step for step in path.split(".") if step != "*" and not step.isdecimal()]
    if steps[0] == "sources":
        steps[0] = "source"
    return "--" + ".".join(steps).replace("_", "-")


def field_options(fields: Iterable[FormField], taken: Iterable[str]) -> list[TyperOption]:
    """An option for each field; one whose name is ``taken`` by another option begins with ``--fact.``.

    The fields of a source have a short name as well, unless it is taken: ``--publisher``.
    """
    fields, used = [*fields], {*taken}
    used |= {option_name(field.path) for field in fields if not field.path.startswith(_SOURCE)}
    return [_option(field, _names(field, used, taken)) for field in fields]


def _names(field: FormField, used: set[str], taken: Iterable[str]) -> list[str]:
    name = option_name(field.path)
    if field.path.startswith(_SOURCE):
        short = f"--{name.removeprefix('--source.')}"
        return [name] if short in used else [short, name]
    return [f"--fact.{name.removeprefix('--')}"] if name in taken else [name]


def _option(field: FormField, names: Sequence[str]) -> TyperOption:
    return TyperOption(
        param_decls=[re.sub(r"\W", "_", field.path), *names],
        multiple="*" in field.path, metavar=_METAVARS.get(field.kind, "TEXT"), help=_help(field),
        expose_value=False, callback=lambda context, _, value: _keep(context, field.path, value),
        autocompletion=lambda context, words, begun: _completions(field, begun),
    )  # fmt: skip


def _keep(context: typer.Context, path: str, value: Any) -> None:
    texts = [value] if isinstance(value, str) else [*(value or ())]
    if texts:
        context.meta.setdefault(_TYPED, {})[path] = texts


def _help(field: FormField) -> str:
    words = [word for word, _ in field.choices]
    parts = [
        _MARKDOWN.sub(lambda match: match[1] or "", field.help),
        f"One of {', '.join(words)}." if 0 < len(words) <= _WITH_SHOWN_WORDS else "",
        "none takes away what there is." if field.is_removable and field.kind != "removal" else "",
        "[required]" if field.is_required and is_always_asked(field) else "",
    ]
    return " ".join(filter(None, parts))


def is_always_asked(field: FormField) -> bool:
    """Whether a required field is required in each fact, not only beside others of its group."""
    return "." not in field.path or field.path.startswith(_SOURCE)


def _completions(field: FormField, begun: str) -> list[str]:
    match field.kind:
        case "choice":
            known = [word for word, _ in field.choices]
        case "actor" | "actors":
            known = [*ALL_NAMES, *ALL_NAMES.values()]
        case "yes_or_no":
            known = ["yes", "no"]
        case _:
            return []
    return [one for one in known if one.lower().startswith(begun.lower())]


def typed_texts(context: typer.Context) -> dict[str, str]:
    """What was typed, by path: the first use of an option is for the first row, the second for the second.

    Raises ``CommandFailed`` if it is not clear for which of several rows an option is.
    """
    typed: dict[str, list[str]] = context.meta.get(_TYPED, {})
    rows: dict[str, int] = {}
    for path, texts in typed.items():
        group = path.partition(".*")[0]
        rows[group] = max(rows.get(group, 0), len(texts))
    found = {}
    for path, texts in typed.items():
        group = path.partition(".*")[0]
        if "*" in path and len(texts) < rows[group]:
            example = path.replace("*", "1")
            detail = f"{option_name(path)} is stated {len(texts)} times for {rows[group]} {group}"
            raise CommandFailed(f"{detail}; say which it is for, as in --set {example}=...", MISUSED)
        for row, text in enumerate(texts):
            found[path.replace("*", str(row))] = text
    return found


def source_options(taken: Iterable[str], *, is_required: bool) -> list[TyperOption]:
    """The options of a source."""
    fields = [field for field in form_of("SourceAdded").fields if field.path.startswith(_SOURCE)]
    return field_options((field._replace(is_required=field.is_required and is_required) for field in fields), taken)


def faults_text(faults: dict[str, str]) -> str:
    """What is wrong with what was typed, by option."""
    return "\n".join(f"  {option_name(path)}: {detail}" for path, detail in faults.items())
