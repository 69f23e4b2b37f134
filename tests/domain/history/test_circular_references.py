"""Facts that refer to themselves or to each other are folded once, and folding ends."""

from typing import Any

import pytest

from domain.events import FACT, Event
from domain.history.history import History
from domain.refusals import Refused


def event(number: int, fact_type: str, effective_at: str, **fields: Any) -> Event:
    fact = {"type": fact_type, "effective_at": effective_at, "sources": [{"publisher": "AFP"}], **fields}
    return Event(
        event_id=f"00000000-0000-0000-0000-{number:012d}", coalition="willing", sequence=number,
        recorded_at="2025-04-10T00:00:00.000000Z", recorded_by="desk", fact=FACT.validate_python(fact),
    )  # fmt: skip


def statement(number: int, effective_at: str, name: str, *about: str) -> Event:
    return event(number, "StatementMade", effective_at, statement=name, kind="appeal", text="Now", about=list(about))


FORMED = event(1, "CoalitionFormed", "2025-04-01", name="Willing")


def test_a_statement_about_itself_is_refused_before_and_after_it_is_made() -> None:
    history = History("willing", [FORMED])
    with pytest.raises(Refused):
        history.draft().add([statement(2, "2025-04-10", "appeal", "statement:appeal")])
    with pytest.raises(Refused):
        history.draft().add(
            [statement(2, "2025-04-11", "appeal"), statement(3, "2025-04-10", "appeal", "statement:appeal")]
        )


def test_statements_that_each_rest_on_two_others_are_folded_without_delay() -> None:
    chain = [statement(2, "2025-04-02", "s0")]
    for number in range(1, 60):
        about = [f"statement:s{number - 1}", f"statement:s{max(0, number - 2)}"]
        chain.append(statement(number + 2, f"2025-04-02T00:{number:02d}:00Z", f"s{number}", *about))
    history = History("willing", [FORMED, *chain[1:], chain[0]])
    states = history.view(10**18, 10**18, "recorded", history.sequence).states()
    assert sum(type(state).__name__ == "StatementState" for state in states) == 60
