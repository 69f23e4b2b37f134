"""A changed history equals a record that had always been so."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.events import FACT, Event, content_of
from domain.history.history import History, KnownAxis, View
from domain.history.knowledge import Knowledge
from domain.refusals import Refused
from domain.times import format_instant, instant_us, period
from domain.vocabulary import AttributionBasis
from domain.what_if.changes import Alter, Assume, ConditionSelector, Decide, Omit, Selector, Shift
from domain.what_if.scenarios import Fork
from projections.asof import Basis
from projections.lists import LISTS, Items, items_of
from projections.picture.picture import Picture, picture_of
from projections.what_if import selecting
from projections.what_if.changed_history import ChangedHistory, baseline_of, changed
from projections.what_if.consequences import consequences_of
from tests.domain.small_indexes import make_indexes_small
from tests.oracle.attributions import left_out
from tests.oracle.random_facts import WORLD_FACTS
from tests.oracle.random_histories import (
    COALITION,
    DAY_US,
    FIRST_RECORDED_US,
    Attempt,
    events_of,
    scripts,
)

PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)
ITEMS = {kind: TypeAdapter[Any](Items[one.item_type]) for kind, one in LISTS.items()}  # type: ignore[name-defined]
FIRST_US = instant_us("2025-03-30T00:00:00Z")
VALID = st.integers(0, 25).map(lambda day: FIRST_US + day * DAY_US) | st.integers(0, 25).map(
    lambda day: FIRST_US + day * DAY_US - 1
)
KNOWN = st.integers(0, 30).map(lambda part: FIRST_RECORDED_US + part * DAY_US // 3)
AXES: st.SearchStrategy[KnownAxis] = st.sampled_from(["recorded", "reported"])
FEWER = settings(max_examples=100)
EVERYTHING_US = instant_us("2030-01-01T00:00:00Z")


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    """Let the indexes turn their pages within a history of forty facts."""
    with pytest.MonkeyPatch.context() as patch:
        make_indexes_small(patch)
        patch.setattr(selecting, "PAGE", 4)
        patch.setattr(selecting, "FEW", 2)
        yield


def recorded(script: Sequence[Attempt]) -> History:
    """Every fact of the script, whatever rules it breaks: what has no footing is set aside, as in any fold."""
    history = History(COALITION)
    for attempt in script:
        for event in events_of(attempt, history.sequence):
            history.append(event)
    return history


def accepted(script: Sequence[Attempt]) -> History:
    """Every attempt that breaks no rule."""
    history = History(COALITION)
    for attempt in script:
        events = events_of(attempt, history.sequence)
        with suppress(Refused):
            history.draft().add(events)
            for event in events:
                history.append(event)
    return history


def fork_of(history: History, known_us: int = EVERYTHING_US, axis: KnownAxis = "recorded") -> Fork:
    return Fork(valid_at="2025-04-10", known_at=format_instant(known_us), known_axis=axis, sequence=history.sequence)


def basis(history: History) -> Basis:
    """A basis that tells no two pictures apart."""
    return Basis(COALITION, 0, "2025-04-10", "2025-04-10", "recorded")


def answers_of(view: View) -> dict[str, Any]:
    """All that the reads of a view answer, as JSON; which of two names a missing footing has is not told apart."""
    one = Basis(COALITION, 0, "2025-04-10", "2025-04-10", "recorded")
    picture = PICTURE.dump_python(picture_of(view, one), mode="json")
    for item in picture["set_aside"]:
        if item["rule"] == "EffectiveBeforeItsFooting":
            item["rule"] = "UnknownId"
        if item["rule"] == "UnknownId":
            item["detail"] = ""
    lists = {kind: _plain(items_of(kind, view, one)) for kind in LISTS}
    spans = view.knowledge.boundaries(view.position, FIRST_US, FIRST_US + 30 * DAY_US)
    records = {
        str(thing): [event.event_id for event in view.record(thing)]
        for kind in ("pledge", "condition", "member", "meeting", "stance")
        for thing in sorted(view.knowledge.things(kind))
    }
    between = sorted(
        (begins_us, ends_us, str(_plain(state)))
        for begins_us, ends_us, state in view.knowledge.stretches_between(
            view.position, FIRST_US, FIRST_US + 9 * DAY_US
        )
    )
    return {
        "picture": picture, "lists": lists, "spans": sorted(spans), "events": sorted(e.event_id for e in view.events()),
        "records": {name: sorted(ids) for name, ids in records.items() if ids}, "between": between,
    }  # fmt: skip


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def _plain(value: Any) -> Any:
    if hasattr(value, "fact") and hasattr(value, "order"):
        return (value.event_id, value.order, _plain(value.fact))
    return _ANYTHING.dump_python(value, mode="json", fallback=_plain_entry)


def _plain_entry(value: Any) -> Any:
    return (value.event_id, value.order) if hasattr(value, "order") else str(value)


def folded_anew(events: Sequence[Event], valid_us: int) -> View:
    knowledge = Knowledge(events)
    return View(knowledge, knowledge.position, valid_us)


# --- properties -------------------------------------------------------------------------------------------------------


@FEWER
@given(scripts(), VALID, KNOWN, AXES)
def test_a_replay_with_no_changes_equals_the_baseline_byte_for_byte(
    script: list[Attempt], valid_us: int, known_us: int, axis: KnownAxis
) -> None:
    history = recorded(script)
    replay = changed(history, fork_of(history, known_us, axis), [])
    asked = Basis(COALITION, history.sequence, format_instant(valid_us), format_instant(known_us), axis)
    baseline = picture_of(history.view(valid_us, known_us, axis, history.sequence), asked)
    scenario = picture_of(replay.view(valid_us, known_us, axis, replay.sequence), asked)
    assert PICTURE.dump_json(scenario) == PICTURE.dump_json(baseline)


@FEWER
@given(scripts(), VALID, KNOWN, st.data())
def test_omitting_events_equals_a_ledger_that_never_recorded_them(
    script: list[Attempt], valid_us: int, known_us: int, data: st.DataObject
) -> None:
    history = recorded(script)
    gone = data.draw(st.sets(st.sampled_from([event.event_id for event in history.events]), min_size=1, max_size=3))
    replay = changed(history, fork_of(history), [Omit(omit=event_id) for event_id in sorted(gone)])
    never = [
        event for event in history.events if event.event_id not in gone and instant_us(event.recorded_at) <= known_us
    ]
    view = replay.view(valid_us, known_us, "recorded", replay.sequence)
    assert answers_of(view) == answers_of(folded_anew(never, valid_us))


@FEWER
@given(scripts(), VALID, KNOWN, st.data())
def test_omitting_reported_events_equals_a_ledger_that_never_recorded_them(
    script: list[Attempt], valid_us: int, known_us: int, data: st.DataObject
) -> None:
    history = recorded(script)
    gone = data.draw(st.sampled_from([event.event_id for event in history.events]))
    replay = changed(history, fork_of(history), [Omit(omit=gone)])
    never = History(COALITION, [event for event in history.events if event.event_id != gone])
    view = replay.view(valid_us, known_us, "reported", replay.sequence)
    assert answers_of(view) == answers_of(never.view(valid_us, known_us, "reported", never.sequence))


# Changes of all sorts, and the naive way to apply them to a list of events.

CEASEFIRES = ConditionSelector(condition_kind="ceasefire")
NUMBERS = st.integers(0, 2**16 - 1)


def selector(chance: Random) -> Selector:
    return Selector(
        type=chance.choice([None, ("PledgeMade",), ("PledgeMade", "PledgeAmended"), ("ConditionMet",)]),
        contributor=chance.choice([None, "GBR", "FRA"]),
        level=chance.choice([None, None, "pledged"]),
        effective_from=chance.choice([None, "2025-04-02", "2025-04-03T12:30:00Z"]),
        effective_to=chance.choice(["2025", "2025-04-04"]),
    )


def change(chance: Random, ids: Sequence[str]) -> Any:
    """A change of any sort, aimed at anything."""
    aim: Any = chance.choice([chance.choice(ids), chance.choice(ids), selector(chance)])
    alteration: Any = chance.choice([{"level": "committed"}, {"pledge": "q"}, {"member": "EST"}])
    return chance.choice(
        [
            lambda: Omit(omit=aim),
            lambda: Assume(assume=FACT.validate_python(WORLD_FACTS(chance))),
            lambda: Assume(assume=FACT.validate_python(about_the_record(chance, chance.choice(ids)))),
            lambda: Shift(shift=aim, days=chance.randint(-4, 4), months=chance.choice([None, 1])),
            lambda: Shift(shift=aim, to=chance.choice(["2025-04-03", "2025-04"])),
            lambda: Shift(shift=aim, days=3, dates=(chance.choice(["effective_at", "available_from"]),)),
            lambda: Alter(alter=aim, scale=chance.choice([0.0, 0.5, 2.0])),
            lambda: Alter(alter=aim, set=alteration),
            lambda: Decide(
                decide=ConditionSelector(condition_kind="ceasefire"), becomes="met", effective_at="2025-04-05"
            ),
        ]
    )()


def about_the_record(chance: Random, target: str) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"type": "EventRetracted", "retracts": target, "reason": "x"}
    return {"type": "EventCorrected", "corrects": target, "replacement": WORLD_FACTS(chance), "reason": "x"}


def changes_of(numbers: Sequence[int], history: History) -> list[Any]:
    ids = [event.event_id for event in history.events]
    return [change(Random(number), ids) for number in numbers]


CHANGES = st.lists(NUMBERS, min_size=1, max_size=4)


def applied(replay: ChangedHistory, known: Sequence[Event]) -> list[Event]:
    """The events as the changes leave them, put together event by event."""
    now = [replay.touched.get(event.event_id, event) for event in known]
    return [*(event for event in now if event is not None), *replay.assumed]


@FEWER
@given(scripts(), VALID, KNOWN, CHANGES)
def test_an_overlay_equals_a_replay_of_everything(
    script: list[Attempt], valid_us: int, known_us: int, numbers: list[int]
) -> None:
    history = recorded(script)
    replay = ChangedHistory(history, fork_of(history), changes_of(numbers, history))
    known = [event for event in history.events if instant_us(event.recorded_at) <= known_us]
    view = replay.view(valid_us, known_us, "recorded", replay.sequence)
    assert answers_of(view) == answers_of(folded_anew(applied(replay, known), valid_us))


UNLISTED = ("MeetingOutcomeRecorded", "SupportSought", "ActorNamed", "ForcesReturned")
"""A return may change how large single deployments can be, which a later return ``of`` one of them counts by."""


@FEWER
@given(scripts(), VALID, NUMBERS, st.booleans())
def test_an_assumed_fact_has_an_effect_if_an_answer_differs(
    script: list[Attempt], valid_us: int, number: int, is_repeated: bool
) -> None:
    """Outcomes, names, who sought support, what is over, and all that is there before the formation are in no list."""
    history = accepted(script)
    raw = WORLD_FACTS(Random(number))
    raws = [raw, {**raw, "effective_at": format_instant(valid_us)}] if is_repeated else [raw]
    replay = ChangedHistory(history, fork_of(history), [Assume(assume=FACT.validate_python(one)) for one in raws])
    asked = Basis(COALITION, replay.sequence, format_instant(valid_us), replay.fork.known_at, "recorded")
    effect = consequences_of(replay, asked).changes[-1]
    *_, one, other = replay.views(baseline_of(replay, asked), "recorded")
    before, after = shown(one), shown(other)
    states = [view.state(FACT.validate_python(raw).thing) for view in (one, other)]
    is_shown = after["picture"]["name"] is not None and raw["type"] not in UNLISTED
    is_shown = is_shown and all(state is None or state.is_current for state in states)
    assert effect.has_effect >= (_without_words(before) != _without_words(after))
    assert effect.has_effect <= (before != after) or not is_shown


def shown(view: View) -> dict[str, Any]:
    """The picture and the lists of a view as they are answered, without what is set aside or older than the formation.

    An answer leaves out what its figures were made from, such as the fact that a pledge last had.
    """
    picture = answers_of(view)["picture"]
    del picture["set_aside"], picture["before_formation"]
    one = Basis(COALITION, 0, "2025-04-10", "2025-04-10", "recorded")
    lists = {kind: ITEMS[kind].dump_python(items_of(kind, view, one), mode="json") for kind in LISTS}
    return {"picture": picture, "lists": lists}


_OF_CONFIRMATIONS = ("rests_on", "confirmed_on", "confirmed", "leak_only", "published_on", "publishers")
"""What a fact changes that only confirms what holds: on whose word it rests, and since when."""


def _without_words(answer: Any) -> Any:
    match answer:
        case dict():
            return {name: _without_words(one) for name, one in answer.items() if name not in _OF_CONFIRMATIONS}
        case list():
            return [_without_words(one) for one in answer]
    return answer


class Asked(NamedTuple):
    """Where both forks are, and what is asked of the second."""

    valid_us: int
    known_us: int
    forked_us: int
    axis: KnownAxis
    asked: KnownAxis


@FEWER
@given(scripts(longest=12), st.builds(Asked, VALID, KNOWN, KNOWN, AXES, AXES), CHANGES, CHANGES)
def test_forks_of_forks_equal_a_replay_of_everything(
    script: list[Attempt], asked: Asked, first: list[int], then: list[int]
) -> None:
    history = recorded(script)
    fork = fork_of(history, asked.forked_us, asked.axis)
    outer = ChangedHistory(history, fork, changes_of(first, history))
    inner = ChangedHistory(outer, fork, changes_of(then, history))
    view = inner.view(asked.valid_us, asked.known_us, asked.asked, inner.sequence)
    everything = inner.replayed_events(asked.known_us, asked.asked, inner.sequence)
    assert answers_of(view) == answers_of(folded_anew(everything, asked.valid_us))


@FEWER
@given(scripts(), NUMBERS, CHANGES)
def test_a_selector_finds_the_same_events_as_a_full_scan(script: list[Attempt], number: int, first: list[int]) -> None:
    history = accepted(script)
    wanted = selector(Random(number))
    outer = ChangedHistory(history, fork_of(history), changes_of(first, history))
    inner = ChangedHistory(outer, fork_of(history), [Omit(omit=wanted)])
    events = applied(outer, history.events)
    last = folded_anew(events, EVERYTHING_US)
    assert set(inner.touched) == {event.event_id for event in events if matches(wanted, event, last)}


def matches(wanted: Selector, event: Event, last: View) -> bool:
    content: Any = content_of(event)
    effective_at = getattr(content, "effective_at", None)
    if effective_at is None or not period(wanted.effective_to or "").last_us >= period(effective_at).start_us:
        return False
    if wanted.effective_from and period(effective_at).start_us < period(wanted.effective_from).start_us:
        return False
    if wanted.type and not {event.fact.type, content.type} & set(wanted.type):
        return False
    named = ((name, getattr(wanted, name)) for name in ("contributor", "level"))
    return all(value in (None, own_or_pledged(name, content, last)) for name, value in named)


def own_or_pledged(name: str, content: Any, last: View) -> Any:
    own = getattr(content, name, None)
    if own is not None or content.thing.kind != "pledge":
        return own
    state = last.state(content.thing)
    return None if state is None else getattr(state.made.fact, name, None)


# --- without what rests only on some bases ----------------------------------------------------------------------------

BASES = st.sets(st.sampled_from(get_args(AttributionBasis)), min_size=1, max_size=3)


@FEWER
@given(scripts(), VALID, KNOWN, AXES, BASES)
def test_what_rests_on_some_words_alone_is_left_out_as_if_it_had_never_been_recorded(
    script: list[Attempt], valid_us: int, known_us: int, axis: KnownAxis, bases: set[str]
) -> None:
    history = recorded(script)
    known = history.view(valid_us, known_us, axis, history.sequence).events()
    gone = left_out(known, bases)
    omit = Omit(omit=Selector(attributed_only_to=tuple(sorted(bases))))  # type: ignore[arg-type]
    replay = ChangedHistory(history, fork_of(history, known_us, axis), [omit])
    assert replay.touched == dict.fromkeys(gone)
    view = replay.view(valid_us, known_us, axis, history.sequence)
    never = History(COALITION, [event for event in history.events if event.event_id not in gone])
    assert answers_of(view) == answers_of(never.view(valid_us, known_us, axis, never.sequence))
