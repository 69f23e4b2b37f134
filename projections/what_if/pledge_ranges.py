"""How the people of one pledge spread over the runs of a simulation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.what_if.chances import QuantitySpread, SimulationRequest
from projections.picture.cascade import ResolvedPledge
from projections.what_if.worlds import People

FLOAT = NDArray[np.float64]


class PledgeRange:
    """The people of a pledge: lower and upper bound, and the distribution in between."""

    __slots__ = ("least", "likeliest", "most", "spread")

    def __init__(self, least: int, most: int, spread: str, likeliest: int | None) -> None:
        self.least = least
        self.most = most
        self.spread = spread if most > least else "least"
        self.likeliest = (least + most) / 2 if likeliest is None else min(max(likeliest, least), most)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two ranges the same."""
        return self.least, self.most, self.spread, self.likeliest

    def of(self, drawn: FLOAT) -> People:
        """The people in each draw, from a number from 0 to 1 in each."""
        match self.spread:
            case "least":
                return float(self.least)
            case "most":
                return float(self.most)
            case "uniform":
                return self.least + drawn * (self.most - self.least)
        return triangular(drawn, self.least, self.likeliest, self.most)


def triangular(drawn: FLOAT, least: float, likeliest: float, most: float) -> FLOAT:
    """Triangular numbers from uniform ones, by the inverse of the distribution function."""
    peak = (likeliest - least) / (most - least)
    rising = least + np.sqrt(drawn * (most - least) * (likeliest - least))
    falling = most - np.sqrt((1 - drawn) * (most - least) * (most - likeliest))
    return np.where(drawn < peak, rising, falling)


def range_of(waiting: ResolvedPledge, asked: SimulationRequest) -> PledgeRange:
    """How the people of a pledge spread, by the question; none where its size is undisclosed, or in another unit."""
    chosen = next((one for one in asked.quantities if one.pledge == waiting.pledge.pledge), None)
    stated = waiting.range_now
    if stated is None:
        return PledgeRange(0, 0, "least", None)
    if chosen is None:
        return PledgeRange(stated.min, stated.min if stated.max is None else stated.max, asked.spread, None)
    return _chosen(chosen, stated.min, stated.max)


def _chosen(chosen: QuantitySpread, least: int, most: int | None) -> PledgeRange:
    if most is None:
        most = least if chosen.max is None else max(least, chosen.max)
    return PledgeRange(least, most, chosen.spread, chosen.likeliest)
