"""The chart of each pledge over time, a row each: its level, and the events about it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from api.charts import Chart, Table
from api.charts.frame import Frame, time_axis
from api.charts.svg import Markup, element, group, joined, shortened, text
from api.pages.filters import actor, clause
from api.pages.viewpoint import Viewpoint
from api.wording import phrases
from api.work_slots import need_slot
from domain.events import EVENT, content_of
from domain.facts import Fact, Thing
from domain.times import DAY_US, day_of
from projections.picture.items import PledgeItem
from projections.record import RecordedEvent, effective_us, record_of

MAX_STORIES = 40
MAX_EVENTS = 200
"""Events of a pledge that are drawn, the last ones; its page has all."""
ROW, LABEL, LINE = 32, 10, 20
READING = (
    "A ring is an event about the pledge. The thicker the line, the firmer the pledge; the line is lighter while the "
    "pledge is suspended."
)
LEVELS = {"floated": 3.0, "pledged": 5.0, "committed": 8.0, "assigned": 11.0}
"""How thick a pledge's line is at each level: the firmer, the thicker."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A pledge at one level from one time to another."""

    from_us: int
    to_us: int
    level: str
    is_suspended: bool


def stories(viewpoint: Viewpoint, width: int, name: str) -> Chart:
    """Draw the pledges that are or were in force, one row each, up to the viewpoint."""
    need_slot()
    pledges: list[PledgeItem] = viewpoint.items("pledges")
    shown = pledges[:MAX_STORIES]
    histories = [(pledge, _events(viewpoint, pledge.pledge)) for pledge in shown]
    starts = [effective_us(one.event) for _, events in histories for one in events]
    frame = Frame.over(
        name, width, min(starts, default=viewpoint.view.valid_us) - DAY_US, viewpoint.view.valid_us + DAY_US
    )
    rows = [_row(viewpoint, frame, pledge, events, at * ROW) for at, (pledge, events) in enumerate(histories)]
    bottom = len(rows) * ROW + 4
    table = Table(
        ("Pledge", "What happened"),
        tuple((_label(pledge), _clauses(viewpoint, events)) for pledge, events in histories),
    )
    beside: tuple[str, ...] = (READING,)
    if len(pledges) > len(shown):
        beside += (f"{len(pledges) - len(shown)} more pledges are in the table below.",)
    return Chart(
        name, "Each pledge over time",
        f"{phrases.count(len(shown), 'pledge')}. The thicker the line, the firmer the pledge.", width,
        bottom + 20, joined((time_axis(frame, 0, bottom), *rows)), table, beside,
    )  # fmt: skip


def stretches_of(viewpoint: Viewpoint, pledge: str, events: list[RecordedEvent]) -> list[Stretch]:
    """The levels of a pledge, from each event about it to the next, up to the viewpoint."""
    times = sorted({at_us for one in events if (at_us := effective_us(one.event)) <= viewpoint.view.valid_us})
    stretches = []
    for from_us, to_us in pairwise([*times, viewpoint.view.valid_us]):
        state: Any = viewpoint.view.at(from_us).state(Thing("pledge", pledge))
        if state is not None and not state.is_over:
            stretches.append(Stretch(from_us, to_us, state.level, state.status == "suspended"))
    return stretches


def _events(viewpoint: Viewpoint, pledge: str) -> list[RecordedEvent]:
    """The events about a pledge that are in force and had taken effect, by the time from which they hold."""
    record = record_of([Thing("pledge", pledge)], viewpoint.view)
    in_force = (one for one in record if one.stands and _holds(one))
    events = [one for one in in_force if effective_us(one.event) <= viewpoint.view.valid_us]
    return sorted(events, key=lambda one: (effective_us(one.event), one.event.sequence))[-MAX_EVENTS:]


def _holds(one: RecordedEvent) -> bool:
    return isinstance(content_of(one.event), Fact)


def _row(viewpoint: Viewpoint, frame: Frame, pledge: PledgeItem, events: list[RecordedEvent], top: float) -> Markup:
    y = top + LINE
    bars = [
        group(_bar(frame, one, y), class_=f"of-{one.level}") for one in stretches_of(viewpoint, pledge.pledge, events)
    ]
    dots = [
        element("circle", element("title", _clause(viewpoint, one)), cx=frame.time.within(effective_us(one.event)),
                cy=y, r=3.4, class_="late")
        for one in events
    ]  # fmt: skip
    label = text(shortened(_label(pledge), int(frame.width / 7)), 0, top + LABEL, "label", font_size=11)
    return group(*bars, *dots, label)


def _bar(frame: Frame, one: Stretch, y: float) -> Markup:
    left, right, thick = frame.time.within(one.from_us), frame.time.within(one.to_us), LEVELS[one.level]
    class_ = "possible" if one.is_suspended else "sure"
    return element("rect", x=left, y=y - thick / 2, width=max(right - left, 1), height=thick, class_=class_)


def _label(pledge: PledgeItem) -> str:
    size = phrases.quantity({"min": pledge.quantity.min, "max": pledge.quantity.max, "unit": pledge.quantity.unit})
    state = pledge.status if pledge.status != "standing" else pledge.level
    return f"{actor(pledge.contributor)}, {phrases.spoken(pledge.capability)}: {size}, {state}"


def _clause(viewpoint: Viewpoint, one: RecordedEvent) -> str:
    fact = EVENT.dump_python(one.event, mode="json", exclude_none=True)["fact"]
    return f"{phrases.date(day_of(effective_us(one.event)))}: {clause(fact, viewpoint)}"


def _clauses(viewpoint: Viewpoint, events: list[RecordedEvent]) -> str:
    return " ".join(_clause(viewpoint, one) for one in events)
