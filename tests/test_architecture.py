"""What import-linter cannot say: the domain knows two things only, and nothing below asks what time it is."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEDGER = ROOT / "domain" / "ledger"
DOMAIN = [path for path in sorted((ROOT / "domain").rglob("*.py")) if LEDGER not in path.parents]
PURE = [*DOMAIN, *sorted((ROOT / "projections").rglob("*.py"))]
KNOWN = {"domain", "pydantic", "pydantic_core", "typing_extensions", "annotated_types"} | sys.stdlib_module_names

# Asking for any of these makes an answer depend on more than the question.
IMPURE_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "input", "print"}


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
def test_no_clock_no_chance_no_io_below_the_ledger_and_the_service(path: Path) -> None:
    assert set(called(ast.parse(path.read_text()))) & IMPURE_CALLS == set()
