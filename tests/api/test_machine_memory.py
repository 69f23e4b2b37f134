"""How much memory a process may use, and how much of it a service keeps."""

import os
from pathlib import Path

import pytest

from api.machine_memory import machine_memory_bytes
from api.settings import Settings, UnusableSettings
from tests.running.in_process import serving

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def limited(folder: Path, own_groups: str, **limits: str) -> int:
    """The memory of a process in some control groups; the limits by their files, with ``__`` for a slash."""
    (folder / "own").write_text(own_groups)
    for name, limit in limits.items():
        file = folder / "groups" / name.replace("__", "/").replace("_max", ".max").replace("_limit", ".limit_in_bytes")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{limit}\n")
    return machine_memory_bytes(folder / "groups", folder / "own")


@pytest.mark.parametrize(
    ("own_groups", "limits", "allowed"),
    [
        ("0::/system.slice/ledger.service\n", {"system__memory_max": "1"}, MACHINE),
        ("0::/a/b\n", {"a__b__memory_max": "max"}, MACHINE),
        ("0::/a/b\n", {"a__b__memory_max": "9000000"}, 9_000_000),
        ("0::/a/b\n", {"a__b__memory_max": "9000000", "a__memory_max": "5000000"}, 5_000_000),
        ("0::/outside/the/container\n", {"memory_max": "7000000"}, 7_000_000),
        ("4:memory:/a\n0::/\n", {"memory__a__memory_limit": "6000000"}, 6_000_000),
        ("4:memory:/docker/abc\n", {"memory__memory_limit": "6000000"}, 6_000_000),
        ("4:memory:/a\n", {"memory__a__memory_limit": str(2**63)}, MACHINE),
        ("3:cpu:/a\n", {"cpu__a__memory_limit": "6000000"}, MACHINE),
    ],
)
def test_the_least_of_the_machine_and_its_control_groups_counts(
    tmp_path: Path, own_groups: str, limits: dict[str, str], allowed: int
) -> None:
    assert limited(tmp_path, own_groups, **limits) == allowed


def test_a_machine_without_control_groups_has_its_own_memory(tmp_path: Path) -> None:
    assert machine_memory_bytes(tmp_path, tmp_path / "none") == MACHINE


@pytest.mark.parametrize(("text", "size"), [("512MB", 512_000_000), ("4GB", 4_000_000_000), ("4 GB", 4_000_000_000)])
def test_the_memory_of_a_service_is_a_setting(text: str, size: int) -> None:
    assert Settings.from_environment({"COALITION_MEMORY": text}).memory_bytes == size


def test_by_default_it_is_half_of_the_memory() -> None:
    assert Settings.from_environment({}).memory_bytes == machine_memory_bytes() // 2


@pytest.mark.parametrize("text", ["512", "0MB", "-1GB", "1.5GB", "4TB", "much", "99999999MB"])
def test_another_amount_is_refused(text: str) -> None:
    with pytest.raises(UnusableSettings, match="COALITION_MEMORY must be an amount such as 512MB or 4GB"):
        Settings.from_environment({"COALITION_MEMORY": text})


def test_worker_processes_divide_it(sqlite_url: str) -> None:
    with serving(sqlite_url, memory_bytes=900, workers=3) as service:
        assert service.ledger.memory.limit_bytes == 300
