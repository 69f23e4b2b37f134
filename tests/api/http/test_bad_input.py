"""Bad input is answered with a problem that names the error, never with a server error, and nothing is recorded."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routes.openapi import example_of
from domain.events import FACTS
from tests.api.facts import fact, formed, people, pledge
from tests.api.rich_coalition import lists
from tests.running.in_process import Service, serving

JSON = "application/json"
LINES = "application/x-ndjson"


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def altered(**fields: Any) -> bytes:
    return written(pledge("new") | fields)


def spelt(old: str, new: str) -> bytes:
    """A pledge of 1,000, with a part of its JSON spelt otherwise."""
    text = json.dumps(pledge("new"))
    assert old in text
    return text.replace(old, new, 1).encode()


def nested(depth: int) -> Any:
    rule: Any = {"personnel_at_least": 1}
    for _ in range(depth):
        rule = {"all_of": [rule]}
    return fact("ConditionStated", condition="new", kind="other", description="deep", rule=rule)


HOSTILE: dict[str, tuple[bytes, int, str | None]] = {
    # name: (body, status, the pointer that the first error has to have; None where any will do)
    "nothing": (b"", 400, ""),
    "no JSON": (b"{", 400, None),
    "text": (b"hello", 400, None),
    "two documents": (written(pledge("new")) * 2, 400, None),
    "a comma too many": (spelt("}", ",}"), 400, None),
    "single quotes": (b"{'type': 'PledgeMade'}", 400, None),
    "a comment": (b"/* */" + written(pledge("new")), 400, None),
    "NaN": (spelt("1000", "NaN"), 400, "/quantity/min"),
    "Infinity": (spelt("1000", "Infinity"), 400, "/quantity/min"),
    "-Infinity": (spelt("1000", "-Infinity"), 400, "/quantity/min"),
    "a number beyond doubles": (spelt("1000", "1e999"), 400, None),
    "UTF-16": (json.dumps(pledge("new")).encode("utf-16"), 400, None),
    "Latin-1": (spelt("AFP", "Ü").decode().encode("latin-1"), 400, None),
    "a byte order mark twice": (b"\xef\xbb\xbf\xef\xbb\xbf" + written(pledge("new")), 400, None),
    "an overlong encoding": (spelt("AFP", "A").replace(b'"A"', b'"\xc1\x81"'), 400, None),
    "a lone surrogate, escaped": (spelt("AFP", "\\ud800"), 400, None),
    "a lone surrogate, raw": (spelt("AFP", "A").replace(b'"A"', b'"\xed\xa0\x80"'), 400, None),
    "a name twice": (spelt('"type"', '"pledge": "other", "type"'), 400, None),
    "a name twice, inside": (spelt('"min"', '"min": 1, "min"'), 400, "/quantity/min"),
    "brackets": (b"[" * 100_000, 400, None),
    "braces": (b'{"a":' * 100_000, 400, None),
    "a rule too deep": (written(nested(40)), 400, None),
    "null": (b"null", 422, ""),
    "a number": (b"42", 422, ""),
    "a string": (b'"PledgeMade"', 422, ""),
    "true": (b"true", 422, ""),
    "an empty list": (b"[]", 422, ""),
    "a list in a list": (b"[[]]", 422, "/0"),
    "an empty object": (b"{}", 422, None),
    "null in a list": (b"[null]", 422, "/0"),
    "no type": (written({k: v for k, v in pledge("new").items() if k != "type"}), 422, "/type"),
    "an unknown type": (altered(type="PledgeUpdated"), 422, "/type"),
    "a type of another kind": (altered(type=["PledgeMade"]), 422, "/type"),
    "a type in lower case": (altered(type="pledgemade"), 422, "/type"),
    "an unknown field": (altered(colour="red"), 422, "/colour"),
    "an unknown field, inside": (altered(quantity=people(1, 1) | {"colour": "red"}), 422, "/quantity/colour"),
    "an empty name of a field": (altered(**{"": 1}), 422, "/"),
    "a number for a date": (altered(effective_at=1744243200), 422, "/effective_at"),
    "a number for a date, in text": (altered(effective_at="1744243200"), 422, "/effective_at"),
    "a date with a time but no offset": (altered(effective_at="2025-04-10T00:00:00"), 422, "/effective_at"),
    "a date that is none": (altered(effective_at="2025-02-30"), 422, "/effective_at"),
    "a date in words": (altered(effective_at="yesterday"), 422, "/effective_at"),
    "nanoseconds": (altered(effective_at="2025-04-10T00:00:00.000000001Z"), 422, "/effective_at"),
    "a leap second": (altered(effective_at="2016-12-31T23:59:60Z"), 422, "/effective_at"),
    "before 1900": (altered(effective_at="1899-12-31"), 422, "/effective_at"),
    "after 2200": (altered(effective_at="2201"), 422, "/effective_at"),
    "before the first year": (altered(effective_at="0001-01-01T00:00:00+14:00"), 422, "/effective_at"),
    "after the last year": (altered(effective_at="9999-12-31T23:59:59-14:00"), 422, "/effective_at"),
    "an offset of days": (altered(effective_at="2025-04-10T00:00:00+99:99"), 422, "/effective_at"),
    "an interval backwards": (altered(effective_at="2025-04-30/2025-04-29"), 422, "/effective_at"),
    "an interval without an end": (altered(effective_at="2025-04-30/"), 422, "/effective_at"),
    "a week": (altered(effective_at="2025-W15"), 422, "/effective_at"),
    "digits of another script": (altered(effective_at="٢٠٢٥-٠٤-١٠"), 422, "/effective_at"),
    "a last day with a time": (altered(expires_on="2025-05-01T00:00:00Z"), 422, "/expires_on"),
    "no sources": (altered(sources=[]), 422, "/sources"),
    "sources that are none": (altered(sources="AFP"), 422, "/sources"),
    "a source without a publisher": (altered(sources=[{}]), 422, "/sources/0/publisher"),
    "a script for an address": (altered(sources=[{"publisher": "A", "url": "javascript:x"}]), 422, "/sources/0/url"),
    **{
        f"the address {url}": (altered(sources=[{"publisher": "A", "url": url}]), 422, "/sources/0/url")
        for url in (
            "http://[::1", "http://", "http://:80", "http://a:99999/", "http://256.1.1.1/", "http://exa%00mple.com/",
            "https://desk:secret@ledger.example/", "https://desk@ledger.example/", "https://@ledger.example/",
            "https://gov.uk:x@ledger.example/", "http://xn--a/",
        )
    },
    "an unknown actor": (altered(contributor="Britain"), 422, "/contributor"),
    "an actor in lower case": (altered(contributor="gbr"), 422, "/contributor"),
    "an unknown capability": (altered(capability="tanks"), 422, "/capability"),
    "an unknown level": (altered(level="certain"), 422, "/level"),
    "an unknown unit": (altered(quantity=people(1, 1) | {"unit": "soldiers"}), 422, "/quantity/unit"),
    "money that is none": (altered(quantity=people(1, 1) | {"unit": "XXQ"}), 422, "/quantity/unit"),
    "a negative size": (altered(quantity=people(-1, 5)), 422, "/quantity/min"),
    "half a soldier": (altered(quantity=people(1, 2) | {"max": 2.5}), 422, "/quantity/max"),
    "a size in text": (altered(quantity=people(1, 2) | {"max": "2"}), 422, "/quantity/max"),
    "a size that is true": (altered(quantity=people(1, 2) | {"max": True}), 422, "/quantity/max"),
    "min above max": (altered(quantity=people(2, 1)), 422, "/quantity/max"),
    "a size beyond exact numbers": (altered(quantity=people(1, 2**53)), 422, "/quantity/max"),
    "a size of a thousand digits": (spelt("1000", "9" * 1000), 400, None),
    "a slug with a space": (altered(pledge="my pledge"), 422, "/pledge"),
    "a slug with a line feed": (altered(pledge="new\n"), 422, "/pledge"),
    "a slug that goes up": (altered(pledge="../etc"), 422, "/pledge"),
    "an empty slug": (altered(pledge=""), 422, "/pledge"),
    "a long slug": (altered(pledge="p" * 101), 422, "/pledge"),
    "a slug in capitals": (altered(pledge="New"), 422, "/pledge"),
    "an id that is none": (altered(event_id="1"), 422, "/event_id"),
    "an id in braces": (altered(event_id="{0195f0a0-0000-7000-8000-000000000001}"), 422, "/event_id"),
    "NUL in a text": (spelt("AFP", "A\\u0000"), 422, "/sources/0/publisher"),
    "NUL in a name": (spelt('"pledge"', '"pl\\u0000edge"'), 422, None),
    "a bidi override": (altered(note="abc \u202e def"), 422, "/note"),
    "a bidi isolate": (altered(note="abc \u2066 def"), 422, "/note"),
    "a control character": (altered(note="a\u001b[31m"), 422, "/note"),
    "a noncharacter": (altered(note="a\uffff"), 422, "/note"),
    "a text that is too long": (altered(note="n" * 10_001), 422, "/note"),
    "an empty text": (altered(note=""), 422, "/note"),
    "many conditions": (altered(conditions=["c"] * 201), 422, "/conditions"),
    "a fact that is too large": (altered(note="ü" * 40_000), 413, ""),
    "too many facts": (written([pledge(f"p{at}") for at in range(1001)]), 413, "/1000"),
    "a body that is too large": (b" " * (8 * 1024 * 1024 + 1), 413, None),
    "an unknown pledge": (written(fact("PledgeRaised", pledge="none", level="committed")), 409, "/pledge"),
    "an unknown condition": (altered(conditions=["none"]), 409, "/conditions/0"),
    "an unknown meeting": (written(fact("MeetingCancelled", meeting="none")), 409, "/meeting"),
    "an unknown event": (
        written({"type": "EventRetracted", "retracts": "0195f0a0-0000-7000-8000-000000000001", "reason": "x"}),
        409, "/retracts",
    ),
    "a rule that names no condition": (
        written(fact("ConditionStated", condition="new", kind="other", description="x", rule={"condition": "none"})),
        409, "/rule/condition",
    ),
    "a rule that is none": (
        written(fact("ConditionStated", condition="new", kind="other", description="x", rule={"weather": "fine"})),
        422, "/rule",
    ),
    "a replacement of another type": (
        written({"type": "EventCorrected", "corrects": "0195f0a0-0000-7000-8000-000000000001", "reason": "x",
                 "replacement": {"type": "EventRetracted"}}), 422, "/replacement/type",
    ),
    "good facts and a bad one": (written([pledge("good"), pledge("fine"), {"type": "PledgeMade"}]), 422, "/2/pledge"),
    "good facts and a refused one": (
        written([pledge("good"), fact("PledgeRaised", pledge="none", level="committed")]), 409, "/1/pledge",
    ),
    "a coalition twice": (written(formed()), 409, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a coalition that nothing gets into."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('bad') / 'ledger.sqlite3'}") as service:
        service.record(formed(), pledge("a"))
        yield service
        assert service.sequence == 2


def sent(service: Service, body: bytes, content_type: str | None = JSON, **headers: str) -> Any:
    kind = {} if content_type is None else {"Content-Type": content_type}
    return service.client.post("/coalitions/willing/events", content=body, headers=service.key | kind | headers)


def check_problem(answer: Any) -> dict[str, Any]:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content.decode("utf-8"))
    assert problem["status"] == answer.status_code
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["detail"]
    assert len(answer.content) < 200_000
    return problem


class TestBodies:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_bad_facts_are_refused_by_name_and_nothing_is_recorded(self, prepared: Service, name: str) -> None:
        body, status, pointer = HOSTILE[name]
        answer = sent(prepared, body)
        problem = check_problem(answer)
        assert answer.status_code == status, answer.text[:500]
        if pointer is not None:
            pointers = [error.get("pointer") for error in problem["errors"]]
            assert pointer in pointers, pointers
        assert prepared.sequence == 2

    @pytest.mark.parametrize("name", [name for name, (_, status, _) in HOSTILE.items() if status != 413])
    def test_bad_facts_are_refused_in_lines_of_json_too(self, prepared: Service, name: str) -> None:
        line = HOSTILE[name][0].replace(b"\n", b" ")
        check_problem(sent(prepared, written(pledge("good")) + b"\n" + (line or b"x") + b"\n", LINES))
        assert prepared.sequence == 2

    @pytest.mark.parametrize(
        "content_type",
        [None, "", "text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin-1", "json",
         "application/x-www-form-urlencoded", "application/json/x", "*/*", "application/vnd.api+json"],
    )  # fmt: skip
    def test_another_media_type_is_refused(self, prepared: Service, content_type: str | None) -> None:
        answer = sent(prepared, written(pledge("new")), content_type)
        assert check_problem(answer)["type"] == "/problems/unsupported-media-type"
        assert JSON in answer.headers["accept-post"]

    @pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "x"])
    def test_a_content_coding_is_refused(self, prepared: Service, coding: str) -> None:
        answer = sent(prepared, written(pledge("new")), **{"Content-Encoding": coding})
        assert check_problem(answer)["type"] == "/problems/unsupported-media-type"

    def test_all_errors_of_a_thousand_facts_fit_in_an_answer_of_limited_size(self, prepared: Service) -> None:
        wrong = [{"type": "PledgeMade", **{f"f{at}": at for at in range(50)}} for _ in range(1000)]
        answer = sent(prepared, written(wrong))
        assert answer.status_code == 422
        assert len(answer.json()["errors"]) <= 1000

    def test_markup_is_treated_as_text(self, prepared: Service) -> None:
        answer = sent(prepared, altered(level="<script>alert(1)</script>"))
        assert answer.headers["content-type"] == "application/problem+json"


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        ["/coalitions/willing/picture?valid_at=%00", "/coalitions/%00", "/coalitions/willing/pledges/%00",
         "/coalitions/willing/events/%00", "/coalitions/will%00ing/picture", "/coalitions//picture",
         "/coalitions/willing//picture", "/coalitions/%2e%2e/%2e%2e/etc/passwd",
         "/coalitions/willing/pledges/..%2f..%2f", "/coalitions/willing/pledges/" + "x" * 9000, "/" + "a/" * 3000,
         "/coalitions/willing/picture?" + "x=1&" * 3000, "/coalitions/willing/picture?" + "v" * 9000 + "=1",
         "/coalitions/willing/picture?=1", "/coalitions/willing/picture?valid_at=%FF%FE",
         "/coalitions/willing/picture?valid_at=%ED%A0%80", "/coalitions/willing/picture?%ED%A0%80=1",
         "/coalitions/willing/picture?known_at=' OR 1=1 --", "/coalitions/willing/pledges/'; DROP TABLE x; --",
         "/coalitions/%27%20OR%201%3D1/picture", "/coalitions/willing/why?figure=%ED%A0%80",
         "/coalitions/willing/why?figure=/",
         "/coalitions/willing/why?figure=" + "/size" * 1000, "/coalitions/willing/events?cursor=999999999999999999999",
         "/coalitions/willing/events?limit=1e400", "/coalitions/willing/events?sequence=" + "9" * 8000,
         "/coalitions/willing/events?min_sequence=" + "9" * 19, "/coalitions/willing/pledges/%F0%9F%92%A9",
         "/coalitions/willing/stances/%20", "/coalitions/willing/stances/%20%20", "/coalitions/willing/members/",
         "/coalitions/willing/picture?valid_at=0001-01-01T00:00:00%2B14:00",
         "/coalitions/willing/timeline?from=2200&to=1900",
         "/coalitions/willing/diff?from_sequence=-1", "/health/none", "/problems/%00", "/problems/..%2f", "/none"],
    )  # fmt: skip
    def test_a_strange_address_is_a_problem(self, prepared: Service, path: str) -> None:
        check_problem(prepared.client.get(path))

    @pytest.mark.parametrize("path", ["/coalitions/{}/events", "/coalitions/{}/picture", "/coalitions/{}/pledges/x"])
    @pytest.mark.parametrize(
        "slug", ["%00", "..", "%2e", " ", "a" * 300, "ä", "-", "a/b", "a%2fb", "%", "%zz", "a\tb", "{}"]
    )
    def test_a_strange_coalition_is_a_problem(self, prepared: Service, path: str, slug: str) -> None:
        address = path.format(quote(slug, safe="%/."))
        method = prepared.client.post if path.endswith("events") else prepared.client.get
        answer = method(address, headers=prepared.key)
        check_problem(answer)
        assert [one["coalition"] for one in prepared.client.get("/coalitions").json()["coalitions"]] == ["willing"]

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X"])
    def test_another_method_is_refused(self, prepared: Service, method: str) -> None:
        for path in ("/coalitions", "/coalitions/willing/events", "/coalitions/willing/picture", "/none"):
            answer = prepared.client.request(method, path, headers=prepared.key)
            assert check_problem(answer)["status"] in (404, 405)


class TestHeaders:
    @pytest.mark.parametrize(
        ("name", "value"),
        [(name, value)
         for name in ("Idempotency-Key", "If-Match", "If-None-Match", "Accept", "Authorization", "Content-Type",
                      "Content-Encoding", "Range", "Host", "X-Forwarded-For", "Content-Length-X")
         for value in (b"\xff\xfe", b"\xc3\xbc", b"x" * 6000, b'"', b"\x01", b",,,;;;", b"9" * 400)],
    )  # fmt: skip
    def test_a_strange_header_causes_no_server_error(self, prepared: Service, name: str, value: bytes) -> None:
        usual = {b"authorization": prepared.key["Authorization"].encode(), b"content-type": JSON.encode()}
        headers = {**usual, name.lower().encode(): value}
        refused = prepared.client.post("/coalitions/willing/events", content=written(pledge("a")), headers=headers)
        check_problem(refused)
        read = prepared.client.get("/coalitions/willing/picture", headers=headers)
        assert read.status_code in (200, 304, 400, 406)


# --- by chance --------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.sampled_from(["GBR", "personnel", "2025-04-10", "a", "pledged", "ground_forces", ""]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SAMPLES = {name: example_of(name) for name in FACTS} | {one["type"]: one for facts in lists() for one in facts}


@st.composite
def nearly_facts(draw: st.DrawFn) -> dict[str, Any]:
    """A fact of which a few fields are something else, missing or new."""
    made = dict(SAMPLES[draw(st.sampled_from(sorted(FACTS)))])
    for name in draw(
        st.lists(st.sampled_from([*made, "event_id", "note", "attribution", "surprise"]), min_size=1, max_size=3)
    ):
        if draw(st.booleans()):
            made[name] = draw(ANYTHING)
        else:
            made.pop(name, None)
    return made


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(facts=st.lists(nearly_facts(), min_size=1, max_size=3))
def test_nearly_valid_facts_cause_no_server_error(fuzzed: Service, facts: list[dict[str, Any]]) -> None:
    before = fuzzed.sequence
    answer = sent(fuzzed, written(facts))
    if answer.status_code == 201:
        assert fuzzed.sequence == before + len(facts)
        assert fuzzed.ask("/picture").status_code == 200
    else:
        check_problem(answer)
        assert fuzzed.sequence == before


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a coalition into which things may get that nobody thought of."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('fuzzed') / 'ledger.sqlite3'}") as service:
        for facts in lists():
            service.record(*facts)
        yield service


MANY = "&".join(f"chance=a{number}:1" for number in range(300))


@pytest.mark.parametrize(
    "asked",
    ["chance=a:\N{SUPERSCRIPT TWO}", "chance=a:" + "9" * 5000, "chance=a:101", "chance=\xe9:1", "chance=a%0a:1", MANY,
     "change=met:\xe9", "change=met:a%0a", "change=halved:" + "a" * 101, "change=met:", "change=met"],
)  # fmt: skip
def test_an_invalid_what_if_address_is_reported_by_parameter(rich: Service, asked: str) -> None:
    answer = rich.client.get(f"/c/willing/what-if/chances?{asked}")
    assert answer.status_code == 422
    assert f"<code>{asked.partition('=')[0]}</code>" in answer.text


PATHS = ["", "/picture", "/timeline", "/diff", "/why", "/events", "/pledges", "/stances/USA", "/events/x"]
PARAMETERS = (
    "valid_at known_at known_axis sequence min_sequence definitions from to figure type limit cursor about actor "
    "from_valid_at to_known_at from_sequence effective_from"
).split()
VALUES = st.one_of(
    st.sampled_from(["2025", "2025-04-10", "2025-04-10T00:00:00Z", "recorded", "reported", "0", "1", "5", "/size", "/",
                     "PledgeMade", "2025-04-01/2025-05-01", "", "-1", "pledge:gbr-ground"]),
    st.text(max_size=12), st.integers().map(str),
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), asked=st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=4))
def test_no_question_causes_a_server_error(rich: Service, path: str, asked: dict[str, str]) -> None:
    asked = {name: value.encode("utf-8", "replace").decode() for name, value in asked.items()}
    if asked.get("min_sequence", "").isdigit():
        asked["min_sequence"] = "1"  # what is ahead is waited for
    answer = rich.client.get(f"/coalitions/willing{path}", params=asked)
    if answer.status_code != 200:
        check_problem(answer)
