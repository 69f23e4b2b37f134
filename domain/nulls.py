"""``null`` on an optional field means the same as leaving it out, as data tools write it."""

from dataclasses import MISSING
from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

C = TypeVar("C")


def null_is_absent(cls: type[C]) -> type[C]:
    """Let each field of a class that has a default take ``null`` for it; applied before it becomes a dataclass.

    A field whose default is ``None`` does so by itself. One whose default is a member of an enumeration is left alone:
    there, ``null`` has a meaning of its own.
    """
    cls.__annotations__ = {name: _nullable(name, hint, cls) for name, hint in cls.__annotations__.items()}
    return cls


def _nullable(name: str, hint: Any, cls: type) -> Any:
    default = cls.__dict__.get(name, MISSING)
    if isinstance(default, FieldInfo):
        default = default.get_default(call_default_factory=True)
    if name == "type" or default is MISSING or default is None or isinstance(default, Enum):
        return hint
    return Annotated[hint | None, BeforeValidator(lambda value: default if value is None else value)]
