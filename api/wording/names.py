"""The names and labels by which sentences, tables and charts call actors and things, as of the basis shown.

Whoever shows an answer says with ``calling_by`` where its names come from: a page from the view that it shows, the
command line from the read ``/names``. Otherwise all go by their codes and slugs.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class NamesOnRecord(Protocol):
    """Looks up what an actor or a thing is called."""

    def actor(self, code: str) -> tuple[str, str | None] | None:
        """The name of an organisation or a group as in a sentence, and its short name."""

    def label(self, kind: str, slug: str) -> str | None:
        """The label of a thing."""


class ListedNames:
    """The names in an answer of the read ``/names``; by default none."""

    def __init__(self, answer: Mapping[str, Any] | None = None) -> None:
        self._actors: Mapping[str, Any] = answer["actors"] if answer else {}
        self._labels: Mapping[str, str] = answer["labels"] if answer else {}

    def actor(self, code: str) -> tuple[str, str | None] | None:
        """The name of an organisation or a group as in a sentence, and its short name."""
        found = self._actors.get(code)
        return None if found is None else (found["name"], found["short"])

    def label(self, kind: str, slug: str) -> str | None:
        """The label of a thing."""
        return self._labels.get(f"{kind}:{slug}")


_IN_USE: ContextVar[NamesOnRecord] = ContextVar("names")
_NONE = ListedNames()


def call_by(names: NamesOnRecord) -> None:
    """Call actors and things by these names from now on: for a program that shows one answer and ends."""
    _IN_USE.set(names)


@contextmanager
def calling_by(names: NamesOnRecord) -> Iterator[None]:
    """Call actors and things by these names until the end of the block."""
    before = _IN_USE.set(names)
    try:
        yield
    finally:
        _IN_USE.reset(before)


def name_of_actor(code: str) -> str | None:
    """The name on record of an organisation or a group, as in a sentence."""
    found = _IN_USE.get(_NONE).actor(code)
    return None if found is None else found[0]


def short_name_of_actor(code: str) -> str | None:
    """The short name on record of an organisation or a group, or else its name."""
    found = _IN_USE.get(_NONE).actor(code)
    return None if found is None else found[1] or found[0]


def label_of(kind: str, slug: str) -> str | None:
    """The label on record of a thing."""
    return _IN_USE.get(_NONE).label(kind, slug)


def label_or_slug(kind: str, slug: str) -> str:
    """What a thing is called where its slug would stand."""
    return label_of(kind, slug) or slug


def called(kind: str, slug: str) -> str:
    """The same within a sentence, where a label is in quotation marks."""
    label = label_of(kind, slug)
    return slug if label is None else f'"{label}"'


def with_slug(kind: str, slug: str) -> str:
    """A label with the slug that commands take: ``A peace agreement (peace)``; without a label, the slug alone."""
    label = label_of(kind, slug)
    return slug if label is None else f"{label} ({slug})"
