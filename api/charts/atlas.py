"""Makes ``europe.json``, the outlines that the map is drawn from, out of the npm package ``world-atlas`` 2.0.2:

    npm pack world-atlas@2.0.2
    python -m api.charts.atlas world-atlas-2.0.2.tgz

The package (ISC licence) holds Natural Earth 4.1.0, which is in the public domain, as TopoJSON. Outlines are projected
(Lambert's azimuthal equal-area projection, so that countries compare by their size), simplified arc by arc, so that
neighbours still share their borders, cut to the map and written as whole numbers.

Natural Earth draws territories by who controls them. One thing is changed: the part of Russia in which Simferopol lies,
Crimea, becomes part of Ukraine."""

import json
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from pathlib import Path
from typing import Any

from api.wording.countries import CODES

VERSION = "2.0.2"
SOURCE = f"Natural Earth 4.1.0, 1:50 million (public domain), by way of world-atlas {VERSION} (ISC licence)"
FILE = Path(__file__).parent / "europe.json"

LongLat = tuple[float, float]
Pixel = tuple[float, float]
Ring = list[int]
"""A closed outline as numbers of arcs; ``~n`` is the arc ``n`` backwards."""

# --- the projection ---------------------------------------------------------------------------------------------------

CENTRE: LongLat = (17.0, 53.0)
PIXELS_PER_RADIUS = 1450.0
"""The radius of the Earth in pixels of the map."""
MIDDLE: Pixel = (545.0, 490.0)
WIDTH, HEIGHT = 1000, 940
MARGIN = 8
FARTHEST_DEGREES = 60.0
"""Places farther from the centre are not on a map of Europe, and would be distorted."""


def projected(place: LongLat) -> Pixel:
    """A place on the map (J. P. Snyder, Map Projections: A Working Manual, 1987, equations 24-2 to 24-4)."""
    east, north = radians(place[0] - CENTRE[0]), radians(place[1])
    middle = radians(CENTRE[1])
    scale = sqrt(2 / (1 + sin(middle) * sin(north) + cos(middle) * cos(north) * cos(east)))
    x = scale * cos(north) * sin(east)
    y = scale * (cos(middle) * sin(north) - sin(middle) * cos(north) * cos(east))
    return MIDDLE[0] + PIXELS_PER_RADIUS * x, MIDDLE[1] - PIXELS_PER_RADIUS * y


def _is_near(place: LongLat) -> bool:
    east, north = radians(place[0] - CENTRE[0]), radians(place[1] - CENTRE[1])
    half = sin(north / 2) ** 2 + cos(radians(place[1])) * cos(radians(CENTRE[1])) * sin(east / 2) ** 2
    return 2 * asin(min(1.0, sqrt(half))) < radians(FARTHEST_DEGREES)


# --- outlines as arcs -------------------------------------------------------------------------------------------------

SIMFEROPOL: LongLat = (34.1, 44.95)
RUSSIA, UKRAINE = "RUS", "UKR"


def with_crimea_in_ukraine(
    polygons: dict[str, list[list[Ring]]], arcs: Sequence[Sequence[LongLat]]
) -> dict[str, list[list[Ring]]]:
    """The outlines with the Russian polygon around Simferopol joined to the Ukrainian one that it borders on."""
    (crimea,) = [one for one in polygons[RUSSIA] if is_inside(SIMFEROPOL, _points(one[0], arcs))]
    (mainland,) = [one for one in polygons[UKRAINE] if any(~arc in crimea[0] for arc in one[0])]
    merged = [joined_at_the_border(mainland[0], crimea[0]), *mainland[1:], *crimea[1:]]
    others = [one for one in polygons[UKRAINE] if one is not mainland]
    russia = [one for one in polygons[RUSSIA] if one is not crimea]
    return polygons | {UKRAINE: [merged, *others], RUSSIA: russia}


def joined_at_the_border(one: Ring, other: Ring) -> Ring:
    """One outline around two that share a single stretch of border: there, it goes round the other.

    Outlines run the same way round, so each has the other's border backwards. Raises ``ValueError`` if they share
    none.
    """
    shared = [arc for arc in one if ~arc in other]
    if not shared:
        raise ValueError("the outlines share no border")
    one = _from_the_first_of(one, lambda arc: ~arc in other)
    other = _from_the_first_of(other, lambda arc: ~arc in shared)
    return [*one[len(shared) :], *other[len(shared) :]]


def _from_the_first_of(ring: Ring, is_shared: Callable[[int], bool]) -> Ring:
    """The outline turned so that it begins where its shared stretch does."""
    starts = (at for at, arc in enumerate(ring) if is_shared(arc) and not is_shared(ring[at - 1]))
    start = next(starts, 0)
    return [*ring[start:], *ring[:start]]


def is_inside(point: Pixel, ring: Sequence[Pixel]) -> bool:
    """Whether a point lies within an outline: a ray from it crosses the outline an odd number of times."""
    x, y = point
    crossings = (
        (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa
        for (xa, ya), (xb, yb) in zip(ring, [*ring[1:], ring[0]], strict=True)
    )
    return sum(crossings) % 2 == 1


def _points(ring: Ring, arcs: Sequence[Sequence[Any]]) -> list[Any]:
    return [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])[:-1]]


# --- from arcs to paths -----------------------------------------------------------------------------------------------

TOLERANCE_PIXELS = 0.8
LEAST_AREA = 7.0
"""In pixels, twice: smaller islands are left out, and a state that has nothing larger is a point."""


def simplified(line: Sequence[Pixel], tolerance: float) -> list[Pixel]:
    """A line with fewer points, none farther from the old than ``tolerance`` (D. Douglas and T. Peucker, 1973)."""
    kept = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        away = [(_distance(line[at], line[first], line[last]), at) for at in range(first + 1, last)]
        farthest, at = max(away, default=(0.0, 0))
        if farthest > tolerance:
            kept.add(at)
            todo += [(first, at), (at, last)]
    return [line[at] for at in sorted(kept)]


def _distance(point: Pixel, start: Pixel, end: Pixel) -> float:
    """How far a point is from the stretch between two others."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0
    if length:
        share = ((point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]) / length
    share = min(max(share, 0.0), 1.0)
    return hypot(point[0] - start[0] - share * along[0], point[1] - start[1] - share * along[1])


def cut_to_the_map(ring: Sequence[Pixel]) -> list[Pixel]:
    """The part of an outline on the map and a little around it (I. Sutherland and G. Hodgman, 1974)."""
    inside = list(ring)
    for axis, limit, sign in ((0, -MARGIN, 1), (0, WIDTH + MARGIN, -1), (1, -MARGIN, 1), (1, HEIGHT + MARGIN, -1)):
        before, inside = inside, []
        for one, other in zip(before, [*before[1:], *before[:1]], strict=True):
            one_is_in, other_is_in = (sign * (point[axis] - limit) >= 0 for point in (one, other))
            if one_is_in:
                inside.append(one)
            if one_is_in != other_is_in:
                share = (limit - one[axis]) / (other[axis] - one[axis])
                inside.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
    return inside


def area(ring: Sequence[Pixel]) -> float:
    """The area in an outline."""
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return abs(sum(xa * yb - xb * ya for (xa, ya), (xb, yb) in pairs)) / 2


def path_of(rings: Iterable[Sequence[Pixel]]) -> str:
    """Outlines as a path of whole numbers: a start, then steps."""
    return "".join(_outline(ring) for ring in rings)


def _outline(ring: Sequence[Pixel]) -> str:
    whole = [(round(x), round(y)) for x, y in ring]
    steps = [(xb - xa, yb - ya) for (xa, ya), (xb, yb) in pairwise(whole) if (xa, ya) != (xb, yb)]
    written = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{whole[0][0]} {whole[0][1]}l{written}z"


def most_inland(ring: Sequence[Pixel]) -> Pixel:
    """The point of a grid that is inside an outline, on the map, and farthest from its border: where a label goes."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    found = (0.0, (sum(xs) / len(xs), sum(ys) / len(ys)))
    for row in range(1, 24):
        for column in range(1, 24):
            point = (min(xs) + (max(xs) - min(xs)) * column / 24, min(ys) + (max(ys) - min(ys)) * row / 24)
            if is_inside(point, ring):
                edges = zip(ring, [*ring[1:], *ring[:1]], strict=True)
                found = max(found, (min(_distance(point, one, other) for one, other in edges), point))
    return found[1]


# --- the file ---------------------------------------------------------------------------------------------------------


def atlas_of(topology: dict[str, Any]) -> dict[str, Any]:
    """The outlines of all places on the map by their code, and of land without a code."""
    arcs = list(_arcs(topology))
    polygons: dict[str, list[list[Ring]]] = {}
    for place in topology["objects"]["countries"]["geometries"]:
        several = place["arcs"] if place["type"] == "MultiPolygon" else [place["arcs"]]
        polygons.setdefault(_code_of(place), []).extend(several)
    polygons = with_crimea_in_ukraine(polygons, arcs)
    drawn = [simplified([projected(point) for point in arc], TOLERANCE_PIXELS) for arc in arcs]
    places = {}
    for code, its in sorted(polygons.items()):
        near = [polygon for polygon in its if any(map(_is_near, _points(polygon[0], arcs)))]
        outlines = [cut_to_the_map(_points(ring, drawn)) for polygon in near for ring in polygon]
        large = [outline for outline in outlines if len(outline) > 2 and area(outline) >= LEAST_AREA]
        if large:
            x, y = most_inland(max(large, key=area))
            places[code] = {"at": [round(x), round(y)], "path": path_of(large)}
        elif near and code != NO_CODE and _is_on_the_map(at := projected(_points(near[0][0], arcs)[0])):
            places[code] = {"at": [round(at[0]), round(at[1])], "path": ""}
    return {"source": SOURCE, "size": [WIDTH, HEIGHT], "places": places}


NO_CODE = "-"
"""Land that ISO 3166-1 has no code for; no part of it is left out, and none is named."""


def _code_of(place: dict[str, Any]) -> str:
    if place["properties"]["name"] == "Kosovo":
        return "XKX"
    return CODES.get(place.get("id", ""), NO_CODE)


def _is_on_the_map(at: Pixel) -> bool:
    return 0 <= at[0] <= WIDTH and 0 <= at[1] <= HEIGHT


def _arcs(topology: dict[str, Any]) -> Iterator[list[LongLat]]:
    """The arcs in degrees: each is stored as a start and steps, in whole numbers (the TopoJSON format, 2.1.1)."""
    (across, up), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for east, north in arc:
            x, y = x + east, y + north
            line.append((left + x * across, low + y * up))
        yield line


def main(package: str) -> None:
    """Write the file from a package."""
    with tarfile.open(package) as archive:
        about = archive.extractfile("package/package.json")
        countries = archive.extractfile("package/countries-50m.json")
        assert about is not None
        assert countries is not None
        found = json.load(about)["version"]
        if found != VERSION:
            raise SystemExit(f"this is world-atlas {found}; the map is made from {VERSION}")
        atlas = atlas_of(json.load(countries))
    FILE.write_text(json.dumps(atlas, separators=(",", ":"), sort_keys=True).replace("},", "},\n") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
