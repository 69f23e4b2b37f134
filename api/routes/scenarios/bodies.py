"""The bodies of requests to saved scenarios."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictInt, TypeAdapter
from pydantic.dataclasses import dataclass

from api.routes.what_if import ForkRequest
from domain.nulls import null_is_absent
from domain.vocabulary import Name, Slug, Text
from domain.what_if.changes import MAX_CHANGES, Change, Changes
from domain.what_if.scenarios import Number, Purpose

_FORBID = ConfigDict(extra="forbid")

Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=MAX_CHANGES)] | None
"""The numbers of changes; ``None`` for all."""

Sequence = Annotated[StrictInt, Field(ge=1)] | None
"""The sequence of a scenario as a client saw it."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class NewScenario:
    """A scenario to save; ``scenario`` is its slug, by default made from the name.

    The changes of a proposal are facts with their sources, which could be recorded as they are.
    """

    name: Name
    scenario: Slug | None = None
    description: Text | None = None
    purpose: Purpose = "what_if"
    fork: ForkRequest = Field(default_factory=ForkRequest)
    changes: Changes = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class MoreChanges:
    """Changes to add, and the reason."""

    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=MAX_CHANGES)]
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Removal:
    """The reason why a change is removed."""

    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class Rebase:
    """Another fork for the same changes; by default the latest record, at the same ``valid_at``."""

    fork: ForkRequest = Field(default_factory=ForkRequest)
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class CloseRequest:
    """The reason why a scenario is closed."""

    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Replacement:
    """A change that takes the place of another, and the reason.

    With ``sequence``, that of the scenario as the client saw it, a change that was edited since is left alone.
    """

    change: Change
    note: Text | None = None
    sequence: Sequence = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Acceptance:
    """The numbers of the facts to accept; without, all that are open.

    With ``sequence``, that of the proposal as the client saw it, facts that were edited since are refused.
    """

    changes: Numbers = None
    sequence: Sequence = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Decline:
    """The numbers of the facts to decline, without which all that are open, and the reason.

    With ``sequence``, that of the proposal as the client saw it, facts that were edited since are left alone.
    """

    reason: Text
    changes: Numbers = None
    sequence: Sequence = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class NewComment:
    """A comment on a scenario, or on its change with the number ``about``."""

    text: Text
    about: Number | None = None


BODIES: dict[str, TypeAdapter[Any]] = {
    cls.__name__: TypeAdapter(cls)
    for cls in (
        NewScenario, MoreChanges, Removal, Replacement, Rebase, CloseRequest, Acceptance, Decline, NewComment
    )
}  # fmt: skip
"""The bodies of requests to scenarios, by the name of the schema."""
