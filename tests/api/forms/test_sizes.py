"""Quantities as people type them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files.unreadable import UnreadableText
from api.forms.sizes import quantity_in, quantity_in_words
from domain.quantities import CURRENCIES, UNITS


@pytest.mark.parametrize(
    ("text", "least", "most", "others"),
    [
        ("450", 450, 450, {}),
        ("10,000 to 30,000", 10_000, 30_000, {}),
        ("10000–30000 troops", 10_000, 30_000, {}),
        ("between 10,000 and 30,000 people", 10_000, 30_000, {}),
        ("about 450", 450, 450, {"approximate": True}),
        ("~ 1 200 police officers", 1_200, 1_200, {"approximate": True}),
        ("at least 200", 200, None, {}),
        ("450 or more people", 450, None, {}),
        ("450+", 450, None, {}),
        ("up to 500 soldiers", None, 500, {}),
        ("not disclosed", None, None, {}),
        ("undisclosed aircraft", None, None, {"unit": "aircraft"}),
        ("2 battalions", 2, 2, {"unit": "battalion"}),
        ("up to 3 companies", None, 3, {"unit": "company"}),
        ("1 formed unit", 1, 1, {"unit": "formed_unit"}),
        ("5 ships", 5, 5, {"unit": "ship"}),
        ("EUR 11 billion", 11_000_000_000, 11_000_000_000, {"unit": "EUR"}),
        ("5 to 10 million euros", 5_000_000, 10_000_000, {"unit": "EUR"}),
        ("£4.5bn", 4_500_000_000, 4_500_000_000, {"unit": "GBP"}),
        ("1.200,50 EUR", 1200.5, 1200.5, {"unit": "EUR"}),
        ("2,000 people over rotations", 2_000, 2_000, {"measure": "cumulative"}),
    ],
)
def test_a_quantity_is_what_was_typed(text: str, least: Any, most: Any, others: dict[str, Any]) -> None:
    assert quantity_in(text) == {"min": least, "max": most, "unit": "personnel"} | others


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lots", "10,000 to 30,000"),
        ("300 polices", "did you mean police"),
        ("$5 million", "USD"),
        ("1.200", "1,200 or 1.2"),
        ("5 to 3", "smaller and a larger"),
        ("-5", "expected a number"),
        ("9" * 40, "too many digits"),
        (",".join(["999"] * 400), "too many digits"),
        ("900,000,000 billion", "too large"),
        ("up to 5 to 10", "smaller and a larger"),
    ],
)
def test_what_is_no_quantity_says_what_is(text: str, hint: str) -> None:
    with pytest.raises(UnreadableText, match=hint):
        quantity_in(text)


BOUND = st.none() | st.integers(0, 10**12)


@given(BOUND, BOUND, st.sampled_from([*UNITS, *sorted(CURRENCIES)]), st.booleans(), st.booleans())
def test_what_is_written_is_read(least: Any, most: Any, unit: str, is_approximate: bool, is_total: bool) -> None:
    if least is not None and most is not None and least > most:
        least, most = most, least
    quantity = {"min": least, "max": most, "unit": unit}
    quantity |= {"approximate": True} if is_approximate and (least, most) != (None, None) else {}
    quantity |= {"measure": "cumulative"} if is_total else {}
    assert quantity_in(quantity_in_words(quantity)) == quantity
