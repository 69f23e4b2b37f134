"""Every chart, in a page and as a file: well-formed, described, without style of its own, safe with any label."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from api.charts import (
    STYLESHEET,
    Chart,
    cascade_graph,
    contributor_bars,
    fan_chart,
    force_map,
    headline_bars,
    png,
    sensitivity_bars,
    sources_in_words,
    standalone,
    step_chart,
)
from api.charts.standalone import FONTS, MAX_SOURCES, style
from api.charts.svg import Markup, element, number
from domain.sources import Source
from projections.what_if.consequences import Consequences
from projections.what_if.rounds import Reason, Round
from projections.what_if.rule_causes import Turn
from projections.what_if.sensitivity import Share
from projections.what_if.simulation import Spread
from tests.api.charts.figures import (
    HOSTILE,
    asks,
    basis,
    by_level,
    event,
    figure,
    figures,
    meeting,
    part,
    point,
    requirement,
    size,
    timeline,
)
from tests.api.charts.svg_reader import NAMESPACE, drawn, tagged, words_in
from tests.api.charts.test_map import basing, picture
from tests.api.charts.test_steps import FROM, FROM_US, TO
from tests.api.charts.test_what_if import fallen, move, ranked, simulated

GROUP = "group:<script>alert(1)</script>"
FORCE = figures(
    available=figure(200, None, 3, 1), conditional=figure(1, 2), floated=figure(5, 9), deployed=figure(1, 1)
)


def steps(**given_: Any) -> Chart:
    answer = timeline(point(FROM_US, FORCE, [asks("r", 5, 9)], event(about=f"pledge:{HOSTILE}")))
    wanted: dict[str, Any] = {
        "requirements": [requirement("r", HOSTILE)],
        "meetings": [meeting(HOSTILE, FROM, None, HOSTILE)],
    }
    return step_chart(answer, FROM, TO, **wanted, **given_)


def chain(**given_: Any) -> Chart:
    reason = Reason(f"condition:{HOSTILE}", "met", "failed", [HOSTILE], [Turn(f"stance:{HOSTILE}", HOSTILE, HOSTILE)])
    moves = [replace(move(HOSTILE, reason), contributor=GROUP), *fallen().rounds[0].fell]
    return cascade_graph(Consequences([], [], [Round(1, moves, [])], [], []), **given_)


def shares(**given_: Any) -> Chart:
    answer = ranked(Share(1, 2, 1, 1))
    conditions = [replace(answer.conditions[0], condition=HOSTILE, description=HOSTILE)]
    return sensitivity_bars(replace(answer, conditions=conditions), **given_)


def fan(**given_: Any) -> Chart:
    answer = simulated([Spread(0, 1, 2, 3, 4, 0.0, 0.0)] * 4, 0.0, 0.5, 0.5, 1.0)
    return fan_chart(answer, requirements=[requirement("whole", HOSTILE)], **given_)


def where(**given_: Any) -> Chart:
    parts = {GROUP: part(floated=figure(1, 2)), "FRA": part(committed=figure(1, 2))}
    return force_map(picture(parts, None, replace(basing("b", "ruled_out"), place=HOSTILE)), **given_)


CHARTS: dict[str, Callable[..., Chart]] = {
    "steps": steps,
    "headline": lambda **given_: headline_bars(size(available=by_level(figure(1, None, 3, 1))), **given_),
    "contributors": lambda **given_: contributor_bars({GROUP: part(floated=figure(1, None, 2, 1))}, **given_),
    "map": where,
    "cascade": chain,
    "sensitivity": shares,
    "fan": fan,
}
SOURCES = [f"{HOSTILE} ({number})" for number in range(MAX_SOURCES + 3)]
each = pytest.mark.parametrize("made", CHARTS.values(), ids=CHARTS)


@each
class TestInAPage:
    def test_a_chart_has_no_style_script_or_address_of_its_own(self, made: Callable[..., Chart]) -> None:
        for one in drawn(made()).iter():
            assert one.tag.removeprefix(NAMESPACE) not in ("style", "script", "a", "image", "foreignObject", "use")
            assert not {name for name in one.attrib if name in ("style", "href") or name.startswith("on")}

    def test_a_chart_is_an_image_with_a_title_and_a_description(self, made: Callable[..., Chart]) -> None:
        chart = made(name="mine")
        root = drawn(chart)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "mine-title mine-desc"
        answer = {one.get("id"): one.text for one in root if one.tag.removeprefix(NAMESPACE) in ("title", "desc")}
        assert answer.keys() == {"mine-title", "mine-desc"}
        assert all(answer.values())

    def test_every_id_begins_with_the_chart_name_and_every_reference_has_a_target(
        self, made: Callable[..., Chart]
    ) -> None:
        root = drawn(made(name="mine"))
        ids = [one.get("id") or "" for one in root.iter() if one.get("id")]
        assert len(ids) == len(set(ids))
        assert all(one.startswith("mine-") for one in ids)
        meant = [value[5:-1] for one in root.iter() for value in one.attrib.values() if value.startswith("url(#")]
        assert set(meant) <= set(ids)

    def test_the_same_figures_make_the_same_drawing(self, made: Callable[..., Chart]) -> None:
        assert made() == made()

    @pytest.mark.parametrize("width", [320, 366, 1200])
    def test_the_table_is_complete_and_the_chart_has_the_requested_width(
        self, made: Callable[..., Chart], width: int
    ) -> None:
        chart = made(width=width)
        assert (chart.width, drawn(chart).get("viewBox")) == (width, f"0 0 {width} {chart.height}")
        assert chart.table.rows
        assert {len(row) for row in chart.table.rows} == {len(chart.table.columns)}

    def test_an_escaping_template_embeds_a_chart_unchanged(self, made: Callable[..., Chart]) -> None:
        chart = made()
        template = Environment(autoescape=True).from_string("{{ chart }}|{{ chart.summary }}")
        page = template.render(chart=chart)
        assert page.startswith(chart.svg + "|")
        assert "<script" not in page


@each
class TestAsAFile:
    def test_a_chart_file_has_style_title_basis_and_sources(self, made: Callable[..., Chart]) -> None:
        chart = made()
        root = ElementTree.fromstring(standalone(chart, basis(), SOURCES, "Willing"))
        answer = " ".join(words_in(root))
        assert f"Willing: {chart.title[0].lower()}{chart.title[1:12]}" in answer
        assert "coalition willing, as of 2025-09-01, as recorded here by 2026-01-01" in answer
        assert "and 3 more" in answer
        assert tagged(root, "script") == []
        (rules,) = tagged(root, "style")
        assert "var(" not in (rules.text or "")

    def test_text_stays_within_the_chart(self, made: Callable[..., Chart]) -> None:
        root = ElementTree.fromstring(standalone(made(), basis(), SOURCES))
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        lines = [one for one in root if one.tag == f"{NAMESPACE}text"]
        assert lines
        assert all(0 < float(one.get("x", 0)) < width and 0 < float(one.get("y", 0)) < height for one in lines)

    def test_a_chart_becomes_a_png_of_the_requested_size_that_is_not_blank(self, made: Callable[..., Chart]) -> None:
        chart = made(width=320)
        svg = standalone(chart, basis())
        root = ElementTree.fromstring(svg)
        wide, high, pixels = _pixels(png(svg, zoom=1))
        assert (wide, high) == (float(root.get("width", 0)), float(root.get("height", 0)))
        assert len(pixels) > 8, "there is more than paper"


def _pixels(picture_: bytes) -> tuple[int, int, set[bytes]]:
    """A PNG's size, and the colours of its rows as they are stored, filters and all."""
    assert picture_[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", picture_[16:24])
    at, data = 8, b""
    while at < len(picture_):
        (length,) = struct.unpack(">I", picture_[at : at + 4])
        if picture_[at + 4 : at + 8] == b"IDAT":
            data += picture_[at + 8 : at + 8 + length]
        at += 12 + length
    rows = zlib.decompress(data)
    return wide, high, {rows[start : start + 4] for start in range(0, len(rows), 4)}


def test_text_in_a_png_is_drawn_with_installed_fonts() -> None:
    def ink(text: str, weight: str = "400") -> bytes:
        family = "system-ui, 'Open Sans', sans-serif"
        line = element("text", text, x=2, y=20, font_family=family, font_weight=weight)
        return png(element("svg", line, xmlns="http://www.w3.org/2000/svg", width=120, height=30))

    assert len(FONTS) == 2
    nothing = ink("")
    drawn_ = {ink(text) for text in ("Łódź", "Краматорськ", "Αθήνα", "Türkiye …")} | {ink("Łódź", "600")}
    assert nothing not in drawn_
    assert len(drawn_) == 5, "each its own letters, and two weights"


def test_each_source_is_listed_once_with_its_dates() -> None:
    answer = [("AFP", "2025-04-02"), ("UNN", None), ("AFP", "2025-04-01"), ("AFP", "2025-04-02")]
    sources = [Source(publisher=who, published_on=when) for who, when in answer]
    assert sources_in_words(sources) == ["AFP (2025-04-01, 2025-04-02)", "UNN"]


def test_colours_of_a_file_are_the_fallbacks_of_the_page() -> None:
    assert "--" not in style()
    assert "@media" not in style()
    assert style().count("{") == style().count("}") > 40
    properties = STYLESHEET.read_text("utf-8").partition("@media")[2]
    used = {word.split(",")[0] for word in STYLESHEET.read_text("utf-8").split("var(")[1:]}
    assert all(f"{name}:" in properties for name in used), "the dark scheme has every colour"


@given(st.text(), st.text())
def test_any_text_gives_well_formed_xml_without_markup(content: str, value: str) -> None:
    root = ElementTree.fromstring(element("text", content, class_=value, font_size=11))
    assert len(list(root.iter())) == 1
    if content.isprintable():
        assert (root.text or "") == content


def test_existing_markup_is_not_escaped_again() -> None:
    assert element("g", element("path", d="M0 0"), Markup("<b/>"), "<b/>") == '<g><path d="M0 0"/><b/>&lt;b/&gt;</g>'


@given(st.floats(-1e6, 1e6))
def test_a_number_in_a_drawing_is_short_and_accurate(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, abs=0.0051)
    assert "e" not in number(value)
    assert number(value) != "-0"
