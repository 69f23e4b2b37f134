"""Facts that only add to sums are put in without folding all later ones again; nothing that is answered shows it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import FACT, Event
from domain.facts import Thing
from domain.history import fold
from domain.history.history import History
from domain.history.sparse_states import StatesOnDemand
from domain.refusals import Refused
from domain.times import DAY_US, FOREVER_US, day_of, format_instant, instant_us
from tests.domain.fold_contents import tracks_of
from tests.domain.small_indexes import make_indexes_small

FIRST_US = instant_us("2025-01-01T00:00:00Z")
PLEDGE = Thing("pledge", "p")
SOURCES = [{"publisher": "desk"}]

DAYS = st.integers(0, 12).map(lambda number: day_of(FIRST_US + number * DAY_US))
NUMBERS = st.sampled_from([0, 1, 40, 100])
SIZES = st.one_of(
    st.builds(lambda least, more: {"min": least, "max": least + more}, NUMBERS, NUMBERS),
    st.builds(lambda least: {"min": least}, NUMBERS),
    st.just({"max": 100}),
    st.just({}),
)
PEOPLE = st.builds(
    lambda size, unit, approximate: size | {"unit": unit} | ({"approximate": True} if approximate else {}),
    SIZES, st.sampled_from(["personnel", "personnel", "company"]), st.booleans(),
)  # fmt: skip
PLACES = st.sampled_from([{}, {}, {"basing": "hub"}, {"basing": "port"}])
WORDS = st.sampled_from([{}, {}, {"attribution": {"actor": "GBR", "basis": "official"}},
                         {"attribution": {"actor": "FRA", "basis": "official"}}])  # fmt: skip


def _fact(type_name: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    made = st.builds(lambda day, *given: {"type": type_name, "pledge": "p", "effective_at": day}, DAYS)
    return st.tuples(made, WORDS, *parts).map(lambda found: {k: v for part in found for k, v in part.items()})


def _with(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return values.map(lambda value: {name: value})


DEPLOYED = _fact("ForcesDeployed", _with("quantity", PEOPLE), PLACES)
FACTS = st.one_of(
    DEPLOYED,
    DEPLOYED,
    DEPLOYED,
    _fact("ForcesReturned", _with("quantity", PEOPLE), PLACES),
    _fact("ForcesReturned", PLACES),
    _fact("StrengthReported", _with("quantity", PEOPLE), PLACES),
    _fact("PledgeAmended", _with("quantity", PEOPLE)),
    _fact("PledgeAmended", _with("expires_on", DAYS)),
    _fact("PledgeReaffirmed", _with("until", DAYS)),
    _fact("PledgeRaised", st.just({"level": "committed"})),
    _fact("PledgeSuspended"),
    _fact("PledgeWithdrawn"),
)
MONEY = _with("quantity", SIZES.map(lambda size: size | {"unit": "EUR"}))
PAYMENTS = st.one_of(
    _fact("FundsDisbursed", MONEY),
    _fact("FundsDisbursed", MONEY),
    _fact("PledgeAmended", MONEY),
    _fact("PledgeReaffirmed", _with("until", DAYS)),
)
SCRIPTS = st.one_of(
    st.tuples(st.just("personnel"), st.lists(FACTS, min_size=4, max_size=40)),
    st.tuples(st.just("EUR"), st.lists(PAYMENTS, min_size=4, max_size=40)),
)


@pytest.fixture(autouse=True, scope="module")
def small_bounds() -> Iterator[None]:
    """Let a history of a few facts have many blocks."""
    with pytest.MonkeyPatch.context() as patch:
        make_indexes_small(patch)
        patch.setattr("domain.concepts.pledges.forces.MOST_TOLD_APART", 4)
        yield


def events_of(unit: str, facts: list[dict[str, Any]]) -> list[Event]:
    base: list[dict[str, Any]] = [
        {"type": "CoalitionFormed", "name": "Willing", "effective_at": day_of(FIRST_US)},
        *({"type": "BasingProposed", "basing": name, "effective_at": day_of(FIRST_US)} for name in ("hub", "port")),
        {
            "type": "PledgeMade", "pledge": "p", "contributor": "GBR", "level": "pledged",
            "capability": "ground_forces", "quantity": {"min": 1_000, "max": 2_000, "unit": unit},
            "effective_at": day_of(FIRST_US),
        },
    ]  # fmt: skip
    return [
        Event(
            event_id=f"00000000-0000-7000-8000-{number:012d}", coalition="c", sequence=number, recorded_by="desk",
            recorded_at=format_instant(FIRST_US + number), fact=FACT.validate_python({"sources": SOURCES} | fact),
        )
        for number, fact in enumerate([*base, *facts], start=1)
    ]  # fmt: skip


def all_answers(history: History) -> Any:
    """The pledge at every time and sequence, and what is set aside at each."""
    return [
        (view.state(PLEDGE), [(one.event.event_id, repr(one.broken)) for one in view.set_aside()])
        for sequence in range(history.sequence + 1)
        for number in range(14)
        for view in [history.view(FIRST_US + number * DAY_US, FOREVER_US, "recorded", sequence)]
    ]


def folded_in_full(events: list[Event]) -> History:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "LONG", 1_000_000)
        return History("c", events)


@given(SCRIPTS)
def test_sums_in_any_order_are_those_of_a_fold_of_everything(script: tuple[str, list[dict[str, Any]]]) -> None:
    events = events_of(*script)
    history, in_full = History("c", events), folded_in_full(events)
    assert tracks_of(history) == tracks_of(in_full)
    assert all_answers(history) == all_answers(in_full)


@given(SCRIPTS)
def test_what_is_refused_is_the_same(script: tuple[str, list[dict[str, Any]]]) -> None:
    history, in_full = History("c"), folded_in_full([])
    for attempt in events_of(*script):
        event = replace(attempt, sequence=history.sequence + 1)
        refusals = []
        for one, length in ((history, 2), (in_full, 1_000_000)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(fold, "LONG", length)
                draft = one.draft()
                try:
                    draft.add([event])
                except Refused as refused:
                    refusals.append([(violation.index, repr(violation.broken)) for violation in refused.violations])
                else:
                    one.append(event, draft.folded[0])
                    refusals.append([])
        assert refusals[0] == refusals[1]
    assert all_answers(history) == all_answers(in_full)


def test_a_late_deployment_is_put_in_without_a_fold_of_all_later_ones() -> None:
    days = [day_of(FIRST_US + number * DAY_US) for number in (3, 9, 6, 2, 5)]
    ten = {"min": 10, "max": 10, "unit": "personnel"}
    deployed = [{"type": "ForcesDeployed", "pledge": "p", "effective_at": day, "quantity": ten} for day in days]
    history = History("c", events_of("personnel", deployed))
    track = history.track(PLEDGE)
    assert track is not None
    assert isinstance(track.states, StatesOnDemand)
    assert [state.deployed.max for state in track.states if state.deployed] == [10, 20, 30, 40, 50]


def test_a_deployment_leaves_once_all_have_gone_home_before() -> None:
    """A late return of all leaves nothing for the later return of one deployment, which is then set aside."""
    ten = {"min": 10, "max": 10, "unit": "personnel"}
    days = [day_of(FIRST_US + number * DAY_US) for number in (1, 4, 6, 5)]
    deployed = [{"type": "ForcesDeployed", "pledge": "p", "effective_at": day, "quantity": ten} for day in days[:2]]
    second = "00000000-0000-7000-8000-000000000006"
    facts: list[dict[str, Any]] = [
        *deployed,
        {"type": "ForcesReturned", "pledge": "p", "effective_at": days[2], "of": second},
        {"type": "ForcesReturned", "pledge": "p", "effective_at": days[3]},
    ]
    events = events_of("personnel", facts)
    assert events[5].event_id == second
    history, in_full = History("c", events), folded_in_full(events)
    assert all_answers(history) == all_answers(in_full)
    view = history.view(FOREVER_US, FOREVER_US, "recorded", history.sequence)
    assert [one.event.sequence for one in view.set_aside()][-1] == 7
