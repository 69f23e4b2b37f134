"""1970 begins at microsecond 0, which is a time like any other."""

from domain.times import DAY_US
from tests.projections.what_if.conditional_pledges import history, made, view_of


def test_a_validity_that_ends_as_1970_begins_ends_there() -> None:
    days = [f"{year}-{month:02}-01" for year in range(1950, 1969) for month in range(1, 13)]
    past = history(*(made(f"of-{day}", 10, 10, effective_at=day, expires_on="1969-12-31") for day in days))
    assert len(view_of(past, -30 * DAY_US).states()) == len(days)
    assert view_of(past, 0).states() == []
