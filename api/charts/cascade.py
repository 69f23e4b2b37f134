"""The knock-on effects of changes as a graph: conditions, the pledges that drop out or become available through them,
the conditions whose rules count those pledges, and so on, round by round.

An arrow from a condition to a pledge means: because of it. An arrow to a condition means: its rule counts that pledge,
or looks at that condition, stance or member. In a wide drawing each step is a column; in a narrow one all boxes are
below each other, with arrows at the left. Arrows back, between pledges that depend on each other, are dashed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.charts.chart import SMALL, Chart, Table
from api.charts.frame import Corner, path
from api.charts.svg import Markup, element, group, joined, number, shortened, text, width_of, wrapped
from api.wording import knock_on_effects, phrases
from api.wording.countries import actor_name
from api.wording.knock_on_effects import thing_name
from api.wording.names import label_of
from projections.what_if.consequences import Consequences
from projections.what_if.rounds import Move, Reason, Round
from projections.what_if.rule_causes import Turn

EFFECTS = {"fell": knock_on_effects.DROPS_OUT, "came-in": knock_on_effects.BECOMES_AVAILABLE}
"""The effect on a pledge, in words."""
MAX_ROUNDS = 8
"""The rounds that are drawn; the table has all."""
MAX_NODES_IN_A_LAYER = 14
"""The boxes in a layer; the last one stands for all others."""

BOLDER = 1.06
"""How much wider bold letters are."""
BOX_HEIGHT, ROW, GUTTER, NARROW_GUTTER, LEAST_BOX = 54, 66, 52, 64, 150


# --- the graph --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """A pledge or one of its causes, by ``kind:id``; layers are drawn in their order."""

    what: str
    layer: int
    kind: str
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one node to another, by their ``what``."""

    tail: str
    head: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by layer, and arrows between them, each once."""

    nodes: list[Node]
    arrows: list[Arrow]

    @property
    def layers(self) -> list[list[Node]]:
        """The nodes of each layer; none is empty."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.layer, []).append(node)
        return [found[layer] for layer in sorted(found)]


def graph_of(rounds: Sequence[Round]) -> Graph:
    """Pledges of a cascade and their causes: those of round ``n`` in the layer ``3n``, the conditions on them before
    that, and what the rules of these conditions look at before those."""
    nodes: dict[str, Node] = {}
    arrows: dict[Arrow, None] = {}
    for one in rounds:
        reasons = [reason for _, move in _moves(one) for reason in move.because if _is_condition(reason)]
        for turn in (turn for reason in reasons for turn in reason.by):
            nodes.setdefault(turn.what, _cause(turn, 3 * one.round - 2))
        for reason in reasons:
            nodes.setdefault(reason.what, _cause(reason, 3 * one.round - 1))
        for kind, move in _moves(one):
            nodes.setdefault(f"pledge:{move.pledge}", _pledge(move, kind, 3 * one.round))
    for one in rounds:
        for _, move in _moves(one):
            arrows |= dict.fromkeys(_arrows(move, nodes))
    return Graph(list(nodes.values()), list(arrows))


def _moves(one: Round) -> Iterator[tuple[str, Move]]:
    yield from (("fell", move) for move in one.fell)
    yield from (("came-in", move) for move in one.came_in)


def _is_condition(reason: Reason) -> bool:
    return reason.what.startswith("condition:")


def _arrows(move: Move, nodes: Iterable[str]) -> Iterator[Arrow]:
    for reason in filter(_is_condition, move.because):
        yield Arrow(reason.what, f"pledge:{move.pledge}")
        yield from (Arrow(f"pledge:{name}", reason.what) for name in reason.through if f"pledge:{name}" in nodes)
        yield from (Arrow(turn.what, reason.what) for turn in reason.by)


def _cause(cause: Reason | Turn, layer: int) -> Node:
    kind, _, slug = cause.what.partition(":")
    name = slug.replace("-", "_") if kind == "condition" else ""
    label = label_of(kind, slug) or phrases.spoken(name) if name else phrases.capitalised(thing_name(cause.what))
    state = f"now {phrases.state_in_words(cause.is_now)} (was {phrases.state_in_words(cause.was)})"
    return Node(cause.what, layer, "condition", label, state)


def _pledge(move: Move, kind: str, layer: int) -> Node:
    label = f"{actor_name(move.contributor)}, {phrases.spoken(move.capability)}"
    size = "" if move.personnel is None else f"{phrases.bounds(move.personnel.min, move.personnel.max)}, "
    if kind == "fell":
        state = f"{size}now {_standing(move.is_now)}"
    else:
        was = move.was or _was_before(move)
        state = f"{size}was {_standing(was)}" if was else f"{size}newly added"
    return Node(f"pledge:{move.pledge}", layer, kind, label, state)


def _was_before(move: Move) -> str | None:
    """What a pledge without a standing was: floated, if it was there."""
    own = (reason.was for reason in move.because if reason.what == f"pledge:{move.pledge}")
    return next((was for was in own if was != "not there"), None)


def _standing(standing: str | None) -> str:
    return phrases.spoken(standing) if standing else "not in force"


def gathered(graph: Graph, most: int = MAX_NODES_IN_A_LAYER) -> Graph:
    """The same graph with at most so many nodes in a layer; the last one stands for the rest, with all their arrows."""
    place: dict[str, str] = {}
    nodes: list[Node] = []
    for layer in graph.layers:
        kept = layer if len(layer) <= most else layer[: most - 1]
        nodes += kept
        place |= {node.what: node.what for node in kept}
        if rest := layer[len(kept) :]:
            kind = "causes" if rest[0].kind == "condition" else "pledges"
            more = Node(f"more:{rest[0].layer}", rest[0].layer, rest[0].kind, f"{len(rest):,} more {kind}", "")
            nodes.append(more)
            place |= {node.what: more.what for node in rest}
    arrows = (Arrow(place[arrow.tail], place[arrow.head]) for arrow in graph.arrows)
    return Graph(nodes, list(dict.fromkeys(arrows)))


# --- the drawing ------------------------------------------------------------------------------------------------------


def cascade_graph(consequences: Consequences, *, width: int = 960, name: str = "cascade") -> Chart:
    """Draw which pledges drop out or become available, and why, round by round."""
    drawn_rounds = consequences.rounds[:MAX_ROUNDS]
    graph = gathered(graph_of(drawn_rounds))
    layers = graph.layers
    is_wide = bool(layers) and (width - GUTTER * (len(layers) - 1)) / len(layers) >= LEAST_BOX
    boxes = _columns(layers, width) if is_wide else _one_below_the_other(layers, width)
    arrows = [_arrow(arrow, boxes, name, is_wide) for arrow in graph.arrows]
    drawn: tuple[Markup, ...] = (
        _head(name), *arrows, *(_box(node, boxes[node.what]) for node in graph.nodes)
    )  # fmt: skip
    if not layers:
        drawn = (text(knock_on_effects.NO_EFFECTS, 2, 20),)
    bottom = max((box.y + BOX_HEIGHT for box in boxes.values()), default=28)
    return Chart(
        name, "Knock-on effects, round by round", _summary(consequences), width, round(bottom + 6), joined(drawn),
        _table(consequences), tuple(_beside(consequences)),
    )  # fmt: skip


def _beside(consequences: Consequences) -> Iterator[str]:
    if (more := len(consequences.rounds) - MAX_ROUNDS) > 0:
        yield f"{phrases.count(more, 'more round')} {'is' if more == 1 else 'are'} in the table only."


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a node in the drawing."""

    x: float
    y: float
    width: float


def _columns(layers: Sequence[Sequence[Node]], width: int) -> dict[str, Box]:
    """A column for each layer, vertically centred."""
    wide = min(260.0, (width - 4 - GUTTER * (len(layers) - 1)) / len(layers))
    tallest = max(len(layer) for layer in layers)
    boxes = {}
    for column, layer in enumerate(layers):
        top = 4 + (tallest - len(layer)) * ROW / 2
        for row, node in enumerate(layer):
            boxes[node.what] = Box(2 + column * (wide + GUTTER), top + row * ROW, wide)
    return boxes


def _one_below_the_other(layers: Sequence[Sequence[Node]], width: int) -> dict[str, Box]:
    nodes = [node for layer in layers for node in layer]
    wide = width - NARROW_GUTTER - 2
    return {node.what: Box(NARROW_GUTTER, 4 + ROW * row, wide) for row, node in enumerate(nodes)}


def _box(node: Node, box: Box) -> Markup:
    wide = box.width - 16
    mark = f"{EFFECTS[node.kind]}: " if node.kind in EFFECTS and node.state else ""
    return group(
        element("title", f"{node.what}. {node.label}. {mark}{node.state}"),
        element("rect", x=box.x, y=box.y, width=box.width, height=BOX_HEIGHT, rx=5),
        text(
            shortened(node.label, int(wide / (width_of("m", SMALL) * BOLDER))),
            box.x + 8,
            box.y + 16,
            font_weight="600",
            font_size=SMALL,
        ),
        *(
            text(line, box.x + 8, box.y + 31 + 14 * number, "faint", font_size=SMALL)
            for number, line in enumerate(wrapped(mark + node.state, wide, SMALL)[:2])
        ),
        class_=f"node {node.kind}",
    )


def _arrow(arrow: Arrow, boxes: dict[str, Box], name: str, is_wide: bool) -> Markup:
    tail, head = boxes[arrow.tail], boxes[arrow.head]
    y1, y2 = tail.y + BOX_HEIGHT / 2, head.y + BOX_HEIGHT / 2
    if not is_wide:
        out = min(NARROW_GUTTER - 6.0, 14 + abs(y2 - y1) / 6)
        d = _curve((tail.x, y1 + 4), (head.x - 7, y2 - 4), -out, -out)
        return _arrow_path(d, y2 < y1, name)
    x1, x2 = tail.x + tail.width, head.x - 7
    if x2 > x1:
        return _arrow_path(_curve((x1, y1), (x2, y2), GUTTER / 2, -GUTTER / 2), False, name)
    return _arrow_path(_curve((tail.x, y1), (head.x + head.width + 7, y2), -GUTTER / 2, GUTTER / 2), True, name)


def _curve(tail: Corner, head: Corner, out: float, into: float) -> str:
    """A curve that leaves and arrives level."""
    places = (tail[0] + out, tail[1], head[0] + into, head[1], *head)
    return f"M{number(tail[0])} {number(tail[1])}C{' '.join(map(number, places))}"


def _arrow_path(d: str, is_back: bool, name: str) -> Markup:
    return element("path", d=d, class_="arrow back" if is_back else "arrow", marker_end=f"url(#{name}-head)")


def _head(name: str) -> Markup:
    tip = element("path", d=f"{path([(0, 0), (7, 3.5), (0, 7)])}Z", class_="head")
    return element("defs", element(
        "marker", tip, id=f"{name}-head", markerWidth=7, markerHeight=7, refX=0, refY=3.5, orient="auto",
        markerUnits="userSpaceOnUse",
    ))  # fmt: skip


# --- in words ---------------------------------------------------------------------------------------------------------


def _summary(consequences: Consequences) -> str:
    if not consequences.rounds:
        return knock_on_effects.NO_EFFECTS
    return " ".join(
        f"Round {one.round}: {phrases.listed([*_counted(one)])}."
        for one in consequences.rounds[:MAX_ROUNDS]
        if one.fell or one.came_in
    )


def _counted(one: Round) -> Iterator[str]:
    if one.fell:
        yield knock_on_effects.drop_out(len(one.fell))
    if one.came_in:
        yield knock_on_effects.become_available(len(one.came_in))


def _table(consequences: Consequences) -> Table:
    rows = [
        (
            str(one.round), move.pledge, actor_name(move.contributor), EFFECTS[kind],
            _standing(move.was), _standing(move.is_now), "; ".join(map(_because, move.because)),
        )
        for one in consequences.rounds
        for kind, move in _moves(one)
    ]  # fmt: skip
    return Table(("Round", "Pledge", "Contributor", "Effect", "Before", "Now", "Cause"), tuple(rows))


def _because(reason: Reason) -> str:
    things = knock_on_effects.turns([(turn.what, turn.was, turn.is_now) for turn in reason.by])
    through = "; ".join(filter(None, (phrases.listed(reason.through), things)))
    was, is_now = phrases.state_in_words(reason.was), phrases.state_in_words(reason.is_now)
    return f"{reason.what.partition(':')[2]}: now {is_now} (was {was}){f' (through {through})' if through else ''}"
