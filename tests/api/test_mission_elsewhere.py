"""A police mission in Haiti: no partner, no Europe; its people, places and conditions go by their names."""

import re

import pytest

from tests.api.facts import fact, people, pledge
from tests.running.in_process import Service

AT = "?valid_at=2024-07-10"
COURT = "The High Court of Kenya allows it"
MISSION = [
    fact("CoalitionFormed", "2023-10-02", name="Multinational Security Support", theatre=["HTI"], leads=["KEN"]),
    fact("ActorNamed", "2023-10-02", actor="org:binuh", name="the Integrated Office in Haiti", short="BINUH"),
    fact("MemberJoined", "2023-10-02", member="KEN", role="lead"),
    fact("MemberJoined", "2023-10-02", member="KEN", role="contributor"),
    fact("MemberJoined", "2023-10-02", member="HTI", role="host"),
    fact("ConditionStated", "2023-10-02", condition="court", kind="court_ruling", label=COURT, description="A suit"),
    fact(
        "BasingAgreed", "2024-05-01", basing="airport", zone="capital", label="Toussaint Louverture airport",
        country="HTI", place="Port-au-Prince",
    ),
    pledge("ken-police", 1000, "2023-10-02", contributor="KEN", capability="police", conditions=["court"]),
    pledge("binuh-staff", 10, "2024-02-01", contributor="org:binuh", capability="command_staff"),
    fact(
        "RequirementStated", "2024-02-01", requirement="size", label="Size", stated_by="org:binuh", standing="planned",
        quantity=people(2500, 2500),
    ),
    fact("StatementMade", "2024-03-01", statement="resigns", kind="political", label="The resignation", text="He goes"),
    fact(
        "CountReported", "2024-06-25", report="first", subject="deployed", value={"min": 400}, scope="on the ground",
        label="The first contingent",
    ),
]  # fmt: skip
PAGES = ["/c/willing", "/c/willing/briefing", "/c/willing/record", "/c/willing/pledges", "/c/willing/conditions"]


@pytest.fixture
def mission(service: Service) -> Service:
    service.record(*MISSION)
    return service


def page(service: Service, path: str) -> str:
    answer = service.client.get(f"{path}{AT}", headers=service.key)
    assert answer.status_code == 200, answer.text
    inline = re.sub(r"</?(abbr|a|strong)\b[^>]*>", "", answer.text)
    text = re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]*>", " ", inline, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_speaks_of_another_mission(mission: Service, path: str) -> None:
    words = page(mission, path)
    assert not re.search("Washington|United States|Ukrain|Europe|key partner", words, re.IGNORECASE)
    assert "org:" not in words


def test_the_picture_has_names_and_labels_and_no_map(mission: Service) -> None:
    words = page(mission, "/c/willing")
    for shown in (COURT, "Toussaint Louverture airport, Port-au-Prince, Haiti", "The first contingent", "BINUH"):
        assert shown in words
    assert "Lead: Kenya. Contributor: Kenya. Host: Haiti." in words
    assert "No map is drawn: there is none yet that shows Haiti." in words


def test_sentences_have_names_in_full(mission: Service) -> None:
    words = page(mission, "/c/willing/record")
    assert "he organisation binuh was named the Integrated Office in Haiti, in short BINUH" in words
    assert "he Integrated Office in Haiti pledged 10 people for command staff" in words


def test_names_are_those_of_the_basis(mission: Service) -> None:
    mission.record(fact("ActorNamed", "2025-01-01", actor="org:binuh", name="the Office in Haiti"))
    assert "BINUH" in page(mission, "/c/willing")
    later = mission.client.get("/c/willing?valid_at=2025-02-01").text
    assert "BINUH" not in later
    assert "Office in Haiti" in later


def test_the_names_on_record_are_a_read(mission: Service) -> None:
    found = mission.answer(f"/names{AT}")
    assert found["actors"] == {"org:binuh": {"name": "the Integrated Office in Haiti", "short": "BINUH"}}
    assert found["labels"] == {
        "basing:airport": "Toussaint Louverture airport",
        "condition:court": COURT,
        "report:first": "The first contingent",
        "statement:resigns": "The resignation",
    }
    assert mission.answer("/names?valid_at=2023-01-01")["labels"] == {}


def test_items_have_a_label_beside_their_name(mission: Service) -> None:
    for path, name, label in (
        ("/conditions/court", "condition", COURT), ("/basing/airport", "basing", "Toussaint Louverture airport"),
        ("/statements/resigns", "statement", "The resignation"), ("/counts/first", "report", "The first contingent"),
    ):  # fmt: skip
        item = mission.answer(f"{path}{AT}")["item"]
        assert (item[name], item["label"]) == (path.rpartition("/")[2], label)
    (waits,) = mission.answer(f"/pledges/ken-police{AT}")["item"]["conditions"]
    assert (waits["condition"], waits["label"]) == ("court", COURT)


def test_a_label_is_changed_by_a_later_fact_of_the_same_thing(mission: Service) -> None:
    mission.record(
        fact("BasingEnded", "2024-08-01", basing="airport", label="The old airport"),
        fact(
            "CountReported", "2024-08-01", report="first", subject="deployed", value={"min": 9}, scope="on the ground"
        ),
    )
    assert mission.answer("/basing/airport?valid_at=2024-09-01")["item"]["label"] == "The old airport"
    assert mission.answer("/counts/first?valid_at=2024-09-01")["item"]["label"] == "The first contingent"


def test_a_state_keeps_its_name_and_a_label_has_at_most_120_characters(mission: Service) -> None:
    named = fact("ActorNamed", "2024-01-01", actor="HTI", name="Ayiti")
    assert mission.post([named]).json()["errors"][0]["pointer"] == "/0/actor"
    long = fact("ConditionStated", "2024-01-01", condition="x", kind="other", label="x" * 121, description="x")
    assert mission.post([long]).json()["errors"][0]["pointer"] == "/0/label"
