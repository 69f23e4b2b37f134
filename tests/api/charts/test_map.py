"""The map of contributors and basing: places, outlines, labels, and the legend for what is off the map."""

import json
from itertools import pairwise
from typing import Any

import pytest

from api.charts import BOUNDARIES, force_map
from api.charts.atlas import FILE, HEIGHT, WIDTH, atlas_of, cut_to_the_map, joined_at_the_border, projected, simplified
from api.wording.countries import ALL_NAMES, CODES, NAMES, actor_name
from domain.actors import FORMER_STATES, STATES
from projections.picture.aid import Aid
from projections.picture.figures import NO_FIGURE, Figures
from projections.picture.items import BasingItem, Meetings
from projections.picture.partner import KeyPartner, WaitingFor
from projections.picture.picture import Picture
from projections.picture.size import Size
from tests.api.charts.figures import ONE_PAPER, basis, figure, part, size
from tests.api.charts.svg_reader import drawn, is_inside, of_class, outlines, points, tagged, words_in

ATLAS = json.loads(FILE.read_bytes())
PLACES = {
    "UKR": {"Kyiv": (30.52, 50.45), "Simferopol": (34.1, 44.95), "Kerch": (36.35, 45.3), "Donetsk": (37.8, 48.0)},
    "RUS": {"Moscow": (37.62, 55.76), "Kaliningrad": (20.8, 54.6), "Krasnodar": (38.98, 45.04)},
    "GBR": {"London": (-0.13, 51.51), "Belfast": (-6.2, 54.55)},
    "FRA": {"Paris": (2.35, 48.86)},
    "POL": {"Warsaw": (21.01, 52.23)},
    "ROU": {"Bucharest": (26.1, 44.43)},
    "XKX": {"Pristina": (21.17, 42.66)},
    "TUR": {"Ankara": (32.85, 39.93)},
    "PRT": {"Evora": (-7.9, 38.57)},
    "NOR": {"Lillehammer": (10.47, 61.1)},
}


def holders(place: tuple[float, float]) -> list[str]:
    """The codes of the outlines in which a place lies; a lake or an enclave takes it out again."""
    at = projected(place)
    return [
        code for code, one in ATLAS["places"].items() if sum(is_inside(at, ring) for ring in outlines(one["path"])) % 2
    ]


class TestTheOutlines:
    @pytest.mark.parametrize(
        ("code", "place"), [(code, place) for code, places in PLACES.items() for place in places.values()]
    )
    def test_a_place_lies_in_its_country_and_in_no_other(self, code: str, place: tuple[float, float]) -> None:
        assert holders(place) == [code]

    def test_states_too_small_for_an_outline_still_have_a_place(self) -> None:
        assert {"MCO", "SMR", "VAT", "MLT", "LUX"} <= ATLAS["places"].keys()

    def test_every_place_has_a_code_or_is_land_without_one(self) -> None:
        assert ATLAS["places"].keys() - STATES == {"-"}
        assert NAMES.keys() == STATES
        assert ALL_NAMES.keys() == STATES | FORMER_STATES
        assert set(CODES.values()) == STATES - {"XKX"}

    def test_the_file_names_its_source_and_its_licence_and_stays_small(self) -> None:
        assert "Natural Earth 4.1.0" in ATLAS["source"]
        assert "public domain" in ATLAS["source"]
        assert FILE.stat().st_size < 30_000

    def test_labels_lie_on_the_map_and_in_their_country(self) -> None:
        for code, one in ATLAS["places"].items():
            x, y = one["at"]
            if code != "-" and one["path"]:
                assert any(is_inside((x + 0.25, y + 0.25), ring) for ring in outlines(one["path"])), code


class TestMakingThem:
    def test_outlines_are_joined_at_their_shared_border(self) -> None:
        mainland, peninsula = [1, 2, 3, 4], [~3, 9, ~2]
        assert joined_at_the_border(mainland, peninsula) == [4, 1, 9]
        assert joined_at_the_border([3, 4, 1, 2], [9, ~2, ~3]) == [4, 1, 9]
        with pytest.raises(ValueError, match="share no border"):
            joined_at_the_border([1, 2], [3, 4])

    def test_two_squares_that_touch_become_one_outline(self) -> None:
        """Russia is the square with Simferopol in it, and one far to the east; Ukraine lies north of the first."""
        arcs = [
            [(33, 46), (36, 46)],  # the isthmus
            [(36, 46), (36, 44), (33, 44), (33, 46)],
            [(36, 46), (36, 50), (33, 50), (33, 46)],
            [(40, 50), (45, 50), (45, 55), (40, 55), (40, 50)],
        ]
        atlas = atlas_of(_topology(arcs, {"643": [[[0, 1]], [[3]]], "804": [[[~0, ~2]]], "": [[[3]]]}))
        assert set(atlas["places"]) == {"-", "RUS", "UKR"}
        (ukraine,) = outlines(atlas["places"]["UKR"]["path"])
        assert is_inside(projected((34.1, 44.95)), ukraine)
        assert is_inside(projected((34.1, 48)), ukraine)
        (russia,) = outlines(atlas["places"]["RUS"]["path"])
        assert not is_inside(projected((34.1, 44.95)), russia)

    def test_simplified_lines_keep_their_ends_and_stay_near(self) -> None:
        line = [(0.0, 0.0), (1.0, 0.1), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]
        assert simplified(line, 0.5) == [(0.0, 0.0), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]

    def test_an_outline_is_cut_at_the_edge_of_the_map(self) -> None:
        cut = cut_to_the_map([(-500, 100), (500, 100), (500, 200), (-500, 200)])
        assert min(x for x, _ in cut) == -8
        assert max(x for x, _ in cut) == 500
        assert cut_to_the_map([(-500, 0), (-400, 0), (-400, 50)]) == []


def _topology(arcs: list[list[tuple[int, int]]], countries: dict[str, Any]) -> dict[str, Any]:
    def steps(line: list[tuple[int, int]]) -> list[list[int]]:
        return [list(line[0])] + [[xb - xa, yb - ya] for (xa, ya), (xb, yb) in pairwise(line)]

    geometries = [
        {"type": "MultiPolygon", "arcs": its, "properties": {"name": f"Place {number}"}, "id": number or None}
        for number, its in countries.items()
    ]
    return {
        "arcs": [steps(line) for line in arcs],
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {"countries": {"geometries": geometries}},
    }


# --- the chart --------------------------------------------------------------------------------------------------------


def basing(name: str, status: Any, country: str | None = "UKR", zone: str = "theatre_rear") -> BasingItem:
    return BasingItem(name, zone, country, None, "expected", None, status, "2025-04-10", None, [], ONE_PAPER)


def picture(
    parts: dict[str, Figures] | None = None, members: dict[str, list[str]] | None = None, *its: BasingItem,
    partner: str = "USA", aid: Aid | None = None,
) -> Picture:  # fmt: skip
    whole: Size = size(parts)
    role = KeyPartner(partner, "undecided", None, [], None, WaitingFor(NO_FIGURE, NO_FIGURE, []))
    return Picture(
        basis(), "Willing", None, whole, list(its), role, [], [], members or {}, [], [], aid or Aid({}, {}, {}), {},
        Meetings(None, None), [], [], [],
    )  # fmt: skip


class TestTheMap:
    def test_contributors_are_drawn_at_their_firmest_level_on_their_own_outline(self) -> None:
        parts = {
            "FRA": part(floated=figure(5, 10)), "EST": part(pledged=figure(0, 250), floated=figure(1, 1)),
            "GBR": part(committed=figure(10, 10)), "POL": part({"facility": figure(1, 1)}),
        }  # fmt: skip
        root = drawn(force_map(picture(parts, {"contributor": ["LTU"]})))
        (shown,) = of_class(root, "contributors")
        fills = {one.get("d"): one.get("fill") or one.get("class") for one in tagged(shown, "path")}
        expected = {
            "FRA": "url(#map-floated)", "EST": "is-pledged", "GBR": "is-committed", "POL": "url(#map-in-kind)",
            "LTU": "url(#map-member)",
        }  # fmt: skip
        assert fills == {ATLAS["places"][code]["path"]: fill for code, fill in expected.items()}
        assert set(expected) <= set(words_in(root))

    def test_a_state_too_small_for_an_outline_is_a_dot_at_its_place(self) -> None:
        root = drawn(force_map(picture({"MCO": part(pledged=figure(1, 2))})))
        (dot,) = tagged(of_class(root, "contributors")[0], "circle")
        x, y = projected((7.42, 43.74))
        assert float(dot.get("cx", 0)) == pytest.approx(x, abs=2)
        assert float(dot.get("cy", 0)) == pytest.approx(y, abs=2)

    @pytest.mark.parametrize("width", [300, 480])
    def test_codes_and_markers_lie_on_their_country_at_any_width(self, width: int) -> None:
        root = drawn(force_map(picture(None, None, basing("rear", "agreed")), width=width))
        outline = outlines(ATLAS["places"]["UKR"]["path"])[0]
        for one in (of_class(root, "code")[0], tagged(of_class(root, "basing")[0], "circle")[0]):
            x, y = float(one.get("x") or one.get("cx") or 0), float(one.get("y") or one.get("cy") or 0)
            assert is_inside((x * WIDTH / width, y * WIDTH / width), outline)
        inner = next(one for one in tagged(root, "svg") if one.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}")
        assert float(inner.get("width", 0)) / float(inner.get("height", 1)) == pytest.approx(WIDTH / HEIGHT, abs=0.001)

    def test_each_status_has_its_own_shape_and_words(self) -> None:
        its = [basing(status, status) for status in ("agreed", "proposed", "ruled_out", "ended")]
        root = drawn(force_map(picture(None, None, *its)))
        (markers,) = of_class(root, "basing")
        assert [len(of_class(markers, f"is-{one.status}")) for one in its] == [1, 1, 1, 1]
        assert len(of_class(markers, "cross")) == 1
        places = [float(one.get("cx", 0)) for one in tagged(markers, "circle")]
        assert all(later - sooner >= 14 for sooner, later in pairwise(places))
        text = " ".join(words_in(root))
        assert all(
            f"Theatre rear, Ukraine: {status} since" in text for status in ("agreed", "proposed", "ruled out", "ended")
        )

    def test_basing_without_a_country_or_off_the_map_appears_only_in_the_legend(self) -> None:
        root = drawn(
            force_map(picture(None, None, basing("x", "proposed", None, "afloat"), basing("y", "agreed", "CAN")))
        )
        assert of_class(root, "basing") == []
        assert {"Afloat: proposed since 10 April 2025 (expected)", "A", "B"} <= set(words_in(root))

    def test_more_basing_locations_than_letters_are_not_an_error(self) -> None:
        its = [basing(f"b{number}", "proposed", None) for number in range(30)]
        root = drawn(force_map(picture(None, None, *its)))
        assert {"Z", "A2", "D2"} <= set(words_in(root))

    def test_contributors_off_the_map_are_listed_beside_it_before_the_note_on_boundaries(self) -> None:
        parts = {"CAN": part(pledged=figure(200, 300)), "org:nato": part(floated=figure(5, 5))}
        chart = force_map(picture(parts, {"contributor": ["JPN"]}))
        assert chart.beside == (
            "Not on this map: Canada (pledged, 200 to 300), Japan (contributor, no pledge on record), "
            "NATO (floated, 5) and United States (key partner, undecided).",
            BOUNDARIES,
        )
        assert "Crimea is shown as part of Ukraine" in BOUNDARIES

    def test_a_force_whose_theatre_is_elsewhere_is_listed_and_not_drawn_on_a_map_of_europe(self) -> None:
        parts = {"KEN": part(committed=figure(1000, 1000)), "BHS": part(pledged=figure(150, 150))}
        its = basing("airport", "agreed", "HTI", "capital")
        chart = force_map(picture(parts, {"host": ["HTI"]}, its), ["HTI"])
        words = words_in(drawn(chart))
        assert {"Kenya: committed, 1,000", "Bahamas: pledged, 150", "Haiti: host, no pledge on record"} <= set(words)
        assert "Capital, Haiti: agreed since 10 April 2025 (expected)" in words
        assert of_class(drawn(chart), "land") == []
        assert chart.beside == ("No map is drawn: there is none yet that shows Haiti.",)
        assert "Europe" not in chart.summary
        assert of_class(drawn(force_map(picture(parts), ["HTI", "POL"])), "land") != []

    def test_a_key_partner_on_the_map_is_not_listed_as_off_the_map(self) -> None:
        assert force_map(picture(partner="DEU")).beside == (BOUNDARIES,)

    def test_land_is_drawn_within_the_map_and_a_small_margin(self) -> None:
        (land,) = of_class(drawn(force_map(picture())), "land")
        places = [place for one in tagged(land, "path") for ring in outlines(one) for place in ring]
        assert all(-9 <= x <= WIDTH + 9 and -9 <= y <= HEIGHT + 9 for x, y in places)
        assert len(points(tagged(land, "path")[0])) > 2


@pytest.mark.parametrize(
    ("actor", "name"),
    [("GBR", "United Kingdom"), ("org:nato", "NATO"), ("org:the-times", "The Times"),
     ("group:cautious-members", "cautious members (unnamed)"), ("XKX", "Kosovo")],
)  # fmt: skip
def test_actors_are_shown_by_name(actor: str, name: str) -> None:
    assert actor_name(actor) == name
