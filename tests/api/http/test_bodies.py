"""Bodies: which are accepted, which are refused, and the place that each refusal points to."""

import json
from itertools import islice
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http import strict_json
from api.http.bodies import facts_in, question_in, valid_facts
from api.http.problems import Problem
from api.http.strict_json import MAX_DEPTH, MAX_INTEGER
from tests.api.http.request_bodies import CONDITION, JSON, LINES, PLEDGE, body, pointers, problem_with


class TestFraming:
    def test_a_single_fact_is_not_a_list(self) -> None:
        sent = facts_in(body(PLEDGE), JSON)
        assert not sent.is_list
        assert sent.items == [PLEDGE]
        assert sent.pointer(0, "/quantity/min") == "/quantity/min"

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (body([PLEDGE, CONDITION]), JSON),
            (body([PLEDGE, CONDITION]), "Application/JSON; charset=UTF-8"),
            (body([PLEDGE, CONDITION]), 'application/json;charset="utf-8"'),
            (body(PLEDGE) + b"\n" + body(CONDITION), LINES),
            (body(PLEDGE) + b"\r\n\r\n" + body(CONDITION) + b"\r\n", "application/ndjson"),
            (b"\n  \n" + body(PLEDGE) + b"\n" + body(CONDITION) + b"\n\n", "application/jsonl; charset=utf-8"),
        ],
    )
    def test_a_list_may_be_json_or_lines_of_json(self, content: bytes, content_type: str) -> None:
        sent = facts_in(content, content_type)
        assert sent.is_list
        assert sent.items == [PLEDGE, CONDITION]
        assert sent.pointer(1, "/quantity/min") == "/1/quantity/min"
        assert len(valid_facts(sent)) == 2

    @pytest.mark.parametrize(
        "content_type",
        [
            None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/xml",
            "application/json; charset=utf-16", "application/json; charset=latin-1", "application/json; charset=",
            "application/jsonx", "text/json", "application/*", "application/json, application/json", "\x00", ";",
        ],
    )  # fmt: skip
    def test_other_media_types_are_refused_with_the_accepted_ones(self, content_type: str | None) -> None:
        problem = problem_with(body(PLEDGE), content_type)
        assert problem.type.status == 415
        assert problem.headers["Accept-Post"].startswith("application/json, application/x-ndjson")

    @pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
    def test_a_content_coding_is_refused(self, coding: str) -> None:
        with pytest.raises(Problem) as caught:
            facts_in(body(PLEDGE), JSON, coding)
        assert caught.value.type.status == 415
        assert caught.value.headers["Accept-Encoding"] == "identity"

    def test_identity_is_accepted_as_a_content_coding(self) -> None:
        assert facts_in(body(PLEDGE), JSON, "identity").items == [PLEDGE]


MALFORMED: list[tuple[str, bytes, str]] = [
    ("escape inside text with brackets", b'{"note":"]}}\\q"}', "/note"),
    ("end inside text with brackets", b'["a]]]]', "/0"),
    ("end inside text with colons", b'["a", "]:::', "/1"),
    ("nothing", b"", ""),
    ("blank", b" \n ", ""),
    ("byte order mark within", b" \xef\xbb\xbf" + body(PLEDGE), ""),
    ("two byte order marks", b"\xef\xbb\xbf" * 2 + body(PLEDGE), ""),
    ("UTF-16", body(PLEDGE).decode().encode("utf-16"), ""),
    ("UTF-16 without mark", body(PLEDGE).decode().encode("utf-16-le"), ""),
    ("UTF-32", body(PLEDGE).decode().encode("utf-32"), ""),
    ("Latin-1", '{"note": "Kyïv"}'.encode("latin-1"), ""),
    ("overlong UTF-8", b'{"note": "\xc0\xaf"}', ""),
    ("surrogate in UTF-8", b'{"note": "\xed\xa0\x80"}', ""),
    ("beyond Unicode", b'{"note": "\xf4\x90\x80\x80"}', ""),
    ("NaN", b'{"quantity": {"min": NaN}}', "/quantity/min"),
    ("Infinity", b'[{}, {"quantity": {"min": Infinity}}]', "/1/quantity/min"),
    ("-Infinity", b'{"a": [1, {"b": -Infinity}]}', "/a/1/b"),
    ("nan", b'{"a": nan}', "/a"),
    ("1e400", b'{"a": {"b/c~d": 1e400}}', "/a/b~1c~0d"),
    ("lone high surrogate", b'{"note": "\\ud800"}', "/note"),
    ("lone low surrogate", b'{"note": "x\\udfff"}', "/note"),
    ("surrogates reversed", b'{"note": "\\udc00\\ud800"}', "/note"),
    ("lone surrogate in a name", b'{"a": {"\\ud800": 1}}', "/a"),
    ("NUL", b'{"note": "\x00"}', "/note"),
    ("line feed in text", b'{"note": "a\nb"}', "/note"),
    ("trailing text", body(PLEDGE) + b"x", ""),
    ("two objects", b"{}{}", ""),
    ("two lines as JSON", body(PLEDGE) + b"\n" + body(PLEDGE), ""),
    ("trailing comma", b'{"a": [1, 2,]}', "/a/1"),
    ("comment", b'{"a": 1 /* b */}', "/a"),
    ("single quotes", b"{'a': 1}", ""),
    ("unquoted name", b"{a: 1}", ""),
    ("leading zero", b'{"a": 01}', "/a"),
    ("plus", b'{"a": +1}', "/a"),
    ("hexadecimal", b'{"a": 0x1}', "/a"),
    ("bare point", b'{"a": 1.}', "/a"),
    ("truncated", body(PLEDGE)[:-10], "/quantity/unit"),
    ("unknown escape", b'{"a": "\\x41"}', "/a"),
    ("form feed", b'{"a": 1}\x0c', ""),
    ("name twice", b'{"type": "PledgeMade", "level": "floated", "level": "assigned"}', "/level"),
    ("name twice, the same value", b'[{}, {"a": [{"b": 1, "b": 1}]}]', "/1/a/0/b"),
    ("name twice, once escaped", b'{"level": 1, "l\\u0065vel": 2}', "/level"),
    ("name twice, and a quotation mark escaped twice", b'{"a": "\\u0022\\u0022", "a": 1}', "/a"),
    ("name twice, and as many marks lost as gained", b'{"a": 1, "a": 2, "b": "\\u0022\\u0022"}', "/a"),
    ("empty name twice", b'{"": 1, "": 2}', "/"),
    ("deep lists", b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", "/a" + "/0" * (MAX_DEPTH - 1)),
    ("deep objects", b'{"a":' * 40 + b"1" + b"}" * 40, "/a" * MAX_DEPTH),
    ("very deep", b"[" * 100_000, "/0" * (MAX_DEPTH + 1)),
    ("very deep and closed", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "/a" * (MAX_DEPTH + 1)),
]


class TestMalformed:
    @pytest.mark.parametrize(("content", "pointer"), [pytest.param(*case, id=name) for name, *case in MALFORMED])
    def test_an_unreadable_body_is_refused_with_the_place(self, content: bytes, pointer: str) -> None:
        problem = problem_with(content)
        assert (problem.type.name, problem.type.status) == ("malformed-body", 400)
        assert pointers(problem) == [pointer]

    def test_every_unreadable_line_is_named(self) -> None:
        content = body(PLEDGE) + b'\n\n{"a": NaN}\n' + body(PLEDGE) + b'\n["x"'
        problem = problem_with(content, LINES)
        assert problem.type.status == 400
        assert pointers(problem) == ["/1/a", "/3/0"]
        assert [fault.detail for fault in problem.faults] == [
            "Line 3 is not JSON: NaN is not a JSON number at column 7.",
            "Line 5 is not JSON: unexpected end of data at column 5.",
        ]

    def test_every_repeated_name_is_named(self) -> None:
        problem = problem_with(b'{"a": 1, "a": 2}\n{}\n{"b": {"c": 1, "c": 1}}', LINES)
        assert problem.type.status == 400
        assert pointers(problem) == ["/0/a", "/2/b/c"]

    def test_a_repeated_name_is_found_next_to_quotation_marks(self) -> None:
        fact = PLEDGE | {"note": 'Said "yes", then "no"'}
        assert facts_in(body(fact), JSON).items == [fact]
        assert facts_in(json.dumps(fact).replace('\\"', "\\u0022").encode(), JSON).items == [fact]

    def test_nesting_up_to_the_limit_is_accepted(self) -> None:
        levels = MAX_DEPTH - 1
        sent = facts_in(b'{"a":' + b"[" * levels + b"]" * levels + b"}", JSON)
        assert not sent.faults


VALUES: list[tuple[str, bytes, str]] = [
    ("NUL escaped", b'{"note": "\\u0000"}', "/note"),
    ("backspace", b'[{"sources": [{"title": "a\\bb"}]}]', "/0/sources/0/title"),
    ("escape", b'{"note": "\\u001b[31m"}', "/note"),
    ("delete", b'{"note": "\x7f"}', "/note"),
    ("next line", '{"note": "\u0085"}'.encode(), "/note"),
    ("C1, escaped", b'{"note": "\\u009b"}', "/note"),
    ("right-to-left override", '{"note": "\u202etxt.exe"}'.encode(), "/note"),
    ("right-to-left override, escaped", b'{"note": "\\u202Etxt.exe"}', "/note"),
    ("isolate", '{"a": {"b": ["x", "\u2066y"]}}'.encode(), "/a/b/1"),
    ("noncharacter", '{"note": "\uffff"}'.encode(), "/note"),
    ("noncharacter of another plane", '{"note": "\U0001fffe"}'.encode(), "/note"),
    ("right-to-left mark", '{"note": "\u200f"}'.encode(), "/note"),
    ("zero-width space, escaped", b'{"note": "a\\u200bb"}', "/note"),
    ("joiner between Latin letters", '{"note": "ad\u200dmin"}'.encode(), "/note"),
    ("tag", '{"note": "a\U000e0041"}'.encode(), "/note"),
    ("Hangul filler", '{"sources": [{"publisher": "\u3164"}]}'.encode(), "/sources/0/publisher"),
    ("spaces alone", b'{"sources": [{"publisher": "A", "title": "  "}]}', "/sources/0/title"),
    ("a line feed alone", b'{"note": "\\n"}', "/note"),
    ("wide spaces alone", '{"note": "\u2003\u3000"}'.encode(), "/note"),
    ("Braille without dots", '{"note": "\u2800"}'.encode(), "/note"),
    ("hidden character in a name", '{"a": {"b\u202e": 1}}'.encode(), "/a"),
    ("NUL in a name", b'{"\\u0000": 1}', ""),
    ("2**53", b'{"quantity": {"min": 9007199254740992}}', "/quantity/min"),
    ("-2**53", b'{"quantity": {"min": -9007199254740992}}', "/quantity/min"),
    ("2**64", b'{"quantity": {"min": 18446744073709551616}}', "/quantity/min"),
    ("2**53 with a point", b'{"quantity": {"min": 9007199254740992.0}}', "/quantity/min"),
    ("1e16", b'{"quantity": {"min": 1e16}}', "/quantity/min"),
    ("1e308", b'{"quantity": {"min": -1e308}}', "/quantity/min"),
    ("four thousand digits", b'{"a": 1' + b"0" * 300 + b"}", "/a"),
    ("a number", b"3", ""),
    ("null", b"null", ""),
    ("a text", b'"x"', ""),
    ("a list in a list", b"[[]]", "/0"),
    ("a number in a list", b"[1]", "/0"),
    ("null in a list", b"[null]", "/0"),
    ("an empty list", b"[]", ""),
]


class TestValues:
    @pytest.mark.parametrize(("content", "pointer"), [pytest.param(*case, id=name) for name, *case in VALUES])
    def test_forbidden_text_is_refused_with_the_place(self, content: bytes, pointer: str) -> None:
        problem = problem_with(content)
        assert (problem.type.name, problem.type.status) == ("validation", 422)
        assert pointers(problem) == [pointer]

    @pytest.mark.parametrize(
        "note",
        [
            "a\nb\tc",
            "Ŀ ł – “x” 😀",
            "שלום",
            "مرحبا",
            "می\u200cخواهم",
            "क्\u200dष",
            "a\\b \\u0000",
            '"',
            '" "',
            "O'Neill",
        ],
    )
    def test_other_text_is_accepted(self, note: str) -> None:
        fact = PLEDGE | {"note": note}
        assert valid_facts(facts_in(body(fact), JSON))[0].note == note
        assert valid_facts(facts_in(json.dumps(fact).encode(), JSON))[0].note == note

    @pytest.mark.parametrize(
        ("note", "recorded"),
        [
            ("one\r\ntwo\rthree\n\rfour", "one\ntwo\nthree\n\nfour"),
            ("De\u0301fense", "D\u00e9fense"),
            ("a\\r", "a\\r"),
            ("\u0301", "\u0301"),
            ("\u212b", "\u00c5"),
        ],
    )
    def test_text_is_recorded_with_line_feeds_and_composed(self, note: str, recorded: str) -> None:
        fact = PLEDGE | {"note": note, "sources": [{"publisher": f"x{note}"}]}
        sent = facts_in(body([fact, PLEDGE]), JSON)
        (one, _) = valid_facts(sent)
        assert (one.note, one.sources[0].publisher) == (recorded, f"x{recorded}")
        again = PLEDGE | {"note": recorded, "sources": [{"publisher": f"x{recorded}"}]}
        assert sent.digest == facts_in(body([again, PLEDGE]), JSON).digest

    @pytest.mark.parametrize("content_type", [JSON, LINES])
    def test_a_byte_order_mark_at_the_start_is_accepted(self, content_type: str) -> None:
        sent = facts_in(b"\xef\xbb\xbf" + body(PLEDGE) + b"\r\n", content_type)
        assert sent.items == [PLEDGE]
        assert question_in(b"\xef\xbb\xbf{}", JSON).items == [{}]

    def test_the_greatest_permitted_integers_are_accepted(self) -> None:
        assert not facts_in(body({"a": MAX_INTEGER, "b": -MAX_INTEGER, "c": 1.5}), JSON).faults

    def test_all_flaws_and_missing_fields_of_a_list_are_reported_together(self) -> None:
        content = body([PLEDGE, 7, PLEDGE | {"note": "\u202e", "level": "x"}, PLEDGE | {"level": "x", "pledge": 3}])
        problem = problem_with(content)
        assert problem.type.status == 422
        assert pointers(problem) == ["/1", "/2/note", "/3/pledge", "/3/level"]


FIELDS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"level": None}, {"/level": "level is null; permitted: 'floated', 'pledged', 'committed' or 'assigned'."}),
    ({"level": "maybe"}, {"/level": "level is 'maybe'; permitted: 'floated', 'pledged', 'committed' or 'assigned'."}),
    ({"pledge": 3}, {"/pledge": "pledge must be text, not 3."}),
    ({"effective_at": 1744243200}, {"/effective_at": "effective_at must be text, not 1744243200."}),
    ({"sources": []}, {"/sources": "sources is empty."}),
    ({"sources": {}}, {"/sources": "sources must be a list, not an object."}),
    ({"sources": [{"publisher": "x"}, {}]}, {"/sources/1/publisher": "sources[1].publisher is missing."}),
    ({"sources": [{"publisher": ""}]}, {"/sources/0/publisher": "sources[0].publisher is empty."}),
    ({"sources": [{"publisher": "x", "quote": ""}]}, {"/sources/0/quote": "sources[0].quote is empty."}),
    ({"sources": [{"publisher": "x", "quote": "y" * 1_001}]}, {
        "/sources/0/quote": "sources[0].quote may have at most 1,000 characters.",
    }),
    ({"quantity": {"min": "3", "unit": "personnel"}}, {
        "/quantity/min": "quantity.min must be a whole number, not '3'.",
    }),
    ({"quantity": {"min": True, "max": 1.5, "unit": "personnel"}}, {
        "/quantity/min": "quantity.min must be a whole number, not true.",
        "/quantity/max": "quantity.max must be a whole number, not 1.5.",
    }),
    ({"quantity": [3]}, {"/quantity": "quantity must be an object, not a list."}),
    ({"quantitty": 1}, {"/quantitty": "quantitty is not a field here."}),
    ({"a/b~c": 1}, {"/a~1b~0c": "a/b~c is not a field here."}),
    ({"recorded_by": "me"}, {"/recorded_by": "recorded_by is not a field here."}),
    ({"sequence": 4}, {"/sequence": "sequence is not a field here."}),
    ({"PledgeMade": {"pledge": 1}}, {"/PledgeMade": "PledgeMade is not a field here."}),
    ({"caveats": [{"caveat": "x", "kind": "task"}]}, {"/caveats/0/text": "caveats[0].text is missing."}),
]  # fmt: skip

RULES: list[tuple[Any, list[str]]] = [
    ({}, [""]),
    (3, [""]),
    ([], [""]),
    ({"zz": 1}, [""]),
    ({"personnel_at_least": -1}, ["/personnel_at_least"]),
    ({"condition": 3}, ["/condition"]),
    ({"contributor": "GBR"}, ["/level_at_least"]),
    ({"contributor": "GBR", "level_at_least": "x"}, ["/level_at_least"]),
    ({"contributor": "GBR", "level_at_least": "floated", "zz": 1}, ["/zz"]),
    ({"actor": "USA", "stance_at_least": "x", "capability": "y"}, ["/stance_at_least", "/capability"]),
    ({"all_of": []}, ["/all_of"]),
    ({"all_of": {"condition": "a"}}, ["/all_of"]),
    ({"all_of": [{"any_of": [{"condition": "a"}, {"condition": 3}, {"actor": "USA"}]}, 4]},
     ["/all_of/0/any_of/1/condition", "/all_of/0/any_of/2/stance_at_least", "/all_of/1"]),
]  # fmt: skip


def permits(value: Any, pointer: str) -> bool:
    """Whether a pointer leads to a value, or to a field that its object lacks."""
    *steps, last = pointer.split("/")[1:] or [""]
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
    return not pointer or isinstance(value, dict) or (isinstance(value, list) and int(last) < len(value))


class TestFields:
    @pytest.mark.parametrize(("change", "expected"), FIELDS)
    def test_each_field_is_named_with_its_permitted_values(
        self, change: dict[str, Any], expected: dict[str, str]
    ) -> None:
        problem = problem_with(body(PLEDGE | change))
        assert problem.type.name == "validation"
        assert {fault.pointer: fault.detail for fault in problem.faults} == expected
        in_list = problem_with(body([CONDITION, PLEDGE | change]))
        assert pointers(in_list) == [f"/1{pointer}" for pointer in expected]

    @pytest.mark.parametrize("kind", ["Foo", 3, None, ["PledgeMade"], "pledgemade", ""])
    def test_an_unknown_type_is_reported_with_the_known_ones(self, kind: Any) -> None:
        problem = problem_with(body(PLEDGE | {"type": kind}))
        assert pointers(problem) == ["/type"]
        assert "'PledgeMade'" in problem.detail

    def test_permitted_values_are_shown_as_json(self) -> None:
        attached = {name: CONDITION[name] for name in ("effective_at", "sources", "condition")}
        problem = problem_with(body(attached | {"type": "ConditionAttached", "coalition": False}))
        assert problem.detail == "coalition is false; permitted: true."

    def test_a_missing_type_is_named(self) -> None:
        assert pointers(problem_with(b"{}")) == ["/type"]

    def test_a_replacement_is_a_complete_fact(self) -> None:
        some_event = "0195f0a0-0000-7000-8000-000000000001"
        correction = {"type": "EventCorrected", "corrects": some_event, "reason": "misread"}
        problem = problem_with(body([correction | {"replacement": PLEDGE | {"level": 3}}, correction]))
        assert pointers(problem) == ["/0/replacement/level", "/1/replacement"]

    @pytest.mark.parametrize(("rule", "places"), RULES)
    def test_errors_of_a_rule_refer_to_the_closest_form(self, rule: Any, places: list[str]) -> None:
        fact = CONDITION | {"rule": rule}
        problem = problem_with(body(fact))
        assert pointers(problem) == [f"/rule{place}" for place in places]
        assert all(permits(fact, pointer or "") for pointer in pointers(problem))

    def test_a_rule_of_unknown_form_is_reported_with_the_known_forms(self) -> None:
        detail = problem_with(body(CONDITION | {"rule": {"zz": 1}})).detail
        assert all(form in detail for form in ("all_of", "personnel_at_least", "contributor", "actor"))


class TestDigest:
    def test_the_digest_depends_on_the_content_and_not_its_framing(self) -> None:
        fact = PLEDGE | {"note": "Kyïv\n"}
        reordered = dict(reversed(fact.items()))
        framings = [
            (body(fact), JSON),
            (json.dumps(fact, indent=3).encode(), JSON),
            (json.dumps(reordered, ensure_ascii=True).encode(), JSON),
            (body([fact]), JSON),
            (body(reordered) + b"\r\n\n", LINES),
        ]
        assert len({facts_in(*framing).digest for framing in framings}) == 1

    def test_the_digest_depends_on_the_content_and_its_order(self) -> None:
        contents = [[PLEDGE, CONDITION], [CONDITION, PLEDGE], [PLEDGE], [PLEDGE, PLEDGE], [PLEDGE | {"note": "x"}]]
        contents += [
            [PLEDGE | {"note": None}],
            [PLEDGE | {"note": 1}],
            [PLEDGE | {"note": "1"}],
            [{**PLEDGE, "basing": []}],
        ]
        assert len({facts_in(body(content), JSON).digest for content in contents}) == len(contents)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=40,
)


class TestAgainstEverything:
    @given(anything)
    def test_the_quick_check_never_passes_what_the_full_check_refuses(self, value: Any) -> None:
        item = {"a": value}
        written = strict_json.canonical_json(item)
        if strict_json.is_sound([written]):
            assert not list(islice(strict_json.flaws_in(item), 1))

    @given(st.lists(st.tuples(st.sampled_from('ab"\\é'), anything), max_size=5), st.booleans())
    def test_repeated_names_are_found_exactly(self, pairs: list[tuple[str, Any]], ascii_only: bool) -> None:
        fields = (f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=ascii_only)}" for name, value in pairs)
        text = "{" + ",".join(fields) + "}"
        is_repeated = len({name for name, _ in pairs}) < len(pairs)
        item = orjson.loads(text)
        written = strict_json.canonical_json(item)
        if written:
            found = strict_json.repeats_names(text, [written]) and strict_json.repeated_names(text, False, False)
            assert bool(found) == is_repeated

    @given(st.binary(max_size=80) | anything.map(body) | anything.map(lambda value: json.dumps(value).encode()))
    def test_any_bytes_are_accepted_or_refused_with_a_serialisable_problem(self, content: bytes) -> None:
        for content_type in (JSON, LINES):
            if problem := problem_if_any(content, content_type):
                assert 400 <= problem.type.status < 500
                assert orjson.loads(problem.response().body)["status"] == problem.type.status

    @given(st.data())
    def test_a_corrupted_fact_is_refused_at_an_existing_place(self, data: st.DataObject) -> None:
        sound = data.draw(st.sampled_from([PLEDGE, CONDITION | {"rule": {"all_of": [{"condition": "a"}]}}]))
        fact = spoilt(sound, data)
        if problem := problem_if_any(body(fact), JSON):
            assert problem.type.name in ("malformed-body", "validation")
            assert all(permits(fact, pointer or "") for pointer in pointers(problem))


def problem_if_any(content: bytes, content_type: str) -> Problem | None:
    try:
        valid_facts(facts_in(content, content_type))
    except Problem as problem:
        return problem
    return None


def spoilt(fact: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The fact with any one value, at any depth, put in place of another."""
    copy: dict[str, Any] = json.loads(body(fact))
    holder: Any = copy
    while True:
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            holder[key] = data.draw(anything)
            return copy
        holder = holder[key]


@pytest.mark.parametrize("number", ["90071992547409.91", "0.1000000000000001", "1234567890.1234567e1"])
def test_a_number_that_readers_would_round_is_refused(number: str) -> None:
    with pytest.raises(Problem) as refused:
        facts_in(f'[{{"type": "x 1.00000000000000000001", "quantity": {{"min": {number}}}}}]'.encode(), JSON)
    assert [fault.pointer for fault in refused.value.faults] == ["/0/quantity/min"]


def test_a_number_with_fifteen_digits_is_read() -> None:
    assert facts_in(b'{"quantity": {"min": 9999999999999.99}}', JSON).items == [{"quantity": {"min": 9999999999999.99}}]
