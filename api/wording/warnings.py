"""Warnings in sentences, with what would settle them."""

import json
import re

from api.wording.phrases import Json, capitalised, type_in_words


def warning_sentence(warning: Json) -> str:
    """A warning: its name, what is surprising, and why it was dismissed, if it was."""
    sentence = f"{capitalised(type_in_words(warning['warning']))}: {warning['detail']}."
    dismissed = warning.get("dismissed")
    return f"{sentence} Dismissed by {dismissed['recorded_by']}: {dismissed['reason']}" if dismissed else sentence


def before_recording(sentence: str, sequence: int, count: int) -> str:
    """A sentence about facts of which none is recorded yet: those after so many events have no numbers of events."""

    def named(match: "re.Match[str]") -> str:
        place = int(match[1]) - sequence
        if not 0 < place <= count:
            return match[0]
        return "this fact" if count == 1 else f"fact {place}"

    return re.sub(r"\bevent (\d{1,12})\b", named, sentence)


def remedy_text(warning: Json) -> str | None:
    """The fact that would settle a warning, as JSON in one line; ``None`` if there is none."""
    remedy = warning.get("remedy")
    return None if remedy is None else json.dumps(remedy, ensure_ascii=False)


def warning_lines(warning: Json) -> list[str]:
    """A warning as lines of text, the fact that would settle it last."""
    remedy = remedy_text(warning)
    return [warning_sentence(warning), *([] if remedy is None else [f"  To settle it, record: {remedy}"])]
