"""Pointers are read as they are written, whatever the names."""

from hypothesis import given
from hypothesis import strategies as st

from domain.json_pointers import pointer_to, steps_of


def test_the_examples_of_the_standard() -> None:
    assert [pointer_to([name]) for name in ("", "a/b", "m~n", "~1", 0)] == ["/", "/a~1b", "/m~0n", "/~01", "/0"]
    assert (pointer_to([]), steps_of("")) == ("", [])
    assert steps_of("/~01/a~1b//0") == ["~1", "a/b", "", "0"]


@given(st.lists(st.text(alphabet="~/01ab")))
def test_a_pointer_leads_back_to_its_path(path: list[str]) -> None:
    assert steps_of(pointer_to(path)) == path
