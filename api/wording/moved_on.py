"""How far the record has moved on since a scenario's starting point, in a sentence."""

from api.wording.phrases import Json, count, listed


def moved_on_sentence(moved_on: Json) -> str:
    """The sentence; empty if there are no later events."""
    if not moved_on["events"]:
        return ""
    said = f"{count(moved_on['events'], 'event')} {'has' if moved_on['events'] == 1 else 'have'} been recorded since"
    touching = moved_on["touching"]
    if not touching:
        return f"{said} the starting point; none of them concerns what the scenario changes."
    numbers = [str(event["sequence"]) for event in moved_on["first_touching"]]
    more = [f"{touching - len(numbers):,} more"] if touching > len(numbers) else []
    named = f"{'event' if touching == 1 else 'events'} {listed(numbers + more)}"
    concern = "concerns" if touching == 1 else "concern"
    return f"{said} the starting point; {touching:,} of them ({named}) {concern} what the scenario changes."
