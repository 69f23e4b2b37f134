"""Kept answers: byte for byte what would be made anew, under names and tags that every process agrees on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.answer_cache import OVERHEAD_BYTES
from domain.history.history import History
from domain.history.instants import Instants
from domain.ledger import stream_key
from domain.refusals import Refused
from domain.times import BEFORE_TIME_US, DAY_US, FOREVER_US, format_instant, period
from projections.lists import LISTS
from tests.api.facts import formed, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_scenarios import opened
from tests.api.slots import forget_answers
from tests.oracle.random_histories import COALITION, Attempt, events_of, scripts
from tests.running.in_process import Service, serving

# --- stretches of time ------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-3 * DAY_US, 3 * DAY_US)), st.integers(-4 * DAY_US, 4 * DAY_US))
def test_a_stretch_begins_with_the_last_instant_before(instants: list[int], at_us: int) -> None:
    index = Instants()
    for one in instants:
        index.add(one)
    assert index.stretch_of(at_us) == max([one for one in instants if one <= at_us], default=BEFORE_TIME_US)


@given(st.data())
def test_a_day_of_many_instants_is_divided_no_less(data: st.DataObject) -> None:
    index, chance = Instants(), Random(data.draw(st.integers(0, 99)))
    instants = [chance.randrange(DAY_US) for _ in range(1_200)]
    for one in instants:
        index.add(one)
    one, other = (data.draw(st.sampled_from(instants) | st.integers(0, 3 * DAY_US)) for _ in range(2))
    if index.stretch_of(one) == index.stretch_of(other):
        assert not any(min(one, other) < at_us <= max(one, other) for at_us in instants)


# --- answers ----------------------------------------------------------------------------------------------------------


def recorded(script: list[Attempt]) -> History:
    """The history of all attempts that are not refused."""
    history = History(COALITION)
    for attempt in script:
        events = events_of(attempt, history.sequence)
        try:
            history.draft().add(events)
        except Refused:
            continue
        for event in events:
            history.append(event)
    return history


@contextmanager
def two_services(history: History) -> Iterator[tuple[Service, Service]]:
    """Two services on one store with a record: one that keeps answers, and one that keeps none."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite3'}"
        with serving(url) as keeping, serving(url) as making:
            keeping.ledger.restore(COALITION, history.events)
            making.ledger.memory.limit_bytes = 0
            yield keeping, making


def times_around(history: History, chance: Random, count: int) -> list[int]:
    """Times at, just before and after what may change something, and some in between."""
    dates = [text for event in history.events for text in _dates_in(event.fact)]
    edges = [edge for text in chance.sample(dates, min(count, len(dates))) for edge in period(text)]
    return [edge + chance.choice((-1, 0, 1, chance.randrange(DAY_US))) for edge in edges]


def _dates_in(fact: Any) -> Iterator[str]:
    content = getattr(fact, "replacement", fact)
    for name in ("effective_at", "available_from", "expires_on", "starts_at", "horizon"):
        if isinstance(text := getattr(content, name, None), str):
            yield text


def reads_of(history: History, chance: Random) -> Iterator[str]:
    """Every read, with names and figures that the record has."""
    yield from ("", "/picture", "/timeline", "/timeline?from=2025-03-01", "/events?limit=7", "/events?type=PledgeMade")
    yield from (f"/{kind}" for kind in LISTS)
    yield from (f"/why?figure={figure}" for figure in ("/size/available", "/conditions", "/size/pledged/max"))
    for event in chance.sample(history.events, min(3, history.sequence)):
        thing: Any = getattr(event.fact, "thing", None)
        yield f"/events/{event.event_id}"
        if thing is not None and f"{thing.kind}s" in LISTS:
            yield f"/{thing.kind}s/{quote(thing.id)}"


def asking(read: str, **parameters: Any) -> str:
    return f"{read}{'&' if '?' in read else '?'}{urlencode(parameters)}"


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(scripts(), st.integers(0, 2**16))
def test_a_kept_answer_is_what_would_be_made_anew(script: list[Attempt], seed: int) -> None:
    """The only difference between two times in a stretch is the basis, and that is as it was asked for."""
    history, chance = recorded(script), Random(seed)
    last_us = history.last_recorded_us
    valid = sorted(times_around(history, chance, 4))
    known = [last_us, last_us + DAY_US, *(chance.choice(valid) + 5 * DAY_US for _ in range(2))]
    points = [
        {
            "valid_at": format_instant(at_us), "known_at": format_instant(chance.choice(known)),
            "known_axis": chance.choice(("recorded", "recorded", "reported")),
            "sequence": chance.choice((history.sequence, history.sequence, history.sequence * 2 // 3)),
        }
        for at_us in valid
    ]  # fmt: skip
    with two_services(history) as (keeping, making):

        def compare(question: str) -> None:
            address = f"/coalitions/{COALITION}{question}"
            made = making.client.get(address)
            for kept in (keeping.client.get(address), keeping.client.get(address)):
                assert kept.status_code == made.status_code, question
                assert kept.content == made.content, question
                assert dict(kept.headers) == dict(made.headers), question

        for read in reads_of(history, chance):
            for point in points:
                compare(asking(read, **point))
        for one, other in zip(points, chance.sample(points, len(points)), strict=True):
            sides = {f"from_{name}": one[name] for name in ("valid_at", "known_at", "sequence")}
            sides |= {f"to_{name}": other[name] for name in ("valid_at", "known_at", "sequence")}
            compare(asking("/diff", known_axis=one["known_axis"], **sides))


READS = ["/picture", "/pledges", "/pledges/a", "/timeline", "/events?limit=1", "/why?figure=/size", "/diff", "/events"]


@pytest.fixture
def service(service: Service) -> Service:
    service.record(formed(), pledge("a"), pledge("b", available_from="2025-06-02"))
    return service


def answers_kept(service: Service) -> int:
    return len([name for name in service.ledger.memory.names() if name[0] == "answer"])


@pytest.mark.parametrize("read", READS)
def test_an_answer_is_made_once_in_a_stretch_of_time(service: Service, read: str) -> None:
    first = service.ask(read)
    assert answers_kept(service) == 1
    service.clock.advance(60)
    again = service.ask(read)
    assert answers_kept(service) == 1
    assert again.headers["etag"] == first.headers["etag"]
    assert again.content != first.content
    assert "2025-06-01T12:01" in again.text
    with serving(service.ledger_url) as other:
        other.clock.now_us = service.clock.now_us
        assert other.ask(read).content == again.content
        assert other.ask(read).headers["etag"] == again.headers["etag"]


def test_the_answers_of_other_times_other_knowledge_and_other_questions_are_others(service: Service) -> None:
    tags = {service.ask("/picture").headers["etag"]}
    service.clock.advance(DAY_US // 1_000_000)
    tags.add(service.ask("/picture").headers["etag"])
    service.record(pledge("c"))
    tags.add(service.ask("/picture").headers["etag"])
    tags.add(service.ask("/picture?known_axis=reported").headers["etag"])
    tags.add(service.ask("/pledges").headers["etag"])
    tags.add(service.ask("/events?limit=1").headers["etag"])
    tags.add(service.ask("/events?limit=2").headers["etag"])
    tags.add(service.ask("/events?limit=2", Accept="application/x-ndjson").headers["etag"])
    assert len(tags) == 8 == answers_kept(service)


def test_a_record_in_the_place_of_another_has_other_tags(service: Service, tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/other.sqlite3") as other:
        other.record(formed(), pledge("a"), pledge("b", available_from="2025-06-02"))
        assert other.sequence == service.sequence
        tag = service.ask("/picture").headers["etag"]
        assert other.ask("/picture", If_None_Match=tag).status_code == 200


def test_who_may_not_read_gets_no_kept_answer(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        service.record(formed(), pledge("a"))
        tag = service.ask("/picture", **service.key).headers["etag"]
        assert service.ask("/picture").status_code == 401
        assert service.ask("/picture", If_None_Match=tag).status_code == 401
        assert service.ask("/picture", If_None_Match=tag, **service.key).status_code == 304


def test_a_question_asked_again_is_answered_as_it_would_be_without_the_first(service: Service) -> None:
    """The second time, its parameters are not read again; all else is looked at as the first time."""
    for read in (*READS, "/picture?valid_at=2025-05-01", "/picture?known_axis=reported", "/pledges?sequence=2"):
        service.ask(read)
        service.clock.advance(60)
        service.record(pledge(f"after-{len(read)}-{read.count('e')}"))
        with serving(service.ledger_url) as other:
            other.clock.now_us = service.clock.now_us
            first = other.ask(read)
            for again in (service.ask(read), service.ask(read)):
                assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
            tag = first.headers["etag"]
            assert service.ask(read, If_None_Match=tag).headers == other.ask(read, If_None_Match=tag).headers
            assert service.ask(read, Accept="text/html").status_code == 406
            assert service.ask(read, Host="example.org").status_code == 401


def test_a_question_that_is_remembered_costs_what_it_takes_to_remember(service: Service) -> None:
    memory = service.ledger.memory
    before = memory.held_bytes
    padding, accepted = "&coalition=willing" * 300, ", ".join(["application/json", *["text/plain"] * 900])
    for day in range(1, 11):
        assert service.ask(f"/meetings?valid_at=2025-04-{day:02}{padding}", Accept=accepted).status_code == 200
    assert memory.held_bytes - before >= 10 * (len(padding) + len(accepted))


def test_a_tag_is_recognised_before_anything_is_made(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {read: service.ask(read).headers["etag"] for read in READS}
    forget_answers(service)
    monkeypatch.setattr("api.answer_cache._find_or_make", None)
    monkeypatch.setattr(History, "view", None)
    for read, tag in tags.items():
        if read != "/timeline":  # it begins with the formation, which a view knows
            assert service.ask(read, If_None_Match=tag).status_code == 304, read


def test_what_does_not_exist_is_not_found_whatever_the_client_has(service: Service) -> None:
    assert service.ask("/pledges/none", If_None_Match="*").status_code == 404


def test_the_answers_of_a_scenario_are_kept_until_it_changes(sqlite_url: str) -> None:
    with serving(sqlite_url) as service:
        _are_kept_until_it_changes(service)


def _are_kept_until_it_changes(service: Service) -> None:
    record_all(service)
    opened(service, "s", [])
    reads = ("/picture", "/picture?with=baseline,difference", "/difference", "/consequences", "/pledges", "/timeline")
    first = {read: service.ask(f"/scenarios/s{read}") for read in reads}
    count = answers_kept(service)
    assert count >= len(reads)
    for read, answer in first.items():
        again = service.ask(f"/scenarios/s{read}")
        assert (again.status_code, again.content, again.headers) == (200, answer.content, answer.headers), read
        assert service.ask(f"/scenarios/s{read}", If_None_Match=answer.headers["etag"]).status_code == 304
    assert answers_kept(service) == count
    change = {"changes": [{"omit": {"type": "PledgeMade"}}]}
    answer = service.client.post("/coalitions/willing/scenarios/s/changes", json=change, headers=service.key)
    assert answer.status_code == 201, answer.text
    for read, answer in first.items():
        assert service.ask(f"/scenarios/s{read}", If_None_Match=answer.headers["etag"]).status_code == 200


def test_kept_answers_are_limited_and_keep_no_history_alive(service: Service) -> None:
    memory = service.ledger.memory
    size = len(service.ask("/picture").content) + OVERHEAD_BYTES
    memory.limit_bytes = memory.held_bytes + 2 * size
    for day in range(1, 9):
        service.ask(f"/picture?valid_at=2025-07-0{day}&known_at=2025-0{day}")
        assert memory.held_bytes <= memory.limit_bytes
    held = memory.held_bytes
    memory.drop(stream_key("willing"))
    assert memory.held_bytes < held
    assert service.ask("/picture").status_code == 200


def test_the_widest_stretch_is_named_as_any_other() -> None:
    index = Instants()
    assert index.stretch_of(FOREVER_US) == index.stretch_of(0) == BEFORE_TIME_US
