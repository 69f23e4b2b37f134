"""Who proposed, edited and accepted what is on record, in words."""

from typing import Any

import pytest

from api.wording.proposals import author_in_words, facts_in_words, origin_phrase


@pytest.mark.parametrize(
    ("hands", "phrase"),
    [
        (("ana", None, "ben"), "proposed by ana, accepted by ben"),
        (("ana", None, "ana"), "proposed and accepted by ana"),
        (("ana", "ben", "ben"), "proposed by ana, edited and accepted by ben"),
        (("ana", "ben", "cem"), "proposed by ana, edited by ben, accepted by cem"),
        (("ana", "ben", "ana"), "proposed by ana, edited by ben, accepted by ana"),
    ],
)
def test_each_key_is_named_with_what_it_did(hands: tuple[str, str | None, str], phrase: str) -> None:
    by, editor, acceptor = hands
    origin: dict[str, Any] = {"scenario": "figures", "number": 2, "by": by}
    event = {"recorded_by": acceptor, "proposed": origin | ({"edited_by": editor} if editor else {})}
    assert origin_phrase(event) == phrase
    assert author_in_words(event) == f"{acceptor} (proposed by ana)"


def test_what_nobody_proposed_has_an_author_only() -> None:
    assert (origin_phrase({"recorded_by": "ana"}), author_in_words({"recorded_by": "ana"})) == ("", "ana")


def test_what_became_of_facts_is_counted() -> None:
    assert facts_in_words(["open", "accepted", "open"]) == "3 facts: 2 open, 1 accepted"
    assert facts_in_words([]) == "0 facts"
