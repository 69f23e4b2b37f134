"""Bounds of the indexes so small that a history of forty facts turns pages, splits stretches and grows trees."""

import pytest

from domain.history import bitemporal, fold, sparse_states


def make_indexes_small(patch: pytest.MonkeyPatch) -> None:
    """Shrink what would otherwise need hundreds of facts."""
    patch.setattr(bitemporal, "MIN_PAGE_SIZE", 2)
    patch.setattr(bitemporal, "MAX_COPIED", 1)
    patch.setattr(bitemporal, "MAX_COPIED_IF_MUCH", 2)
    patch.setattr(bitemporal, "MUCH_SHARE", 1)
    patch.setattr(sparse_states, "BLOCK", 2)
    patch.setattr(sparse_states, "MANY", 2)
    patch.setattr(sparse_states, "OTHERS_SHARE", 0)
    patch.setattr(sparse_states, "CHECKPOINTS", 2)
    patch.setattr(fold, "LONG", 2)
