"""Numbers and names as sentences have them: at least, up to, about, undisclosed, estimated."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]


def bounds(least: int | None, most: int | None) -> str:
    """A range: ``1,200``, ``10,000 to 30,000``, ``at least 10,000``, ``up to 500``, ``undisclosed``, ``none``."""
    if least is None and most is None:
        return "undisclosed"
    if most is None:
        return f"at least {least:,}"
    if least == most:
        return f"{most:,}" if most else "none"
    return f"{least:,} to {most:,}" if least else f"up to {most:,}"


def figure(value: Json) -> str:
    """A figure of the picture, which has every pledge that it sums over somewhere: disclosed or not."""
    if not value["pledges"]:
        return "none"
    undisclosed = value["undisclosed"]
    if undisclosed == value["pledges"]:
        return "undisclosed"
    known = bounds(value["min"], value["max"])
    return f"{known}, and {count(undisclosed, 'pledge')} undisclosed" if undisclosed else known


def gap(value: Json) -> str:
    """What is missing; a bound that cannot be known is left open."""
    if value["min"] is None and value["max"] is None:
        return "unknown"
    if value["min"] is None:
        return f"up to {value['max']:,}" if value["max"] else "none"
    return bounds(value["min"], value["max"])


def quantity(value: Json) -> str:
    """A quantity: ``about 400 personnel``, ``up to 3 brigade``."""
    said = bounds(value.get("min"), value.get("max"))
    if said == "undisclosed":
        return f"undisclosed ({value['text']})" if value.get("text") else said
    unit = "" if value["unit"] == "personnel" else f" {value['unit']}"
    about = "about " if value.get("approximate") else ""
    over_time = ", over rotations" if value.get("measure") == "cumulative" else ""
    return f"{about}{said}{unit}{over_time}"


def count(number: int, noun: str) -> str:
    """``1 pledge``, ``2 pledges``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def spoken(name: str | None) -> str:
    """A word of a vocabulary as it is said: ``partner_backstop`` is ``partner backstop``; nothing is a dash."""
    return name.replace("_", " ") if name else "-"


def moment(text: str | None) -> str:
    """A time as people read it: an instant to the second, anything else as written."""
    if text is None:
        return "-"
    return (
        text[:19].replace("T", " ") + " UTC" if len(text) > len("2025-04-10T00:00:00") and text.endswith("Z") else text
    )
