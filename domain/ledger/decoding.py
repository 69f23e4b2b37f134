"""How stored JSON becomes facts again.

A stored event was validated when it was recorded. It is loaded without being validated again: otherwise a stricter
rule would make a history unloadable. Loading is also much of a cold start. So every class has a function of its own
that sets its fields directly from the JSON, built once from the annotations as ``dataclasses`` builds an ``__init__``.
Over all types of fact it takes 4.3 us an event; pydantic's validators take 7.1, and 6.8 without their checks.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypeAliasType

from domain.facts import ABSENT, Absent, json_name
from domain.quantities import Amount, Quantity, exact_number
from domain.sources import Attribution

Read = Callable[[Any], Any]

SHARED = (Attribution, Quantity)
"""Classes of which most values are equal to an earlier one: it is used again, which saves 50 bytes an event."""

MOST_SHARED = 16_384
"""How many values of each are remembered."""

_AS_IT_IS = (str, int, bool)
_readers: dict[Any, Read | None] = {}


def reader(annotation: Any) -> Read | None:
    """Return the function that turns a JSON value into what the annotation says; ``None`` if no change is needed.

    Raises ``TypeError`` for an annotation that no fact has had so far.
    """
    if annotation not in _readers:
        # A rule may contain rules: a type that refers to itself finds its own reader when it is used.
        _readers[annotation] = lambda value: _readers[annotation](value)  # type: ignore[misc] # noqa: PLW0108
        _readers[annotation] = _reader(annotation)
    return _readers[annotation]


def _reader(annotation: Any) -> Read | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation == Amount:
        return exact_number
    if annotation in _AS_IT_IS or origin is Literal:
        return None
    if origin is tuple:
        return _tuple_reader(arguments[0])
    if origin in {Annotated, Union, UnionType} or isinstance(annotation, TypeAliasType):
        return _choice(list(_choices(annotation)))
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _dataclass_reader(annotation)
    raise TypeError(f"cannot read {annotation} from JSON")


def _tuple_reader(item: Any) -> Read:
    read = reader(item)
    if read is None:
        return tuple
    return lambda values: tuple(map(read, values))


def _choices(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, without ``None``; aliases and nested unions are expanded."""
    origin = get_origin(annotation)
    if annotation == Amount:
        yield annotation
    elif origin is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif isinstance(annotation, TypeAliasType):
        yield from _choices(annotation.__value__)
    elif origin in {Union, UnionType}:
        for choice in get_args(annotation):
            yield from _choices(choice)
    elif annotation not in (NoneType, Absent):
        yield annotation


def _choice(choices: list[Any]) -> Read | None:
    """Tell classes apart by ``type``, or else by their required fields."""
    if len(choices) == 1:
        return reader(choices[0])
    read_as: list[Any] = [reader(cls) for cls in choices]
    if all("type" in cls.__dataclass_fields__ for cls in choices):
        by_type = dict(zip((cls.__dataclass_fields__["type"].default for cls in choices), read_as, strict=True))
        return lambda value: by_type[value["type"]](value)
    needed_by = [{field.name for field in fields(cls) if field.default is MISSING} for cls in choices]
    return lambda value: read_as[next(i for i, needed in enumerate(needed_by) if needed <= value.keys())](value)


def _dataclass_reader(cls: type) -> Read:
    read = _new_reader(cls)
    return _shared_reader(read) if cls in SHARED else read


def _shared_reader(read: Read) -> Read:
    """Return a reader that answers equal JSON with the same value, as long as it is remembered."""
    read_items = lru_cache(maxsize=MOST_SHARED)(lambda items: read(dict(items)))
    return lambda value: read_items(tuple(value.items()))


def _new_reader(cls: type) -> Read:
    hints = get_type_hints(cls, include_extras=True)
    names: dict[str, Any] = {"new": object.__new__, "Twin": _twin(cls), "cls": cls}
    lines = [_assignment(field, hints[field.name], names) for field in fields(cls)]
    body = "\n    ".join(["self, get = new(Twin), value.get", *lines, "self.__class__ = cls", "return self"])
    exec(f"def read(value):\n    {body}", names)  # noqa: S102 - built from the names of our own fields
    read: Read = names["read"]
    return read


def _assignment(field: "Field[Any]", hint: Any, names: dict[str, Any]) -> str:
    """Return a line that sets one field; the constants that it needs are added to ``names``."""
    name, default = field.name, field.default
    key = json_name(name)
    read = reader(hint)
    names[f"{name}_default"], names[f"{name}_read"] = default, read
    if name == "type":
        return f"self.{name} = {name}_default"
    if default is MISSING:
        return f'self.{name} = value["{key}"]' if read is None else f'self.{name} = {name}_read(value["{key}"])'
    if read is None:
        return f'self.{name} = get("{key}", {name}_default)'
    if default is ABSENT:
        none = f"{name}_default if '{key}' not in value else None"
        return f'self.{name} = {none} if (raw := get("{key}")) is None else {name}_read(raw)'
    return f'self.{name} = {name}_default if (raw := get("{key}")) is None else {name}_read(raw)'


def _twin(cls: type) -> type:
    """Return a class of the same layout whose fields can be set.

    A frozen class refuses assignment, and a way round it costs eight times as much as assignment. So the fields are
    set on a twin, which then becomes one of the real class: CPython allows this if the slots are the same.
    """
    settable = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(cls.__name__, cls.__bases__, {"__slots__": cls.__dict__["__slots__"], **settable})
