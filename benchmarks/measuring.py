"""What all measurements share: the stores that they read, and statistics."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.generator import COALITION, cache_file, stored_events
from domain.ledger import Ledger


def sqlite_with(count: int, standing: int = 300, seed: int = 1) -> str:
    """Returns the URL of an SQLite file with ``count`` events, which is made if it does not exist yet."""
    path = cache_file(f"ledger-{count}-{standing}-{seed}.sqlite3")
    url = f"sqlite:///{path}"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        ledger = Ledger(f"sqlite:///{unfinished}")
        ledger.restore(COALITION, stored_events(count, standing, seed))
        ledger.close()
        unfinished.rename(path)
    return url


def quantile(values: Sequence[float], share: float) -> float:
    """Returns the value below which a share of the values lies."""
    return statistics.quantiles(values, n=1000)[round(share * 1000) - 1]


def resident_bytes() -> int:
    """Returns the resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pid: int) -> float:
    """Returns the processor's time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> str:
    """Returns a description of the machine and the interpreter."""
    return f"{os.cpu_count()} cores, {platform.machine()}, CPython {platform.python_version()}, {sys.platform}"
