"""In continuous integration a skipped test is a failed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

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
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        f"--rootdir={directory}",
        str(directory),
    ]
    done = subprocess.run(command, check=False, cwd=directory, env=environment, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("ci", "closing"),
    [
        # A marked test fails while it is set up, a module while it is collected: pytest calls that an error.
        pytest.param("true", "1 failed, 1 passed, 1 xfailed, 2 errors", id="in CI"),
        pytest.param("", "1 passed, 3 skipped, 1 xfailed", id="elsewhere"),
    ],
)
def test_a_skip_fails_in_ci_and_only_there(tmp_path: Path, ci: str, closing: str) -> None:
    (tmp_path / "test_some.py").write_text(SKIPS)
    (tmp_path / "test_whole.py").write_text(SKIPS_AS_A_WHOLE)
    assert outcome(tmp_path, ci).startswith(closing)
