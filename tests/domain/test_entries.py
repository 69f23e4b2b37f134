"""Entries: equal across folds, so that states are."""

from domain.history.knowledge import Knowledge
from tests.domain.record import about, given, people, pledge


def test_states_of_two_folds_are_equal_if_the_same_facts_led_to_them() -> None:
    record = given(pledge(), about("PledgeAmended", quantity=people(5, 6)))
    thing = record.history.events[1].fact.thing  # type: ignore[union-attr]
    one, other = (Knowledge(record.history.events) for _ in range(2))
    far_us = 10**17
    assert one.state_at(thing, 3, far_us) == other.state_at(thing, 3, far_us)
    assert one.state_at(thing, 2, far_us) != other.state_at(thing, 3, far_us)
    assert len({one.state_at(thing, 3, far_us).latest, other.state_at(thing, 3, far_us).latest}) == 1
