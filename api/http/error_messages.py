"""Pydantic's errors as sentences that name the field and the values it may have."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.vocabulary import SLUG

_LONGEST_ECHO = 60
_LONGEST_NAME = 100
_KINDS = {
    kind: name
    for name, kinds in {
        "text": "string_type",
        "a whole number": "int_type int_parsing int_from_float",
        "a number": "float_type float_parsing",
        "a finite number": "finite_number",
        "true or false": "bool_type bool_parsing",
        "a list": "tuple_type list_type set_type",
        "an object": "dict_type mapping_type model_type model_attributes_type dataclass_type dataclass_exact_type",
        "null": "none_required",
        "a UUID": "uuid_type uuid_parsing",
    }.items()
    for kind in kinds.split()
}
"""The kind that a value must be of, by pydantic's types of errors."""
_IN_JSON = {"True": "true", "False": "false"}
"""Values that JSON spells otherwise than pydantic."""
MISSING = ("missing", "missing_keyword_only_argument")
UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Pydantic's types of errors for fields that are missing, and for fields that are not known."""


def reportable(path: Sequence[str | int]) -> Sequence[str | int]:
    """Return the part of a path that an answer repeats: up to the first name that is too long to be a field."""
    long = (at for at, step in enumerate(path) if isinstance(step, str) and len(step) > _LONGEST_NAME)
    return path[: next(long, len(path))]


def dotted_name(path: Sequence[str | int]) -> str:
    """Write a path for people: ``caveats[0].kind``."""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return name.removeprefix(".")


def echo(value: Any) -> str:
    """Describe a value: itself if it is short, else its kind."""
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            return repr(value) if len(value) <= _LONGEST_ECHO else f"a text of {len(value):,} characters"
        case int() | float():
            return str(value)
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def sentence(error: Mapping[str, Any], name: str) -> str:
    """Return pydantic's error about the field ``name`` as a sentence, with the permitted values."""
    kind, found, context = error["type"], error.get("input"), error.get("ctx") or {}
    if kind in MISSING:
        return f"{name} is missing."
    if kind in UNKNOWN:
        return f"{name} is not a field here."
    if kind in ("literal_error", "enum"):
        return f"{name} is {echo(found)}; permitted: {_IN_JSON.get(context['expected'], context['expected'])}."
    if kind == "union_tag_invalid":
        tag = (
            found.get(str(context["discriminator"]).strip("'"), context["tag"])
            if isinstance(found, dict)
            else context["tag"]
        )
        return f"{name} is {echo(tag)}; permitted: {context['expected_tags']}."
    if kind == "union_tag_not_found":
        return f"{name} is missing."
    if kind in ("value_error", "assertion_error"):
        return f"{name}: {context.get('error') or error['msg']}."
    if kind in _KINDS:
        return f"{name} must be {_KINDS[kind]}, not {echo(found)}."
    return _of_measure(kind, name, context, found) or f"{name}: {error['msg']}."


def _of_measure(kind: str, name: str, context: Mapping[str, Any], found: Any) -> str | None:
    """Return a sentence for a text, list or number that is too long, too short, too large, too small or malformed."""
    match kind:
        case "string_too_short" | "too_short" if context["min_length"] == 1:
            return f"{name} is empty."
        case "string_too_short":
            return f"{name} must have at least {context['min_length']:,} characters."
        case "string_too_long":
            return f"{name} may have at most {context['max_length']:,} characters."
        case "too_short":
            return f"{name} must have at least {context['min_length']:,} items."
        case "too_long":
            return f"{name} may have at most {context['max_length']:,} items."
        case "greater_than_equal":
            return f"{name} must be at least {context['ge']}, not {echo(found)}."
        case "greater_than":
            return f"{name} must be more than {context['gt']}, not {echo(found)}."
        case "less_than_equal":
            return f"{name} must be at most {context['le']}, not {echo(found)}."
        case "less_than":
            return f"{name} must be less than {context['lt']}, not {echo(found)}."
        case "string_pattern_mismatch" if context["pattern"] == f"^{SLUG}$":
            return f"{name} is {echo(found)}; use lower-case letters and digits, with - _ . inside."
        case "string_pattern_mismatch":
            return f"{name} is {echo(found)}, which does not match {context['pattern']}."
    return None
