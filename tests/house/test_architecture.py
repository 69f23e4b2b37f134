"""Rules beyond import-linter: the domain imports only the standard library and pydantic, nothing below the ledger reads
a clock, and packages whose internals are used are bounded in version."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "domain" / "ledger"
DOMAIN = [path for path in sorted((ROOT / "domain").rglob("*.py")) if LEDGER not in path.parents]
PURE = [*DOMAIN, *sorted((ROOT / "projections").rglob("*.py"))]
KNOWN = {"domain", "pydantic", "pydantic_core", "typing_extensions", "annotated_types"} | sys.stdlib_module_names

# Asking for any of these makes an answer depend on more than the question.
IMPURE_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "input", "print"}

SHIPPED = [path for package in ("domain", "projections", "api") for path in sorted((ROOT / package).rglob("*.py"))]
UNDOCUMENTED = ("fastapi.dependencies", "fastapi.utils")
"""Modules that their package's reference leaves out, although their names have no leading underscore."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.Module) -> Iterator[str]:
    """Name each package that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def called(tree: ast.Module) -> Iterator[str]:
    """Name each function or method that a module calls, without what it is called on."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                yield name


@pytest.mark.parametrize("path", DOMAIN, ids=name_of)
def test_the_domain_imports_the_standard_library_and_pydantic(path: Path) -> None:
    assert set(imported(ast.parse(path.read_text()))) - KNOWN == set()


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_domain_and_projections_have_no_clock_randomness_or_io(path: Path) -> None:
    assert set(called(ast.parse(path.read_text()))) & IMPURE_CALLS == set()


# --- what others may change without notice ----------------------------------------------------------------------------


def internals(tree: ast.Module) -> Iterator[str]:
    """Name each package of which a module imports what is not public."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        parts = [*node.module.split("."), *(alias.name for alias in node.names)]
        is_undocumented = any(f"{node.module}.".startswith(f"{module}.") for module in UNDOCUMENTED)
        if is_undocumented or any(part.startswith("_") and not part.startswith("__") for part in parts):
            yield parts[0]


def requirements() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {required.name: required for required in map(Requirement, project["dependencies"])}


def test_a_package_whose_internals_are_used_has_an_upper_version_bound() -> None:
    used = {package for path in SHIPPED for package in internals(ast.parse(path.read_text()))}
    bounded = {
        name
        for name, required in requirements().items()
        if any(part.operator in ("<", "<=", "==", "~=") for part in required.specifier)
    }
    assert "fastapi" in used
    assert used - bounded == set()
