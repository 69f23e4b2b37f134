"""Charts of what-ifs: which pledge moved because of which condition, and shares and quantiles at their figures."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.charts import Chart, cascade_graph, fan_chart, sensitivity_bars
from api.charts.cascade import Arrow, Graph, gathered, graph_of
from domain.times import period
from projections.picture.figures import Bounds
from projections.what_if.consequences import Consequences
from projections.what_if.rounds import Move, Reason, Round
from projections.what_if.sensitivity import ConditionSensitivity, Sensitivity, Share, sensitivity_of
from projections.what_if.simulation import AtDate, Likelihood, Simulation, Spread
from tests.api.charts.figures import HOSTILE, basis, requirement
from tests.api.charts.svg_reader import (
    Element,
    drawn,
    of_class,
    people_ruler,
    points,
    tagged,
    time_ruler,
    words_in,
    x_of,
    y_of,
)
from tests.projections.what_if.conditional_pledges import BASIS, history, made, stated, view_of
from tests.projections.what_if.test_consequences import explained, what_if

# --- the cascade ------------------------------------------------------------------------------------------------------

BACKSTOP = stated("backstop", kind="partner_backstop")
MET = {"type": "ConditionMet", "condition": "backstop"}
PAST = history(
    BACKSTOP, MET, stated("mass", {"personnel_at_least": 6_000}), made("gbr", 4_000, 6_000, "backstop"),
    made("fra", 3_000, None, "backstop", contributor="FRA"), made("pol", 1_000, 2_500, "mass", contributor="POL"),
)  # fmt: skip
ID_OF_MET = "00000000-0000-0000-0000-000000000003"


def fallen() -> Consequences:
    return explained(what_if(PAST, {"omit": ID_OF_MET}))


def move(name: str, *because: Reason) -> Move:
    return Move(name, "GBR", "ground_forces", Bounds(1, 2), "available", "conditional", list(because))


def box(root: Element, what: str) -> tuple[float, float, float, float]:
    """Where a node is drawn: left, top, right, bottom."""
    for node in of_class(root, "node"):
        if (tagged(node, "title")[0].text or "").startswith(f"{what}."):
            (rect,) = tagged(node, "rect")
            x, y, wide, high = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
            return x, y, x + wide, y + high
    raise AssertionError(f"{what} is not drawn")


class TestTheCascade:
    def test_conditions_and_pledges_are_in_the_order_of_the_rounds(self) -> None:
        graph = graph_of(fallen().rounds)
        assert [[node.what for node in layer] for layer in graph.layers] == [
            ["condition:backstop"], ["pledge:gbr", "pledge:fra"], ["condition:mass"], ["pledge:pol"],
        ]  # fmt: skip
        assert set(graph.arrows) == {
            Arrow("condition:backstop", "pledge:gbr"), Arrow("condition:backstop", "pledge:fra"),
            Arrow("pledge:gbr", "condition:mass"), Arrow("pledge:fra", "condition:mass"),
            Arrow("condition:mass", "pledge:pol"),
        }  # fmt: skip

    def test_a_pledge_that_is_offered_is_joined_to_the_conditions_that_had_to_be_met(self) -> None:
        past = history(BACKSTOP, made("fra", 5, 5, "backstop", contributor="FRA", level="floated"))
        offered = {
            "assume": {"type": "PledgeRaised", "pledge": "fra", "level": "pledged", "effective_at": "2025-04-02"}
        }
        met = {"assume": {**MET, "effective_at": "2025-04-02"}}
        graph = graph_of(explained(what_if(past, offered, met)).rounds)
        assert graph.arrows == [Arrow("condition:backstop", "pledge:fra")]
        assert [node.state for node in graph.nodes if node.what == "pledge:fra"] == ["5, was floated"]

    @pytest.mark.parametrize("width", [366, 960])
    def test_arrows_join_boxes_and_boxes_do_not_touch(self, width: int) -> None:
        consequences = fallen()
        root = drawn(cascade_graph(consequences, width=width))
        graph = graph_of(consequences.rounds)
        arrows = of_class(root, "arrow")
        assert len(arrows) == len(graph.arrows)
        for arrow, path in zip(graph.arrows, arrows, strict=True):
            for what, (x, y) in ((arrow.tail, points(path)[0]), (arrow.head, points(path)[-1])):
                left, top, right, bottom = box(root, what)
                assert left - 8 <= x <= right + 8
                assert top <= y <= bottom
        boxes = [box(root, node.what) for node in graph.nodes]
        for number, one in enumerate(boxes):
            assert 0 <= one[0] < one[2] <= width
            for other in boxes[number + 1 :]:
                assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]

    def test_on_a_wide_drawing_each_layer_is_right_of_the_previous_one(self) -> None:
        root = drawn(cascade_graph(fallen()))
        layers = graph_of(fallen().rounds).layers
        for sooner, later in pairwise(layers):
            assert max(box(root, node.what)[2] for node in sooner) < min(box(root, node.what)[0] for node in later)

    def test_pledges_that_drop_out_or_become_available_differ_in_words_and_outline(self) -> None:
        falls = drawn(cascade_graph(fallen()))
        assert "drops out: 4,000 to 6,000, now conditional" in " ".join(words_in(falls))
        assert len(of_class(falls, "node", "fell")) == 3
        comes = drawn(
            cascade_graph(
                explained(
                    what_if(
                        history(BACKSTOP, made("gbr", 5, 5, "backstop")),
                        {"assume": {**MET, "effective_at": "2025-04-02"}},
                    )
                )
            )
        )
        assert "becomes available: 5, was conditional" in words_in(comes)
        assert len(of_class(comes, "node", "came-in")) == 1

    def test_mutually_dependent_pledges_have_an_arrow_back(self) -> None:
        reason = Reason("condition:mass", "holds", "open", ["a", "b"], [])
        consequences = Consequences([], [], [Round(1, [move("a", reason), move("b", reason)], [])], [], [])
        root = drawn(cascade_graph(consequences))
        assert len(of_class(root, "back")) == 2

    def test_a_long_layer_is_merged_into_one_box_with_all_its_arrows(self) -> None:
        first = Reason("condition:c", "met", "failed", [], [])
        names = [f"p{number}" for number in range(40)]
        last = move("end", Reason("condition:d", "holds", "open", names, []))
        graph = graph_of([Round(1, [move(name, first) for name in names], []), Round(2, [last], [])])
        small = gathered(graph, 5)
        assert [len(layer) for layer in small.layers] == [1, 5, 1, 1]
        assert [node.label for node in small.nodes if node.what.startswith("more")] == ["36 more pledges"]
        assert set(small.arrows) == {
            *(Arrow("condition:c", name) for name in ("pledge:p0", "pledge:p1", "pledge:p2", "pledge:p3", "more:3")),
            *(Arrow(name, "condition:d") for name in ("pledge:p0", "pledge:p1", "pledge:p2", "pledge:p3", "more:3")),
            Arrow("condition:d", "pledge:end"),
        }
        assert gathered(graph, 100) == graph

    def test_the_table_lists_every_pledge_of_a_merged_layer(self) -> None:
        moves = [move(f"p{number}", Reason("condition:c", "met", "failed", [], [])) for number in range(40)]
        chart = cascade_graph(Consequences([], [], [Round(1, moves, [])], [], []))
        assert len(chart.table.rows) == 40
        assert chart.table.rows[0][-1] == "c: now failed (was met)"

    def test_a_cascade_without_effects_says_so(self) -> None:
        chart = cascade_graph(Consequences([], [], [], [], []))
        assert chart.summary.startswith("No pledge becomes available")
        assert gathered(Graph([], [])) == Graph([], [])


# --- shares -----------------------------------------------------------------------------------------------------------

SHARED = history(
    stated("backstop"), stated("ceasefire"), made("gbr", 4_000, 6_000, "backstop", "ceasefire"),
    made("fra", 1_000, 3_000, "ceasefire", contributor="FRA"), stated("idle"),
)  # fmt: skip


def ranked(*shares: Share) -> Sensitivity:
    answer = sensitivity_of(view_of(SHARED), BASIS)
    one = answer.conditions[0]
    conditions = [replace(one, condition=f"c{number}", share=share) for number, share in enumerate(shares)]
    return replace(answer, conditions=conditions, method="sampled", samples=100, seed=1)


def rows_of(chart: Chart) -> list[Element]:
    return of_class(drawn(chart), "bar")


SHARES = st.tuples(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 500), st.floats(0, 500)).map(
    lambda one: Share(one[0], one[0] + one[1], one[2], one[3])
)


class TestShares:
    def test_conditions_are_ranked_and_those_without_effect_are_listed_beside(self) -> None:
        chart = sensitivity_bars(sensitivity_of(view_of(SHARED), BASIS))
        assert [row[0] for row in chart.table.rows] == ["ceasefire", "backstop", "idle"]
        titles = [(tagged(row, "title")[0].text or "").partition(":")[0] for row in rows_of(chart)]
        assert titles == ["ceasefire", "backstop"]
        (answer,) = chart.beside
        assert answer.startswith("1 open condition with no share")

    @settings(max_examples=60)
    @given(st.lists(SHARES, min_size=1, max_size=6))
    def test_bars_and_whiskers_match_the_shares_and_their_errors(self, shares: list[Share]) -> None:
        chart = sensitivity_bars(ranked(*shares))
        telling = sorted((one for one in shares if one.max > 0), key=lambda one: (-one.max, -one.min))
        rows = rows_of(chart)
        assert len(rows) == len(telling)
        if not rows:
            return
        (axis,) = of_class(drawn(chart), "people")
        people = people_ruler(axis, x_of)
        for row, share in zip(rows, telling, strict=True):
            (sure,), (possible,) = of_class(row, "sure"), of_class(row, "possible")
            left, wide = float(possible.get("x", 0)), float(possible.get("width", 0))
            assert float(sure.get("width", 0)) == pytest.approx(people.at(share.min) - people.at(0), abs=0.05)
            assert (left, left + wide) == pytest.approx((people.at(share.min), people.at(share.max)), abs=0.05)
            errors = [(v, e) for v, e in ((share.min, share.error_min), (share.max, share.error_max)) if e]
            whiskers = [points(one) for one in of_class(row, "whisker")]
            for (value, error), corners in zip(errors, whiskers, strict=True):
                reach = max(0.0, value - error), value + error
                assert (min(map(x_of, corners)), max(map(x_of, corners))) == pytest.approx(
                    tuple(map(people.at, reach)), abs=0.05
                )

    def test_an_estimate_is_marked_and_an_exact_share_has_no_whiskers(self) -> None:
        assert "100 random pairs of orders, seed 1" in sensitivity_bars(ranked(Share(1, 2, 1, 1))).beside[-1]
        exact = sensitivity_bars(sensitivity_of(view_of(SHARED), BASIS))
        assert of_class(drawn(exact), "whisker") == []
        assert {row[3] for row in exact.table.rows} == {"exact"}

    def test_without_affected_personnel_the_chart_says_so(self) -> None:
        answer = sensitivity_of(view_of(history()), BASIS)
        assert "No one waits for an open condition." in words_in(drawn(sensitivity_bars(answer)))

    def test_text_of_sources_is_escaped(self) -> None:
        answer = ranked(Share(1, 2, None, None))
        hostile: ConditionSensitivity = replace(answer.conditions[0], description=HOSTILE)
        assert "script" not in {
            one.tag.rpartition("}")[2] for one in drawn(sensitivity_bars(replace(answer, conditions=[hostile]))).iter()
        }


# --- the fan ----------------------------------------------------------------------------------------------------------

DATES = ("2025-04", "2025-06", "2025-09-10", "2025-12-31")


@st.composite
def some_spreads(draw: st.DrawFn) -> Spread:
    values = sorted(draw(st.lists(st.integers(0, 90_000), min_size=5, max_size=5)))
    p5, p25, p50, p75, p95 = values
    return Spread(p5, p25, p50, p75, p95, 0.0, 0.0)


def simulated(spreads: list[Spread], *chances: float, least: int = 10_000) -> Simulation:
    dates = [
        AtDate(at, 0, spread, spread, [Likelihood("whole", least, chance, 0.01)] if chances else [])
        for at, spread, chance in zip(DATES, spreads, chances or [0.0] * len(spreads), strict=True)
    ]
    return Simulation(basis(), None, 1_000, 7, dates, [])


class TestTheFan:
    @settings(max_examples=60)
    @given(st.lists(some_spreads(), min_size=4, max_size=4))
    def test_every_quantile_is_drawn_at_its_date_and_figure(self, spreads: list[Spread]) -> None:
        root = drawn(fan_chart(simulated(spreads)))
        (axis,) = of_class(root, "people")
        people, time = people_ruler(axis, y_of), time_ruler(root)
        xs = [time.at(period(at).last_us) for at in DATES]

        def line(*names: str) -> Any:
            return [(x, people.at(getattr(one, name))) for name in names for x, one in zip(xs, spreads, strict=True)]

        (outer,), (inner,), (median,) = (of_class(root, name) for name in ("nine-in-ten", "middle-half", "median"))
        assert_near(points(median), line("p50"))
        assert_near(points(outer), [*line("p95"), *line("p5")[::-1]])
        assert_near(points(inner), [*line("p75"), *line("p25")[::-1]])

    def test_column_heights_are_the_chances(self) -> None:
        spreads = [Spread(0, 0, 5_000, 9_000, 12_000, 0.0, 0.0)] * 4
        root = drawn(
            fan_chart(simulated(spreads, 0.0, 0.25, 0.5, 1.0), requirements=[requirement("whole", "The force")])
        )
        (rows,) = of_class(root, "chances")
        whole, reached = of_class(rows, "whole"), of_class(rows, "sure")
        high = float(whole[0].get("height", 0))
        assert [float(one.get("height", 0)) / high for one in reached] == pytest.approx([0.25, 0.5, 1.0], abs=0.01)
        assert [float(one.get("x", 0)) for one in reached] == [float(one.get("x", 0)) for one in whole[1:]]
        assert "100 % on 31 December 2025: The force: at least 10,000" in words_in(root)

    def test_a_requirement_is_a_line_at_its_lower_bound(self) -> None:
        spreads = [Spread(0, 0, 5_000, 9_000, 12_000, 0.0, 0.0)] * 4
        root = drawn(fan_chart(simulated(spreads, 0, 0, 0, 0)))
        (axis,) = of_class(root, "people")
        y = people_ruler(axis, y_of).at(10_000)
        assert {round(place, 1) for one in of_class(root, "line") for _, place in points(one)} == {round(y, 1)}

    @pytest.mark.parametrize(
        ("chance", "expected"), [(0, "0 %"), (0.001, "under 1 %"), (0.999, "over 99 %"), (1, "100 %")]
    )
    def test_a_rounded_chance_is_never_shown_as_certain(self, chance: float, expected: str) -> None:
        chart = fan_chart(simulated([Spread(0, 0, 1, 2, 3, 0.0, 0.0)] * 4, chance, chance, chance, chance))
        assert f": {expected} (standard error" in chart.summary

    def test_a_single_date_is_drawn_as_a_span(self) -> None:
        one = simulated([Spread(0, 100, 200, 300, 400, 0.0, 0.0)] * 4)
        root = drawn(fan_chart(replace(one, dates=one.dates[:1])))
        (span,) = of_class(root, "span")
        (dot,) = of_class(root, "dot")
        assert {x for x, _ in points(span)} == {float(dot.get("cx", 0))}
        low, high = (y for _, y in points(span))
        assert low > float(dot.get("cy", 0)) > high


def assert_near(found: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=0.1)
