"""How much memory this process may use: the machine's, or the limit of its control group if that is less (Linux)."""

import os
from collections.abc import Iterator
from pathlib import Path

GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def machine_memory_bytes(groups: Path = GROUPS, own_groups: Path = OWN_GROUPS) -> int:
    """Return the memory of the machine, or the least that its own control group or one around it allows.

    ``groups`` is where the limits of all groups are found, ``own_groups`` names those of this process (cgroups(7)). In
    a container the group may be named by its path outside, while its limit is at the root: both are looked at.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (_limit_in(file) for file in _files(groups, own_groups))
    return min([machine, *(limit for limit in limits if limit is not None)])


def _files(groups: Path, own_groups: Path) -> Iterator[Path]:
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            root, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        own = root / path.lstrip("/")
        for group in (own, *own.parents):
            yield group / name
            if group == root:
                break


def _limit_in(file: Path) -> int | None:
    """The bytes that a file names; ``None`` if there is no such file, or no limit in it."""
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and int(text) > 0 else None
