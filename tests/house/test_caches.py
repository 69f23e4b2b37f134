"""Every bounded cache is in the list in ``domain/lru.py``, and nothing else is."""

import ast
import re
from pathlib import Path

from domain import lru

ROOT = Path(__file__).parents[2]
SHIPPED = [path for package in ("domain", "projections", "api") for path in sorted((ROOT / package).rglob("*.py"))]
CACHES = {"Lru", "LruOfEach", "lru_cache", "WeakKeyDictionary", "WeakValueDictionary", "OrderedDict"}


def test_the_list_of_caches_is_complete() -> None:
    listed = re.findall(r"``((?:domain|projections|api)/\S+\.py)``", lru.__doc__ or "")
    users = {
        str(path.relative_to(ROOT))
        for path in SHIPPED
        if path.name != "__init__.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and CACHES & {alias.name for alias in node.names}) or _is_kept(node)
    }
    assert sorted(listed) == sorted(users - {"domain/lru.py"})


def _is_kept(node: ast.AST) -> bool:
    """Whether a value is put into the memory that the process has for what it keeps."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"put", "keep"}
        and ast.unparse(node.func.value).endswith("memory")
    )
