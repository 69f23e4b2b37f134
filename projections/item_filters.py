"""Filters by what events and items rest on: on whose words, and how their sources are graded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from domain.vocabulary import Reliability

JUDGED = tuple(grade for grade in get_args(Reliability) if grade != "F")
"""The grades of reliability, the best first. ``F`` says that it cannot be judged: so it is never at least anything."""


def at_least(grade: str) -> Sequence[str]:
    """The grades of reliability that are at least as good as one."""
    return JUDGED[: JUDGED.index(grade) + 1]


@dataclass(slots=True, frozen=True)
class ItemFilter:
    """Which items to list; what is empty lets all through. An item matches if it rests on the words of any of some
    bases of attribution, and on a source of at least some reliability."""

    attributions: tuple[str, ...] = ()
    reliability_at_least: str | None = None

    def lets_through(self, item: Any) -> bool:
        """Whether an item is wanted, by what it rests on."""
        rests_on = item.rests_on
        if self.attributions and set(self.attributions).isdisjoint(rests_on.bases):
            return False
        if self.reliability_at_least is None:
            return True
        return (rests_on.best_grading or "F")[0] in at_least(self.reliability_at_least)
