"""How soon the available force can move: the available pledges by their notice to move."""

from collections import defaultdict

from projections.picture.figures import NO_FIGURE, Figure, SizedPledge, figure_of
from projections.picture.groups import FigureGroup

WITHIN_DAYS = (10, 30, 60, 90, 180)
"""The days of notice within which it is counted what can move."""

UNSTATED = "unstated"


def within_days(group: FigureGroup) -> dict[str, Figure]:
    """The available pledges of a group whose notice to move is at most so many days, and those that state none."""
    by_notice: defaultdict[int | None, list[SizedPledge]] = defaultdict(list)
    for part in group.parts.get("available", ()):
        by_notice[part.pledge.notice_to_move_days].append(part)
    unstated = by_notice.pop(None, [])
    found, figure = {}, NO_FIGURE
    for most in WITHIN_DAYS:
        soon = [part for days, parts in by_notice.items() if days is not None and days <= most for part in parts]
        if len(soon) > figure.pledges:  # else they are the same as within fewer days
            figure = figure_of(soon)
        found[str(most)] = figure
    return found | {UNSTATED: figure_of(unstated)}
