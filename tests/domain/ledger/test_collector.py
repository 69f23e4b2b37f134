"""What is exempt from garbage collection is the record, and not the garbage that lies about when it is loaded."""

import gc
from weakref import ref

import pytest

from domain.ledger import Ledger, collector
from domain.ledger.collector import without_gc
from tests.domain.ledger.facts import formed


class Circle:
    """An object that only a collection can free."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_before_a_record_is_loaded() -> None:
    circle = Circle()
    gc.collect()
    remains = ref(circle)
    del circle
    with without_gc():
        pass
    gc.collect()
    assert remains() is None


def test_nothing_is_exempt_once_a_record_has_been_let_go(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector._Exemption, "is_over", False)
    ledger = Ledger(sqlite_url)
    ledger.memory.limit_bytes = 1
    for coalition in ("able", "willing"):
        ledger.record(coalition, [formed()], recorded_by="desk")
        ledger.history(coalition)
    circle = Circle()
    remains = ref(circle)
    with without_gc():
        pass  # the record of another coalition, loaded while the circle is in use
    del circle
    gc.collect()
    assert remains() is None
    ledger.close()
