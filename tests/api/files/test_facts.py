"""Facts in files, in each format, with the place of each."""

import json

import pytest

from api.files.facts import facts_in_file, format_of
from api.files.unreadable import UnknownFormat, UnreadableFile


def read(text: str, format_name: str) -> list[object]:
    return [json.loads(written.json) for written in facts_in_file(text.encode(), "file", format_name)]


def lines(text: str, format_name: str) -> list[int]:
    return [written.line for written in facts_in_file(text.encode(), "file", format_name)]


@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        ('[{"a": 1},\n {"a": "x\\n]"}\n]\n', "json"),
        ('{"a": 1}\n\n{"a": "x\\n]"}', "ndjson"),
        ('- a: 1\n- a: "x\\n]"\n', "yaml"),
        ('a: 1\n---\na: "x\\n]"\n', "yaml"),
    ],
)
def test_a_list_of_facts_is_read_in_each_format(text: str, format_name: str) -> None:
    assert read(text, format_name) == [{"a": 1}, {"a": "x\n]"}]


@pytest.mark.parametrize(("text", "format_name"), [('\n {"a":\n 1} ', "json"), ("a: 1", "yaml")])
def test_a_single_fact_is_read(text: str, format_name: str) -> None:
    assert read(text, format_name) == [{"a": 1}]


def test_each_fact_keeps_its_first_line_number() -> None:
    assert lines('[\n{"a":\n1},\n\n{"b": 2}, {"c": 3}]', "json") == [2, 5, 5]
    assert lines('\n{"a": 1}\n\n{"b": 2}\n', "ndjson") == [2, 4]
    assert lines("# facts\n\n- a: 1\n  b: 2\n- c: 3\n", "yaml") == [3, 5]


def test_yaml_has_the_types_of_json_and_no_others() -> None:
    text = (
        "{day: 2025-04-10, norway: no, time: 1:30, octal: 0777, none: null, empty: , yes: true, number: -12, nan: .nan}"
    )
    assert read(text, "yaml") == [
        {
            "day": "2025-04-10", "norway": "no", "time": "1:30", "octal": "0777", "none": None, "empty": None,
            "yes": True, "number": -12, "nan": ".nan",
        }
    ]  # fmt: skip


def test_an_integer_of_any_length_is_passed_on_unchanged() -> None:
    assert read("a: 99999999999999999999999", "yaml") == [{"a": 99999999999999999999999}]


@pytest.mark.parametrize(
    ("text", "format_name", "expected"),
    [
        ('[{"a": 1} {"b": 2}]', "json", "file is not JSON: expecting , or ] at line 1, column 11"),
        ('[{"a": 1},]', "json", "file is not JSON: expecting a value at line 1, column 11"),
        ('{"a": 1}\n{"b": 2}', "json", "file is not JSON: text after the end at line 2, column 1"),
        ("", "json", "file is not JSON: expecting value at line 1, column 1"),
        ("[" * 100_000, "json", "file is nested too deeply"),
        ("a: 1\na: 2", "yaml", "file is not YAML: the name 'a' occurs more than once at line 2, column 1"),
        ("1: a", "yaml", "file is not YAML: the name '1' is not text at line 1, column 1"),
        ("? [a]\n: 1", "yaml", "file is not YAML: a list or mapping cannot be a name at line 1, column 3"),
        ("a: [", "yaml", "file is not YAML: "),
        ("a:\n  b/c:\n  - 1\n  - 1e400", "yaml", "file, line 4: /a/b~1c/1: the number is too large"),
        ("- a: 1\n- a: -1e400", "yaml", "file, line 2: /a: the number is too large"),
        ("a: !!float .inf", "yaml", "file, line 1: /a: the number is too large"),
        ("a: !!float .nan", "yaml", "file, line 1: /a: not a number"),
        ("a: 1\n---\nb: !!binary aGk=", "yaml", "file, line 3: this cannot be written as JSON: "),
        ("a: !!python/object:os.system x", "yaml", "file is not YAML: "),
    ],
)
def test_unreadable_input_is_reported_with_its_place(text: str, format_name: str, expected: str) -> None:
    with pytest.raises(UnreadableFile) as failure:
        read(text, format_name)
    assert str(failure.value).startswith(expected)


@pytest.mark.parametrize(
    ("text", "format_name"), [('[{"a": 1}]', "json"), ('{"a": 1}\r\n', "ndjson"), ("a: 1\r\n", "yaml")]
)
def test_a_byte_order_mark_at_the_start_is_accepted(text: str, format_name: str) -> None:
    assert read("\ufeff" + text, format_name) == read(text, format_name)
    assert len(read(text, format_name)) == 1


def test_text_other_than_utf_8_is_reported() -> None:
    with pytest.raises(UnreadableFile, match="file is not valid UTF-8: byte 3 cannot be read"):
        facts_in_file(b'{"\xff": 1}', "file", "json")


def test_the_format_is_given_or_follows_from_the_suffix() -> None:
    assert [format_of(name, None) for name in ("a.json", "b.NDJSON", "c.jsonl", "d.yml")] == [
        "json",
        "ndjson",
        "ndjson",
        "yaml",
    ]
    assert format_of("a.txt", "yaml") == "yaml"
    for name, stated in (("a.txt", None), ("-", None), ("a.json", "xml")):
        with pytest.raises(UnknownFormat, match=r"json, ndjson(,| or) yaml"):
            format_of(name, stated)
