"""A mapping laid over another: a draft's or a changed history's own entries in front of those of its base."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LayeredMapping(MutableMapping[K, V], Generic[K, V]):
    """Entries of its ``own`` (``None``: removed) in front of those found below; only its own are iterated."""

    __slots__ = ("_below", "own")

    def __init__(self, below: Callable[[K], V | None]) -> None:
        self.own: dict[K, V | None] = {}
        self._below = below

    def find(self, key: K) -> V | None:
        """The value, or ``None``."""
        return self.own[key] if key in self.own else self._below(key)

    def get(self, key: K, default: Any = None) -> Any:
        """The value, or the default."""
        value = self.find(key)
        return default if value is None else value

    def __getitem__(self, key: K) -> V:
        value = self.find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: Any) -> bool:
        return (self.own[key] if key in self.own else self._below(key)) is not None

    def __setitem__(self, key: K, value: V) -> None:
        self.own[key] = value

    def __delitem__(self, key: K) -> None:
        self.own[key] = None

    def __iter__(self) -> Iterator[K]:
        return (key for key, value in self.own.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def layered_over(below: MutableMapping[K, V]) -> LayeredMapping[K, V]:
    """An empty layer over a mapping, or over another layer."""
    return LayeredMapping(below.find if isinstance(below, LayeredMapping) else below.get)
