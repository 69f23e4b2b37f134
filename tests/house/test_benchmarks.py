"""The benchmarks run in a fresh clone, which has no folder of generated files yet."""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.generator import CACHE
from tests.running.service import clean_environment

ROOT = Path(__file__).parents[2]


def test_a_benchmark_runs_in_a_fresh_clone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks", ignore=shutil.ignore_patterns(CACHE.name))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cold_load", "--facts", "200"],
        cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ledger: 200 facts" in done.stdout
