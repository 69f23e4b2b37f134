"""Validators and caching: ETag, If-None-Match, Cache-Control, HEAD (RFC 9110 and 9111)."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service, serving

READS = ("/picture", "/pledges", "/pledges/a", "/timeline", "/events", "/why?figure=/size", "/diff", "/members")


def asking(read: str, parameters: dict[str, Any]) -> str:
    return f"{read}{'&' if '?' in read else '?'}{urlencode(parameters)}"


@pytest.fixture
def recorded(service: Service) -> Service:
    service.record(formed(), pledge("a"), pledge("b"))
    return service


@pytest.mark.parametrize("read", READS)
def test_a_cached_answer_is_not_sent_again(recorded: Service, read: str) -> None:
    first = recorded.ask(read)
    assert first.status_code == 200
    again = recorded.ask(read, If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert "content-type" not in again.headers
    recorded.record(pledge("c"), fact("PledgeReaffirmed", pledge="a"), fact("MemberJoined", member="FRA", role="lead"))
    anew = recorded.ask(read, If_None_Match=first.headers["etag"])
    assert anew.status_code == 200
    assert anew.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("read", READS)
def test_a_default_answer_stays_the_same_until_a_figure_changes(recorded: Service, read: str) -> None:
    first = recorded.ask(read)
    recorded.clock.advance(10)
    assert first.headers["etag"].startswith('W/"')
    assert recorded.ask(read, If_None_Match=first.headers["etag"]).status_code == 304


def test_a_change_by_the_passage_of_time_changes_the_tag(recorded: Service) -> None:
    recorded.record(pledge("c", available_from="2025-06-02"))
    first = recorded.ask("/picture")
    recorded.clock.advance(86_400)
    assert recorded.ask("/picture", If_None_Match=first.headers["etag"]).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{0}", 304), ("W/{0}", 304), ('"other", {0}', 304), ("*", 304), ('"other"', 200), ("other", 200), ("", 200),
        ('"other",W/{0} ', 304),
    ],
)  # fmt: skip
def test_if_none_match_accepts_its_standard_forms(recorded: Service, header: str, status: int) -> None:
    read = "/picture?valid_at=2025-05-01&known_at=2025-06-02"
    etag = recorded.ask(read).headers["etag"]
    assert etag.startswith('"')
    assert recorded.ask(read, If_None_Match=header.format(etag)).status_code == status


def test_only_a_complete_basis_is_immutable(recorded: Service) -> None:
    basis = {"valid_at": "2025-04", "known_at": "2025-06", "known_axis": "recorded", "sequence": 3, "definitions": 2}
    for read in ("/picture", "/pledges", "/pledges/a", "/events", "/why?figure=/size", "", "/timeline"):
        answer = recorded.ask(asking(read, basis))
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", read
        for left_out in basis:
            part = {name: value for name, value in basis.items() if name != left_out}
            if read == "/events" and left_out == "valid_at":
                continue  # there it does not mean now
            assert recorded.ask(asking(read, part)).headers["cache-control"] == "public, no-cache"


def test_a_difference_is_immutable_if_both_sides_are_complete(recorded: Service) -> None:
    sides = {f"{side}_{name}": "2025-05" for side in ("from", "to") for name in ("valid_at", "known_at")}
    whole = sides | {"known_axis": "recorded", "sequence": "3", "definitions": "2"}
    assert "immutable" in recorded.ask(asking("/diff", whole)).headers["cache-control"]
    for left_out in whole:
        part = {name: value for name, value in whole.items() if name != left_out}
        assert "immutable" not in recorded.ask(asking("/diff", part)).headers["cache-control"]
    own = sides | {"known_axis": "recorded", "from_sequence": "2", "to_sequence": "3", "definitions": "2"}
    assert "immutable" in recorded.ask(asking("/diff", own)).headers["cache-control"]


def test_the_tag_of_a_coalition_works_for_if_match(recorded: Service) -> None:
    assert recorded.ask("").headers["etag"] == '"3"'
    assert recorded.ask("", If_None_Match='"3"').status_code == 304
    assert recorded.ask("", If_None_Match='"2"').status_code == 200


def test_the_list_of_coalitions_has_a_tag(recorded: Service) -> None:
    etag = recorded.client.get("/coalitions").headers["etag"]
    assert recorded.client.get("/coalitions", headers={"If-None-Match": etag}).status_code == 304


def test_answers_behind_a_key_are_private(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        service.record(formed())
        assert service.ask("/picture", **service.key).headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/c/willing", "/files/page.css"])
@pytest.mark.parametrize(
    ("header", "coding"),
    [("gzip", "gzip"), ("br;q=1, GZIP ; q=0.5", "gzip"), ("gzip;q=0", None), ("gzip;q=0.000", None), ("br", None),
     ("", None), ("x-gzip-not", None), ("gzip;q=x", None)],
)  # fmt: skip
def test_pages_are_compressed_if_the_client_accepts_it(
    recorded: Service, path: str, header: str, coding: str | None
) -> None:
    answer = recorded.client.get(path, headers={"Accept-Encoding": header})
    assert (answer.headers.get("content-encoding"), "Accept-Encoding" in answer.headers["vary"]) == (coding, True)
    assert answer.content == recorded.client.get(path, headers={"Accept-Encoding": "identity"}).content


@pytest.mark.parametrize("header", ["*", "{tag}", '"other", {tag}'])
def test_a_cached_page_is_not_sent_again(recorded: Service, header: str) -> None:
    tag = recorded.client.get("/c/willing").headers["etag"]
    answer = recorded.client.get("/c/willing", headers={"If-None-Match": header.format(tag=tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


def test_problems_are_not_cached(recorded: Service) -> None:
    for path in ("/picture?valid_at=x", "/pledges/none", "/nowhere"):
        assert recorded.ask(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/coalitions", *(f"/coalitions/willing{read}" for read in READS), "/health/live", "/docs"]
)
def test_head_is_get_without_the_content(recorded: Service, path: str) -> None:
    got, head = recorded.client.get(path), recorded.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)
    assert int(head.headers["content-length"]) == len(got.content)


def test_head_of_a_missing_resource_is_not_found(recorded: Service) -> None:
    head = recorded.client.head("/coalitions/willing/pledges/none")
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["content-type"] == "application/problem+json"


def test_other_methods_are_refused_with_the_permitted_ones(recorded: Service) -> None:
    for method, path, allowed in (
        ("DELETE", "/coalitions/willing/events", {"GET", "HEAD", "POST"}),
        ("PUT", "/coalitions/willing/picture", {"GET", "HEAD"}),
        ("POST", "/coalitions", {"GET", "HEAD"}),
    ):
        answer = recorded.client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers["allow"].split(", ")) == allowed
