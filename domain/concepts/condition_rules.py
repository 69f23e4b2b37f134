"""The language of rules: what a condition may ask of the picture itself."""

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
    """Every one of these holds."""

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
    """The available pledges add up to at least so many people, counted by each range's least."""

    personnel_at_least: AtLeast


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ContributorsAtLeast:
    """So many contributors have an available pledge."""

    contributors_at_least: AtLeast


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class AllMembersAtLeast:
    """Every lead and contributor has an available pledge that is at least so firm; without any, it does not hold."""

    all_members_at_least: Level


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ContributorAtLeast:
    """A contributor has an available pledge that is at least so firm, of the capability if one is given."""

    contributor: Actor
    level_at_least: Level
    capability: Capability | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class StanceAtLeast:
    """By its own words an actor would go at least so far, on the capability if one is given, else overall."""

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
"""Each form of rule, by the field that tells it from the others."""


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
            custom_error_message=f"a rule is an object with one of {', '.join(_FORMS)}",
        ),
    ],
)


SimpleRule = (
    ConditionHolds | PersonnelAtLeast | ContributorsAtLeast | AllMembersAtLeast | ContributorAtLeast | StanceAtLeast
)
"""A rule that is not made of others."""


def walk(rule: "Rule", pointer: str = "") -> Iterator[tuple[SimpleRule, str]]:
    """The simple rules that a rule is made of, in order, each with its JSON pointer inside the rule."""
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
