"""The fields of the form of each type of fact, made from its model.

A field has a path, as ``quantity``, ``attribution.basis`` or ``sources.0.publisher``. A form for any number of rows has
``*`` in place of the number. What the model cannot say (groups, labels, which thing a name is of) stands here, as data.
"""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from api.files.unreadable import UnreadableText
from api.forms.kinds import Kind, kind_of, model_in, words_in
from api.forms.meanings import VALUES, meaning_of
from api.forms.suggestions import did_you_mean
from api.wording.phrases import spoken
from domain import vocabulary
from domain.events import FACTS
from domain.facts import ABSENT, json_name

GROUPS = ("fact", "more", "words", "sources")
"""The groups of fields: what the fact says, what may be left out, whose words it is, and its sources."""


class FormField(NamedTuple):
    """One field: what it takes, and how it is spoken of.

    ``choices`` are the words of a vocabulary, each with its meaning. ``thing`` is the kind of thing that the field
    names; ``begins`` if the fact may be the first about it,
    ``is_new`` if it always is. ``is_removable`` if *none* takes away what there is.
    """

    path: str
    label: str
    help: str
    kind: Kind
    group: str
    is_required: bool
    choices: tuple[tuple[str, str], ...] = ()
    thing: str | None = None
    begins: bool = False
    is_new: bool = False
    is_removable: bool = False

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path.rpartition(".")[2]


class FactForm(NamedTuple):
    """The form of a type of fact: its fields in order, and what the fact says, in a sentence."""

    type: str
    meaning: str
    fields: tuple[FormField, ...]
    needs_source: bool

    def field(self, path: str) -> FormField:
        """The field at a path. Raises ``UnreadableText`` for one that the type does not have."""
        found = next((one for one in self.fields if matches(one.path, path)), None)
        if found is None:
            known = [one.path for one in self.fields]
            raise UnreadableText(f"{self.type} has no field {path}{did_you_mean(path, known)}")
        return found

    def pattern_of(self, path: str) -> str:
        """The path of the field that a path is one of the rows of, or the path itself."""
        return next((one.path for one in self.fields if matches(one.path, path)), path)

    def group(self, name: str) -> list[FormField]:
        """The fields of a group, without those of rows."""
        return [one for one in self.fields if one.group == name and "*" not in one.path]

    def rows(self, name: str) -> list[FormField]:
        """The fields of each row, as of ``sources``."""
        return [one for one in self.fields if one.path.startswith(f"{name}.*.")]

    def row_names(self, group: str) -> list[str]:
        """The names of the rows in a group of fields."""
        names = (one.path.partition(".")[0] for one in self.fields if one.group == group and "*" in one.path)
        return [*dict.fromkeys(names)]

    def at_pointer(self, pointer: str) -> str | None:
        """The path of the field that a JSON pointer into the fact leads to, or into; ``None`` if there is none."""
        steps = [step for step in pointer.split("/") if step]
        for end in range(len(steps), 0, -1):
            path = ".".join(steps[:end])
            if any(matches(one.path, path) for one in self.fields):
                return path
        return None


_ROW = re.compile(r"[0-9]{1,3}")


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one of those of a field."""
    wanted, given = pattern.split("."), path.split(".")
    return len(wanted) == len(given) and all(
        one == other or (one == "*" and _ROW.fullmatch(other) is not None)
        for one, other in zip(wanted, given, strict=True)
    )


LABELS = {
    "effective_at": "Takes effect", "note": "Note for readers of the record", "reason": "Reason", "by": "Made by",
    "attribution.basis": "How official", "attribution.actor": "Whose words", "attribution.speaker": "Speaker",
    "sources.*.url": "Web address", "sources.*.published_on": "Published", "sources.*.accessed_on": "Read on",
    "sources.*.archived_url": "Address of a copy", "sources.*.quote": "Passage, word for word",
    "sources.*.locator": "Place in the source", "sources.*.relays": "Repeats", "quantity": "Size", "value": "Number",
    "notice_to_move_days": "Notice to move, in days", "available_from": "Available from", "expires_on": "Ends on",
    "phases.*.from": "From", "phases.*.quantity": "Size from then on", "key_partner": "Key partner",
    "quantity.text": "The source's own words for the number", "coalition": "All pledges to the force",
    "corrects": "Event to correct", "retracts": "Event to retract", "event": "Event", "of": "Deployment that leaves",
}  # fmt: skip
"""What a field is called where its name does not say it."""

HELP = {
    "effective_at": "When this happened in the world, or is to happen.",
    "quantity": "How many, and of what; people if you do not say.",
    "value": "How many, and of what; people if you do not say.",
    "published_on": "When the source appeared: from then on the public could know.",
    "publisher": "The newspaper, agency, ministry or person that reports it.",
    "quote": "The words of the source that say it; at most 1,000 characters.",
    "rule": "As in the documents: {personnel_at_least: 10000}, or {all_of: [{condition: ceasefire}, …]}.",
    "pledge": "The short name of the pledge on record.",
    "condition": "The short name of the condition on record.",
}
"""What a person who fills in a form needs to know of a field, where its meaning in the record says it otherwise."""

MEANINGS = {
    "PledgeAmended": "The pledge changes in the world: what you enter applies from then on, all else stays.",
    "RequirementAmended": "The requirement changes: what you enter applies from then on, all else stays.",
    "ForcesReturned": "Forces of the pledge have left: so many, all of them, or those of one deployment.",
    "MeetingScheduled": "A meeting is announced, or moved to another time; what you leave empty stays as it was.",
    "MeetingHeld": "A meeting took place; what you enter replaces what was announced.",
}
"""What a type of fact says, for a person, where its docstring says it for a program."""

THINGS = {
    "pledge": "pledge", "part_of": "pledge", "requirement": "requirement", "fills": "requirement",
    "condition": "condition", "conditions": "condition", "basing": "basing", "meeting": "meeting", "report": "report",
    "command": "command", "outcome": "outcome", "statement": "statement",
}  # fmt: skip
"""The kind of thing that a field names."""

BEGINNINGS = {
    "PledgeMade": "pledge", "RequirementStated": "requirement", "ConditionStated": "condition",
    "BasingProposed": "basing", "BasingAgreed": "basing", "BasingRuledOut": "basing",
    "MeetingScheduled": "meeting", "MeetingHeld": "meeting",
    "CommandArranged": "command", "MeetingOutcomeRecorded": "outcome", "StatementMade": "statement",
    "CountReported": "report", "CaveatDeclared": "caveat",
}  # fmt: skip
"""The facts that may be the first about a thing, and the field that names it."""

CONTINUING = (
    "BasingProposed", "BasingAgreed", "BasingRuledOut", "MeetingScheduled", "MeetingHeld", "CommandArranged",
    "CountReported",
)  # fmt: skip
"""Those that may also be about a thing on record."""

_OWN_WORDS = "If the number alone does not say it."
_NOT_TYPED = ("type", "event_id", "imported", "replacement")
_AFTER = {"note": "more", "attribution": "words", "sources": "sources"}


@cache
def form_of(type_name: str) -> FactForm:
    """The form of a type of fact. Raises ``UnreadableText`` for an unknown type, with those most like it."""
    if type_name not in FACTS:
        raise UnreadableText(f"unknown type of fact {type_name!r}{did_you_mean(type_name, FACTS)}")
    cls = FACTS[type_name]
    meaning = MEANINGS.get(type_name) or " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    sources = next(field for field in fields(cls) if field.name == "sources")
    return FactForm(type_name, _plain(meaning), tuple(_ordered(type_name, cls)), sources.default is MISSING)


def _ordered(type_name: str, cls: type) -> list[FormField]:
    found = list(_fields(cls, "", None))
    own = [one for one in found if one.group == "fact"]
    name = BEGINNINGS.get(type_name)
    is_first = type_name not in CONTINUING
    own = [_as_beginning(one, is_new=is_first) if one.path == name else one for one in own]
    in_order = sorted(own, key=lambda one: (one.begins, one.path == "effective_at"))
    return [
        *(one for one in in_order if _is_asked(one)),
        *(one._replace(group="more") for one in in_order if not _is_asked(one)),
        *(one for group in GROUPS[1:] for one in found if one.group == group),
    ]


def _as_beginning(field: FormField, *, is_new: bool) -> FormField:
    """The field for the name of a thing that a fact begins, or may begin."""
    words = "A short name for it, by which other facts refer to it." if is_new else field.help
    return field._replace(begins=True, is_new=is_new, help=words)


def _is_asked(field: FormField) -> bool:
    """Whether everybody is asked for it, though it may be left out."""
    return field.is_required or field.path == "quantity"


def _fields(cls: type, prefix: str, group: str | None) -> Iterator[FormField]:
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        if not prefix and field.name in _NOT_TYPED:
            continue
        name, hint = json_name(field.name), hints[field.name]
        path, kind = f"{prefix}{name}", kind_of(hint)
        own_group = group or _AFTER.get(name, "fact")
        is_required = field.default is MISSING and field.default_factory is MISSING
        if kind == "rows" and field.default is ABSENT:
            label = f"No {spoken(name)}"
            yield FormField(
                path, label, _plain(meaning_of(cls, name)), "removal", "more", is_required=False, is_removable=True
            )
        if kind in ("parts", "rows"):
            inner = f"{path}." if kind == "parts" else f"{path}.*."
            yield from _fields(model_in(hint), inner, own_group if own_group != "fact" or is_required else "more")
            continue
        yield FormField(
            path=path, label=label_of(path), help=HELP.get(name) or _plain(meaning_of(cls, name)), kind=kind,
            group=own_group, is_required=is_required, choices=_choices(hint), is_removable=field.default is ABSENT,
            thing=_thing_of(cls, name, kind),
        )  # fmt: skip
        if kind == "quantity" and not prefix:
            yield FormField(f"{path}.text", label_of(f"{path}.text"), _OWN_WORDS, "text", "more", is_required=False)


def label_of(path: str) -> str:
    """What a field is called."""
    name = path.rpartition(".")[2]
    return LABELS.get(path) or LABELS.get(name) or spoken(name)[:1].upper() + spoken(name)[1:].replace("_", " ")


def _plain(markdown: str) -> str:
    """A meaning without its Markdown."""
    return re.sub(r"[`*]|\[([^\]]+)\]\([^)]*\)", lambda match: match[1] or "", markdown)


def _thing_of(cls: type, name: str, kind: Kind) -> str | None:
    if kind not in ("slug", "slugs"):
        return None
    if name == "part_of" and cls.__name__.startswith("Requirement"):
        return "requirement"
    return THINGS.get(name)


_VOCABULARIES = {
    getattr(vocabulary, name): name for name in vars(vocabulary) if any(key.startswith(f"{name}.") for key in VALUES)
}


def _choices(hint: Any) -> tuple[tuple[str, str], ...]:
    words = words_in(hint) if kind_of(hint) == "choice" else ()
    name = next((name for words_of, name in _VOCABULARIES.items() if words_of.__args__ == words), "")
    return tuple((word, VALUES.get(f"{name}.{word}", "")) for word in words)
