"""The licences of the locked packages, as tables for ``licences.md``, from the metadata of each package.

A package whose licence is not among those accepted here stops ``make docs`` and the tests: someone has to decide first.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, NamedTuple

LOCK = Path(__file__).parents[1] / "uv.lock"
PROJECT = "coalition-ledger"

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "PSF-2.0", "PostgreSQL", "Zlib",
}  # fmt: skip
WEAK_COPYLEFT = {"LGPL-3.0-only", "MPL-2.0"}
"""Whoever changes such a package publishes the change under the same licence; what only uses it is not affected."""

IN_ITS_FILE = {
    "axe-playwright-python": "MIT", "jinja2": "BSD-3-Clause", "markdown-it-py": "MIT", "mdurl": "MIT",
    "pathspec": "MPL-2.0", "resvg-py": "MIT",
}  # fmt: skip
"""What the licence file of a package says whose metadata name no licence."""

ELSEWHERE = {
    "colorama": ("BSD-3-Clause", "Windows"),
    "tzdata": ("Apache-2.0", "Windows"),
    "httpx2-jsfetch": ("not known", "Python in a browser, which this project does not support"),
}
"""Locked packages that are not installed on Linux or macOS: their licences, and where they would be installed."""

OTHER_SPELLINGS = {
    "Apache 2.0": "Apache-2.0", "BSD 2-Clause License": "BSD-2-Clause", "ISC License": "ISC", "MIT License": "MIT",
}  # fmt: skip
"""Names that older metadata use for a licence, and its SPDX identifier."""


class LockedPackage(NamedTuple):
    """A package with its version, its licence as an SPDX expression, and whether the service needs it to run."""

    name: str
    version: str
    licence: str
    is_needed_to_run: bool


class UndecidedLicence(ValueError):
    """A package states no licence, or one that nobody has accepted yet."""


def locked_packages() -> list[LockedPackage]:
    """Every package in ``uv.lock`` that is installed here. Raises ``UndecidedLicence``."""
    packages = {package["name"]: package for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]}
    needed = _needed_to_run(packages)
    return [
        LockedPackage(name, package["version"], licence_of(name), name in needed)
        for name, package in packages.items()
        if name != PROJECT and name not in ELSEWHERE
    ]


def licence_of(name: str) -> str:
    """The licence of an installed package. Raises ``UndecidedLicence``."""
    try:
        stated = _stated(metadata(name))
    except PackageNotFoundError:
        raise UndecidedLicence(f"{name} is locked but not installed: run `make install`") from None
    if stated is None and name not in IN_ITS_FILE:
        raise UndecidedLicence(f"{name} names no licence: read its licence file, and add it to IN_ITS_FILE")
    licence = stated or IN_ITS_FILE[name]
    undecided = set(re.findall(r"[\w.+-]+", licence)) - {"AND", "OR"} - PERMISSIVE - WEAK_COPYLEFT
    if undecided:
        raise UndecidedLicence(f"{name} is under {licence}: nobody has accepted {', '.join(sorted(undecided))} yet")
    return licence


def _stated(about: PackageMetadata) -> str | None:
    """What the metadata say: an SPDX expression, or the older field if it has one line."""
    licence = about.get("License-Expression") or about.get("License")
    if not licence or "\n" in licence:
        return None
    return OTHER_SPELLINGS.get(licence, licence)


def _needed_to_run(packages: dict[str, Any]) -> set[str]:
    """The packages that the project depends on, directly or not, without the tools of its developers."""
    found: set[str] = set()
    waiting = list(packages[PROJECT]["dependencies"])
    while waiting:
        wanted = waiting.pop()
        package = packages[wanted["name"]]
        more = [one for extra in wanted.get("extra", ()) for one in package["optional-dependencies"][extra]]
        if wanted["name"] not in found:
            more += package.get("dependencies", ())
        found.add(wanted["name"])
        waiting += more
    return found


def tables() -> dict[str, Iterator[str]]:
    """The generated parts of ``licences.md``. Raises ``UndecidedLicence``."""
    packages = locked_packages()
    return {
        "needed_to_run": _table(one for one in packages if one.is_needed_to_run),
        "for_developers": _table(one for one in packages if not one.is_needed_to_run),
        "elsewhere": _elsewhere(),
    }


def _table(packages: Iterator[LockedPackage]) -> Iterator[str]:
    yield "| package | version | licence |\n|---|---|---|"
    yield from (f"| {one.name} | {one.version} | {one.licence} |" for one in packages)


def _elsewhere() -> Iterator[str]:
    yield "| package | licence | installed on |\n|---|---|---|"
    yield from (f"| {name} | {licence} | {where} |" for name, (licence, where) in ELSEWHERE.items())
