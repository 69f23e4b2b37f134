"""Warnings in sentences, with what would settle them."""

import json

from api.wording.phrases import Json, capitalised, type_in_words


def warning_sentence(warning: Json) -> str:
    """A warning: its name, what is surprising, and why it was dismissed, if it was."""
    sentence = f"{capitalised(type_in_words(warning['warning']))}: {warning['detail']}."
    dismissed = warning.get("dismissed")
    return f"{sentence} Dismissed by {dismissed['recorded_by']}: {dismissed['reason']}" if dismissed else sentence


def remedy_text(warning: Json) -> str | None:
    """The fact that would settle a warning, as JSON in one line; ``None`` if there is none."""
    remedy = warning.get("remedy")
    return None if remedy is None else json.dumps(remedy, ensure_ascii=False)


def warning_lines(warning: Json) -> list[str]:
    """A warning as lines of text, the fact that would settle it last."""
    remedy = remedy_text(warning)
    return [warning_sentence(warning), *([] if remedy is None else [f"  To settle it, record: {remedy}"])]
