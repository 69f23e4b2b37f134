"""The OpenAPI document is sound, complete, and agrees with the answers of the service."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.http.problems import PROBLEM_TYPES
from api.routes.openapi import example_of
from domain.events import FACT, FACTS
from tests.api.facts import formed, pledge
from tests.api.rich_coalition import FORMED_ID, lists
from tests.api.routes.json_schema import Checker
from tests.api.routes.test_basis import READS
from tests.running.in_process import Service

Document = dict[str, Any]
PROBLEM = "application/problem+json"
OTHER_READS = (
    "/diff?from_valid_at=2025-03-12&to_valid_at=2025-05-20", "/picture?valid_at=1999", "/why?figure=",
    "/picture?known_axis=reported&known_at=2025-04-10", "/why?figure=/size/by_contributor",
    "/pledges/gbr-ground?valid_at=1999",
)  # fmt: skip


@pytest.fixture(scope="module")
def document(rich: Service) -> Document:
    """Give the document as it is served."""
    answer: Document = rich.client.get("/openapi.json").json()
    return answer


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def operation_at(document: Document, method: str, path: str) -> Document:
    """The operation that a real address belongs to; the one with the fewest parameters in its path."""
    found = [
        (described.count("{"), operation)
        for described, of_method, operation in operations(document)
        if of_method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", described), path.partition("?")[0])
    ]
    return min(found, key=lambda one: one[0])[1]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


class TestTheDocument:
    def test_the_document_is_openapi_3_1(self, document: Document) -> None:
        assert document["openapi"].startswith("3.1")
        assert document["info"]["title"]
        assert document["info"]["version"]

    def test_every_operation_has_a_unique_id_and_a_description(self, document: Document) -> None:
        ids = [operation["operationId"] for _, _, operation in operations(document)]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch("[a-z_]+", name) for name in ids)
        for path, _, operation in operations(document):
            assert operation.get("description"), path

    def test_every_reference_has_a_target_and_no_schema_is_unused(self, document: Document) -> None:
        checker = Checker(document)
        used = {reference.rpartition("/")[2] for reference in references(document)}
        for reference in set(references(document)):
            assert checker.resolved({"$ref": reference})
        assert set(document["components"]["schemas"]) - used == set()

    def test_every_parameter_in_a_path_is_described(self, document: Document) -> None:
        for path, _, operation in operations(document):
            described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert described == set(re.findall(r"\{(\w+)\}", path))

    def test_schemas_have_plain_names(self, document: Document) -> None:
        for name, schema in document["components"]["schemas"].items():
            assert re.fullmatch("[A-Z][A-Za-z]+", name)
            assert schema["title"] == name
        assert {"PledgeItems", "PledgeItemWithHistory", "Picture", "Fact", "Event"} <= set(
            document["components"]["schemas"]
        )

    def test_no_internals_are_shown(self, document: Document) -> None:
        for name, schema in document["components"]["schemas"].items():
            # Forces return "of" a deployment, and influence is "of" a condition; in a figure, it would be its pledges.
            assert (
                name == "Influence"
                or name.endswith("ForcesReturned")
                or not {"things", "of"} & set(schema.get("properties", {}))
            ), name

    def test_reading_requires_a_key_only_if_the_settings_say_so(self, document: Document) -> None:
        assert document["paths"]["/coalitions/{coalition}/events"]["post"]["security"] == [{"HTTPBearer": []}]
        assert document["paths"]["/coalitions/{coalition}/events"]["get"]["security"] == [
            {}, {"HTTPBearer": []}, {"APIKeyCookie": []},
        ]  # fmt: skip

    def test_the_document_is_always_the_same(self, rich: Service) -> None:
        assert rich.client.get("/openapi.json").content == rich.client.get("/openapi.json").content


class TestFacts:
    def test_the_type_of_a_fact_is_its_discriminator(self, document: Document) -> None:
        schema = document["components"]["schemas"]["Fact"]
        mapping = schema["discriminator"]["mapping"]
        assert schema["discriminator"]["propertyName"] == "type"
        assert set(mapping) == set(FACTS)
        assert {one["$ref"] for one in schema["oneOf"]} == set(mapping.values())
        assert len(FACTS) == 48
        for name, reference in mapping.items():
            fact = Checker(document).resolved({"$ref": reference})
            assert fact["properties"]["type"]["const"] == name
            assert "type" in fact["required"]

    def test_every_type_has_an_example_that_can_be_recorded(self, document: Document) -> None:
        checker = Checker(document)
        body = document["paths"]["/coalitions/{coalition}/events"]["post"]["requestBody"]
        examples = body["content"]["application/json"]["examples"]
        assert set(examples) == set(FACTS)
        for name in FACTS:
            (example,) = document["components"]["schemas"][name]["examples"]
            assert examples[name]["value"] == example
            assert FACT.validate_python(example).type == name
            assert list(checker.faults(example, {"$ref": "#/components/schemas/Fact"})) == []

    def test_the_facts_of_these_tests_cover_every_type_and_match_the_schema(self, document: Document) -> None:
        more = ("StrengthReported", "FundsDisbursed", "ActorNamed", "WarningDismissed")
        recorded = [fact for facts in lists() for fact in facts] + [example_of(name) for name in more]
        assert {fact["type"] for fact in recorded} == set(FACTS)
        schema = document["paths"]["/coalitions/{coalition}/events"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        assert list(Checker(document).faults(recorded, schema)) == []


class TestAnswers:
    @pytest.mark.parametrize("read", [*READS, *OTHER_READS])
    def test_the_answer_of_a_read_matches_its_schema(self, rich: Service, document: Document, read: str) -> None:
        operation = operation_at(document, "get", f"/coalitions/willing{read}")
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(Checker(document).faults(rich.answer(read), schema)) == []

    @pytest.mark.parametrize(
        "path", ["/coalitions", "/health/live", "/health/ready", "/problems", "/problems/validation"]
    )
    def test_the_answers_of_other_reads_match_their_schemas(self, rich: Service, document: Document, path: str) -> None:
        schema = operation_at(document, "get", path)["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(Checker(document).faults(rich.client.get(path).json(), schema)) == []

    def test_the_answer_to_recording_matches_its_schema(self, service: Service, document: Document) -> None:
        described = operation_at(document, "post", "/coalitions/willing/events")["responses"]["201"]
        for facts in lists():
            answer = service.post(facts, Idempotency_Key=str(len(facts)))
            assert (
                list(Checker(document).faults(answer.json(), described["content"]["application/json"]["schema"])) == []
            )
        assert set(described["headers"]) == {"ETag", "Location", "Idempotency-Replayed"}

    def test_the_schema_checker_finds_errors(self, rich: Service, document: Document) -> None:
        picture = rich.answer("/picture")
        schema = {"$ref": "#/components/schemas/Picture"}
        wrong: dict[str, Any]
        for wrong in ({"name": 3}, {"surprise": 1}, {"basing": [{}]}, {"members": {"lead": [1]}}):
            assert list(Checker(document).faults(picture | wrong, schema))
        assert list(Checker(document).faults({}, schema))


def refusals(service: Service) -> Iterator[tuple[str, str, Any]]:
    """A request of each operation for each way in which it is refused."""
    ask, post = service.ask, service.post
    yield "get", "/coalitions/none/picture", service.client.get("/coalitions/none/picture")
    for read in (
        "",
        "/picture",
        "/events",
        "/pledges",
        "/pledges/a",
        "/timeline",
        "/diff",
        "/why?figure=/size",
        f"/events/{FORMED_ID}",
    ):
        path = f"/coalitions/willing{read}"
        mark = "&" if "?" in read else "?"
        yield "get", path, ask(f"{read}{mark}nonsense=1")
        yield "get", path, ask(read, Accept="image/png")
    yield "get", "/coalitions/willing/picture", ask("/picture?min_sequence=99")
    for read in ("/pledges/none", "/events/none", "/why?figure=/none"):
        yield "get", f"/coalitions/willing{read}", ask(read)
    path = "/coalitions/willing/events"
    yield "post", path, service.client.post(path, json=pledge("a"))
    yield "post", path, post(pledge("a"))
    yield "post", path, post({})
    yield "post", path, post([])
    yield "post", path, post(formed("x" * 70_000))
    yield "post", path, post(pledge("b"), If_Match='"9"')
    yield "post", path, post(pledge("b"), If_Match="9")
    yield "post", path, post(pledge("b"), Idempotency_Key="k" * 256)
    yield "post", path, post(pledge("b"), Idempotency_Key="used")
    yield (
        "post",
        path,
        service.client.post(path, content="{", headers=service.key | {"Content-Type": "application/json"}),
    )
    yield "post", path, service.client.post(path, content="{", headers=service.key | {"Content-Type": "text/plain"})
    yield "get", "/coalitions", service.client.get("/coalitions?x=1")
    yield "get", "/problems/none", service.client.get("/problems/none")


class TestProblems:
    def test_every_operation_documents_its_problems(self, document: Document) -> None:
        for path, method, operation in operations(document):
            documented = set(operation["responses"])
            assert "default" in documented
            assert all(
                PROBLEM in operation["responses"][status]["content"] for status in documented if status[0] in "45d"
            )
            if method == "post" and "201" not in documented:
                assert documented >= {"400", "401", "404", "406", "413", "415", "422", "503"}, path
            elif method == "post":
                assert documented >= {"201", "400", "401", "409", "412", "413", "415", "422", "503"}
            elif "{coalition}" in path:
                assert documented >= {"200", "401", "404", "406", "422", "503"}

    def test_every_problem_is_documented_for_its_operation(self, service: Service, document: Document) -> None:
        service.record(formed(), pledge("a"))
        service.post(pledge("c"), Idempotency_Key="used")
        seen = set()
        for method, path, answer in refusals(service):
            problem = answer.json()
            assert answer.status_code == problem["status"] >= 400, (path, answer.text)
            described = operation_at(document, method, path)["responses"][str(answer.status_code)]["content"][PROBLEM]
            name = problem["type"].removeprefix("/problems/")
            assert name in described["examples"], (method, path, name)
            assert list(Checker(document).faults(problem, described["schema"])) == []
            assert service.client.get(problem["type"]).json()["status"] == problem["status"]
            seen.add(name)
        assert len(seen) >= 12

    def test_every_problem_type_is_described(self, document: Document) -> None:
        documented = set(re.findall(r'"/problems/([a-z-]+)"', json.dumps(document)))
        before_any_route = {"malformed-request", "headers-too-large", "request-timeout", "uri-too-long"}
        never_here = before_any_route | {"forbidden", "cross-site", "method-not-allowed"}
        assert documented | never_here >= set(PROBLEM_TYPES)
