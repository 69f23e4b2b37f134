"""The limits of bodies: their sizes and numbers, and that reading one costs no more than its size."""

import json
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from api.http import bodies
from api.http.bodies import MAX_FACTS, BodyReader, facts_in, question_in
from api.http.problems import Problem
from api.http.strict_json import FACT_BYTES, FACTS_VALUES, QUESTION_VALUES
from tests.api.http.request_bodies import CONDITION, JSON, LINES, PLEDGE, body, pointers, problem_with

COSTLY: dict[str, Callable[[int], bytes]] = {
    "different names, the first again": lambda n: b"{%s}" % b",".join(b'"%07d":1' % (at % (n - 1)) for at in range(n)),
    "the same in a value that is replaced": lambda n: (
        b'{"a":{%s},"a":1}' % b",".join(b'"%07d":1' % (at % (n - 1)) for at in range(n))
    ),
    "one name": lambda n: b"{%s}" % b",".join([b'"a":1'] * n),
    "long names that differ at their end": lambda n: b"{%s}" % b",".join(
        b'"' + b"x" * 4000 + b'%07d":1' % (at % (n // 500 - 1)) for at in range(n // 500)
    ),
    "a very long name, twice": lambda n: b'{"%b":1,"%b":2}' % (b"n" * 8 * n, b"n" * 8 * n),
    "small lists": lambda n: b'{"changes":[%b]}' % b",".join([b"[]"] * n),
    "small objects": lambda n: b'{"changes":[%b]}' % b",".join([b"{}"] * n),
    "a text without an end": lambda n: b'{"a":"' + b'\\"' * (n * 8),
    "texts without an end, in lines": lambda n: b"\n".join([b'{"a":"' + b'\\"' * (n // 100)] * 800),
    "numbers": lambda n: b'{"a":[%b]}' % b",".join([b"9007199254740993"] * n),
}  # fmt: skip


class TestCost:
    @pytest.mark.parametrize("name", COSTLY)
    @pytest.mark.parametrize("read", [facts_in, question_in])
    def test_the_cost_of_a_body_follows_its_size(self, name: str, read: BodyReader) -> None:
        def seconds(work: Callable[[], Any]) -> float:
            taken = []
            for _ in range(3):
                begun = perf_counter()
                with suppress(Problem):
                    work()
                taken.append(perf_counter() - begun)
            return min(taken)

        content = COSTLY[name](48_000)
        plain = "[" + "0," * (len(content) // 2) + "0]"
        # The square of the size took thousands of times as long as plain JSON of that size.
        assert seconds(lambda: read(content, JSON, None)) < 50 * seconds(lambda: json.loads(plain))

    @pytest.mark.parametrize(("read", "most"), [(facts_in, FACTS_VALUES), (question_in, QUESTION_VALUES)])
    @pytest.mark.parametrize("value", ["[]", "{}", "0", '","', '"\\\\"', '"\\""'])
    def test_a_body_with_too_many_values_is_refused_before_they_are_made(
        self, read: BodyReader, most: int, value: str
    ) -> None:
        def content(values: int) -> bytes:
            return b'{"a":[' + ",".join([value] * values).encode() + b"]}"

        with pytest.raises(Problem) as too_many:
            read(content(most + 1), JSON, None)
        assert (too_many.value.type.status, too_many.value.detail) == (
            413, f"The body has more than {most:,} values, the maximum.",
        )  # fmt: skip
        assert calls_of_parser(lambda: read(content(most + 1), JSON, None)) == 0
        assert calls_of_parser(lambda: read(content(most // 2 - 10), JSON, None)) > 0

    def test_a_value_too_deep_for_a_parser_is_refused_where_another_replaces_it(self) -> None:
        content = b'{"a":' + b"[" * 1_000 + b"]" * 1_000 + b',"a":1}'
        for read in (facts_in, question_in):
            with pytest.raises(Problem) as refused:
                read(content, JSON, None)
            assert refused.value.type.name == "malformed-body"

    def test_a_question_too_large_is_not_examined(self) -> None:
        content = b'{"a":"' + b"\xe2\x80\xae" * 400_000 + b'"}'
        with pytest.raises(Problem) as refused:
            question_in(content, JSON)
        assert refused.value.type.status == 413


def calls_of_parser(read: Callable[[], Any]) -> int:
    """How often JSON is parsed while ``read`` runs."""
    with patch.object(orjson, "loads", wraps=orjson.loads) as loads, suppress(Problem):
        read()
    return loads.call_count


class TestLimits:
    def test_a_fact_may_be_as_large_as_the_limit(self) -> None:
        room = FACT_BYTES - len(orjson.dumps({"note": ""}))
        assert not facts_in(body({"note": "x" * room}), JSON).faults
        problem = problem_with(body([{}, {"note": "x" * (room + 1)}]))
        assert problem.type.status == 413
        assert pointers(problem) == ["/1"]

    def test_white_space_does_not_count_towards_a_fact(self) -> None:
        assert not facts_in(b" " * FACT_BYTES + body(PLEDGE) + b"\n" * FACT_BYTES, JSON).faults

    def test_text_beyond_ascii_counts_as_utf_8(self) -> None:
        assert problem_with(body({"note": "é" * (FACT_BYTES // 2)})).type.status == 413

    @pytest.mark.parametrize("content_type", [JSON, LINES])
    def test_a_list_may_be_as_long_as_the_limit(self, content_type: str) -> None:
        def content(length: int) -> bytes:
            lines = [b"{}"] * length
            return b"\n".join(lines) if content_type == LINES else b"[" + b",".join(lines) + b"]"

        assert len(facts_in(content(MAX_FACTS), content_type).items) == MAX_FACTS
        problem = problem_with(content(MAX_FACTS + 1), content_type)
        assert problem.type.status == 413
        assert pointers(problem) == ["/1000"]

    def test_a_body_may_be_as_large_as_the_limit(self) -> None:
        fact = body(PLEDGE)
        assert facts_in(fact.ljust(bodies.BODY_BYTES), JSON).items == [PLEDGE]
        assert problem_with(fact.ljust(bodies.BODY_BYTES + 1)).type.status == 413

    def test_an_answer_stays_small_however_many_errors_there_are(self) -> None:
        hostile = [
            body([{f"a{number}": 0 for number in range(6000)}] * 100),
            body([{"type": "PledgeMade", **{f"a{number}": 0 for number in range(6000)}}] * 100),
            body([{"k" * 60_000: ["\0"] * 500}] * 100),
            b"[" + b'{"a":1,"a":2},' * 999 + b"{}]",
        ]
        for content in hostile:
            problem = problem_with(content)
            assert 400 <= problem.type.status < 500
            assert len(problem.response().body) < 300_000

    def test_a_rule_with_thousands_of_flaws_is_refused_in_time(self) -> None:
        rule: Any = {"any_of": [{"any_of": [{"any_of": [{"z": 1}] * 50}] * 50}] * 2}
        problem = problem_with(body([CONDITION | {"rule": rule}] * 20))
        assert problem.type.status == 422
