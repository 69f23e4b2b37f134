"""What holds a history is freed with its last use, without the garbage collector, and so is the history.

A process spares its record the collector for good (``gc.freeze``): a reference cycle that is alive by then, and all
that it holds, would be kept for as long as the process runs.
"""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from weakref import ref

import pytest
from pydantic import TypeAdapter

from domain.events import FACT
from domain.history.as_known import AsKnown
from domain.history.history import History
from domain.history.knowledge import Knowledge
from domain.history.overlay import Overlay
from domain.ledger import KeyReused, Ledger, StaleMatch
from domain.refusals import Refused
from domain.times import period
from domain.what_if.chances import SimulationRequest
from domain.what_if.changes import Change
from domain.what_if.scenarios import Fork
from projections.asof import Basis, view_of
from projections.difference import difference_of
from projections.lists import LISTS, item_of, items_of
from projections.picture.picture import picture_of
from projections.timeline import timeline_of
from projections.what_if.changed_history import ChangedHistory, baseline_of, changed
from projections.what_if.consequences import consequences_of
from projections.what_if.sensitivity import sensitivity_of
from projections.what_if.simulation import simulation_of
from projections.why import why
from tests.api import facts
from tests.domain.record import about, given, pledge
from tests.running import in_process

FORK = Fork(valid_at="2025-04-20", known_at="2025-04-20", sequence=6)
CHANGES: tuple[Change, ...] = TypeAdapter(tuple[Change, ...]).validate_python(
    [
        {"decide": "mandate", "becomes": "met", "effective_at": "2025-04-11"},
        {"alter": {"type": "PledgeMade", "contributor": "GBR"}, "scale": 0.5},
        {"omit": {"type": "PledgeRaised"}},
    ]
)
SIMULATION = TypeAdapter(SimulationRequest).validate_python(
    {"dates": ["2025-12"], "conditions": [{"condition": "truce", "probability": 0.5}], "draws": 100}
)


@pytest.fixture(autouse=True)
def _without_a_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def recorded() -> History:
    """A history with a pledge that has been raised, a condition on it and one on nothing."""
    stated = {"type": "ConditionStated", "condition": "truce", "kind": "ceasefire", "description": "A truce"}
    attached = {"type": "ConditionAttached", "condition": "truce", "pledge": "p"}
    other = stated | {"condition": "mandate", "kind": "un_mandate"}
    return given(pledge(), stated, other, attached, about("PledgeRaised", level="committed")).history


def basis_on(axis: Any) -> Basis:
    return Basis("willing", 6, "2025-04-20", "2025-04-20", axis)


def of_record(history: History, question: Callable[[Any, Any], Any]) -> None:
    for axis in ("recorded", "reported"):
        question(view_of(history, basis_on(axis)), basis_on(axis))


def of_what_if(history: History, question: Callable[[Any, Any], Any]) -> None:
    for axis in ("recorded", "reported"):
        replay = changed(history, replace(FORK, known_axis=axis), CHANGES)
        over = ChangedHistory(replay, FORK, CHANGES[:1])
        for one in (replay, over):
            for other in ("recorded", "reported"):
                question(view_of(one, basis_on(other)), basis_on(other))


def _lists(view: Any, basis: Any) -> None:
    for kind in LISTS:
        items_of(kind, view, basis)
    item_of("pledges", "p", view, basis)


QUESTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "picture": picture_of,
    "lists": _lists,
    "timeline": lambda view, basis: timeline_of(view, basis, period("2025-01").start_us, view.valid_us),
    "difference": lambda view, basis: difference_of((view.at(period("2025-03").start_us), basis), (view, basis)),
    "why": lambda view, basis: why("/size/available/max", view, basis),
    "sensitivity": lambda view, basis: sensitivity_of(view, basis, None),
    "simulation": lambda view, basis: simulation_of(view, basis, SIMULATION),
}


@pytest.mark.parametrize("ask", [of_record, of_what_if])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_keeps_nothing_alive(ask: Callable[..., None], question: str) -> None:
    history = recorded()
    held: list[ref[Any]] = [ref(history), ref(history.view(0, 0, "recorded", 0).knowledge)]
    ask(history, QUESTIONS[question])
    del history
    assert [one() for one in held] == [None, None]


def test_a_what_if_keeps_nothing_alive() -> None:
    history = recorded()
    replay = changed(history, FORK, CHANGES)
    consequences_of(replay, basis_on("recorded"))
    view, ground = view_of(replay, basis_on("recorded")).knowledge, baseline_of(replay, basis_on("recorded")).knowledge
    assert isinstance(view, Overlay)
    held: list[ref[Any]] = [ref(one) for one in (history, replay, view, view.base, ground)]
    del history, replay, view, ground
    assert [one() for one in held] == [None] * 5


def test_a_view_of_past_knowledge_keeps_nothing_alive() -> None:
    knowledge = Knowledge(recorded().events)
    known = AsKnown(knowledge, 3)
    assert all(known.tracks.find(thing) is not None for thing in known.things("pledge"))
    laid = Overlay(known, {knowledge.known(2)[1].event_id: None})
    held: list[ref[Any]] = [ref(knowledge), ref(known), ref(laid)]
    del knowledge, known, laid
    assert [one() for one in held] == [None] * 3


def test_a_decision_keeps_nothing_alive_whether_accepted_or_refused() -> None:
    record = given(pledge())
    record.record(pledge("q"))
    with pytest.raises(Refused):
        record.record(pledge("q"))
    record.refuses(pledge("q"))
    draft = record.history.draft()
    held: list[ref[Any]] = [ref(record.history), ref(draft)]
    del record, draft
    assert [one() for one in held] == [None, None]


# --- what a process has -----------------------------------------------------------------------------------------------


def test_a_closed_ledger_keeps_nothing_alive_whatever_it_refused(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    formed, made, other = (FACT.validate_python(one) for one in (facts.formed(), facts.pledge("p"), facts.pledge("q")))
    ledger.record("willing", [formed, made], recorded_by="desk", idempotency_key="once")
    for refusal, recorded, more in (
        (Refused, [made], {}),
        (KeyReused, [other], {"idempotency_key": "once"}),
        (StaleMatch, [other], {"if_match": 99}),
    ):
        with pytest.raises(refusal):
            ledger.record("willing", recorded, recorded_by="desk", **more)
    held: list[ref[Any]] = [ref(ledger), ref(ledger.history("willing"))]
    ledger.close()
    del ledger
    assert [one() for one in held] == [None, None]


def test_a_collected_application_keeps_nothing_alive(sqlite_url: str) -> None:
    with in_process.serving(sqlite_url) as service:
        service.record(facts.formed(), facts.pledge("p"))
        for path in ("/coalitions/willing/picture", "/c/willing", "/c/willing/what-if?change=halved:p", "/docs"):
            assert service.client.get(path).status_code == 200
        assert service.client.get("/openapi.json").status_code == 200
        history = service.ledger.history("willing")
        held: list[ref[Any]] = [ref(service.client.app), ref(service.ledger), ref(history)]
    del service, history
    gc.collect()  # a web framework's routes are full of cycles
    assert [one() for one in held] == [None] * 3
