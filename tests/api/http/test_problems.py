"""Every error is answered with a problem document of a documented type."""

import json
import logging
from html import escape
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.http import problem_answers, problems
from api.http.problem_answers import problem_responses
from api.http.problems import PROBLEM_TYPES, RULE_BROKEN, UNAUTHORIZED, Fault, Problem

MEDIA_TYPE = "application/problem+json"


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    at: int = 1


def application() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    problem_answers.install(app)

    @app.get("/things/{number}", responses=problem_responses(RULE_BROKEN, problems.IDEMPOTENCY_IN_PROGRESS))
    def thing(number: int, question: Annotated[Question, Query()], if_match: Annotated[int, Header()] = 0) -> int:
        return number

    @app.post("/things")
    def add(question: Question) -> int:
        return question.at

    @app.get("/raised/{name}", include_in_schema=False)
    def raised(name: str) -> None:
        if name == "teapot":
            raise HTTPException(418, "short and stout")
        if name == "text":
            raise Problem(problems.VALIDATION, faults=[Fault(pointer="/\ud800", detail="a \udfff b")])
        if name == "gone":
            raise ClientDisconnect
        if name == "defect":
            raise RuntimeError("secret internals")
        raise Problem(PROBLEM_TYPES[name])

    return app


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(application(), raise_server_exceptions=False)


def errors_of(answer: Any, status: int, name: str) -> list[dict[str, Any]]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    document = answer.json()
    kind = PROBLEM_TYPES[name]
    assert (document["type"], document["title"], document["status"]) == (f"/problems/{name}", kind.title, status)
    assert document["detail"]
    errors: list[dict[str, Any]] = document.get("errors", [])
    return errors


class TestTypes:
    @pytest.mark.parametrize("name", PROBLEM_TYPES)
    def test_each_problem_type_is_answered_and_described(self, client: TestClient, name: str) -> None:
        errors_of(client.get(f"/raised/{name}"), PROBLEM_TYPES[name].status, name)
        description = client.get(f"/problems/{name}")
        assert description.status_code == 200
        assert description.json()["type"] == f"/problems/{name}"
        page = client.get(f"/problems/{name}", headers={"Accept": "text/html,*/*"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert escape(PROBLEM_TYPES[name].meaning) in page.text

    def test_all_problem_types_are_listed(self, client: TestClient) -> None:
        assert [kind["type"] for kind in client.get("/problems").json()] == [
            f"/problems/{name}" for name in PROBLEM_TYPES
        ]

    def test_an_unknown_problem_type_is_a_problem_itself(self, client: TestClient) -> None:
        errors_of(client.get("/problems/nonsense"), 404, "not-found")

    @pytest.mark.parametrize(
        ("name", "header"),
        [
            ("unauthorized", "WWW-Authenticate"),
            ("write-conflict", "Retry-After"),
            ("not-yet-caught-up", "Retry-After"),
            ("timeout", "Retry-After"),
        ],
    )
    def test_each_status_has_its_required_headers(self, client: TestClient, name: str, header: str) -> None:
        assert header in client.get(f"/raised/{name}").headers

    def test_no_problem_is_cached(self, client: TestClient) -> None:
        assert client.get("/nowhere").headers["cache-control"] == "no-store"


class TestOneProblem:
    def test_a_problem_names_the_colliding_events(self) -> None:
        fault = Fault(
            pointer="/0/quantity", detail="More than is left.", rule="WithdrawsMoreThanIsLeft", collides_with=("a",)
        )
        document = json.loads(bytes(Problem(RULE_BROKEN, faults=[fault]).response().body))
        assert document["detail"] == "More than is left."
        assert document["errors"] == [
            {
                "pointer": "/0/quantity",
                "detail": "More than is left.",
                "rule": "WithdrawsMoreThanIsLeft",
                "collides_with": ["a"],
            }
        ]

    def test_a_problem_keeps_the_root_pointer_and_omits_absent_fields(self) -> None:
        assert Fault(pointer="", detail="x").document() == {"pointer": "", "detail": "x"}
        assert "errors" not in Problem(UNAUTHORIZED).document()

    def test_the_detail_of_several_errors_is_the_first_one(self) -> None:
        problem = Problem(RULE_BROKEN, faults=[Fault(detail="One."), Fault(detail="Two."), Fault(detail="Three.")])
        assert problem.detail == "One. And 2 more: see errors."
        problem = Problem(RULE_BROKEN, faults=[Fault(detail="a rule told without a full stop"), Fault(detail="Two.")])
        assert problem.detail == "a rule told without a full stop. And 1 more: see errors."

    def test_extra_headers_are_added_to_those_of_the_type(self) -> None:
        problem = Problem(problems.PRECONDITION_FAILED, headers={"ETag": '"7"'})
        assert problem.response().headers["etag"] == '"7"'

    def test_text_outside_utf_8_does_not_break_a_problem(self, client: TestClient) -> None:
        errors = errors_of(client.get("/raised/text"), 422, "validation")
        assert errors == [{"pointer": "/?", "detail": "a ? b"}]


class TestHandlers:
    @pytest.mark.parametrize("path", ["/nowhere", "/%00", "/%ff", "/..%2f", "/things/1/2", "//"])
    def test_an_unknown_address_is_a_problem(self, client: TestClient, path: str) -> None:
        errors_of(client.get(path), 404, "not-found")

    def test_an_unsupported_method_keeps_the_allow_header(self, client: TestClient) -> None:
        answer = client.delete("/things")
        errors_of(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize(
        ("path", "headers", "error"),
        [
            ("/things/x", {}, {"parameter": "number", "detail": "number must be a whole number, not 'x'."}),
            ("/things/1?at=x", {}, {"parameter": "at", "detail": "at must be a whole number, not 'x'."}),
            ("/things/1?att=1", {}, {"parameter": "att", "detail": "att is not a field here."}),
            ("/things/1", {"If-Match": "x"},
             {"header": "if-match", "detail": "if-match must be a whole number, not 'x'."}),
        ],
    )  # fmt: skip
    def test_an_unreadable_parameter_is_named(
        self, client: TestClient, path: str, headers: dict[str, str], error: dict[str, str]
    ) -> None:
        assert errors_of(client.get(path, headers=headers), 422, "bad-parameter") == [error]

    @pytest.mark.parametrize(
        "value", ["%ed%a0%80", "NaN", "Infinity", "1e400", "%f0", "9" * 5000, "%e2%80%ae", "--", "%"]
    )
    def test_hostile_parameters_are_a_client_error(self, client: TestClient, value: str) -> None:
        errors_of(client.get(f"/things/1?at={value}"), 422, "bad-parameter")
        errors_of(client.get(f"/things/{value}"), 422, "bad-parameter")

    @pytest.mark.parametrize(
        ("content", "status", "name", "pointer"),
        [
            (b"{", 400, "malformed-body", ""),
            (b'{"at": "x"}', 422, "validation", "/at"),
            (b'{"at": NaN}', 422, "validation", "/at"),
            (b'{"at": Infinity}', 422, "validation", "/at"),
            (b'{"at": "\\ud800"}', 422, "validation", "/at"),
            (b'{"\\ud800": 1}', 422, "validation", ""),
            (b'{"a/b~": 1}', 422, "validation", "/a~1b~0"),
            (b"[]", 422, "validation", ""),
            (b"", 422, "validation", ""),
        ],
    )
    def test_a_body_refused_by_the_framework_is_a_problem(
        self, client: TestClient, content: bytes, status: int, name: str, pointer: str
    ) -> None:
        answer = client.post("/things", content=content, headers={"Content-Type": "application/json"})
        assert [error["pointer"] for error in errors_of(answer, status, name)] == [pointer]

    def test_another_status_has_no_type_of_its_own(self, client: TestClient) -> None:
        answer = client.get("/raised/teapot")
        assert answer.status_code == 418
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert (answer.json()["type"], answer.json()["detail"]) == ("about:blank", "short and stout")

    def test_a_disconnected_client_is_not_a_server_error(self, client: TestClient) -> None:
        errors_of(client.get("/raised/gone"), 400, "malformed-body")

    def test_a_server_error_is_logged_and_shows_no_internals(
        self, client: TestClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, "coalition.problems"):
            answer = client.get("/raised/defect")
        errors_of(answer, 500, "internal")
        assert "secret" not in answer.text
        (record,) = [record for record in caplog.records if record.name == "coalition.problems"]
        assert answer.json()["instance"] in record.getMessage()
        assert record.exc_info is not None


class TestOpenAPI:
    def test_problems_are_documented_by_status(self, client: TestClient) -> None:
        document = client.get("/openapi.json").json()
        answers = document["paths"]["/things/{number}"]["get"]["responses"]
        conflict = answers["409"]["content"]
        assert list(conflict) == [MEDIA_TYPE]
        assert set(conflict[MEDIA_TYPE]["examples"]) == {"rule-broken", "idempotency-in-progress"}
        assert conflict[MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}

    def test_no_error_schema_of_the_framework_is_left(self, client: TestClient) -> None:
        text = client.get("/openapi.json").text
        assert "HTTPValidationError" not in text
        assert "/schemas/ValidationError" not in text
        answers = client.get("/openapi.json").json()["paths"]["/things/{number}"]["get"]["responses"]
        assert list(answers["422"]["content"]) == [MEDIA_TYPE]

    def test_every_reference_has_a_target(self, client: TestClient) -> None:
        document = client.get("/openapi.json").json()
        schemas = document["components"]["schemas"]
        assert {"ProblemDocument", "ProblemErrorDocument"} <= set(schemas)
        assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}

    def test_every_example_is_a_problem_document(self) -> None:
        for kind in PROBLEM_TYPES.values():
            problem_answers.ProblemDocument.model_validate(Problem(kind).document(), strict=True, extra="forbid")


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()
