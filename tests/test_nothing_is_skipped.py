"""In continuous integration a skipped test is a failed one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

OUR_HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
SKIPS = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no time")
def test_marked(): pass

def test_decides_itself(): pytest.skip("no database")

@pytest.mark.xfail(reason="known", strict=True)
def test_known_to_fail(): assert False
"""
SKIPS_AS_A_WHOLE = "import pytest\npytest.importorskip('a_module_that_nobody_has')\n"


def outcome(directory: Path, ci: str) -> str:
    """Run pytest below `directory` with our hooks, and give its closing line."""
    (directory / "conftest.py").write_text(OUR_HOOKS)
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={directory}", str(directory)]
    done = subprocess.run(command, check=False, cwd=directory, env=environment, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_a_skipped_test_fails_in_ci_and_only_there(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(SKIPS)
    assert outcome(tmp_path, ci="true").startswith("2 failed, 1 passed, 1 xfailed")
    assert outcome(tmp_path, ci="").startswith("1 passed, 2 skipped, 1 xfailed")


def test_a_skipped_module_fails_in_ci_and_only_there(tmp_path: Path) -> None:
    (tmp_path / "test_whole.py").write_text(SKIPS_AS_A_WHOLE)
    assert outcome(tmp_path, ci="true").startswith("1 error")
    assert outcome(tmp_path, ci="").startswith("1 skipped")
