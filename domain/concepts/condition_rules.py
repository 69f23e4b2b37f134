"""The language of rules: what a condition may require of the picture itself."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, StrictInt, Tag
from pydantic.dataclasses import dataclass
from typing_extensions import TypeAliasType

from domain.actors import Actor
from domain.vocabulary import Capability, Level, Slug, Stance

_FORBID = ConfigDict(extra="forbid")

AtLeast = Annotated[StrictInt, Field(ge=0, le=2**53 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class AllOf:
    """All of these hold."""

    all_of: Annotated[tuple["Rule", ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class AnyOf:
    """At least one of these holds."""

    any_of: Annotated[tuple["Rule", ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ConditionHolds:
    """Another condition holds."""

    condition: Slug


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class PersonnelAtLeast:
    """The available pledges add up to at least this many people, by the lower bound of each range."""

    personnel_at_least: AtLeast


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ContributorsAtLeast:
    """At least this many contributors have an available pledge."""

    contributors_at_least: AtLeast


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class AllMembersAtLeast:
    """Every lead and contributor has an available pledge of at least this level; it does not hold without any."""

    all_members_at_least: Level


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ContributorAtLeast:
    """A contributor has an available pledge of at least this level, of the capability if one is given."""

    contributor: Actor
    level_at_least: Level
    capability: Capability | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class StanceAtLeast:
    """An actor's own stance is at least this one, on the capability if one is given, else overall."""

    actor: Actor
    stance_at_least: Stance
    capability: Capability | None = None


_FORMS = {
    "all_of": AllOf,
    "any_of": AnyOf,
    "condition": ConditionHolds,
    "personnel_at_least": PersonnelAtLeast,
    "contributors_at_least": ContributorsAtLeast,
    "all_members_at_least": AllMembersAtLeast,
    "contributor": ContributorAtLeast,
    "actor": StanceAtLeast,
}
"""Each form of rule, by the field that distinguishes it."""


def _form_of(rule: Any) -> str | None:
    return next((form for form in _FORMS if (form in rule if isinstance(rule, dict) else hasattr(rule, form))), None)


Rule = TypeAliasType(
    "Rule",
    Annotated[
        Annotated[AllOf, Tag("all_of")]
        | Annotated[AnyOf, Tag("any_of")]
        | Annotated[ConditionHolds, Tag("condition")]
        | Annotated[PersonnelAtLeast, Tag("personnel_at_least")]
        | Annotated[ContributorsAtLeast, Tag("contributors_at_least")]
        | Annotated[AllMembersAtLeast, Tag("all_members_at_least")]
        | Annotated[ContributorAtLeast, Tag("contributor")]
        | Annotated[StanceAtLeast, Tag("actor")],
        Discriminator(
            _form_of,
            custom_error_type="no_such_rule",
            custom_error_message=f"not a valid rule; expected an object with one of {', '.join(_FORMS)}",
        ),
    ],
)


SimpleRule = (
    ConditionHolds | PersonnelAtLeast | ContributorsAtLeast | AllMembersAtLeast | ContributorAtLeast | StanceAtLeast
)
"""A rule that does not consist of others."""


def walk(rule: "Rule", pointer: str = "") -> Iterator[tuple[SimpleRule, str]]:
    """The simple rules that a rule consists of, in order, each with its JSON pointer inside the rule."""
    match rule:
        case AllOf():
            for position, part in enumerate(rule.all_of):
                yield from walk(part, f"{pointer}/all_of/{position}")
        case AnyOf():
            for position, part in enumerate(rule.any_of):
                yield from walk(part, f"{pointer}/any_of/{position}")
        case _:
            yield rule, pointer


def conditions_in(rule: "Rule") -> Iterator[tuple[str, str]]:
    """The conditions that a rule names, each with the JSON pointer, inside the rule, of its name."""
    for part, pointer in walk(rule):
        if isinstance(part, ConditionHolds):
            yield part.condition, f"{pointer}/condition"


def actors_in(rule: "Rule") -> Iterator[str]:
    """The actors that a rule names itself, not through a condition that it refers to."""
    for part, _ in walk(rule):
        match part:
            case ContributorAtLeast():
                yield part.contributor
            case StanceAtLeast():
                yield part.actor
