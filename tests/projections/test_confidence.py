"""What values rest on, and where their sources disagree: as a naive oracle finds it, fact by fact."""

from typing import Any

from hypothesis import given

from domain.history.history import History
from projections.confidence import Confidence
from tests.domain.history.test_properties import QUESTIONS, Question, recorded
from tests.oracle import confidence as naive
from tests.oracle import fold as oracle
from tests.oracle.random_histories import Attempt, scripts

NAMED = ("pledge", "requirement", "condition", "basing", "meeting", "member", "command", "report", "statement")


def naive_confidence(history: History, question: Question) -> naive.Confidence:
    return naive.Confidence(oracle.known_by(history.events, *question[1:]), question.valid_us)


def name_of(state: Any) -> tuple[str, str]:
    return naive.thing_of(state.latest.fact) if state.latest.thing.kind == "stance" else state.latest.thing


def plain_disputes(disputed: Any) -> dict[str, Any]:
    return {one.field: [(value.events, value.publishers) for value in one.values] for one in disputed}


@given(scripts(), QUESTIONS)
def test_what_things_rest_on_and_where_sources_disagree_is_as_the_oracle_has_it(
    script: list[Attempt], questions: list[Question]
) -> None:
    history = recorded(script)
    for question in questions:
        view, wanted = history.view(*question), naive_confidence(history, question)
        confidence = Confidence(view)
        for kind in (*NAMED, "stance"):
            for thing in view.knowledge.things(kind):
                state = view.state(thing)
                if state is None:
                    continue
                named = name_of(state)
                assert tuple(vars_of(confidence.rests_on(state))) == wanted.rests_on(*named), (named, question)
                rivals = {
                    field: [(events, publishers) for _, events, publishers in values]
                    for field, values in wanted.disputed(*named).items()
                }
                assert plain_disputes(confidence.disputed(state)) == rivals, (named, question)


def vars_of(rests_on: Any) -> list[Any]:
    return [rests_on.bases, rests_on.publishers, rests_on.best_grading]
