"""Dates as people type them."""

import pytest

from api.files.unreadable import UnreadableText
from api.forms.dates import moment_in


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("2024-02-26", "2024-02-26"),
        ("26 February 2024", "2024-02-26"),
        ("26th of february, 2024", "2024-02-26"),
        ("Feb. 26, 2024", "2024-02-26"),
        ("26.02.2024", "2024-02-26"),
        ("26/02/2024", "2024-02-26"),
        ("2024/2/6", "2024-02-06"),
        ("on 1 May 2024.", "2024-05-01"),
        ("Sept 2025", "2025-09"),
        ("02.2024", "2024-02"),
        ("2024", "2024"),
        ("1 to 5 March 2024", "2024-03-01/2024-03-05"),
        ("1–5 March 2024", "2024-03-01/2024-03-05"),
        ("28 February to 3 March 2024", "2024-02-28/2024-03-03"),
        ("from 1 March 2024 to 5 April 2025", "2024-03-01/2025-04-05"),
        ("2024-03-01 to 2024-03-05", "2024-03-01/2024-03-05"),
        ("10 April 2025, 14:30 UTC", "2025-04-10T14:30:00Z"),
        ("2025-04-10 14:30 +02:00", "2025-04-10T14:30:00+02:00"),
        ("2025-04-10T14:30:00Z", "2025-04-10T14:30:00Z"),
    ],
)
def test_a_date_is_recorded_as_vague_as_it_was_typed(text: str, recorded: str) -> None:
    assert moment_in(text) == recorded


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tomorrow", "26 February 2024"),
        ("03/04/2024", "2024-04-03 or 2024-03-04"),
        ("30 February 2024", "not in the calendar"),
        ("31.02.2024", "not in the calendar"),
        ("2024-13", "not in the calendar"),
        ("1850", "1900 to 2200"),
        ("5 to 1 March 2024", "before the first"),
        ("2025-04-10 14:30", "needs its time zone"),
        ("10 April", "26 February 2024"),
    ],
)
def test_what_is_no_date_says_what_is(text: str, hint: str) -> None:
    with pytest.raises(UnreadableText, match=hint):
        moment_in(text)
