"""What a process keeps in memory between requests, within one bound: what was used least recently is let go first.

Everything that is large and can be made again is kept here, whatever it is: the histories of coalitions, those of
scenarios, answers. Each is kept with its cost in bytes, as an estimate. Nothing is ever out of date, so nothing is
invalidated: letting go costs the time to make it again, and changes no answer.
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


class _Kept:
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

    What was put last is kept, with what it is a part of, even if that alone exceeds the limit. ``on_let_go`` is told
    the key of what is let go for want of room.
    """

    def __init__(self, limit_bytes: int = UNBOUNDED, on_let_go: Callable[[Hashable], None] = _ignore) -> None:
        self.limit_bytes = limit_bytes
        self._on_let_go = on_let_go
        self.held_bytes = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Any:
        """Return a value, which counts as used; ``None`` if it is not kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._use(key, kept)
            return kept.value

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
        kept = _Kept(value, cost_bytes, is_idle, part_of)
        with self._lock:
            whole = self._kept.get(part_of)
            if whole is None and part_of is not None:
                return
            if whole is not None:
                whole.parts.add(key)
            replaced = self._kept.pop(key, None)
            if replaced is not None:
                kept.parts = replaced.parts
                self.held_bytes -= replaced.cost_bytes
            self._kept[key] = kept
            self.held_bytes += cost_bytes
            let_go = self._let_go(key, kept)
        del let_go, replaced  # what is freed is freed without the lock

    def keep(self, key: Hashable, value: Any, cost_bytes: int) -> None:
        """Keep a value if it is worth its place: one that takes a large part of the memory would put out many."""
        if cost_bytes <= self.limit_bytes // LARGEST_SHARE:
            self.put(key, value, cost_bytes)

    def weigh(self, key: Hashable, cost_bytes: int) -> None:
        """Correct the cost of a value that has grown, if it is still kept; it counts as used."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return
            self.held_bytes += cost_bytes - kept.cost_bytes
            kept.cost_bytes = cost_bytes
            let_go = self._let_go(key, kept)
        del let_go

    def drop(self, key: Hashable) -> None:
        """Let a value go, and what is part of it."""
        with self._lock:
            dropped = self._drop(key)
        del dropped

    def names(self) -> list[Any]:
        """Return the keys of all values, the one used least recently first."""
        with self._lock:
            return list(self._kept)

    def _use(self, key: Hashable, kept: _Kept) -> None:
        """Have a value be the one used last, after what it is a part of."""
        if kept.part_of in self._kept:
            self._kept.move_to_end(kept.part_of)
        self._kept.move_to_end(key)

    def _let_go(self, newest: Hashable, kept: _Kept) -> list[_Kept]:
        """Let go of what is idle and was used before the newest value and its whole, as far as needed; return it."""
        self._use(newest, kept)
        dropped: list[_Kept] = []
        while self.held_bytes > self.limit_bytes:
            key = next(iter(self._kept))
            if key in {newest, kept.part_of}:
                break
            if self._kept[key].is_idle():
                dropped += self._drop(key)
                self._on_let_go(key)
            else:
                self._kept.move_to_end(key)
        return dropped

    def _drop(self, key: Hashable) -> list[_Kept]:
        kept = self._kept.pop(key, None)
        if kept is None:
            return []
        self.held_bytes -= kept.cost_bytes
        whole = self._kept.get(kept.part_of)
        if whole is not None:
            whole.parts.discard(key)
        return [kept, *(part for name in tuple(kept.parts) for part in self._drop(name))]
