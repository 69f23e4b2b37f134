"""Where a fact comes from, and who says it.

Gradings follow the Admiralty code (NATO AJP-2.1): the reliability of the source, A to F, and the credibility
of what it says, 1 to 6, are two separate axes.
"""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.times import Moment
from domain.vocabulary import AttributionBasis, Credibility, Name, Reliability


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Source:
    """One publication that reports the fact; ``relays`` names the publisher that it quotes."""

    publisher: Name
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    url: Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s]+$")] | None = None
    published_on: Moment | None = None
    locator: Annotated[str, Field(min_length=1, max_length=300, examples=["S7"])] | None = None
    reliability: Reliability | None = None
    credibility: Credibility | None = None
    relays: Name | None = None


Sources = Annotated[tuple[Source, ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Attribution:
    """The actor or speaker whose words the fact reports, and how official they are."""

    actor: Actor | None = None
    speaker: Name | None = None
    basis: AttributionBasis
