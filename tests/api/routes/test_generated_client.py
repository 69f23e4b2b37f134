"""A client that openapi-python-client makes from the OpenAPI document works against a running service."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running.service import Service, running

SESSION = '''
import json
import sys

from ledger_client import AuthenticatedClient, Client
from ledger_client.api.read import list_coalitions, list_events, list_pledges, read_difference, read_picture
from ledger_client.api.read import read_pledges_item, read_timeline, read_why
from ledger_client.api.record import record_facts
from ledger_client.api.scenarios import open_scenario, read_scenario
from ledger_client.api.what_if import ask_what_if
from ledger_client.api.what_if import read_scenario_picture as read_picture_of_scenario
from ledger_client.models import CoalitionFormed, PledgeMade, PledgeMadeCapability, PledgeMadeLevel, ProblemDocument
from ledger_client.models import Alter, NewScenario, Quantity, Selector, Source, WhatIf

url, key = sys.argv[1:]
writer, reader = AuthenticatedClient(base_url=url, token=key), Client(base_url=url)
read = Source(publisher="AFP", published_on="2025-04-10", quote="1,000 to 3,000", accessed_on="2025-04-11",
              archived_url="https://web.example.org/1")
about = {"effective_at": "2025-04-10", "sources": [read]}
formed = CoalitionFormed(type_="CoalitionFormed", name="Coalition of the willing", **about)
pledged = PledgeMade(
    type_="PledgeMade", pledge="gbr-ground", contributor="GBR", level=PledgeMadeLevel.PLEDGED,
    capability=PledgeMadeCapability.GROUND_FORCES,
    quantity=Quantity(min_=1000, max_=3000, unit="personnel"), **about,
)
first = record_facts.sync_detailed("willing", client=writer, body=[formed, pledged], idempotency_key="k-1")
again = record_facts.sync_detailed("willing", client=writer, body=[formed, pledged], idempotency_key="k-1")
refused = record_facts.sync("willing", client=writer, body=pledged)
picture = read_picture.sync("willing", client=reader, valid_at="2025-04-10", min_sequence=first.headers["etag"])
events = list_events.sync("willing", client=reader).items
why = read_why.sync("willing", client=reader, figure="/size/available/max")
assert isinstance(refused, ProblemDocument)
halved = Alter(alter=Selector(contributor="GBR"), scale=0.5)
asked = ask_what_if.sync("willing", client=reader, body=WhatIf(changes=[halved]))
body = NewScenario(name="Half of it", changes=[halved])
saved = open_scenario.sync("willing", client=writer, body=body, idempotency_key="k-2")
half = read_picture_of_scenario.sync("willing", saved.scenario, client=reader)
json.dump({
    "status": first.status_code, "recorded": [event.fact.to_dict()["type"] for event in first.parsed.events],
    "same": first.content == again.content, "refused": refused.type_, "rule": refused.errors[0].rule,
    "available": [picture.size.available.min_, picture.size.available.max_], "sequence": picture.basis.sequence,
    "name": picture.name, "coalitions": [one.coalition for one in list_coalitions.sync(client=reader).coalitions],
    "pledges": [one.pledge for one in list_pledges.sync("willing", client=reader).items],
    "history": [one.event.fact.type_ for one in read_pledges_item.sync("willing", "gbr-ground", client=reader).history],
    "events": [type(event.fact).__name__ for event in events],
    "sources": events[1].fact.sources == [read], "why": [one.pledge.pledge for one in why.pledges],
    "points": len(read_timeline.sync("willing", client=reader).points),
    "what_if": asked.picture.scenario.size.available.min_, "half": half.size.available.max_,
    "scenario": [change.number for change in read_scenario.sync("willing", saved.scenario, client=reader).changes],
    "changes": len(read_difference.sync("willing", client=reader, from_valid_at="2025-04-09").changes) > 0,
}, sys.stdout)
'''  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service on an empty ledger."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('client') / 'ledger.sqlite3'}") as running_service:
        yield running_service


def test_a_generated_client_records_a_pledge_and_reads_the_picture(service: Service, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(httpx.get(f"{service.url}/openapi.json").content)
    # The generator formats with ruff, which stands beside the interpreter.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    generated = subprocess.run(
        ["openapi-python-client", "generate", "--path=openapi.json", "--output-path=ledger_client", "--meta=none"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert generated.returncode == 0, generated.stdout + generated.stderr
    # It knows no lines of JSON; it leaves nothing else out.
    output = generated.stdout + generated.stderr
    messages = re.findall(r"^(?:WARNING|Unable|Cannot|Unsupported).*$", output, re.MULTILINE)
    about = [line for line in messages if line.startswith("WARNING")]
    assert [line.split()[2:4] for line in about] == [
        ["GET", "/coalitions/{coalition}/export"], ["POST", "/coalitions/{coalition}/events"],
    ], output  # fmt: skip
    others = [line for line in messages if line not in about]
    assert len(others) == len(about), output
    assert all(re.search(r"[Uu]nsupported content.type application/x-ndjson", line) for line in others), output
    session = subprocess.run(
        [sys.executable, "-c", SESSION, service.url, service.key],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert session.returncode == 0, session.stderr
    assert json.loads(session.stdout) == {
        "status": 201,
        "recorded": ["CoalitionFormed", "PledgeMade"],
        "same": True,
        "refused": "/problems/rule-broken",
        "rule": "IdAlreadyUsed",
        "available": [1000, 3000],
        "sequence": 2,
        "name": "Coalition of the willing",
        "coalitions": ["willing"],
        "pledges": ["gbr-ground"],
        "history": ["PledgeMade"],
        "events": ["CoalitionFormed", "PledgeMade"],
        "sources": True,
        "why": ["gbr-ground"],
        "points": 1,
        "what_if": 500,
        "half": 1500,
        "scenario": [1],
        "changes": True,
    }
