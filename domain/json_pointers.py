"""JSON pointers (RFC 6901): places in a picture, in a body or in a file."""

from collections.abc import Iterable


def pointer_to(path: Iterable[str | int]) -> str:
    """Write a path of names and indexes as a pointer."""
    return "".join(f"/{escape(str(step))}" for step in path)


def steps_of(pointer: str) -> list[str]:
    """Return the names and indexes of a pointer, each as text."""
    return [unescape(token) for token in pointer.split("/")[1:]]


def escape(step: str) -> str:
    """Write a name as one token of a pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the name that a token of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")
