"""What can be recorded next about a thing: every kind has links, to forms that know the fields that are filled in."""

import re
from dataclasses import fields
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from api.http.access import COOKIE
from api.pages.follow_ups import FOLLOW_UPS, FollowUp, links_of
from domain.concepts import registry
from domain.events import FACTS
from domain.facts import json_name
from projections.lists import LISTS, name_field
from tests.api.conftest import rich
from tests.running.in_process import Service

__all__ = ["rich"]

FIRST = {
    "PledgeMade", "RequirementStated", "ConditionStated", "MeetingScheduled", "BasingProposed", "CountReported",
    "StatementMade", "StanceStated", "MemberJoined",
}  # fmt: skip
"""The types that can be the first of a thing; they are offered where there is no thing yet."""

ROWS = [(kind, one) for kind, follow_ups in FOLLOW_UPS.items() for one in follow_ups]


def test_every_kind_with_a_page_has_links() -> None:
    assert set(FOLLOW_UPS) == set(registry.LISTS)
    assert all(FOLLOW_UPS.values())


@pytest.mark.parametrize("kind", registry.LISTS)
def test_every_fact_about_a_thing_is_offered_on_its_page(kind: str) -> None:
    types = {fact.__name__ for fact in registry.CONCEPTS[registry.LISTS[kind]].facts}
    assert types - FIRST <= {one.type for one in FOLLOW_UPS[kind]}


@pytest.mark.parametrize(("kind", "one"), ROWS, ids=[f"{kind}-{one.type}" for kind, one in ROWS])
def test_what_is_filled_in_are_fields_of_the_fact_taken_from_the_item(kind: str, one: FollowUp) -> None:
    filled = one.fields or ((name_field(kind), name_field(kind)),)
    assert {name for name, _ in filled} <= {json_name(field.name) for field in fields(FACTS[one.type])}
    assert {source for _, source in filled} <= {field.name for field in fields(LISTS[kind].item_type)}


def pledge(**state: object) -> dict[str, object]:
    usual = {"status": "standing", "level": "pledged", "quantity": {"min": 1, "max": 1, "unit": "personnel"}}
    return {"pledge": "a", "deployed": None, "conditions": [], "caveats": [], **usual, **state}


@pytest.mark.parametrize(
    ("item", "offered", "not_offered"),
    [
        (pledge(), "PledgeRaised PledgeLowered PledgeSuspended ForcesDeployed", "PledgeResumed ForcesReturned"),
        (pledge(level="assigned"), "PledgeLowered", "PledgeRaised"),
        (pledge(level="floated"), "PledgeRaised", "PledgeLowered"),
        (pledge(status="suspended"), "PledgeResumed PledgeWithdrawn", "PledgeSuspended"),
        (pledge(quantity={"min": 5, "max": 5, "unit": "EUR"}), "FundsDisbursed", "ForcesDeployed StrengthReported"),
        (pledge(status="withdrawn"), "", "PledgeAmended PledgeReaffirmed ForcesReturned ConditionAttached"),
        (pledge(status="withdrawn", deployed={"min": 5, "max": 5}), "ForcesReturned", "ForcesDeployed"),
        (pledge(caveats=[{}], conditions=[{}]), "CaveatLifted ConditionDetached", ""),
    ],
)
def test_only_what_can_follow_the_state_is_offered(item: dict[str, object], offered: str, not_offered: str) -> None:
    links = {link.type: link.query for link in links_of("pledges", "pledge", item)}
    assert set(offered.split()) <= links.keys()
    assert not set(not_offered.split()) & links.keys()
    assert set(links.values()) <= {"pledge=a"}


def test_a_list_of_names_is_filled_in_with_commas() -> None:
    statement = {"by": ["GBR", "FRA"], "kind": "political"}
    assert [link.query for link in links_of("statements", "statement", statement)] == ["by=GBR%2C+FRA&kind=political"]


def test_each_link_opens_a_form_in_which_the_thing_is_filled_in(rich: Service) -> None:
    rich.client.cookies.set(COOKIE, rich.secret)
    seen = set()
    for kind in registry.LISTS:
        items = rich.answer(f"/{kind}?limit=1000")["items"]
        for name in {item[name_field(kind)] for item in items}:
            page = unescape(rich.client.get(f"/c/willing/{kind}/{name}").text)
            for address in re.findall(r'class="chip" href="(/c/willing/new/[^"]+)"', page):
                seen.add((kind, address.partition("?")[0].rpartition("/")[2]))
                form = rich.client.get(address)
                assert form.status_code == 200, address
                for text in parse_qs(urlsplit(address).query).values():
                    assert text[0] in unescape(form.text), address
    types = {(kind, one.type) for kind, one in ROWS}
    assert types - seen <= {("pledges", "PledgeResumed"), ("pledges", "FundsDisbursed"), ("members", "ActorNamed")}


def test_who_has_not_signed_in_sees_no_links(rich: Service) -> None:
    rich.client.cookies.clear()
    name = rich.answer("/pledges")["items"][0]["pledge"]
    assert "/new/" not in rich.client.get(f"/c/willing/pledges/{name}").text
