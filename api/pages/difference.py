"""``/c/{coalition}/difference``: what changed between two points on both axes, and through which events."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from api.pages.filters import as_answered, closed
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.pages.why import events_named
from api.routes.parameters import KnownAxis, RequestedHistory, Sequence
from api.wording.actors import change_with_names
from api.wording.differences import change_lines
from domain.times import CALENDAR_US, DAY_US, day_of
from projections.asof import AsOf
from projections.difference import Difference, difference_of
from projections.picture.picture import picture_of
from projections.pointers import parts_of

router = pages()
At = Annotated[str | None, Query()]

SECTIONS = {
    "size": "Force", "pledges": "Pledges", "us_role": "Key partner", "conditions": "Conditions",
    "basing": "Basing", "stances": "Stances", "requirements": "Requirements", "members": "Members",
    "commands": "Commands", "money": "Funding", "meetings": "Meetings", "statements": "Statements",
    "counts": "Reported totals", "set_aside": "Not applied", "name": "Name",
}  # fmt: skip
_CAUSES = " (\x1f"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A change in a sentence, with the numbers of the events that it comes from."""

    text: str
    through: list[int]


def sections_of(difference: Any) -> dict[str, list[Sentence]]:
    """The changes in sentences, by the part of the picture that they are in."""
    numbers = {ref["event_id"]: ref["sequence"] for ref in difference["events"]}

    def causes(event_ids: Collection[str]) -> str:
        return "\x1f" + ",".join(str(numbers[event_id]) for event_id in event_ids if event_id in numbers)

    ordered = sorted(difference["changes"], key=lambda change: list(SECTIONS).index(_section(change["what"])))
    return {
        SECTIONS[section]: [_sentence(line) for line in change_lines(list(map(change_with_names, changes)), causes)]
        for section, changes in groupby(ordered, lambda change: _section(change["what"]))
    }


def _section(what: str) -> str:
    return what.split("/")[1]


def _sentence(line: str) -> Sentence:
    text, _, through = line.removeprefix("- ").partition(_CAUSES)
    numbers = sorted(int(number) for number in through.rstrip(").").split(",") if number)
    return Sentence(closed(text.removesuffix(".")), numbers)


@dataclass(frozen=True, slots=True)
class ComparedPoints:
    """The two points that are compared."""

    before: Viewpoint
    after: Viewpoint


def sides(
    *,
    request: Request,
    history: RequestedHistory,
    from_valid_at: At = None,
    from_known_at: At = None,
    to_valid_at: At = None,
    to_known_at: At = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    valid_at: At = None,
    known_at: At = None,
) -> ComparedPoints:
    """What is compared. One basis, as pages link here with, is the later side; the other is a month before it."""
    later = AsOf(to_valid_at or valid_at, to_known_at or known_at, known_axis, sequence)
    after = viewpoint_at(request, history, later, _named("to"))
    month_before = day_of(max(after.view.valid_us - 30 * DAY_US, CALENDAR_US[0]))
    earlier = replace(later, valid_at=from_valid_at or month_before, known_at=from_known_at or after.basis.known_at)
    return ComparedPoints(viewpoint_at(request, history, earlier, _named("from")), after)


RequestedComparison = Annotated[ComparedPoints, Depends(sides)]


@router.get("/c/{coalition}/difference.csv")
def difference_table(request: Request, compared: RequestedComparison) -> Response:
    """Every change, as rows."""
    columns = ("what", "fields", "before", "after", "events")
    rows = ([change[name] for name in columns] for change in _difference(compared)["changes"])
    return table(request, f"{compared.after.basis.coalition}-difference.csv", columns, rows)


@router.get("/c/{coalition}/difference")
def difference(request: Request, compared: RequestedComparison) -> Response:
    """What changed, in sentences, and what did not."""
    before, after = compared.before, compared.after
    found = _difference(compared)
    return page(
        request, "difference.html", stand=after, before=before, after=after, found=found, sections=sections_of(found),
        events=events_named(before, found["events"]) | events_named(after, found["events"]),
        unchanged=list(_unchanged(after, found)),
    )  # fmt: skip


def _named(side: str) -> dict[str, str]:
    return {name: f"{side}_{name}" for name in ("valid_at", "known_at")}


def _difference(compared: ComparedPoints) -> Any:
    before, after = compared.before, compared.after
    return as_answered(Difference, difference_of((before.view, before.basis), (after.view, after.basis)))


def _unchanged(after: Viewpoint, found: Any) -> Iterator[str]:
    """The parts of the later picture that are as they were."""
    changed = {change["what"] for change in found["changes"]}
    for what, part in parts_of(picture_of(after.view, after.basis)):
        if what not in changed and not what.startswith("/basis") and getattr(part, "pledges", True):
            yield what
