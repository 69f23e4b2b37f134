"""The two dates of a figure: when something holds, and when it was known."""

from domain.times import period
from projections.asof import AsOf, view_of
from projections.lists import items_of
from projections.picture.picture import Picture, picture_of
from tests.domain.record import Fact, Record, about, given, people, pledge

NOW_US = period("2030").start_us
FORMED = {"effective_at": "2025-03-01"}


def picture(record: Record, point: AsOf) -> Picture:
    basis = point.basis(record.history, NOW_US)
    return picture_of(view_of(record.history, basis), basis)


def available(record: Record, valid_at: str) -> int:
    return picture(record, AsOf(valid_at)).size.available.min


def sources(published_on: str) -> list[Fact]:
    return [{"publisher": "AFP", "published_on": published_on}]


def test_an_instant_sees_what_began_by_then_and_a_period_what_began_before_its_end() -> None:
    record = given(
        pledge("at-noon", people(100, 100), effective_at="2025-04-10T12:00:00Z"),
        pledge("that-day", people(10, 10), effective_at="2025-04-10"),
        pledge("in-april", people(1, 1), effective_at="2025-04"),
        formed=FORMED,
    )
    assert available(record, "2025-04-10T11:59:59.999999Z") == 11
    assert available(record, "2025-04-10T12:00:00Z") == 111
    assert available(record, "2025-04-10T14:00:00+02:00") == 111
    assert available(record, "2025-04-10") == 111
    assert available(record, "2025-04-09") == 1
    assert available(record, "2025-04") == 111
    assert available(record, "2025-04-01/2025-04-09") == 1
    assert available(record, "2025-03") == 0


def test_a_withdrawal_reported_before_its_pledge_is_set_aside() -> None:
    first, then = sources("2025-04-02"), sources("2025-04-05")
    record = given(
        pledge("a", people(100, 100), effective_at="2025-04-01", sources=then),
        about("PledgeWithdrawn", "a", effective_at="2025-04-03", sources=first),
        formed={"effective_at": "2025-03-01", "sources": first},
    )
    (aside,) = picture(record, AsOf("2025-04-10", "2025-04-03", "reported")).set_aside
    assert (aside.type, aside.rule, aside.sequence) == ("PledgeWithdrawn", "UnknownId", 3)
    later = picture(record, AsOf("2025-04-10", "2025-04-06", "reported"))
    assert later.set_aside == []
    assert later.size.pledged.pledges == 0


def test_before_its_formation_a_coalition_lists_no_pledge_not_even_one_that_is_over() -> None:
    record = given(pledge("a", effective_at="2025-01-10", expires_on="2025-01-20"), formed=FORMED)
    for valid_at, pledges in (("2025-02-01", []), ("2025-03-01", ["a"])):
        basis = AsOf(valid_at).basis(record.history, NOW_US)
        items = items_of("pledges", view_of(record.history, basis), basis).items
        assert [item.pledge for item in items] == pledges
