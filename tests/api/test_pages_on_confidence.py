"""Pages say what is doubtful about a figure or a row, and what an item is based on."""

from typing import Any

from tests.running.in_process import Service

PEOPLE = {"unit": "personnel"}


def fact(kind: str, publisher: str, **fields: Any) -> dict[str, Any]:
    sources = [{"publisher": publisher, "published_on": "2025-06-01"}]
    return {"type": kind, "effective_at": "2025-06-01", "sources": sources, **fields}


def made(name: str, publisher: str, most: int, **fields: Any) -> dict[str, Any]:
    offer = {"contributor": "EST", "level": "pledged", "capability": "ground_forces"}
    return fact("PledgeMade", publisher, pledge=name, quantity={**PEOPLE, "min": most, "max": most}, **offer, **fields)


def test_pages_say_what_is_doubtful(service: Service) -> None:
    service.record(fact("CoalitionFormed", "an agency", name="A trial") | {"effective_at": "2025-01-01"})
    service.record(made("p", "a broadcaster", 200))
    service.record(fact("PledgeAmended", "an agency", pledge="p", quantity={**PEOPLE, "min": 250, "max": 250}))
    service.record(made("q", "a paper", 30, attribution={"basis": "leak"}))
    pages = {path: service.client.get(f"/c/willing{path}", headers=service.key).text for path in PAGES}
    for path, words in PAGES.items():
        assert words in pages[path], path


PAGES = {
    "": "30 on leaks alone; 1 pledge disputed",
    "/pledges": "disputed: size 200 people (a broadcaster) or 250 people (an agency)",
    "/pledges/q": "Based on leaks, from one publisher (a paper); not graded.",
    "/pledges/p": "from 2 publishers (a broadcaster and an agency)",
    "/why?figure=/size/available": "Rests on a leak alone.",
}
