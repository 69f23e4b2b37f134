"""``/c/{coalition}/what-if``: a history changed by clicking, beside the one on record.

A change is a word and a name, as ``failed:us-backing`` or ``halved:gbr-ground``, repeated in the address. What it
becomes is a change as the API takes it (``domain/what_if/changes.py``); what comes of it is worked out by the same replay."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import TypeAdapter

from api.charts import Chart, cascade_graph, fan_chart, sensitivity_bars
from api.http.answers import json_of
from api.http.problems import BAD_PARAMETER, NOT_FOUND, Fault, Problem
from api.pages.chart_files import embed, taken_along
from api.pages.clocks import clocks_of
from api.pages.difference import sections_of
from api.pages.drawings import NARROW, WIDE
from api.pages.filters import as_answered
from api.pages.forms import EMPTY, Returned
from api.pages.responses import page, sent, table
from api.pages.routing import pages
from api.pages.viewpoint import Stand, stand_at
from api.replays import Replays
from api.routes.comparisons import ComparedPictures, comparing
from api.routes.likelihood import drawing
from api.routes.parameters import Asked, Recorded, Seen
from api.routes.what_if import ForkAsked, forked
from api.routes.what_if_problems import refusing
from api.wording.phrases import listed
from domain.times import YEAR_LAST, day_of, period
from domain.vocabulary import SLUG
from domain.what_if.chances import SimulationAsked
from domain.what_if.changes import Change, Changes
from projections.difference import Difference, beside, difference_of
from projections.lists import Items, PledgeItem, items_of
from projections.picture.picture import Picture, picture_of
from projections.what_if.changed_history import ChangedHistory, baseline_of
from projections.what_if.consequences import Consequences, consequences_of
from projections.what_if.sensitivity import Sensitivity, sensitivity_of
from projections.what_if.simulation import Simulation, simulation_of

router = pages()

CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(Changes)
MOST_CHANGES = 40
MOST_CHANCES = 100
FIGURES = ("available", "conditional", "blocked", "floated", "deployed", "if_all_move")
"""The figures that a scenario is compared by."""

# --- changes in an address --------------------------------------------------------------------------------------------


def _decided(becomes: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"decide": name, "becomes": becomes, "effective_at": day}


def _withdrawn(name: str, day: str) -> dict[str, Any]:
    return {"assume": {"type": "PledgeWithdrawn", "pledge": name, "effective_at": day}}


def _scaled(scale: float) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, _: {"alter": {"type": "PledgeMade", "pledge": name}, "scale": scale}


def _firm(level: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, day: {"assume": {"type": "PledgeRaised", "pledge": name, "level": level, "effective_at": day}}


WORDS: dict[str, tuple[str, Callable[[str, str], dict[str, Any]]]] = {
    "met": ("the condition {} is met", _decided("met")),
    "failed": ("the condition {} fails", _decided("failed")),
    "withdrawn": ("the pledge {} is withdrawn", _withdrawn),
    "halved": ("the pledge {} is halved", _scaled(0.5)),
    "doubled": ("the pledge {} is doubled", _scaled(2.0)),
    "committed": ("the pledge {} is made firm", _firm("committed")),
}
"""What can be clicked: each word, how it is told, and the change that it makes of a name and a day."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """One change as it stands in the address."""

    word: str
    name: str

    @property
    def told(self) -> str:
        """The change in words."""
        return WORDS[self.word][0].format(self.name)

    def __str__(self) -> str:
        return f"{self.word}:{self.name}"


def clicked(
    change: Annotated[list[str] | None, Query(description="`failed:us-backing`; may be repeated.")] = None,
) -> tuple[Clicked, ...]:
    """The changes that an address has, each once. Raises a ``Problem`` for a word that there is not, or no name."""
    found = [Clicked(*text.split(":", 1)) if ":" in text else Clicked(text, "") for text in change or ()]
    wrong = [one for one in found if one.word not in WORDS or not re.fullmatch(SLUG, one.name)]
    if wrong or len(found) > MOST_CHANGES:
        detail = f"a change is one of {', '.join(WORDS)}, a colon and a name; at most {MOST_CHANGES} changes"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="change", detail=detail)])
    return tuple(dict.fromkeys(found))


Changed = Annotated[tuple[Clicked, ...], Depends(clicked)]

# --- what comes of them -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Changes to a history where a page looks at it; nothing has been worked out yet."""

    stand: Stand
    clicked: tuple[Clicked, ...] = ()
    body: list[dict[str, Any]] = field(default_factory=list)

    def query(self, without: str | None = None, plus: str | None = None, **other: Any) -> str:
        """The address's parameters, with one change less or one more, which takes the place of others of that name."""
        kept = [str(one) for one in self.clicked if str(one) != without]
        if plus is not None:
            kept = [text for text in kept if text.partition(":")[2] != plus.partition(":")[2]] + [plus]
        return self.stand.query(change=kept, **other)

    @property
    def asked(self) -> dict[str, Any]:
        """Where it is forked, as the API takes it: whatever is recorded later, it is the same."""
        basis = self.stand.basis
        return {name: getattr(basis, name) for name in ("valid_at", "known_at", "known_axis", "sequence")}

    @property
    def told(self) -> str:
        """The changes in words."""
        return f"What if {listed([one.told for one in self.clicked])}" if self.clicked else "No changes"

    def has(self, text: str) -> bool:
        """Whether a change is made already."""
        return text in map(str, self.clicked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked(Proposal):
    """A changed history where a page looks at it, beside its baseline."""

    scenario: Stand

    @property
    def history(self) -> ChangedHistory:
        """The changed history."""
        assert isinstance(self.scenario.history, ChangedHistory)
        return self.scenario.history


def proposal(request: Request, recorded: Recorded, asked: Asked, changes: Changed) -> Proposal:
    """The changes that an address has, to the history of the coalition."""
    stand = stand_at(request, recorded, asked)
    day = day_of(stand.view.valid_us)
    return Proposal(stand=stand, clicked=changes, body=[WORDS[one.word][1](one.name, day) for one in changes])


Proposed = Annotated[Proposal, Depends(proposal)]


def what_if(request: Request, recorded: Recorded, proposed: Proposed) -> Forked:
    """The history of the coalition, with the changes of the address. Raises a ``Problem``."""
    replays: Replays = request.app.state.replays
    with refusing(changes_at="/changes"):
        base, fork = forked(request, recorded, ForkAsked(**proposed.asked))
        history = replays.changed(recorded, base, fork, CHANGES.validate_python(proposed.body))
    stand, scenario = proposed.stand, stand_at(request, history, proposed.stand.asked)
    return Forked(stand=stand, clicked=proposed.clicked, body=proposed.body, scenario=scenario)


def saved(request: Request, recorded: Recorded, history: Seen, asked: Asked) -> Forked:
    """The history of a saved scenario; what is left open is as of its fork."""
    assert isinstance(history, ChangedHistory)
    asked = history.as_of(asked)
    return Forked(stand=stand_at(request, recorded, asked), scenario=stand_at(request, history, asked))


WhatIf = Annotated[Forked, Depends(what_if)]
Saved = Annotated[Forked, Depends(saved)]


def compared(request: Request, fork: Forked) -> dict[str, Any]:
    """The two pictures, how they differ, and what led there, as the API answers them."""
    pictures, consequences = _compared(request, fork)
    difference = as_answered(Difference, pictures.difference)
    return {
        "baseline": as_answered(Picture, pictures.baseline),
        "picture": as_answered(Picture, pictures.scenario),
        "difference": difference,
        "sections": sections_of(difference),
        "consequences": as_answered(Consequences, consequences),
        "cascade": two_widths(lambda width, name: cascade_graph(consequences, width=width, name=name), "cascade"),
        "figures": FIGURES,
    }


def _compared(request: Request, fork: Forked) -> tuple[ComparedPictures, Consequences]:
    """Both pictures and their difference, and the consequences. Raises a ``Problem`` without a place or time for it."""
    basis, history = fork.scenario.basis, fork.history
    with comparing(request) as deadline:
        before, after = (baseline_of(history, basis), basis), (fork.scenario.view, basis)
        baseline, scenario, difference = beside(before, after, deadline.check)
        consequences = consequences_of(history, basis, deadline.check)
    return ComparedPictures(scenario, baseline, difference), consequences


def two_widths(draw: Callable[[int, str], Chart], name: str) -> list[Chart]:
    """A chart for a desk and for a telephone."""
    return [draw(width, f"{name}-{width}") for width in (WIDE, NARROW)]


# --- pages ------------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/what-if.json")
def what_if_answer(request: Request, fork: WhatIf) -> Response:
    """The pictures, the difference and the consequences, as ``POST /coalitions/{coalition}/what-if`` answers them."""
    pictures, consequences = _compared(request, fork)
    parts = json_of(ComparedPictures, pictures), json_of(Consequences, consequences)
    return sent(request, b'{"picture":%s,"consequences":%s}' % parts, "application/json")


@router.get("/c/{coalition}/what-if.csv")
def what_if_table(request: Request, fork: WhatIf) -> Response:
    """Everything that is otherwise, as rows."""
    return difference_table(request, fork, "what-if")


@router.get("/c/{coalition}/what-if")
def what_if_page(request: Request, fork: WhatIf) -> Response:
    """What can be changed, what was, and what comes of it."""
    return shown(request, fork)


def shown(request: Request, fork: Forked, form: Returned = EMPTY) -> Response:
    """The page, with the form that saves it as it came back."""
    clocks = clocks_of(fork.stand)
    pledges = as_answered(Items[PledgeItem], items_of("pledges", fork.stand.view, fork.stand.basis))["items"]
    return page(
        request, "what_if.html", status=form.status, stand=fork.stand, fork=fork, clocks=clocks, scenario=None,
        form=form, pledges=[one for one in pledges if one["status"] in ("standing", "suspended")],
        **compared(request, fork),
    )  # fmt: skip


def difference_table(request: Request, fork: Forked, name: str) -> Response:
    """Everything that is otherwise, as rows."""
    columns = ("what", "fields", "before", "after", "events")
    basis = fork.scenario.basis
    with comparing(request) as deadline:
        before, after = (baseline_of(fork.history, basis), basis), (fork.scenario.view, basis)
        difference = difference_of(before, after, deadline.check)
    rows = ([change[name] for name in columns] for change in as_answered(Difference, difference)["changes"])
    return table(request, f"{basis.coalition}-{name}.csv", columns, rows)


# --- which condition matters ------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/what-if/conditions.csv")
def conditions_table(request: Request, fork: WhatIf) -> Response:
    """Each open condition's share, as rows."""
    columns = ("condition", "kind", "share_min", "share_max", "available_min_if_met", "available_min_if_failed")
    rows = (
        (one.condition, one.kind, one.share.min, one.share.max, one.if_met.available.min, one.if_failed.available.min)
        for one in _sensitivity(request, fork).conditions
    )
    return table(request, f"{fork.stand.basis.coalition}-conditions.csv", columns, rows)


@router.get("/c/{coalition}/what-if/conditions.json")
def conditions_answer(request: Request, fork: WhatIf) -> Response:
    """The same as the API answers it."""
    return sent(request, json_of(Sensitivity, _sensitivity(request, fork)), "application/json")


@router.get("/c/{coalition}/what-if/conditions")
def conditions(request: Request, fork: WhatIf) -> Response:
    """Which open condition matters most."""
    found = _sensitivity(request, fork)
    drawn = two_widths(lambda width, name: sensitivity_bars(found, width=width, name=name), "sensitivity")
    return page(
        request,
        "sensitivity.html",
        stand=fork.stand,
        fork=fork,
        found=as_answered(Sensitivity, found),
        drawn=drawn,
        labels={one.requirement: one.label for one in fork.scenario.picture.requirements},
    )


def _sensitivity(request: Request, fork: Forked) -> Sensitivity:
    with drawing(request).place() as deadline, refusing():
        return sensitivity_of(fork.scenario.view, fork.scenario.basis, None, deadline.check)


# --- how likely what is -----------------------------------------------------------------------------------------------

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each condition is to be met by the last date, in hundredths, and how far to look."""

    of: dict[str, int]
    months: int

    def asked(self, from_us: int) -> SimulationAsked:
        """The question, from the clock on, a date each month."""
        dates = list(_monthly(from_us, self.months))
        when = {"earliest": dates[0], "latest": dates[-1]}
        conditions = [{"condition": name, "probability": share / 100, "when": when} for name, share in self.of.items()]
        return TypeAdapter(SimulationAsked).validate_python({"dates": dates, "conditions": conditions})


UNSAID = Chances({}, MONTHS)
"""Of no condition is it said how likely it is."""


def chances(
    chance: Annotated[list[str] | None, Query(description="`ceasefire:40`, in hundredths; may be repeated.")] = None,
    months: Annotated[int, Query(ge=1, le=60)] = MONTHS,
) -> Chances:
    """The chances that an address has. Raises a ``Problem`` for what is no share of a hundred."""
    of: dict[str, int] = {}
    for text in chance or ():
        found = re.fullmatch(rf"({SLUG}):([0-9]{{1,2}}|100)", text)
        if not found or len(of) == MOST_CHANCES:
            detail = f"a chance is a condition, a colon and a whole number up to 100; at most {MOST_CHANCES} chances"
            raise Problem(BAD_PARAMETER, faults=[Fault(parameter="chance", detail=detail)])
        of[found[1]] = int(found[2])
    return Chances(of, months)


def _monthly(from_us: int, months: int) -> Iterator[str]:
    """The day of the clock, and the same day of each month after it; a month's end stays within its month.

    It ends with the calendar."""
    year, month, day = (int(part) for part in day_of(from_us).split("-"))
    for ahead in range(months + 1):
        years, of_year = divmod(month - 1 + ahead, 12)
        if year + years > YEAR_LAST:
            return
        first = f"{year + years:04}-{of_year + 1:02}"
        last_day = int(day_of(period(first).last_us)[-2:])
        yield f"{first}-{min(day, last_day):02}"


Likely = Annotated[Chances, Depends(chances)]


@router.get("/c/{coalition}/what-if/chances.csv")
def chances_table(request: Request, fork: WhatIf, likely: Likely) -> Response:
    """The quantiles of what is available at each date, and the chance of each requirement, as rows."""
    found = _simulation(request, fork, likely)
    spreads = [(one.at, "available", name, getattr(one.available, name)) for one in found.dates for name in QUANTILES]
    chance = [(one.at, "chance", of.requirement, of.probability) for one in found.dates for of in one.requirements]
    return table(request, f"{fork.stand.basis.coalition}-chances.csv", ("at", "what", "of", "value"), spreads + chance)


QUANTILES = ("p5", "p25", "p50", "p75", "p95", "mean")


@router.get("/c/{coalition}/what-if/chances.json")
def chances_answer(request: Request, fork: WhatIf, likely: Likely) -> Response:
    """The same as the API answers it."""
    return sent(request, json_of(Simulation, _simulation(request, fork, likely)), "application/json")


@router.get("/c/{coalition}/what-if/chances")
def chances_page(request: Request, fork: WhatIf, likely: Likely) -> Response:
    """How large the force may become, and how likely it meets what is required."""
    found = _simulation(request, fork, likely)
    required = picture_of(fork.scenario.view, fork.scenario.basis).requirements
    drawn = two_widths(lambda width, name: fan_chart(found, requirements=required, width=width, name=name), "fan")
    picture = as_answered(Picture, picture_of(fork.scenario.view, fork.scenario.basis))
    return page(
        request, "chances.html", stand=fork.stand, fork=fork, likely=likely, found=as_answered(Simulation, found),
        drawn=drawn, conditions=[one for one in picture["conditions"] if one["status"] == "open"],
        labels={one["requirement"]: one["label"] for one in picture["requirements"]},
    )  # fmt: skip


def _simulation(request: Request, fork: Forked, likely: Chances) -> Simulation:
    with drawing(request).place() as deadline, refusing():
        asked = likely.asked(fork.scenario.view.valid_us)
        return simulation_of(fork.scenario.view, fork.scenario.basis, asked, deadline.check)


# --- their charts, to take along --------------------------------------------------------------------------------------


def chart_of(request: Request, fork: Forked, likely: Chances, chart: str) -> Callable[[int, str], Chart]:
    """What draws one of the charts of these pages. Raises a ``Problem`` where there is none of that name."""
    match chart:
        case "cascade":
            with comparing(request) as deadline:
                consequences = consequences_of(fork.history, fork.scenario.basis, deadline.check)
            return lambda width, name: cascade_graph(consequences, width=width, name=name)
        case "sensitivity":
            sensitivity = _sensitivity(request, fork)
            return lambda width, name: sensitivity_bars(sensitivity, width=width, name=name)
        case "fan":
            simulation = _simulation(request, fork, likely)
            required = fork.scenario.picture.requirements
            return lambda width, name: fan_chart(simulation, requirements=required, width=width, name=name)
    raise Problem(NOT_FOUND, f"unknown chart {chart}; choose from: cascade, sensitivity, fan")


@router.get("/c/{coalition}/what-if/charts/{chart}.{ending}")
def chart_as_file(request: Request, fork: WhatIf, likely: Likely, chart: str, ending: str) -> Response:
    """A chart as a file, with what it rests on."""
    drawn = chart_of(request, fork, likely, chart)(WIDE, chart)
    return taken_along(request, fork.scenario, drawn, ending, fork.told)


@router.get("/c/{coalition}/what-if/charts/{chart}")
def chart_embedded(request: Request, fork: WhatIf, likely: Likely, chart: str) -> Response:
    """A chart alone, for a frame in another page."""
    drawn = two_widths(chart_of(request, fork, likely, chart), chart)
    return embed(request, fork.stand, chart, drawn, fork.told)
