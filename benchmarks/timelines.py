"""Questions over time, in process: timelines, differences and *why*, by the processor time that each takes.

A timeline of a year and one of a week with some 300 pledges standing; a timeline of one pledge that is amended ever
more often; a difference of 30 days, and one of 7 days of knowledge; *why*, where 2,000 conditions name each other.
It uses nothing that an older checkout lacks, so both can be measured in turns:

    python -m benchmarks.timelines --facts 20000
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from api.cli.serve import configure_collector
from benchmarks.generator import COALITION
from benchmarks.measuring import machine, sqlite_with
from domain.events import FACT, Event
from domain.history.history import History
from domain.ledger import Ledger
from domain.times import DAY_US, format_instant, instant_us, period
from projections.asof import AsOf, Basis, view_of
from projections.difference import difference_of
from projections.timeline import timeline_of
from projections.why import Why, why

AMENDMENTS = (100, 200, 400, 800)
SOURCES = [{"publisher": "AFP", "published_on": "2025-04-10"}]
WHY: TypeAdapter[Why] = TypeAdapter(Why)


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--standing", type=int, default=360, help="of which five sixths are in people")
    parser.add_argument("--conditions", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=3, help="each question is asked so often; the best time counts")
    options = parser.parse_args()
    print(f"questions over time, best of {options.runs}; {machine()}")
    _print_a_coalition(options.facts, options.standing, options.runs)
    _print_amendments(options.runs)
    _print_why(options.conditions)


def _print_a_coalition(count: int, standing: int, runs: int) -> None:
    ledger = Ledger(sqlite_with(count, standing))
    history = ledger.history(COALITION)
    configure_collector()
    end_us = instant_us(history.events[-1].recorded_at)

    def at(valid_us: int, known_us: int = end_us) -> tuple[Any, Basis]:
        basis = AsOf(format_instant(valid_us), format_instant(known_us)).basis(history, end_us)
        return view_of(history, basis), basis

    picture = timeline_of(*at(end_us), end_us, end_us).points[0].size
    levels = (picture.floated, picture.pledged, picture.committed, picture.assigned)
    print(f"{count:,} facts, {sum(figure.pledges for figure in levels)} pledges in people standing")
    for name, days in (("year", 365), ("week", 7)):
        took, timeline = _best(partial(timeline_of, *at(end_us), end_us - days * DAY_US, end_us), runs)
        until = "" if timeline.next_from is None else f", to {timeline.next_from[:10]}"
        print(f"  timeline of a {name}, a page: {took:.3f} s, {len(timeline.points)} points{until}")
    for name, before in (
        ("30 days", at(end_us - 30 * DAY_US)),
        ("7 days of knowledge", at(end_us, end_us - 7 * DAY_US)),
    ):
        took, difference = _best(partial(difference_of, before, at(end_us)), runs)
        print(f"  difference of {name}: {took:.3f} s, {len(difference.changes)} changes")
    ledger.close()
    gc.unfreeze()


def _print_amendments(runs: int) -> None:
    print("timeline of one pledge, by its amendments")
    for count in AMENDMENTS:
        history = _history([_formed(), _pledge("p"), *_amendments(count)])
        end_us = period("2025-06-01").start_us
        basis = AsOf("2025-06-01", "2030").basis(history, end_us)
        view, begin_us = view_of(history, basis), period("2025-04-01").start_us

        def whole(view: Any = view, basis: Basis = basis, begin_us: int = begin_us, end_us: int = end_us) -> int:
            points, further = 0, begin_us
            while True:
                timeline = timeline_of(view, basis, further, end_us)
                points += len(timeline.points)
                if timeline.next_from is None:
                    return points
                further = instant_us(timeline.next_from)

        took, points = _best(whole, runs)
        print(f"  {count:>4} amendments: {took:.3f} s, {points} points")


def _print_why(count: int) -> None:
    conditions = []
    for number in range(count):
        named = [{"condition": f"c{other}"} for other in range(max(0, number - 20), number)]
        rule = {"rule": {"all_of": named}} if named else {}
        words: dict[str, Any] = {"kind": "other", "description": "x"}
        conditions.append(_fact("ConditionStated", condition=f"c{number}", **(words | rule)))
    pledges = [_pledge(f"p{number}", conditions=[f"c{count - 1 - number}"]) for number in range(100)]
    history = _history([_formed(), *conditions, *pledges])
    basis = AsOf("2025-06-01", "2030").basis(history, period("2025-06-01").start_us)
    view = view_of(history, basis)
    took, answer = _best(lambda: WHY.dump_json(why("/size/conditional", view, basis)), 1)
    print(f"why, {count:,} conditions that name each other, 100 pledges: {took:.3f} s, {len(answer) / 1e6:.1f} MB")


def _best(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Returns the least processor time of some runs, in seconds, and the last answer."""
    took, answer = [], None
    for _ in range(runs):
        began = time.process_time()
        answer = work()
        took.append(time.process_time() - began)
    return min(took), answer


def _fact(type_name: str, /, effective_at: str = "2025-04-10", **fields: Any) -> dict[str, Any]:
    return {"type": type_name, "effective_at": effective_at, "sources": SOURCES} | fields


def _formed() -> dict[str, Any]:
    return _fact("CoalitionFormed", "2025-03-01", name="Coalition of the willing")


def _pledge(name: str, **fields: Any) -> dict[str, Any]:
    usual = {"contributor": "GBR", "level": "pledged", "capability": "ground_forces", "quantity": _people(1)}
    return _fact("PledgeMade", pledge=name, **(usual | fields))


def _people(count: int) -> dict[str, Any]:
    return {"min": count, "max": count, "unit": "personnel"}


def _amendments(count: int) -> Iterable[dict[str, Any]]:
    for number in range(count):
        hour, minute = divmod(number, 60)
        yield _fact("PledgeAmended", f"2025-04-11T{hour:02}:{minute:02}:00Z", pledge="p", quantity=_people(number + 2))


def _history(written: Iterable[dict[str, Any]]) -> History:
    return History(COALITION, (
        Event(
            event_id=str(UUID(int=number)), coalition=COALITION, sequence=number, recorded_by="desk-officer",
            recorded_at="2025-06-01T00:00:00.000000Z", fact=FACT.validate_python(one),
        )
        for number, one in enumerate(written, start=1)
    ))  # fmt: skip


if __name__ == "__main__":
    main()
