"""What pledges of undisclosed size are assumed to be worth, in people, by their capability.

It is no change of the record: a pledge counts as this while its size is undisclosed."""

from typing import Annotated, get_args

from pydantic import AfterValidator, ConfigDict, Field, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.quantities import LARGEST
from domain.vocabulary import Capability

People = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class AssumedSize:
    """The people that each pledge of undisclosed size is assumed to be, from ``min`` to ``max``."""

    min: People
    max: People

    @model_validator(mode="after")
    def _in_order(self) -> "AssumedSize":
        if self.min > self.max:
            raise ValueError("max must not be less than min")
        return self


ALL_OTHERS = "*"


def _known_capability(name: str) -> str:
    if name != ALL_OTHERS and name not in get_args(Capability):
        raise ValueError(f"unknown capability; choose one of {', '.join(get_args(Capability))}, or {ALL_OTHERS}")
    return name


AssumedSizes = Annotated[
    dict[Annotated[str, AfterValidator(_known_capability)], AssumedSize],
    Field(min_length=1, description="By capability; `*` is for all capabilities that are not named."),
]
