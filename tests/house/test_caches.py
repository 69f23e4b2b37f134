"""Every bounded cache is in the list in ``domain/lru.py``, and nothing else is."""

import ast
import re
from pathlib import Path

from domain import lru

ROOT = Path(__file__).parents[2]
SHIPPED = [path for package in ("domain", "projections", "api") for path in sorted((ROOT / package).rglob("*.py"))]
CACHES = {"Lru", "LruOfEach", "lru_cache", "WeakKeyDictionary", "WeakValueDictionary", "OrderedDict", "Memory"}


def test_the_list_of_caches_is_complete() -> None:
    listed = re.findall(r"``((?:domain|projections|api)/\S+\.py)``", lru.__doc__ or "")
    users = {
        str(path.relative_to(ROOT))
        for path in SHIPPED
        if path.name != "__init__.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and CACHES & {alias.name for alias in node.names}
    }
    assert sorted(listed) == sorted(users - {"domain/lru.py"})
