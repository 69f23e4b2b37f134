"""Shows whether a refactoring leaves the answers of the service byte for byte the same.

Three commands; run the second in a checkout from before and again in one from after::

    python -m benchmarks.answers make STORE.sqlite3
    python -m benchmarks.answers record STORE.sqlite3 BEFORE.ndjson
    python -m benchmarks.answers compare BEFORE.ndjson AFTER.ndjson

``make`` fills a store: the example, a coalition with every type of fact, random and generated histories, and saved
scenarios. ``record`` asks a copy of it several thousand questions in process. The questions follow from the store and
a seed alone, and each fixes a whole basis, so they depend neither on the clock nor on the code. ``compare`` counts
equal and different answers, shows the first differences, and exits with 1 if an answer of the API differs.

Answers have one of four kinds: ``answer`` (the API), ``refusal`` (any status from 400 on), ``twin`` (a page as JSON,
CSV or SVG) and ``page`` (what people read: HTML, the OpenAPI document, the types of problems). To record, only the
application factory, the settings and the root of ``domain.ledger`` are imported, so that this file and
``api_questions.py`` run unchanged with the code from before and after.
"""

import argparse
import difflib
import json
import sqlite3
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from random import Random
from time import perf_counter

from fastapi.testclient import TestClient

from benchmarks.api_questions import CHANGE_MAKERS, SEED, Json, Question, Record, questions_of, records_in

NOW_US = 1_780_000_000_000_000
"""The time on the clock of the recorded service: a day in 2026, after everything in the store."""

HEADERS = ("etag", "cache-control", "content-type", "content-disposition", "link", "vary", "allow", "www-authenticate")
"""The headers that are compared."""


# --- the service ------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that is advanced by hand."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us


@contextmanager
def service_on(store: Path, clock: Clock) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """Run the application over a store in this process; yields a client, and the header that allows it to write."""
    from api.app import create_app
    from api.settings import Settings
    from domain.ledger import Keys, Ledger

    url = f"sqlite:///{store}"
    settings = Settings.from_environment({"COALITION_DATABASE_URL": url, "COALITION_WORK_SECONDS": "600"})
    ledger = Ledger(url, clock)
    try:
        app = create_app(ledger, settings, clock)
        key = {"Authorization": f"Bearer {Keys(ledger).add('desk')}"}
        with TestClient(
            app,
            base_url="http://localhost",
            client=("127.0.0.1", 50_000),
            raise_server_exceptions=False,
            follow_redirects=False,
        ) as client:
            yield client, key
    finally:
        ledger.close()


# --- recording --------------------------------------------------------------------------------------------------------


def record_answers(store: Path, out: Path) -> None:
    """Ask a copy of the store all questions, and write the answers, one a line."""
    questions = list(questions_of(records_in(store)))
    kinds: Counter[str] = Counter()
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sqlite3"
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        with service_on(copy, Clock(NOW_US)) as (client, key), out.open("w", encoding="utf-8") as lines:
            for question in questions:
                line = _answer(client, key, question)
                kinds[line["kind"]] += 1
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{out}: {kinds.total():,} answers in {perf_counter() - begun:.0f} s: {counts}")


def _answer(client: TestClient, key: dict[str, str], question: Question) -> Json:
    headers = {**question.headers, **(key if question.writes else {})}
    content = None if question.body is None else question.body.encode()
    answer = client.request(question.method, question.address, headers=headers, content=content)
    if question.method == "GET":
        again = client.get(question.address, headers=headers)
        alike = [(one.status_code, one.content, one.headers) for one in (answer, again)]
        assert alike[0] == alike[1], f"a second answer differs from the first: {question.address}"
    return {
        "kind": "refusal" if answer.status_code >= 400 else question.kind,
        "route": f"{question.method} {question.route}",
        "request": {name: value for name, value in asdict(question).items() if name not in ("kind", "route")},
        "status": answer.status_code,
        "headers": {name: answer.headers[name] for name in HEADERS if name in answer.headers},
        "body": answer.text,
    }


# --- comparing --------------------------------------------------------------------------------------------------------

SHOWN_A_ROUTE = 3
LINES_SHOWN = 24


def compare(before: Path, after: Path, *, with_tags: bool = True) -> int:
    """Print what is equal and what differs; returns 1 if an answer of the API differs, 2 if the questions differ."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    with before.open(encoding="utf-8") as one, after.open(encoding="utf-8") as other:
        for number, (old_line, new_line) in enumerate(zip_longest(one, other, fillvalue="{}"), 1):
            old, new = json.loads(old_line), json.loads(new_line)
            if old.get("request") != new.get("request"):
                print(f"line {number}: the questions differ; record both from the same store with the same script")
                return 2
            if not with_tags:
                for answer in (old, new):
                    answer["headers"].pop("etag", None)
            place = ("answer" if "answer" in (old["kind"], new["kind"]) else old["kind"], old["route"])
            differs = any(old[part] != new[part] for part in ("status", "headers", "body"))
            counts[place]["different" if differs else "equal"] += 1
            counts[place]["another status"] += old["status"] != new["status"]
            if differs and len(shown[place]) < SHOWN_A_ROUTE:
                shown[place].append(_difference(old, new))
    _print_counts(counts)
    for (kind, route), differences in sorted(shown.items()):
        print(f"\n=== {kind}: {route}")
        print("\n".join(differences))
    return int(any(count["different"] for (kind, _), count in counts.items() if kind == "answer"))


def _print_counts(counts: Mapping[tuple[str, str], Counter[str]]) -> None:
    columns = ("equal", "different", "another status")
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for (kind, _), count in counts.items():
        totals[kind].update(count)
    print(f"{'':8} {''.join(f'{name:>15}' for name in columns)}")
    for kind, count in sorted(totals.items()):
        print(f"{kind:8} {''.join(f'{count[name]:15,}' for name in columns)}")
    print()
    for (kind, route), count in sorted(counts.items()):
        print(f"{kind:8} {''.join(f'{count[name]:15,}' for name in columns)}  {route}")


def _difference(old: Json, new: Json) -> str:
    """Returns a short, readable difference between two answers."""
    request = old["request"]
    body = f"\n    {request['body'][:300]}" if request["body"] else ""
    lines = list(difflib.unified_diff(_laid_out(old), _laid_out(new), "before", "after", n=2, lineterm=""))[2:]
    rest = [f"… {len(lines) - LINES_SHOWN} more lines"] if len(lines) > LINES_SHOWN else []
    shown = [*lines[:LINES_SHOWN], *rest] or ["nothing but the ETag, or how the JSON is spaced"]
    return "\n".join([f"--- {request['method']} {request['address']}{body}", *(f"    {line[:200]}" for line in shown)])


def _laid_out(line: Json) -> list[str]:
    """Returns status, headers and body, line by line; without the ETag, which depends on the body."""
    headers = [f"{name}: {value}" for name, value in line["headers"].items() if name != "etag"]
    try:
        body = json.dumps(json.loads(line["body"]), indent=1, ensure_ascii=False).splitlines()
    except ValueError:
        body = line["body"].splitlines()
    return [str(line["status"]), *headers, *body]


# --- making -----------------------------------------------------------------------------------------------------------


def make(store: Path) -> None:
    """Fill a new store."""
    if store.exists():
        sys.exit(f"{store} is there already")
    store.parent.mkdir(parents=True, exist_ok=True)
    clock = Clock(0)
    with service_on(store, clock) as (client, key):
        for slug, lists in _histories():
            recorded = 0
            for clock.now_us, facts in lists:
                answer = client.post(f"/coalitions/{slug}/events", json=facts, headers=key)
                recorded += answer.status_code == 201
            print(f"{slug}: {recorded} of {len(lists)} lists of facts recorded")
    records = records_in(store)
    clock.now_us = NOW_US - 10**9
    with service_on(store, clock) as (client, key):
        for record in records:
            _save_scenarios(client, key, record)
    with closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the store is one file that can be copied
    for record in records_in(store):
        types = len({fact["type"] for fact in record.contents} | {event["fact"]["type"] for event in record.events})
        scenarios = ", ".join(scenario.slug for scenario in record.scenarios)
        print(f"{record.slug}: {len(record.events)} events of {types} types; scenarios {scenarios}")


def _histories() -> Iterator[tuple[str, list[tuple[int, list[Json]]]]]:
    """Returns for each coalition lists of facts, and when each is recorded (microseconds since the epoch)."""
    import yaml

    from benchmarks.generator import events
    from domain.times import instant_us
    from tests.api.rich_coalition import lists
    from tests.oracle.random_facts import FOUNDING
    from tests.oracle.random_histories import _script

    start_us, day_us = instant_us("2025-06-01T12:00:00Z"), 86_400_000_000
    examples = sorted((Path(__file__).parents[1] / "examples" / "willing").glob("*.yaml"))
    example = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in examples]
    yield "willing", [(start_us + day * day_us, facts) for day, facts in enumerate(example)]
    yield "rich", [(start_us + day * day_us, facts) for day, facts in enumerate(lists())]
    for number in range(5):
        chance = Random(f"{SEED} history {number}")
        numbers = [chance.randrange(2**16) for _ in range(120)]
        script = _script(tuple(chance.randrange(2**16) for _ in FOUNDING), numbers)
        yield f"random-{number}", [(attempt.recorded_us, attempt.facts) for attempt in script]
    generated = events(500, standing=60, seed=SEED)
    yield (
        "generated",
        [(instant_us(event["recorded_at"]), [event["fact"] | {"event_id": event["event_id"]}]) for event in generated],
    )


def _save_scenarios(client: TestClient, key: dict[str, str], record: Record) -> None:
    """Returns scenarios with changes of every kind, one forked from another, one rebased, one closed."""
    chance = Random(f"{SEED} {record.slug} scenarios")
    root, length = f"/coalitions/{record.slug}/scenarios", len(record.events)

    def posted(path: str, body: Json) -> bool:
        return client.post(f"{root}{path}", json=body, headers=key).status_code == 201

    whole = {"valid_at": "2025-06-01", "known_at": "2026-01-01", "known_axis": "recorded", "sequence": length}
    forks: dict[str, Json] = {
        "first": whole,
        "reported": {**whole, "known_axis": "reported", "valid_at": "2025-05"},
        "early": {**whole, "sequence": length * 2 // 3, "valid_at": "2025-04-20"},
        "on-first": {"scenario": "first"},
        "closed": whole,
    }
    for slug, fork in forks.items():
        opened = posted("", {"scenario": slug, "name": f"Scenario {slug}", "fork": fork})
        assert opened, (record.slug, slug)
        for maker in CHANGE_MAKERS:
            for _ in range(20):
                if posted(f"/{slug}/changes", {"changes": [maker(chance, record)], "note": "to see"}):
                    break
    posted("/first/changes/2/remove", {"note": "not this one"})
    posted("/early/rebase", {"fork": {"sequence": length - 1, "known_at": "2026-01-01"}})
    posted("/closed/close", {"reason": "answered"})


def main() -> None:
    """Make, record or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("make", help="fill a store for the questions")
    one.add_argument("store", type=Path)
    one = commands.add_parser("record", help="ask a copy of the store, and write the answers")
    one.add_argument("store", type=Path)
    one.add_argument("out", type=Path)
    one = commands.add_parser("compare", help="hold two recordings against each other")
    one.add_argument("before", type=Path)
    one.add_argument("after", type=Path)
    one.add_argument("--without-tags", action="store_true", help="after a change to what tags are made from")
    options = parser.parse_args()
    if options.command == "make":
        make(options.store)
    elif options.command == "record":
        record_answers(options.store, options.out)
    else:
        sys.exit(compare(options.before, options.after, with_tags=not options.without_tags))


if __name__ == "__main__":
    main()
