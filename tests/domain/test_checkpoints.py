"""Long work stops at the next checkpoint after its limit."""

import pytest

from domain.checkpoints import checkpoint, stopped_by


class TooLong(Exception):
    """The limit of these tests."""


def test_work_stops_at_the_checkpoint_after_its_limit() -> None:
    done: list[int] = []

    def check() -> None:
        if len(done) == 3:
            raise TooLong

    def work() -> None:
        for number in range(10):
            checkpoint()
            done.append(number)

    with pytest.raises(TooLong), stopped_by(check):
        work()
    assert done == [0, 1, 2]


def test_work_without_a_limit_goes_on() -> None:
    with stopped_by(lambda: None):
        checkpoint()
    checkpoint()
