"""Bounded caches, and a list of them all: whatever is computed once and then shared between requests.

Built on this module:

- ``domain/history/publications.py``: times of report that chains of corrections move, by sequence
- ``domain/history/reported.py``: orders of reports, by sequence, and what was public, by sequence and time
- ``domain/ledger/keys.py``: keys seen within the last second, by hash
- ``projections/what_if/changed_history.py``: overlays, by what they lie over
- ``projections/confidence.py``: what states rest on, where their sources disagree, and what is doubtful, by knowledge
- ``api/pages/viewpoint.py``: days on which something changes, by knowledge
- ``api/pages/clocks.py``: days on which something became known, by history

Kept within the memory that the process has for it (``domain/ledger/memory.py``), the least recently used let go first:

- ``domain/ledger/ledger.py``: the histories of coalitions
- ``domain/ledger/scenario_store.py``: saved scenarios
- ``api/replays.py``: the changed histories of saved scenarios
- ``api/answer_cache.py``: answers, by all that they depend on
- ``api/pages/page_cache.py``: pages and charts, by the same and their addresses
- ``api/pages/drawings.py``: timelines, by what is known; its late events, by knowledge, are built on this module

Bounded by ``functools.lru_cache``:

- ``domain/ledger/decoding.py``: attributions and quantities, by their JSON
- ``domain/times.py``: periods and times of recording, by text
- ``api/pages/filters.py``: days and instants, by text

One value for each history, freed with it:

- ``projections/event_index.py``: the index of a record's filters
- ``projections/what_if/selecting.py``: the index that selectors use
- ``projections/what_if/moved_on.py``: the events since the starting point of a scenario that touch what it changes

A cache never keeps alive a history that nothing else uses, unless the history belongs to the same object as the cache
or is the cached value itself.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Lru(Generic[Key, Value]):
    """The values used last, at most ``size`` of them; ``None`` is not a value.

    Threads may share one without a lock: each step is a single operation of the dictionary, and a value that another
    thread has dropped is computed again.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """Return the value, which counts as used; ``None`` if there is none."""
        value = self._values.get(key)
        if value is not None:
            self._use(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Add or replace a value; the one that was used least recently makes room for it."""
        self._values[key] = value
        self._use(key)
        while len(self._values) > self._size:
            self.drop_oldest()

    def values(self) -> list[Value]:
        """Return all values, the one used least recently first."""
        return list(self._values.values())

    def drop_oldest(self) -> None:
        """Drop the value that was used least recently, if there is any."""
        try:
            self._values.popitem(last=False)
        except KeyError:
            return

    def clear(self) -> None:
        """Drop all values."""
        self._values.clear()

    def _use(self, key: Key) -> None:
        try:
            self._values.move_to_end(key)
        except KeyError:  # another thread has just dropped it
            return


class LruOfEach(Generic[Owner, Key, Value]):
    """An ``Lru`` for each owner, freed with the owner; no value may refer to its owner."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._of: WeakKeyDictionary[Owner, Lru[Key, Value]] = WeakKeyDictionary()

    def of(self, owner: Owner) -> Lru[Key, Value]:
        """Return the owner's values."""
        found = self._of.get(owner)
        return found if found is not None else self._of.setdefault(owner, Lru(self._size))
