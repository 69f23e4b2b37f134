"""What a process keeps in memory between requests, within one limit: the values used least recently are dropped first.

Everything that is large and can be made again is kept here: the histories of coalitions, those of scenarios, answers.
Each has an estimated cost in bytes. Nothing is ever out of date, so nothing is invalidated: a dropped value costs the
time to make it again, and changes no answer.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

UNBOUNDED = 2**63
LARGEST_SHARE = 16
"""An answer is kept if it takes no more than this part of the memory."""


def _always() -> bool:
    return True


def _ignore(_: Hashable) -> None:
    return


class _Entry:
    """A value, its cost, and the keys of what it is a part of and of its own parts."""

    __slots__ = ("cost_bytes", "is_idle", "part_of", "parts", "value")

    def __init__(self, value: Any, cost_bytes: int, is_idle: Callable[[], bool], part_of: Hashable | None) -> None:
        self.value = value
        self.cost_bytes = cost_bytes
        self.is_idle = is_idle
        self.part_of = part_of
        self.parts: set[Hashable] = set()


class Memory:
    """Values by their keys, at most ``limit_bytes`` of them; threads may share it.

    What was put last is kept, with what it is a part of, even if that alone exceeds the limit. ``on_let_go``
    receives the key of each value that is dropped because the limit is exceeded.
    """

    def __init__(self, limit_bytes: int = UNBOUNDED, on_let_go: Callable[[Hashable], None] = _ignore) -> None:
        self.limit_bytes = limit_bytes
        self._on_let_go = on_let_go
        self.held_bytes = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """Return a value, which counts as used; ``None`` if it is not kept."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._use(key, entry)
            return entry.value

    def put(
        self,
        key: Hashable,
        value: Any,
        cost_bytes: int,
        *,
        is_idle: Callable[[], bool] = _always,
        part_of: Hashable | None = None,
    ) -> None:
        """Keep a value, or replace it. It is not let go while it is not idle, and goes with what it is a part of.

        If that is not kept, nor is its part: a part may hold alive what it belongs to.
        """
        entry = _Entry(value, cost_bytes, is_idle, part_of)
        with self._lock:
            whole = self._entries.get(part_of)
            if whole is None and part_of is not None:
                return
            if whole is not None:
                whole.parts.add(key)
            replaced = self._entries.pop(key, None)
            if replaced is not None:
                entry.parts = replaced.parts
                self.held_bytes -= replaced.cost_bytes
            self._entries[key] = entry
            self.held_bytes += cost_bytes
            let_go = self._let_go(key, entry)
        del let_go, replaced  # what is freed is freed without the lock

    def keep(self, key: Hashable, value: Any, cost_bytes: int) -> None:
        """Keep a value unless it is so large that it would displace many others (``LARGEST_SHARE``)."""
        if cost_bytes <= self.limit_bytes // LARGEST_SHARE:
            self.put(key, value, cost_bytes)

    def weigh(self, key: Hashable, cost_bytes: int) -> None:
        """Correct the cost of a value that has grown, if it is still kept; it counts as used."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return
            self.held_bytes += cost_bytes - entry.cost_bytes
            entry.cost_bytes = cost_bytes
            let_go = self._let_go(key, entry)
        del let_go

    def drop(self, key: Hashable) -> None:
        """Let a value go, and what is part of it."""
        with self._lock:
            dropped = self._drop(key)
        del dropped

    def names(self) -> list[Any]:
        """Return the keys of all values, the one used least recently first."""
        with self._lock:
            return list(self._entries)

    def _use(self, key: Hashable, entry: _Entry) -> None:
        """Have a value be the one used last, after what it is a part of."""
        if entry.part_of in self._entries:
            self._entries.move_to_end(entry.part_of)
        self._entries.move_to_end(key)

    def _let_go(self, newest: Hashable, entry: _Entry) -> list[_Entry]:
        """Let go of what is idle and was used before the newest value and its whole, as far as needed; return it."""
        self._use(newest, entry)
        dropped: list[_Entry] = []
        while self.held_bytes > self.limit_bytes:
            key = next(iter(self._entries))
            if key in {newest, entry.part_of}:
                break
            if self._entries[key].is_idle():
                dropped += self._drop(key)
                self._on_let_go(key)
            else:
                self._entries.move_to_end(key)
        return dropped

    def _drop(self, key: Hashable) -> list[_Entry]:
        entry = self._entries.pop(key, None)
        if entry is None:
            return []
        self.held_bytes -= entry.cost_bytes
        whole = self._entries.get(entry.part_of)
        if whole is not None:
            whole.parts.discard(key)
        return [entry, *(part for name in tuple(entry.parts) for part in self._drop(name))]
