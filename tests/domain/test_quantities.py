"""Ranges: subtraction, addition, and conversion of formations to people."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.quantities import Quantity, Range, exceeds, in_personnel, is_nothing, less, plus

READ = TypeAdapter(Quantity)


def people(least: int | None, most: int | None) -> Quantity:
    return Quantity(min=least, max=most, unit="personnel")


def bounds(quantity: Quantity) -> tuple[int | None, int | None]:
    return quantity.min, quantity.max


@pytest.mark.parametrize(
    ("whole", "part", "left"),
    [
        ((1000, 3000), (200, 500), (500, 2800)),
        ((1000, 3000), (2000, 2000), (0, 1000)),
        ((1000, None), (200, 500), (500, None)),
        ((1000, 3000), (200, None), (0, 2800)),
        ((1000, 3000), (None, 200), (800, 3000)),
        ((None, 300), (100, 100), (0, 200)),
        ((None, None), (100, 100), (None, None)),
        ((1000, 3000), (None, None), (0, 3000)),
        ((1000, None), (None, None), (0, None)),
    ],
)
def test_ranges_subtract_as_intervals(
    whole: tuple[int | None, int | None], part: tuple[int | None, int | None], left: tuple[int | None, int | None]
) -> None:
    assert bounds(less(people(*whole), people(*part))) == left


@pytest.mark.parametrize(
    ("part", "whole", "is_more"),
    [
        ((0, 10), (5, 10), False),
        ((0, 11), (5, 10), True),
        ((10, None), (5, 10), False),
        ((11, None), (5, 10), True),
        ((99, 99), (5, None), False),
        ((None, None), (0, 0), False),
        ((1, 1), (None, None), False),
    ],
)
def test_a_part_is_compared_with_what_may_be_there(
    part: tuple[int | None, int | None], whole: tuple[int | None, int | None], is_more: bool
) -> None:
    assert exceeds(people(*part), people(*whole)) is is_more


SMALL = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted)


@given(SMALL, SMALL)
def test_a_remainder_covers_every_possible_difference(whole: list[int], part: list[int]) -> None:
    every = {max(0, a - b) for a, b in product(range(whole[0], whole[1] + 1), range(part[0], part[1] + 1))}
    assert bounds(less(people(*whole), people(*part))) == (min(every), max(every))


@given(SMALL, SMALL)
def test_a_sum_covers_every_possible_sum(one: list[int], other: list[int]) -> None:
    every = {a + b for a, b in product(range(one[0], one[1] + 1), range(other[0], other[1] + 1))}
    assert bounds(plus(people(*one), people(*other))) == (min(every), max(every))


def test_an_undisclosed_part_leaves_a_sum_open() -> None:
    assert bounds(plus(people(3, 5), people(None, None))) == (3, None)
    assert bounds(plus(people(None, None), people(None, None))) == (None, None)


@pytest.mark.parametrize(
    ("unit", "size"),
    [("personnel", (2, 3)), ("company", (200, 750)), ("battalion", (600, 3000)), ("brigade", (6000, 15000)),
     ("division", (20000, 60000)), ("formed_unit", (240, 480))],
)  # fmt: skip
def test_formations_turn_into_people_by_the_published_table(unit: str, size: tuple[int, int]) -> None:
    quantity = Quantity(min=2, max=3, unit=unit)
    assert in_personnel(quantity) == Range(*size)
    assert quantity.is_in_people
    assert quantity.is_estimated is (unit != "personnel")


def test_other_units_have_no_size_in_people() -> None:
    assert not Quantity(min=1, max=1, unit="ship").is_in_people
    assert not Quantity(min=1, max=1, unit="EUR").is_in_people
    assert not Quantity(min=1, max=1, unit="personnel", measure="cumulative").is_in_people
    assert in_personnel(people(None, None)) is None
    assert in_personnel(people(None, 7)) == Range(0, 7)


def test_a_quantity_is_nothing_if_its_upper_bound_is_zero() -> None:
    assert is_nothing(people(0, 0))
    assert is_nothing(people(None, 0))
    assert not is_nothing(people(0, None))
    assert not is_nothing(people(None, None))


@pytest.mark.parametrize(
    "quantity",
    [
        {"min": 2, "max": 1, "unit": "personnel"},
        {"min": -1, "unit": "personnel"},
        {"min": 1.5, "unit": "personnel"},
        {"min": "1", "unit": "personnel"},
        {"min": True, "unit": "personnel"},
        {"min": 2**53, "unit": "personnel"},
        {"min": 1},
        {"min": 1, "unit": "people"},
        {"min": 1, "unit": "eur"},
        {"min": 1, "unit": "personnel", "measure": "sometimes"},
        {"min": 1, "unit": "personnel", "most": 2},
    ],
)
def test_invalid_quantities_are_refused(quantity: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(quantity)
