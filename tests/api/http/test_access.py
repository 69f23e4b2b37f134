"""Keys for writing and reading, and the setting that opens reading."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.http.access import COOKIE
from api.settings import Settings, UnusableSettings
from domain.ledger import Keys
from tests.api.facts import formed, pledge
from tests.running.in_process import Service, serving


def refused(answer: Any) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["header"] == "Authorization"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer coal_unknown", "Basic dXNlcjpwYXNz", "coal_x", "Bearer \xfc", "Bearer a b",
     "Bearer " + "x" * 5000],
)  # fmt: skip
def test_writing_needs_a_key(both: Service, authorization: str | None) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
    refused(both.client.post("/coalitions/willing/events", json=formed(), headers=headers))
    assert both.client.get("/coalitions").json() == {"coalitions": []}


def test_a_key_is_required_before_the_body_is_read(service: Service) -> None:
    refused(service.client.post("/coalitions/willing/events", content=b"{"))


def test_the_scheme_is_not_case_sensitive(service: Service) -> None:
    headers = {"Authorization": f"bearer {service.secret}"}
    assert service.client.post("/coalitions/willing/events", json=formed(), headers=headers).status_code == 201


def test_a_revoked_key_is_refused_within_a_second(both: Service) -> None:
    both.record(formed())
    assert Keys(both.ledger).revoke("desk") == 1
    both.clock.advance(1)
    refused(both.post(pledge("a")))
    assert both.sequence == 1


def test_each_key_records_under_its_own_name(both: Service) -> None:
    both.record(formed())
    other = {"Authorization": f"Bearer {Keys(both.ledger).add('newsroom')}"}
    both.client.post("/coalitions/willing/events", json=pledge("a"), headers=other)
    assert [event["recorded_by"] for event in both.answer("/events")["items"]] == ["desk", "newsroom"]
    assert [event["sequence"] for event in both.answer("/events?recorded_by=newsroom")["items"]] == [2]


def test_no_answer_contains_a_secret(service: Service) -> None:
    service.record(formed())
    for path in ("", "/events", "/picture"):
        assert service.secret not in service.ask(path, **service.key).text


@pytest.mark.parametrize("setting", ["loopback", "beyond-loopback"])
def test_reading_is_open_unless_it_is_closed(sqlite_url: str, setting: str) -> None:
    with serving(sqlite_url, open_reading=setting) as service:
        service.record(formed())
        assert service.ask("/picture").status_code == 200
        assert service.ask("/picture", Authorization="Bearer of nothing").status_code == 200


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("localhost", True), ("LOCALHOST:8000", True), ("127.0.0.1:8000", True), ("[::1]:8000", True), ("127.1.2.3", True),
     ("evil.example", False), ("evil.example:8000", False), ("127.0.0.1.evil.example", False), ("10.0.0.1", False),
     ("evil.example:99999", False), ("[", False), ("", False)],
)  # fmt: skip
def test_reading_on_loopback_is_open_only_under_the_names_of_this_machine(
    service: Service, host: str, is_ours: bool
) -> None:
    service.record(formed())
    for path in ("/c/willing", "/coalitions/willing/picture"):
        answer = service.client.get(path, headers={"Host": host})
        assert answer.status_code == (200 if is_ours else 401)
        assert ("eading without a key works on this machine" in answer.text) is not is_ours
        with_key = service.client.get(path, headers={"Host": host} | service.key)
        assert with_key.status_code == 200
    assert ("private" in with_key.headers["cache-control"]) is not is_ours


PASSED_ON = [
    {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": ""},
    {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Host": "ledger.example"}, {"X-Forwarded-Anything": "1"},
    {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 proxy"}, {"X-Real-IP": "192.0.2.7"},
]  # fmt: skip


@pytest.mark.parametrize("headers", PASSED_ON)
def test_what_a_proxy_has_passed_on_is_not_a_request_of_this_machine(service: Service, headers: dict[str, str]) -> None:
    service.record(formed())
    for path in ("/c/willing", "/coalitions/willing/picture"):
        assert service.client.get(path).status_code == 200
        refused = service.client.get(path, headers=headers)
        assert refused.status_code == 401
        assert "a proxy has passed this request on" in refused.text
        with_key = service.client.get(path, headers=headers | service.key)
        assert with_key.status_code == 200
        assert "private" in with_key.headers["cache-control"]


@pytest.mark.parametrize(
    ("peer", "is_ours"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("192.0.2.7", False), ("", False)]
)
def test_the_address_of_the_connection_counts_as_well_as_the_name(service: Service, peer: str, is_ours: bool) -> None:
    service.record(formed())
    client = TestClient(service.client.app, base_url="http://localhost", client=(peer, 50_000))
    assert client.get("/coalitions").status_code == (200 if is_ours else 401)


@pytest.mark.parametrize(
    ("peer", "headers", "is_ours"),
    [
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, True),
        ("127.0.0.1", {"X-Forwarded-For": "::1", "X-Forwarded-Proto": "https", "Via": "1.1 proxy"}, True),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 192.0.2.7, 10.1.2.3"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "localhost"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "a:b"}, False),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, False),
        ("127.0.0.1", {}, False),
        ("10.9.9.9", {"X-Forwarded-For": "::1"}, True),
        ("10.9.9.9", {}, False),
        ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("::1", {}, True),
        ("::1", {"X-Forwarded-For": "::1"}, False),
    ],
)  # fmt: skip
def test_a_proxy_that_the_settings_name_says_whose_request_it_is(
    sqlite_url: str, peer: str, headers: dict[str, str], is_ours: bool
) -> None:
    proxies = Settings.from_environment({"COALITION_PROXIES": "127.0.0.1, 10.0.0.0/8"}).proxies
    with serving(sqlite_url, proxies=proxies) as service:
        client = TestClient(service.client.app, base_url="http://localhost", client=(peer, 50_000))
        assert client.get("/coalitions", headers=headers).status_code == (200 if is_ours else 401)


def test_proxies_in_the_settings_are_addresses(sqlite_url: str) -> None:
    for text in ("proxy.example", "10.0.0.1/8", "1.2.3"):
        with pytest.raises(UnusableSettings, match="COALITION_PROXIES"):
            Settings.from_environment({"COALITION_PROXIES": text})


def test_reading_that_is_open_beyond_loopback_works_under_any_name(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="beyond-loopback") as service:
        assert service.client.get("/coalitions", headers={"Host": "ledger.example"}).status_code == 200


def test_reading_needs_a_key_if_the_setting_says_so(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        made = service.post(formed()).json()["events"][0]
        reads = ["", "/picture", "/timeline", "/diff", "/why?figure=/size", "/pledges", "/members/FRA", "/events",
                 f"/events/{made['event_id']}", "/picture?valid_at=nonsense"]  # fmt: skip
        for read in reads:
            refused(service.ask(read))
            assert service.ask(read, **service.key).status_code in (200, 404, 422)
        refused(service.client.get("/coalitions"))
        refused(service.client.get("/coalitions/unknown"))
        assert service.client.head("/coalitions").status_code == 401
        assert service.client.get("/coalitions", headers=service.key).status_code == 200


# --- signing in -------------------------------------------------------------------------------------------------------

WHOLE = "valid_at=2025-04-10&known_at=2025-06-01T12:00:01Z&known_axis=recorded&sequence=1&definitions=2"
READS = ("/c/willing", "/c/willing/picture.csv", "/c/willing/charts/steps.svg", "/coalitions/willing/picture")


@pytest.fixture
def closed(sqlite_url: str) -> Iterator[Service]:
    """Serve a coalition whose record is read with a key only."""
    with serving(sqlite_url, open_reading="no") as service:
        service.record(formed())
        yield service


def signed_in(service: Service, **fields: str) -> httpx2.Response:
    """Enter the key, as a browser does, without following where that leads."""
    return sent(service, "/sign-in", {"key": service.secret} | fields)


def sent(service: Service, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post(path, data=fields, headers=named | {"Content-Type": FORM}, follow_redirects=False)


FORM = "application/x-www-form-urlencoded"


def statuses(service: Service) -> set[int]:
    """How everything that a browser reads is answered."""
    return {service.client.get(f"{path}?{WHOLE}").status_code for path in READS}


def test_pages_data_and_charts_can_be_read_while_signed_in(closed: Service) -> None:
    assert statuses(closed) == {401}
    assert (
        signed_in(closed, next="/c/willing?valid_at=2025-04-10").headers["location"] == "/c/willing?valid_at=2025-04-10"
    )
    assert statuses(closed) == {200}
    assert "desk" in closed.client.get("/c/willing").text
    out = sent(closed, "/sign-out", {})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert statuses(closed) == {401}


def test_a_revoked_key_stops_reading_within_a_second(closed: Service) -> None:
    signed_in(closed)
    assert statuses(closed) == {200}
    Keys(closed.ledger).revoke("desk")
    closed.clock.advance(1)
    assert statuses(closed) == {401}
    assert "unknown or revoked" in closed.client.get("/c/willing").text
    assert "Signed in" not in closed.client.get("/sign-in").text


def test_the_cookie_is_same_site_and_hidden_from_scripts(service: Service) -> None:
    parts = signed_in(service).headers["set-cookie"].split("; ")
    assert parts[0] == f"{COOKIE}={service.secret}"
    assert {part.lower() for part in parts[1:]} == {"httponly", "path=/", "samesite=strict"}


def test_the_cookie_is_secure_if_the_browser_uses_https(service: Service) -> None:
    answer = sent(service, "/sign-in", {"key": service.secret}, Origin="https://localhost")
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_the_header_takes_precedence_over_the_cookie(closed: Service) -> None:
    signed_in(closed)
    refused(closed.ask("/picture", Authorization="Bearer coal_unknown"))
    # A proxy's own password is no key: the cookie counts.
    assert closed.ask("/picture", Authorization="Basic dXNlcjpwYXNz").status_code == 200


def test_the_cookie_does_not_authorise_api_writes(service: Service) -> None:
    service.record(formed())
    signed_in(service)
    for path, body in (("/events", pledge("a")), ("/scenarios", {"name": "a"})):
        refused(service.client.post(f"/coalitions/willing{path}", json=body))
        assert service.client.post(f"/coalitions/willing{path}", json=body, headers=service.key).status_code == 201
    for end in ("/changes", "/changes/1/remove", "/rebase", "/close", "/adopt"):
        refused(service.client.post(f"/coalitions/willing/scenarios/a{end}", json={}))


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:9000"}, {"Origin": ""},
     {"Origin": "null", "Host": ""}, {"Origin": "null://localhost"}, {"Origin": "http://evil@localhost"},
     {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
     {"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"}],
)  # fmt: skip
def test_forms_from_another_site_are_refused(service: Service, headers: dict[str, str]) -> None:
    service.record(formed())
    signed_in(service)
    for path in ("/sign-in", "/sign-out", "/c/willing/what-if", "/c/willing/scenarios/a"):
        answer = sent(service, path, {"key": service.secret, "name": "a"}, **headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), path
        assert "came from another site" in answer.text
        assert all(name.replace("_", "-") in answer.text for name in list(headers)[:1])
    assert service.answer("/scenarios") == {"scenarios": []}


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost"}, {"Sec_Fetch_Site": "same-origin"}, {}])
def test_forms_from_our_own_pages_are_accepted(service: Service, headers: dict[str, str]) -> None:
    assert sent(service, "/sign-in", {"key": service.secret}, **headers).status_code == 303


def test_a_wrong_key_is_refused_at_its_field_and_not_shown_again(service: Service) -> None:
    answer = sent(service, "/sign-in", {"key": "coal_not-one", "next": "/c/willing"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "This key is unknown or revoked." in answer.text
    assert 'aria-describedby="refused"' in answer.text
    assert 'value="/c/willing"' in answer.text
    assert "coal_not-one" not in answer.text
    assert "set-cookie" not in answer.headers
    assert sent(service, "/sign-in", {"key": " "}).status_code == 422


ELSEWHERE = ("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "/\t/evil.example",
             "/\n/evil.example", "javascript:alert(1)", "evil.example", "///evil.example")  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
def test_signing_in_never_redirects_to_another_site(service: Service, path: str) -> None:
    asked = service.client.get("/sign-in", params={"next": path})
    assert (asked.status_code, "<code>next</code>" in asked.text) == (422, True)
    answer = signed_in(service, next=path)
    assert (answer.status_code, "location" in answer.headers, "set-cookie" in answer.headers) == (422, False, False)
    signed_in(service)
    assert service.client.get("/sign-in", params={"next": path}, follow_redirects=False).status_code == 422


def test_signing_in_returns_to_the_previous_page(service: Service) -> None:
    def onward(referrer: str) -> bool:
        return 'value="/c/willing?valid_at=2025"' in service.client.get("/sign-in", headers={"Referer": referrer}).text

    assert onward("http://localhost/c/willing?valid_at=2025#size")
    assert not onward("http://evil.example/c/willing?valid_at=2025")
    assert not onward("http://[/c/willing?valid_at=2025")


def test_a_signed_in_visitor_skips_the_sign_in_page(service: Service) -> None:
    signed_in(service)
    answer = service.client.get("/sign-in?next=/c/willing", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/willing")
    assert "Signed in" in service.client.get("/sign-in").text


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"key=a", "text/plain", 415), (b'{"key": "a"}', "application/json", 415), (b"key=%ff", FORM, 400),
        (b"key=\xff", FORM, 400), (b"key=a&key=b", FORM, 422), (b"kee=a", FORM, 422), (b"a=&" * 1_001, FORM, 400),
        (b"key=" + b"a" * 2_200_000, FORM, 413), (b"", FORM, 422), (b"key=" + b"a" * 10_000, FORM, 401),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_refused(
    service: Service, content: bytes, content_type: str, status: int
) -> None:
    answer = service.client.post("/sign-in", content=content, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


def test_answers_to_the_cookie_are_revalidated_each_time(closed: Service) -> None:
    whole = f"/coalitions/willing/picture?{WHOLE}"
    with_header = closed.client.get(whole, headers=closed.key)
    assert "immutable" in with_header.headers["cache-control"]
    signed_in(closed)
    with_cookie = closed.client.get(whole)
    assert with_cookie.content == with_header.content
    assert with_cookie.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in with_cookie.headers["vary"]
    closed.client.cookies.clear()
    refused(closed.client.get(whole, headers={"If-None-Match": with_cookie.headers["etag"]}))


def test_a_page_that_names_its_reader_is_private(service: Service) -> None:
    service.record(formed())
    page = f"/c/willing?{WHOLE}"
    anyones = service.client.get(page)
    assert (anyones.headers["cache-control"], "Cookie" in anyones.headers["vary"]) == ("public, no-cache", True)
    signed_in(service)
    own = service.client.get(page, headers={"If-None-Match": anyones.headers["etag"]})
    assert (own.status_code, own.headers["cache-control"]) == (200, "private, no-cache")
    assert own.headers["etag"] != anyones.headers["etag"]
    assert service.client.get(page, headers={"If-None-Match": own.headers["etag"]}).status_code == 304
    # What the API answers does not depend on who asks, as long as reading is open.
    assert service.ask("/picture").headers["cache-control"] == "public, no-cache"


def test_health_and_descriptions_need_no_key(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        for path in ("/health/live", "/health/ready", "/openapi.json", "/docs", "/problems"):
            assert service.client.get(path).status_code == 200


def test_the_service_is_not_ready_without_its_store(both: Service) -> None:
    assert both.client.get("/health/ready").json() == {"status": "ready"}
    both.ledger.close()
    answer = both.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert both.client.get("/health/live").json() == {"status": "live"}
