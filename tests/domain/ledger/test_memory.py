"""What a process keeps in memory: the least recently used is let go first, and letting go changes no answer."""

from typing import Any
from weakref import ref

import pytest

from domain.events import event_json
from domain.ledger import Ledger, Memory, stream_key
from domain.ledger.ledger import EVENT_BYTES, STREAM_BYTES
from tests.domain.ledger.facts import formed, pledge


class Value:
    """Something that a weak reference can follow."""


def filled(limit_bytes: int, *names: str) -> Memory:
    memory = Memory(limit_bytes)
    for name in names:
        memory.put(name, Value(), 10)
    return memory


def test_what_was_used_least_recently_goes_first() -> None:
    memory = filled(30, "a", "b", "c")
    assert memory.get("a") is not None
    memory.put("d", Value(), 10)
    assert memory.names() == ["c", "a", "d"]
    memory.put("e", Value(), 20)
    assert (memory.names(), memory.held_bytes) == (["d", "e"], 30)


def test_a_value_is_freed_when_it_is_let_go() -> None:
    memory = Memory(10)
    value = Value()
    freed = ref(value)
    memory.put("a", value, 10)
    del value
    memory.put("b", Value(), 10)
    assert freed() is None


def test_what_has_grown_is_weighed_again() -> None:
    memory = filled(30, "a", "b", "c")
    memory.weigh("b", 25)
    assert (memory.names(), memory.held_bytes) == (["b"], 25)
    memory.weigh("gone", 1_000)
    assert (memory.names(), memory.held_bytes) == (["b"], 25)


def test_what_is_in_use_stays() -> None:
    memory = Memory(20)
    memory.put("in use", Value(), 15, is_idle=lambda: False)
    memory.put("idle", Value(), 5)
    memory.put("new", Value(), 10)
    assert memory.names() == ["new", "in use"]
    assert memory.held_bytes == 25


def test_a_value_replaces_another_under_its_name() -> None:
    memory = filled(100, "a", "b")
    memory.put("a", Value(), 30)
    assert (memory.names(), memory.held_bytes) == (["b", "a"], 40)


def test_the_last_value_is_kept_even_if_it_is_too_large() -> None:
    memory = filled(30, "a")
    memory.put("b", Value(), 100)
    assert memory.names() == ["b"]


def test_a_part_goes_with_its_whole() -> None:
    memory = Memory(100)
    memory.put("part", Value(), 10, part_of="whole")
    assert memory.names() == []
    memory.put("whole", Value(), 10)
    memory.put("part", Value(), 10, part_of="whole")
    memory.put("other part", Value(), 10, part_of="whole")
    memory.drop("other part")
    memory.drop("whole")
    assert (memory.names(), memory.held_bytes) == ([], 0)


def test_a_part_does_not_put_out_its_whole() -> None:
    memory = filled(30, "other")
    memory.put("whole", Value(), 10)
    memory.put("busy", Value(), 10, is_idle=lambda: False)
    memory.put("part", Value(), 40, part_of="whole")
    assert memory.names() == ["whole", "part", "busy"]
    memory.weigh("part", 50)
    assert memory.names() == ["whole", "part", "busy"]


def test_a_whole_is_used_with_its_parts() -> None:
    memory = Memory(40)
    memory.put("whole", Value(), 10)
    memory.put("part", Value(), 10, part_of="whole")
    memory.put("other", Value(), 10)
    assert memory.get("part") is not None
    memory.put("new", Value(), 20)
    assert memory.names() == ["whole", "part", "new"]


# --- histories --------------------------------------------------------------------------------------------------------


def pledges(numbers: range) -> list[Any]:
    return [pledge(f"p-{number}") for number in numbers]


@pytest.fixture
def three(ledger: Ledger) -> Ledger:
    """A ledger with three coalitions of eleven events each."""
    for coalition in ("a", "b", "c"):
        ledger.record(coalition, [formed(), *pledges(range(10))], recorded_by="desk")
    return ledger


ONE_HISTORY = STREAM_BYTES + 11 * EVENT_BYTES


def test_histories_of_idle_coalitions_are_let_go_and_loaded_again(three: Ledger) -> None:
    histories = {name: three.history(name) for name in ("a", "b", "c")}
    before = {name: list(map(event_json, history.events)) for name, history in histories.items()}
    let_go = ref(histories.pop("a"))
    three.memory.limit_bytes = 2 * ONE_HISTORY
    assert three.history("c").sequence == 11
    assert three.memory.names() == [stream_key("b"), stream_key("c")]
    assert let_go() is None
    assert list(map(event_json, three.history("a").events)) == before["a"]
    assert three.memory.names() == [stream_key("c"), stream_key("a")]
    assert list(map(event_json, three.history("b").events)) == before["b"]
    three.record("b", pledges(range(20, 21)), recorded_by="desk")
    assert three.history("b").sequence == 12


def test_a_reader_keeps_what_it_reads(three: Ledger) -> None:
    three.memory.limit_bytes = ONE_HISTORY
    reading = three.history("a")
    for name in ("b", "c"):
        three.history(name)
    three.record("a", pledges(range(20, 22)), recorded_by="desk")
    assert reading.sequence == 11
    assert three.history("a").sequence == 13
