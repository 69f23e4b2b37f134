"""Where a fact comes from, and who says it.

Gradings follow the Admiralty code (NATO AJP-2.1): the reliability of the source, A to F, and the credibility
of what it says, 1 to 6, are two separate axes.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from pydantic.dataclasses import dataclass
from pydantic_core import Url

from domain.actors import Actor
from domain.times import Moment
from domain.vocabulary import AttributionBasis, Credibility, Name, Reliability

TO_BE_RECORDED: Final = {"to_be_recorded": True}
"""Pydantic's context for facts that are about to be recorded; what was recorded under older rules is read without."""

_WITH_USER = re.compile(r"https?:/*[^/?#\\]*@")


def _web_address(url: str, info: ValidationInfo) -> str:
    """Check that browsers can open the address (WHATWG URL Standard), and that it does not sign in as anybody."""
    if info.context is None:
        return url
    if _WITH_USER.match(url):
        raise ValueError("an address must not have a user name or a password")
    try:
        Url(url)
    except ValueError:
        raise ValueError("expected a web address that a browser can open") from None
    return url


WebAddress = Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s]+$"), AfterValidator(_web_address)]

Quote = Annotated[str, Field(min_length=1, max_length=1_000)]

_LEFT_OUT = Field(exclude_if=lambda value: value is None)
"""Answers that list sources leave the field out if it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Source:
    """One publication that reports the fact; ``relays`` names the publisher that it quotes.

    Only ``published_on`` says when the public could know; ``accessed_on`` says when somebody here read it.
    """

    publisher: Name
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    url: WebAddress | None = None
    published_on: Moment | None = None
    locator: Annotated[str, Field(min_length=1, max_length=300, examples=["S7"])] | None = None
    reliability: Reliability | None = None
    credibility: Credibility | None = None
    relays: Name | None = None
    quote: Annotated[Quote | None, _LEFT_OUT] = None
    accessed_on: Annotated[Moment | None, _LEFT_OUT] = None
    archived_url: Annotated[WebAddress | None, _LEFT_OUT] = None


Sources = Annotated[tuple[Source, ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Attribution:
    """The actor or speaker whose words the fact reports, and how official they are."""

    actor: Actor | None = None
    speaker: Name | None = None
    basis: AttributionBasis
