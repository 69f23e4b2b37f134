"""The questions of ``benchmarks.answers``: thousands of requests that follow from a store and a seed alone.

Nothing of the project is imported, so any version of the code is asked the same questions. Each question about a
record fixes a whole basis, so that its answer does not depend on the clock.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

Json = dict[str, Any]

SEED = 20251001
DEFINITIONS = 2
KEY_OF_KIND = {
    "pledges": "pledge", "requirements": "requirement", "conditions": "condition", "basing": "basing",
    "meetings": "meeting", "members": "member", "stances": "actor", "statements": "statement", "counts": "report",
}  # fmt: skip
"""Each list, and the field of a fact that names one of its items."""

SIZES = (
    "floated", "pledged", "committed", "assigned", "available", "upcoming", "conditional", "blocked", "suspended",
    "if_all_move", "deployed", "estimated",
)  # fmt: skip
LEVELS = ("floated", "pledged", "committed", "assigned")
AXES = ("recorded", "reported")
ABOUT_THE_RECORD = ("EventCorrected", "EventRetracted", "SourceAdded")
PROBLEMS = ("bad-parameter", "not-found", "rule-broken", "unknown-coalition", "validation", "what-if-refused")
REFUSING = ("rich", "willing")
"""The coalitions that receive the requests to be refused."""
NOWHERE = "00000000-0000-4000-8000-00000000dead"


# --- the store as made ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """A saved scenario: its slug and its current fork."""

    slug: str
    fork: Json


@dataclass(frozen=True)
class Record:
    """One coalition in the store, with everything that questions about it can name."""

    slug: str
    events: list[Json]
    scenarios: list[Scenario] = field(default_factory=list)

    @cached_property
    def contents(self) -> list[Json]:
        """The fact of each event, about the world or about the record."""
        return [event["fact"].get("replacement", event["fact"]) for event in self.events]

    @cached_property
    def world(self) -> list[Json]:
        """The facts about the world."""
        return [fact for fact in self.contents if fact["type"] not in ABOUT_THE_RECORD]

    @cached_property
    def ids(self) -> list[str]:
        """The id of each event."""
        return [event["event_id"] for event in self.events]

    def names(self, key: str) -> list[str]:
        """Returns every value of a field, in order of first appearance."""
        found = [fact[key] for fact in self.contents if isinstance(fact.get(key), str)]
        return list(dict.fromkeys(found))

    @cached_property
    def valid_times(self) -> list[str]:
        """Returns times at which something begins, and the days, months and years around them."""
        exact = [fact["effective_at"] for fact in self.contents if "effective_at" in fact]
        other = [fact[key] for fact in self.contents for key in ("available_from", "expires_on") if fact.get(key)]
        shorter = [text[:length] for text in exact for length in (4, 7, 10) if "/" not in text[:length]]
        return sorted({*exact, *other, *shorter, "1990", "2025-06-01", "2025-12-31/2026-01-15", "2026-03", "2200"})

    @cached_property
    def known_times(self) -> list[str]:
        """Returns times at which something became known, on either axis."""
        recorded = [event["recorded_at"] for event in self.events]
        published = [
            source["published_on"]
            for event in self.events
            for source in event["fact"].get("sources", ())
            if source.get("published_on")
        ]
        return sorted({*recorded, *published, *(text[:10] for text in recorded), "2021", "2025-05", "2026-05-01"})

    def point(self, chance: Random, most: int | None = None) -> Json:
        """Returns a point on both axes; half of all points include everything on record."""
        most = len(self.events) if most is None else most
        late = self.known_times[len(self.known_times) // 2 :]
        return {
            "valid_at": chance.choice(self.valid_times),
            "known_at": chance.choice(late if chance.random() < 0.7 else self.known_times),
            "known_axis": chance.choice(AXES),
            "sequence": most if chance.random() < 0.5 else chance.randint(0, most),
        }  # fmt: skip

    def basis(self, chance: Random, most: int | None = None) -> Json:
        """Returns a whole basis."""
        return self.point(chance, most) | {"definitions": DEFINITIONS}


def records_in(store: Path) -> list[Record]:
    """Returns every coalition in a store, read with SQLite alone."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        scenarios = defaultdict(list)
        events: dict[str, list[Json]] = defaultdict(list)
        forks: dict[tuple[str, str], Json] = {}
        for coalition, scenario, state in database.execute(
            "SELECT coalition, scenario, state FROM scenario_events ORDER BY coalition, scenario, sequence"
        ):
            fact = json.loads(state)["fact"]
            forks[coalition, scenario] = fact.get("fork", forks.get((coalition, scenario)))
        for (coalition, scenario), fork in forks.items():
            scenarios[coalition].append(Scenario(scenario, fork))
        for (state,) in database.execute("SELECT state FROM stored_events"):
            event = json.loads(state)
            events[event["coalition"]].append(event)
    return [
        Record(slug, sorted(events[slug], key=lambda event: int(event["sequence"])), scenarios[slug])
        for slug in sorted(events)
    ]


# --- questions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """One request; ``route`` is its address with placeholders for names."""

    kind: str
    route: str
    address: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    writes: bool = False


def get(kind: str, route: str, names: Mapping[str, str], query: Any = (), **headers: str) -> Question:
    """Returns a read; ``query`` is a mapping or pairs."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Question(kind, route, _address(route, names, query), headers=named)


def post(route: str, names: Mapping[str, str], body: Any, query: Any = (), **more: Any) -> Question:
    """Returns a question in a body, or something to record."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    headers = {"Content-Type": "application/json"} | more.pop("headers", {})
    return Question("answer", route, _address(route, names, query), "POST", headers, text, **more)


def _address(route: str, names: Mapping[str, str], query: Any) -> str:
    path = route
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    parameters = urlencode(query, doseq=True)
    return f"{path}?{parameters}" if parameters else path


def questions_of(records: Sequence[Record], seed: int = SEED) -> Iterator[Question]:
    """Yields all requests, in order; those that would write come last."""
    yield from _of_the_service()
    for record in records:
        chance = Random(f"{seed} {record.slug}")
        yield from _reads(chance, record)
        yield from _what_ifs(chance, record)
        for scenario in record.scenarios:
            yield from _reads_of_scenario(chance, record, scenario)
        yield from _faces(chance, record)
        yield from _faces_of_what_if(chance, record)
    refusing = [record for record in records if record.slug in REFUSING]
    for record in refusing:
        chance = Random(f"{seed} {record.slug} refusals")
        yield from _bad_reads(chance, record)
        yield from _bad_questions(chance, record)
    for record in refusing:
        yield from _bad_writes(Random(f"{seed} {record.slug} writes"), record)


def _of_the_service() -> Iterator[Question]:
    for path in ("/coalitions", "/health/live", "/health/ready"):
        yield get("answer", path, {})
        yield get("answer", path, {}, if_none_match="*")
    yield get("twin", "/coalitions.csv", {})
    for path in ("/", "/sign-in", "/docs", "/openapi.json", "/problems"):
        yield get("page", path, {})
    for name in PROBLEMS:
        yield get("page", "/problems/{name}", {"name": name})
        yield get("page", "/problems/{name}", {"name": name}, Accept="text/html")
    for path in ("/nowhere", "/coalitions/", "/c", "/c/nowhere", "/coalitions/nowhere", "/coalitions/No/picture"):
        yield get("answer", path, {})
        yield get("answer", path, {}, Accept="text/html")
    yield get("answer", "/problems/{name}", {"name": "nothing"})
    for method in ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "POST"):
        yield Question("answer", "/coalitions", "/coalitions", method)
        yield Question("answer", "/coalitions/{coalition}/events", "/coalitions/willing/events", method)


def _reads(chance: Random, record: Record) -> Iterator[Question]:
    root, names = "/coalitions/{coalition}", {"coalition": record.slug}

    def basis() -> Json:
        return record.basis(chance)

    for _ in range(30):
        yield get("answer", f"{root}/picture", names, basis())
    yield get("answer", f"{root}/picture", names, basis(), if_none_match="*")
    for _ in range(6):
        yield get("answer", root, names, basis())
    for _ in range(10):
        yield get("answer", f"{root}/timeline", names, basis() | _from(chance, record))
    for _ in range(25):
        yield get("answer", f"{root}/diff", names, _two_points(chance, record, len(record.events)))
    for figure in _figures(chance, record, 30):
        yield get("answer", f"{root}/why", names, basis() | {"figure": figure})
    for kind, key in KEY_OF_KIND.items():
        for _ in range(8):
            yield get("answer", f"{root}/{kind}", names, basis())
        for name in _some_items(chance, record, key, 10):
            yield get("answer", f"{root}/{kind}/{{name}}", {**names, "name": name}, basis())
    for _ in range(30):
        yield get("answer", f"{root}/events", names, basis() | _filters(chance, record))
    for _ in range(8):
        query = basis() | _filters(chance, record)
        yield get("answer", f"{root}/events", names, query, accept="application/x-ndjson")
    for event_id in chance.sample(record.ids, min(20, len(record.ids))):
        yield get("answer", f"{root}/events/{{event_id}}", {**names, "event_id": event_id}, basis())
    yield get("answer", f"{root}/scenarios", names)
    for status in ("open", "closed", "all"):
        yield get("answer", f"{root}/scenarios", names, {"status": status})


def _reads_of_scenario(chance: Random, record: Record, scenario: Scenario) -> Iterator[Question]:
    root = "/coalitions/{coalition}/scenarios/{scenario}"
    names = {"coalition": record.slug, "scenario": scenario.slug}
    most = scenario.fork["sequence"]

    def basis() -> Json:
        return record.basis(chance, most)

    yield get("answer", root, names)
    yield get("answer", f"{root}/adopt", names)
    for beside in ("", "baseline", "difference", "baseline,difference"):
        for _ in range(2):
            yield get("answer", f"{root}/picture", names, basis() | ({"with": beside} if beside else {}))
    for end in ("coalition", "timeline", "difference", "consequences"):
        for _ in range(3):
            yield get("answer", f"{root}/{end}", names, basis())
    for _ in range(3):
        yield get("answer", f"{root}/diff", names, _two_points(chance, record, most))
    for figure in _figures(chance, record, 6):
        yield get("answer", f"{root}/why", names, basis() | {"figure": figure})
    for kind, key in KEY_OF_KIND.items():
        yield get("answer", f"{root}/{kind}", names, basis())
        for name in _some_items(chance, record, key, 2):
            yield get("answer", f"{root}/{kind}/{{name}}", {**names, "name": name}, basis())
    for _ in range(3):
        yield get("answer", f"{root}/events", names, basis() | _filters(chance, record))
    yield get("answer", f"{root}/events", names, basis(), accept="application/x-ndjson")
    for event_id in chance.sample(record.ids, 2):
        yield get("answer", f"{root}/events/{{event_id}}", {**names, "event_id": event_id}, basis())
    yield post(f"{root}/sensitivity", names, _sensitivity(chance, record), basis())
    yield post(f"{root}/simulation", names, _simulation(chance, record), basis())


def _what_ifs(chance: Random, record: Record) -> Iterator[Question]:
    root, names = "/coalitions/{coalition}", {"coalition": record.slug}
    for _ in range(8):
        yield post(f"{root}/sensitivity", names, _sensitivity(chance, record), record.basis(chance))
        yield post(f"{root}/simulation", names, _simulation(chance, record), record.basis(chance))
    for number in range(50):
        changes = [change_of(chance, record) for _ in range(chance.choice((1, 1, 2, 3)))]
        body: Json = {"fork": record.point(chance), "changes": changes}
        if chance.random() < 0.2 and record.scenarios:
            body["fork"] = {"scenario": chance.choice(record.scenarios).slug}
        if number % 3:
            body["questions"] = _questions(chance, record)
        yield post(f"{root}/what-if", names, body)


def _both(route: str, names: Json, query: Json, *endings: str) -> Iterator[Question]:
    """Returns a page, and the same with each file ending."""
    yield get("page", route, names, query)
    for ending in endings:
        yield get("twin", f"{route}.{ending}", names, query)


def _faces(chance: Random, record: Record) -> Iterator[Question]:
    """Returns the pages, and their CSV, JSON and SVG."""
    root, names = "/c/{coalition}", {"coalition": record.slug}

    def both(route: str, more_names: Json, query: Json, *endings: str) -> Iterator[Question]:
        return _both(f"{root}{route}", names | more_names, query, *endings)

    def basis() -> Json:
        return record.basis(chance)

    for _ in range(4):
        yield from both("", {}, basis(), "csv")
    for _ in range(2):
        yield get("page", f"{root}/briefing", names, basis())
    for figure in _figures(chance, record, 6):
        yield from both("/why", {}, basis() | {"figure": figure}, "csv")
    for _ in range(3):
        yield from both("/record", {}, basis() | _filters(chance, record), "csv")
    for event_id in chance.sample(record.ids, min(6, len(record.ids))):
        yield from both("/record/{event_id}", {"event_id": event_id}, basis(), "csv")
    for kind, key in KEY_OF_KIND.items():
        yield from both(f"/{kind}", {}, basis(), "csv")
        for name in _some_items(chance, record, key, 1):
            yield from both(f"/{kind}/{{name}}", {"name": name}, basis(), "csv")
    for _ in range(4):
        points = _two_points(chance, record, len(record.events))
        shared = {name: value for name, value in points.items() if name.endswith("_at") or name == "known_axis"}
        yield from both("/difference", {}, shared | {"sequence": len(record.events)}, "csv")
    for chart in ("steps", "headline", "contributors", "map", "stories"):
        yield from both(f"/charts/{chart}", {}, basis(), "svg", "csv", "json")
    for _ in range(4):
        clicked = {"change": _clicked(chance, record)}
        yield from both("/what-if", {}, basis() | clicked, "json", "csv")


def _faces_of_what_if(chance: Random, record: Record) -> Iterator[Question]:
    root, names = "/c/{coalition}", {"coalition": record.slug}

    def both(route: str, more_names: Json, query: Json, *endings: str) -> Iterator[Question]:
        return _both(f"{root}{route}", names | more_names, query, *endings)

    clicked = {"change": _clicked(chance, record)}
    yield from both("/what-if/conditions", {}, record.basis(chance) | clicked, "json", "csv")
    likely = {"chance": [f"{name}:{chance.randrange(101)}" for name in record.names("condition")[:2]], "months": 5}
    yield from both("/what-if/chances", {}, record.basis(chance) | clicked | likely, "json", "csv")
    for chart in ("cascade", "sensitivity", "fan"):
        yield from both(f"/what-if/charts/{chart}", {}, record.basis(chance) | clicked, "svg", "csv", "json")
    yield get("page", f"{root}/scenarios", names, record.basis(chance))
    yield get("twin", f"{root}/scenarios.csv", names)
    for scenario in record.scenarios:
        at_fork = record.basis(chance, scenario.fork["sequence"])
        yield from both("/scenarios/{scenario}", {"scenario": scenario.slug}, at_fork, "csv")
        route = "/scenarios/{scenario}/charts/cascade"
        yield from both(route, {"scenario": scenario.slug}, at_fork, "svg", "json")


# --- parts of questions -----------------------------------------------------------------------------------------------


def _from(chance: Random, record: Record) -> Json:
    return {} if chance.random() < 0.6 else {"from": chance.choice(record.valid_times)}


def _two_points(chance: Random, record: Record, most: int) -> Json:
    question: Json = {"known_axis": chance.choice(AXES), "definitions": DEFINITIONS}
    for side in ("from", "to"):
        point = record.point(chance, most)
        question |= {f"{side}_{name}": point[name] for name in ("valid_at", "known_at", "sequence")}
    return question


def _figures(chance: Random, record: Record, count: int) -> list[str]:
    """Returns JSON pointers into the picture; some lead nowhere at that point."""
    figures = [f"/size/{size}{end}" for size in SIZES for end in ("", "/min", "/max", "/contributors")]
    figures += [f"/size/by_contributor/{name}/available" for name in record.names("contributor")]
    figures += [f"/size/by_capability/{name}/if_all_move" for name in record.names("capability")]
    whole = ("/size", "/key_partner", "/name", "/members", "/money", "/meetings", "/commands", "/set_aside", "/basing")
    figures += [*whole, *whole]
    for part in ("conditions", "requirements", "stances", "statements", "counts", "basing"):
        figures += [f"/{part}/{name}" for name in record.names(KEY_OF_KIND[part])[:12]]
    figures += [f"/size/required/{name}" for name in record.names("requirement")]
    return [chance.choice(figures) for _ in range(count)]


def _some_items(chance: Random, record: Record, key: str, most: int) -> list[str]:
    names = record.names(key)
    if key == "actor":
        names += [
            f"{fact['actor']} {fact['capability']}" for fact in record.world if {"actor", "capability"} <= {*fact}
        ]
    return chance.sample(names, min(most, len(names)))


def _filters(chance: Random, record: Record) -> Json:
    """Returns a few filters of the record, and a page of it."""
    fact = chance.choice(record.world)
    about = [(key, fact[key]) for key in ("pledge", "condition", "basing", "meeting") if isinstance(fact.get(key), str)]
    actor = next((fact[key] for key in ("contributor", "actor", "member", "stated_by") if key in fact), "GBR")
    possible: Json = {
        "type": [fact["type"], chance.choice(record.world)["type"]],
        "about": ":".join(about[0]) if about else "coalition:coalition",
        "actor": actor,
        "publisher": next((source["publisher"] for source in fact.get("sources", ())), "AFP"),
        "locator": next((source["locator"] for source in fact.get("sources", ()) if "locator" in source), "S1"),
        "recorded_by": "desk",
        "effective_from": chance.choice(record.valid_times),
        "effective_to": chance.choice(record.valid_times),
        "recorded_from": chance.choice(record.known_times),
        "recorded_to": chance.choice(record.known_times),
    }
    chosen = chance.sample([*possible], chance.choice((0, 0, 1, 1, 2)))
    found: Json = {name: possible[name] for name in chosen}
    if chance.random() < 0.7:
        found["limit"] = chance.choice((1, 3, 10, 50, 1000))
    if chance.random() < 0.4:
        found["cursor"] = chance.randrange(len(record.events))
    return found


def _clicked(chance: Random, record: Record) -> list[str]:
    pledges, conditions = record.names("pledge"), record.names("condition")
    words = [f"{chance.choice(('met', 'failed'))}:{chance.choice(conditions)}"] if conditions else []
    if pledges:
        of_pledge = chance.choice(("withdrawn", "halved", "doubled", "committed"))
        words.append(f"{of_pledge}:{chance.choice(pledges)}")
    return chance.sample(words, chance.randint(1, len(words))) if words else []


def _questions(chance: Random, record: Record) -> Json:
    """Returns a few questions about a changed history, each with parameters of its own."""
    kind = chance.choice([*KEY_OF_KIND])
    event = chance.choice(record.events)
    possible: Json = {
        "picture": {"with": chance.choice(("baseline", "difference", "baseline,difference"))},
        "difference": {},
        "consequences": {},
        "coalition": {},
        "timeline": _from(chance, record),
        "diff": {
            name: value for name, value in _two_points(chance, record, 0).items() if name.endswith(("valid_at", "axis"))
        },
        "why": [{"figure": figure} for figure in _figures(chance, record, 2)],
        kind: [{}, *({"name": name} for name in _some_items(chance, record, KEY_OF_KIND[kind], 1))],
        "events": [{"type": [event["fact"]["type"]], "limit": 20}, {"event_id": event["event_id"]}],
        "sensitivity": _sensitivity(chance, record),
        "simulation": _simulation(chance, record),
    }
    return {name: possible[name] for name in chance.sample([*possible], chance.randint(1, 3))}


def _sensitivity(chance: Random, record: Record) -> Json:
    question: Json = {"seed": chance.randrange(1000), "samples": 50}
    conditions, requirements = record.names("condition"), record.names("requirement")
    if len(conditions) > 1 and chance.random() < 0.4:
        question["groups"] = [chance.sample(conditions, 2)]
    if requirements and chance.random() < 0.3:
        question["requirements"] = [chance.choice(requirements)]
    return question


def _simulation(chance: Random, record: Record) -> Json:
    conditions, pledges = record.names("condition"), record.names("pledge")
    between = {"earliest": "2025-04-10", "latest": "2026-01", "likeliest": "2025-09-01"}
    named = chance.sample(conditions, min(chance.choice((0, 1, 1, 2)), len(conditions)))
    question: Json = {
        "dates": sorted({chance.choice(["2025-05", "2025-06-10", "2025-12", "2026-02-01"]) for _ in range(3)}),
        "draws": 200,
        "seed": chance.randrange(1000),
        "spread": chance.choice(("uniform", "triangular", "least", "most")),
        "conditions": [
            {"condition": name, "probability": chance.choice((0.0, 0.3, 0.5, 1.0)),
             "otherwise": chance.choice(("open", "failed")), **({"when": between} if chance.random() < 0.5 else {})}
            for name in named
        ],
    }  # fmt: skip
    if len(named) == 2 and chance.random() < 0.5:
        question["common_causes"] = [{"conditions": named, "strength": 0.8}]
    if pledges and chance.random() < 0.3:
        question["quantities"] = [{"pledge": chance.choice(pledges), "spread": "triangular", "max": 20_000}]
    if pledges and chance.random() < 0.3:
        question["arrivals"] = [{"pledge": chance.choice(pledges), "when": between}]
    return question


def change_of(chance: Random, record: Record) -> Json:
    """Returns a change of any kind to a history; some will be refused."""
    return chance.choice(CHANGE_MAKERS)(chance, record)


def _assume(chance: Random, record: Record) -> Json:
    event = chance.choice(record.events)
    when, pledge = chance.choice(record.valid_times), chance.choice([*record.names("pledge"), "nothing"])
    copied = {name: value for name, value in chance.choice(record.world).items() if name not in ("event_id", "sources")}
    possible: list[Json] = [
        copied | {"effective_at": when},
        copied | {"effective_at": when},
        {"type": "PledgeWithdrawn", "pledge": pledge, "effective_at": when},
        {"type": "PledgeRaised", "pledge": pledge, "level": chance.choice(LEVELS), "effective_at": when},
        {"type": "PledgeAmended", "pledge": pledge, "effective_at": when,
         "quantity": {"min": None, "max": chance.randrange(9000), "unit": "personnel"}},
        {"type": "PledgeMade", "pledge": "assumed", "contributor": "NOR", "level": "pledged", "effective_at": when,
         "capability": "ground_forces", "quantity": {"min": 1500, "max": 2500, "unit": "personnel"}},
        {"type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": when},
        {"type": "EventRetracted", "retracts": event["event_id"], "reason": "what if"},
        {"type": "SourceAdded", "event": event["event_id"],
         "sources": [{"publisher": "AFP", "published_on": "2025-03-20"}]},
        {"type": "EventCorrected", "corrects": event["event_id"], "reason": "what if",
         "replacement": {name: value for name, value in (event["fact"].get("replacement") or event["fact"]).items()
                         if name != "event_id"} | {"effective_at": when}},
    ]  # fmt: skip
    return {"assume": chance.choice(possible)}


def _aim(chance: Random, record: Record) -> Any:
    if chance.random() < 0.4:
        return chance.choice(record.ids)
    fact = chance.choice(record.world)
    keys = [key for key in ("type", "contributor", "capability", "level", "pledge", "condition") if key in fact]
    chosen: Json = {key: fact[key] for key in chance.sample(keys, min(len(keys), chance.choice((1, 1, 2))))}
    if chance.random() < 0.2:
        chosen[chance.choice(("effective_from", "effective_to"))] = chance.choice(record.valid_times)
    return chosen


def _omit(chance: Random, record: Record) -> Json:
    return {"omit": _aim(chance, record)}


def _shift(chance: Random, record: Record) -> Json:
    ways: list[Json] = [
        {"days": 10},
        {"months": -1},
        {"months": 2, "days": -3},
        {"to": chance.choice(record.valid_times)},
    ]
    return {"shift": _aim(chance, record), **chance.choice(ways)}


def _alter(chance: Random, record: Record) -> Json:
    made: Json = {"type": "PledgeMade"}
    if (pledges := record.names("pledge")) and chance.random() < 0.7:
        made["pledge"] = chance.choice(pledges)
    ways: list[Json] = [
        {"scale": chance.choice((0.0, 0.5, 1.5, 2.0))},
        {"set": {"level": chance.choice(LEVELS)}},
        {"set": {"conditions": record.names("condition")[:1]}},
        {"set": {"contributor": "FRA"}, "scale": 0.25},
        {"set": {"quantity": {"min": 100, "max": None, "unit": "personnel"}}},
    ]
    return {"alter": _aim(chance, record) if chance.random() < 0.2 else made, **chance.choice(ways)}


def _decide(chance: Random, record: Record) -> Json:
    kinds = [{"condition_kind": fact["kind"]} for fact in record.world if fact["type"] == "ConditionStated"]
    aims: list[Any] = [*record.names("condition"), *kinds[:3], "nothing"]
    becomes = chance.choice(("met", "failed", "waived", "open"))
    return {"decide": chance.choice(aims), "becomes": becomes, "effective_at": chance.choice(record.valid_times)}


CHANGE_MAKERS: Sequence[Callable[[Random, Record], Json]] = (_assume, _assume, _omit, _shift, _alter, _decide)


# --- what is refused --------------------------------------------------------------------------------------------------

BAD_TIMES = (
    "tomorrow",
    "2025-13",
    "2025-02-30",
    "0001-01-01T00:00:00+14:00",
    "2025-04-10/2025-04-01",
    "1200",
    "9999",
    "",
)


def _bad_reads(chance: Random, record: Record) -> Iterator[Question]:
    root, names = "/coalitions/{coalition}", {"coalition": record.slug}
    whole = record.basis(chance)
    for text in BAD_TIMES:
        for name in ("valid_at", "known_at"):
            yield get("answer", f"{root}/picture", names, whole | {name: text})
    wrong: list[tuple[str, Any]] = [
        ("/picture", {"known_axis": "heard"}), ("/picture", {"sequence": -1}), ("/picture", {"sequence": 10**6}),
        ("/picture", {"sequence": "many"}), ("/picture", {"definitions": 99}), ("/picture", {"valid": "2025"}),
        ("/picture", [("valid_at", "2025"), ("valid_at", "2026")]), ("/picture", {"min_sequence": "some"}),
        ("/timeline", {"from": "2200", "to": "2025"}), ("/timeline", {"from": "never"}), ("/why", {}),
        ("/why", {"figure": "size"}), ("/why", {"figure": "/size/nothing"}), ("/why", {"figure": "/us/1/2"}),
        ("/events", {"limit": 0}), ("/events", {"limit": 1001}), ("/events", {"limit": "all"}),
        ("/events", {"cursor": "next"}), ("/events", {"type": "Nothing"}), ("/events", {"about": ""}),
        ("/events", {"effective_from": "never"}), ("/events", {"recorded_to": "2025-99"}),
        ("/diff", {"from_valid_at": "never"}), ("/diff", {"to_sequence": 10**6}), ("/nothing", {}),
        ("/scenarios", {"status": "lost"}), ("/scenarios/nothing", {}), ("/scenarios/nothing/picture", {}),
        ("/scenarios/No/picture", {}), (f"/events/{NOWHERE}", {}), ("/events/nothing", {}),
    ]  # fmt: skip
    for path, query in wrong:
        is_added = path == "/picture" and isinstance(query, dict)
        yield get("answer", f"{root}{path}", names, whole | query if is_added else query)
    for kind in KEY_OF_KIND:
        yield get("answer", f"{root}/{kind}/{{name}}", {**names, "name": "nothing"}, whole)
        yield get("answer", f"/c/{{coalition}}/{kind}/{{name}}", {**names, "name": "nothing"}, whole)
    yield get("answer", f"{root}/picture", names, whole, Accept="text/plain")
    page = "/c/{coalition}"
    of_pages: tuple[tuple[str, Json], ...] = (
        ("", {"valid_at": "never"}), ("/why", {"figure": "/size/nothing"}), ("/charts/nothing", {}),
        ("/charts/steps.doc", {}), ("/what-if", {"change": "lost:all"}), ("/what-if", {"change": "failed:nothing"}),
        ("/what-if/chances", {"chance": "all:200"}), ("/scenarios/nothing", {}), ("/record/nothing", {}),
        ("/record", {"limit": 0}), ("/difference", {"from_valid_at": "never"}),
    )  # fmt: skip
    for path, query in of_pages:
        yield get("answer", f"{page}{path}", names, query)
    for scenario in record.scenarios[:1]:
        route = f"{root}/scenarios/{{scenario}}/picture"
        yield get("answer", route, {**names, "scenario": scenario.slug}, {"with": "everything"})
        yield get("answer", route, {**names, "scenario": scenario.slug}, {"valid_at": "never"})


def _bad_questions(chance: Random, record: Record) -> Iterator[Question]:
    root, names = "/coalitions/{coalition}", {"coalition": record.slug}
    point = record.point(chance, len(record.events)) | {"sequence": len(record.events), "known_at": "2026-05-01"}
    pledge = {"type": "PledgeMade"}
    changes: tuple[Any, ...] = (
        {}, 7, {"imagine": 1}, {"omit": NOWHERE}, {"omit": {}}, {"omit": {"pledge": "nothing"}}, {"omit": "x"},
        {"omit": {"type": "Nothing"}}, {"shift": pledge}, {"shift": pledge, "days": 1, "to": "2025"},
        {"shift": pledge, "months": 1200}, {"shift": pledge, "days": 10**6}, {"shift": pledge, "to": "never"},
        {"alter": pledge}, {"alter": pledge, "scale": -1}, {"alter": pledge, "set": {"type": "PledgeLapsed"}},
        {"alter": pledge, "set": {"level": "certain"}}, {"alter": pledge, "set": {"nothing": 1}},
        {"alter": pledge, "set": {"effective_at": "2025"}}, {"alter": {"type": "CoalitionFormed"}, "scale": 2.0},
        {"decide": "nothing", "becomes": "met", "effective_at": "2025"}, {"decide": "c", "becomes": "lost"},
        {"decide": {"condition_kind": "weather"}, "becomes": "met", "effective_at": "2025"},
        {"assume": {"type": "Nothing"}}, {"assume": {"type": "PledgeWithdrawn", "effective_at": "2025"}},
        {"assume": {"type": "PledgeWithdrawn", "pledge": "nothing", "effective_at": "2025-06"}},
        {"assume": {"type": "EventRetracted", "retracts": NOWHERE, "reason": "none"}},
    )  # fmt: skip
    for change in changes:
        yield post(f"{root}/what-if", names, {"fork": point, "changes": [change]})
    bodies: tuple[Any, ...] = (
        "", "{", "[]", "7", '{"fork": NaN}', '{"fork": {}, "fork": {}}', {"forks": {}}, {"changes": {}},
        {"fork": {"valid_at": "never"}}, {"fork": {"sequence": 10**6}}, {"fork": {"scenario": "nothing"}},
        {"fork": {"known_axis": "heard"}}, {"questions": {}}, {"questions": {"weather": {}}},
        {"questions": {"why": {}}}, {"questions": {"why": {"figure": "/nothing"}}}, {"questions": {"picture": 7}},
        {"questions": {"pledges": {"name": "nothing"}}}, {"questions": {"events": {"limit": 0}}},
        {"questions": {"picture": {"valid": "2025"}}}, {"questions": {"timeline": {"to": "never"}}},
        {"questions": {"picture": [{}] * 21}},
    )  # fmt: skip
    for body in bodies:
        body_text: Any = body if isinstance(body, str) else json.dumps({"fork": point} | body)
        yield post(f"{root}/what-if", names, body_text)
    yield post(f"{root}/what-if", names, "{}", headers={"Content-Type": "text/plain"})
    yield post(f"{root}/what-if", names, "{}", headers={"Content-Encoding": "gzip"})
    yield post(f"{root}/what-if", names, "{}", headers={"Accept": "text/plain"})
    whole = record.basis(chance)
    simulations: tuple[Json, ...] = (
        {}, {"dates": []}, {"dates": ["never"]}, {"dates": ["2025"], "draws": 1}, {"dates": ["2025"], "seed": -1},
        {"dates": ["2025"], "conditions": [{"condition": "nothing", "probability": 0.5}]},
        {"dates": ["2025"], "conditions": [{"condition": "c", "probability": 2}]},
        {"dates": ["2025"], "conditions": [{"condition": "c", "probability": 0.5}] * 2},
        {"dates": ["2025"], "quantities": [{"pledge": "nothing", "spread": "least"}]},
        {"dates": ["2025"], "spread": "wide"}, {"dates": ["2025"] * 121}, {"date": "2025"},
    )  # fmt: skip
    for simulation in simulations:
        yield post(f"{root}/simulation", names, simulation, whole)
    nothing = ["nothing"]
    sensitivities: tuple[Json, ...] = ({"groups": [[]]}, {"groups": [nothing]}, {"requirements": nothing}, {"all": 1})
    for sensitivity in sensitivities:
        yield post(f"{root}/sensitivity", names, sensitivity, whole)


def _bad_writes(chance: Random, record: Record) -> Iterator[Question]:
    """Returns invalid facts, sent with a key; each has an id, so that it stays the same if it is recorded after all."""
    route, names = "/coalitions/{coalition}/events", {"coalition": record.slug}

    def fact_of(fact: Json) -> Question:
        return post(route, names, {"event_id": str(UUID(int=chance.getrandbits(128), version=4)), **fact}, writes=True)

    yield post(route, names, record.events[0]["fact"])
    yield post("/coalitions/{coalition}/scenarios", names, {"name": "Not to be"})
    for body in ("", "{", "[]", "7", "NaN", '{"type": "PledgeMade", "type": "PledgeMade"}', '{"type": "Nothing"}'):
        yield post(route, names, body, writes=True)
    yield post(route, names, record.world[-1], headers={"Content-Type": "text/csv"}, writes=True)
    yield post(route, names, record.world[-1], headers={"If-Match": '"0"'}, writes=True)
    yield post(route, names, {**record.events[-1]["fact"], "event_id": record.ids[-1]}, writes=True)
    by_type = {fact["type"]: fact for fact in reversed(record.contents)}
    for name, fact in sorted(by_type.items()):
        kept = {key: value for key, value in fact.items() if key != "event_id"}
        dropped = chance.choice([key for key in sorted(kept) if key != "type"])
        yield fact_of({key: value for key, value in kept.items() if key != dropped})
        yield fact_of(kept | {"nothing": name})
        yield fact_of(kept | {"sources": []})
        yield fact_of({key: 7 if isinstance(value, str) and key != "type" else value for key, value in kept.items()})
        if name not in ABOUT_THE_RECORD:
            yield fact_of(kept | {"effective_at": "1990-01-01"})
    for kind in ("EventRetracted", "EventCorrected", "SourceAdded"):
        aim = {"EventRetracted": "retracts", "EventCorrected": "corrects", "SourceAdded": "event"}[kind]
        more = {"replacement": record.world[-1]} if kind == "EventCorrected" else {}
        sources = {"sources": [{"publisher": "AFP"}]} if kind == "SourceAdded" else {"reason": "none"}
        yield fact_of({"type": kind, aim: NOWHERE, **more, **sources})
    for scenario in record.scenarios:
        scenario_names = {**names, "scenario": scenario.slug}
        refused: tuple[tuple[str, Json], ...] = (
            ("changes", {"changes": []}), ("changes", {"changes": [{"omit": NOWHERE}]}), ("changes/99/remove", {}),
            ("rebase", {"fork": {"sequence": 10**6}}), ("rebase", {"fork": {"scenario": scenario.slug}}),
            ("close", {"reason": ""}),
        )  # fmt: skip
        for end, wrong in refused:
            path = f"/coalitions/{{coalition}}/scenarios/{{scenario}}/{end}"
            yield post(path, scenario_names, wrong, writes=True)
        again = {"scenario": scenario.slug, "name": "Again"}
        yield post("/coalitions/{coalition}/scenarios", names, again, writes=True)
