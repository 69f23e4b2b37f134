"""A what-if as a branch of a database: DoltLite in an environment of its own, for ``benchmarks/what_if.py``."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import quantile
from domain.events import Event

ROOT = Path(__file__).parent.parent
DOLTLITE = "doltlite==0.51.3"


def ask_doltlite(events: Sequence[Event]) -> float | None:
    """Returns the median seconds of a question on a branch; ``None`` if DoltLite cannot be installed or run here."""
    uv = shutil.which("uv", path=f"{ROOT / '.uv' / 'bin'}:/usr/local/bin:/usr/bin")
    if uv is None:
        return None
    script = str(ROOT / "benchmarks" / "in_doltlite.py")
    with tempfile.TemporaryDirectory() as folder:
        command = [uv, "run", "--no-project", "--quiet", "--python", sys.executable, "--with", DOLTLITE, script]
        done = subprocess.run(
            [*command, f"{folder}/branches.db"],
            input="\n".join(map(json.dumps, _rows(events))),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stderr.strip()[-300:], file=sys.stderr)
        return None
    return quantile(json.loads(done.stdout), 0.5)


def _rows(events: Sequence[Event]) -> Iterator[list[Any]]:
    """Returns what each event left of its pledge: (sequence, pledge, contributor, least, most, is_over)."""
    left: dict[str, list[Any]] = {}
    for event in events:
        fact: Any = event.fact
        name = getattr(fact, "pledge", None)
        if fact.type == "PledgeMade":
            left[fact.pledge] = [fact.contributor, 0, 0, False]
        if not isinstance(name, str) or name not in left:
            continue
        quantity = getattr(fact, "quantity", None)
        if fact.type in ("PledgeMade", "PledgeAmended") and quantity is not None:
            left[name][1:3] = [quantity.min or 0, quantity.max or 0]
        left[name][3] = left[name][3] or (fact.type in ("PledgeWithdrawn", "PledgeLapsed") and quantity is None)
        yield [event.sequence, name, *left[name]]
