"""Caches hold what was used last and no more, also for several threads, and hold no owner alive."""

from concurrent.futures import ThreadPoolExecutor
from weakref import ref

from domain.lru import Lru, LruOfEach


class Owner:
    """Something that values belong to."""


def test_the_value_used_least_recently_makes_room() -> None:
    cache = Lru[str, int](2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    cache.put("a", 4)
    assert (cache.values(), len(cache)) == ([3, 4], 2)


def test_threads_share_one() -> None:
    cache = Lru[int, int](8)

    def use(thread: int) -> None:
        for step in range(5_000):
            key = (step * 7 + thread) % 12
            assert cache.get(key) in (None, key)
            cache.put(key, key)
            assert set(cache.values()) <= set(range(12))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))
    assert len(cache) <= 8


def test_values_go_with_their_owner() -> None:
    caches, owner, other = LruOfEach[Owner, str, Owner](1), Owner(), Owner()
    value = Owner()
    caches.of(owner).put("a", value)
    assert (caches.of(owner).get("a"), caches.of(other).get("a")) == (value, None)
    held = [ref(owner), ref(value)]
    del owner, value
    assert [one() for one in held] == [None, None]
