"""The parameters that filter by what events and items rest on (``projections/item_filters.py``)."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from domain.vocabulary import AttributionBasis
from projections.item_filters import JUDGED, ItemFilter

Attribution = Annotated[
    list[AttributionBasis] | None,
    Query(description="Only what rests on the words of these bases of attribution; may be repeated."),
]
ReliabilityAtLeast = Annotated[
    Literal[JUDGED] | None,  # type: ignore[valid-type]
    Query(description="Only what rests on a source of at least this reliability: `A` (best) to `E`. `F` never is."),
]


def item_filter(attribution: Attribution = None, reliability_at_least: ReliabilityAtLeast = None) -> ItemFilter:
    """Return which items of a list a request asks for."""
    return ItemFilter(tuple(attribution or ()), reliability_at_least)


WantedItems = Annotated[ItemFilter, Depends(item_filter)]
