"""What is wrong with a field, in words: pydantic's findings as sentences that name the field and what it may be."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.vocabulary import SLUG

_LONGEST_ECHO = 60
_LONGEST_NAME = 100
_KINDS = {
    kind: said
    for said, kinds in {
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
"""What a value has to be, by pydantic's types of findings."""
_IN_JSON = {"True": "true", "False": "false"}
"""The values whose names in JSON are not those that pydantic writes."""
MISSING = ("missing", "missing_keyword_only_argument")
UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Pydantic's types of findings about fields that are not there, and about fields that should not be."""


def reportable(path: Sequence[str | int]) -> Sequence[str | int]:
    """As much of a path as an answer repeats: up to the first name that is too long to be a field of ours."""
    long = (at for at, step in enumerate(path) if isinstance(step, str) and len(step) > _LONGEST_NAME)
    return path[: next(long, len(path))]


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as people do: ``caveats[0].kind``."""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return name.removeprefix(".")


def echoed(value: Any) -> str:
    """Say what a value is: itself where it is short, else its kind."""
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
    """Say in a sentence what pydantic found wrong with what is called ``name``, and the values that are permitted."""
    kind, found, told = error["type"], error.get("input"), error.get("ctx") or {}
    if kind in MISSING:
        return f"{name} is missing."
    if kind in UNKNOWN:
        return f"{name} is not a field here."
    if kind in ("literal_error", "enum"):
        return f"{name} is {echoed(found)}; permitted: {_IN_JSON.get(told['expected'], told['expected'])}."
    if kind == "union_tag_invalid":
        tag = found.get(str(told["discriminator"]).strip("'"), told["tag"]) if isinstance(found, dict) else told["tag"]
        return f"{name} is {echoed(tag)}; permitted: {told['expected_tags']}."
    if kind == "union_tag_not_found":
        return f"{name} is missing."
    if kind in ("value_error", "assertion_error"):
        return f"{name}: {told.get('error') or error['msg']}."
    if kind in _KINDS:
        return f"{name} has to be {_KINDS[kind]}, and is {echoed(found)}."
    return _of_measure(kind, name, told, found) or f"{name}: {error['msg']}."


def _of_measure(kind: str, name: str, told: Mapping[str, Any], found: Any) -> str | None:
    """Say that a text, a list or a number is too long, too short, too great, too small, or of the wrong form."""
    match kind:
        case "string_too_short" | "too_short" if told["min_length"] == 1:
            return f"{name} is empty."
        case "string_too_short":
            return f"{name} has to have at least {told['min_length']:,} characters."
        case "string_too_long":
            return f"{name} may have at most {told['max_length']:,} characters."
        case "too_short":
            return f"{name} has to have at least {told['min_length']:,} items."
        case "too_long":
            return f"{name} may have at most {told['max_length']:,} items."
        case "greater_than_equal":
            return f"{name} has to be at least {told['ge']}, and is {echoed(found)}."
        case "greater_than":
            return f"{name} has to be more than {told['gt']}, and is {echoed(found)}."
        case "less_than_equal":
            return f"{name} has to be at most {told['le']}, and is {echoed(found)}."
        case "less_than":
            return f"{name} has to be less than {told['lt']}, and is {echoed(found)}."
        case "string_pattern_mismatch" if told["pattern"] == f"^{SLUG}$":
            return f"{name} is {echoed(found)}; it takes lower-case letters and digits, with - _ . inside."
        case "string_pattern_mismatch":
            return f"{name} is {echoed(found)}, which does not match {told['pattern']}."
    return None
