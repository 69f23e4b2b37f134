"""What pledges of undisclosed size are assumed to be, in a sentence."""

from api.wording.phrases import Json, bounds, spoken


def assumed_sizes_sentence(undisclosed: Json | None) -> str:
    """The sentence; empty if nothing is assumed."""
    if not undisclosed:
        return ""
    others = "any other capability" if len(undisclosed) > 1 else "any capability"
    named = [
        f"{others if capability == '*' else spoken(capability)}: {_people(size)}"
        for capability, size in undisclosed.items()
    ]
    return f"Each pledge of undisclosed size counts with an assumed one ({'; '.join(named)})."


def _people(size: Json) -> str:
    return f"{bounds(size['min'], size['max'])} people"
