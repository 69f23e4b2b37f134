"""Requirements in words: what is required, what there is of it, and what is lacking, each in the requirement's unit."""

from collections.abc import Iterator, Sequence

from api.wording.phrases import Json, capitalised, figure, for_capability, gap, is_currency, people, quantity

BESIDE = {"deployed": "on the ground", "binding": "binding", "available": "available", "pledged": "pledged"}
"""The figures beside a requirement, the nearest first, and how they are called."""

STATES = {"open": "open", "partly": "partly filled", "filled": "filled"}
"""The states of a requirement, in words."""


def called(one: Json, name: str) -> str:
    """What one of ``BESIDE`` is called: of money, what is there has been paid out."""
    return "paid out" if name == "deployed" and _currency(one) else BESIDE[name]


def required(one: Json) -> str:
    """What is required: ``10,000 to 30,000``, ``4 ships``, ``256,000 over rotations``."""
    return quantity({**one, "measure": "cumulative" if one["is_cumulative"] else None})


def amount_of(one: Json, name: str) -> str:
    """What there is of one of ``BESIDE``: ``426``, ``EUR 2 billion``; nothing for a total over rotations."""
    return "" if one["is_cumulative"] else figure(one[name], _currency(one))


def shortfall_of(one: Json, name: str) -> str:
    """What is lacking of one of ``BESIDE``: ``2,074``, ``none``, ``not comparable``."""
    return "not comparable" if one["is_cumulative"] else gap(one["gaps"][name], _currency(one))


def with_shortfall(one: Json, name: str) -> str:
    """Both: ``426 (shortfall 2,074)``, ``3,000`` if nothing is lacking."""
    amount, short = amount_of(one, name), shortfall_of(one, name)
    return amount if short == "none" else f"{amount} (shortfall {short})"


def _currency(one: Json) -> str | None:
    return str(one["unit"]) if is_currency(one["unit"]) else None


def need_clause(one: Json) -> str:
    """What is required, by whom, and how firmly."""
    size = people({**one, "measure": "cumulative" if one["is_cumulative"] else None})
    what = f"{size}{for_capability(one['capability'])} required"
    return f"{one['label']}: {what} ({one['standing']} by {one['stated_by']})"


def need_sentence(one: Json) -> str:
    """What is required, what there is of it, and the shortfalls."""
    if one["is_cumulative"]:
        return f"{need_clause(one)}. A total over rotations is compared with nothing."
    beside = "; ".join(f"{called(one, name)}: {with_shortfall(one, name)}" for name in BESIDE)
    state = f", {STATES[one['state']]}" if one["state"] else ""
    return f"{need_clause(one)}{state}. {capitalised(beside)}."


def need_changes(before: Json, after: Json) -> Iterator[str]:
    """What changed in what there is of a requirement, and in what is lacking."""
    for name in BESIDE:
        of = "shortfall" if name == "available" else f"shortfall, {called(after, name)}"
        was, is_now = shortfall_of(before, name), shortfall_of(after, name)
        if was != is_now:
            yield f"{of} {was} → {is_now}"
        elif (was := amount_of(before, name)) != (is_now := amount_of(after, name)):
            yield f"{called(after, name)} {was} → {is_now}"
    if before["state"] != after["state"] and after["state"] and before["state"]:
        yield f"now {STATES[after['state']]} (was {STATES[before['state']]})"


def by_line(needs: Sequence[Json]) -> list[Json]:
    """Requirements, each followed by its lines; lines of one that is no longer required come last."""
    names = {one["requirement"] for one in needs}
    lines: dict[str, list[Json]] = {}
    for one in needs:
        if one["part_of"] in names:
            lines.setdefault(one["part_of"], []).append(one)
    whole = [one for one in needs if one["part_of"] is None]
    rest = [one for one in needs if one["part_of"] is not None and one["part_of"] not in names]
    return [line for one in (*whole, *rest) for line in (one, *lines.get(one["requirement"], []))]
