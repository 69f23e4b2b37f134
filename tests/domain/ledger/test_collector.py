"""What is exempt from garbage collection is the record, and not the garbage that lies about when it is loaded."""

import gc
from weakref import ref

from domain.ledger.collector import without_gc


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
