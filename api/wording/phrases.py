"""Numbers, dates and names in sentences: at least, up to, about, undisclosed, estimated."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.wording.names import called, label_of
from domain.quantities import CURRENCIES, PERSONNEL_PER_FORMATION, Quantity, decimals_of, in_personnel

Json = Mapping[str, Any]

# --- numbers ----------------------------------------------------------------------------------------------------------


def bounds(least: int | None, most: int | None, written: Callable[[int], str] = "{:,}".format) -> str:
    """A range: ``1,200``, ``10,000 to 30,000``, ``at least 10,000``, ``up to 500``, ``undisclosed``, ``none``."""
    if least is None and most is None:
        return "undisclosed"
    if most is None:
        return f"at least {written(least or 0)}"
    if least == most:
        return written(most) if most else "none"
    return f"{written(least)} to {written(most)}" if least else f"up to {written(most)}"


def large(number: float, decimals: int = 2) -> str:
    """A large amount in few digits if that is exact: ``11 billion``, ``2.5 million``, ``11,000``, ``11,000.50``."""
    if number != int(number):
        return f"{number:,.{decimals}f}"
    for size, name in ((10**9, "billion"), (10**6, "million")):
        if number >= size and number % (size // 100) == 0:
            return f"{number / size:,.2f}".rstrip("0").rstrip(".") + f" {name}"
    return f"{number:,}"


def money(least: int | None, most: int | None, currency: str) -> str:
    """An amount of money after the code of its currency: ``EUR 11 billion``, ``up to EUR 2.5 million``."""
    text = bounds(least, most, lambda number: f"{currency} {large(number, decimals_of(currency))}")
    return text.replace(f" to {currency} ", " to ") if least and most else text


def is_currency(unit: Any) -> bool:
    """Whether a unit is the ISO 4217 code of a currency."""
    return unit in CURRENCIES


def figure(value: Json, currency: str | None = None) -> str:
    """A figure of the picture: the disclosed size, and the number of pledges of undisclosed or assumed size."""
    if not value["pledges"]:
        return "none"
    undisclosed = value["undisclosed"]
    if undisclosed == value["pledges"]:
        return "undisclosed"
    known = money(value["min"], value["max"], currency) if currency else bounds(value["min"], value["max"])
    text = f"{known}, plus {count(undisclosed, 'undisclosed pledge')}" if undisclosed else known
    return f"{text} ({count(value['assumed'], 'pledge')} of assumed size)" if value.get("assumed") else text


def figure_in_unit(value: Json, unit: str) -> str:
    """A figure with its unit: ``4 ships``, ``EUR 11 billion``, ``ships, undisclosed``, ``1,200 people``."""
    if unit == "personnel":
        return figure_of_people(value)
    text = figure(value, unit if is_currency(unit) else None)
    if text in ("none", "undisclosed"):
        return f"{plural(unit)}, {text}"
    size = bounds(value["min"], value["max"])
    return text if is_currency(unit) else text.replace(size, f"{size} {unit if value['max'] == 1 else plural(unit)}", 1)


def there(unit: str) -> str:
    """The figure of what is there already of a unit: of money, what is disbursed."""
    return "disbursed" if is_currency(unit) else "deployed"


def figure_of_people(value: Json) -> str:
    """A figure with what it counts: ``1,200 people``, ``an undisclosed number of people``."""
    text, size = figure(value), bounds(value["min"], value["max"])
    without_size = {"undisclosed": "an undisclosed number of people", "none": "no one"}
    return without_size.get(text) or text.replace(size, f"{size} people", 1)


def gap(value: Json, currency: str | None = None) -> str:
    """A shortfall; an unknown bound is left out."""
    if value["min"] is None and value["max"] is None:
        return "unknown"
    if not value["max"] and not value["min"] and value["max"] is not None:
        return "none"
    return money(value["min"], value["max"], currency) if currency else bounds(value["min"], value["max"])


def amount(value: Json) -> str:
    """A range, with "about" if it is approximate: ``about 400``, ``up to about 30``."""
    unit = value.get("unit")
    ends = value.get("min"), value.get("max")
    text = money(*ends, str(unit)) if is_currency(unit) else bounds(*ends)
    if not value.get("approximate"):
        return text
    limit = next((limit for limit in ("up to ", "at least ") if text.startswith(limit)), "")
    return f"{limit}about {text.removeprefix(limit)}"


def quantity(value: Json) -> str:
    """A quantity: ``about 400``, ``up to 3 ships``, ``1 brigade (estimated: 3,000 to 5,000)``; the unit is left out
    for people."""
    if value.get("min") is None and value.get("max") is None:
        return f'undisclosed ("{value["text"]}")' if value.get("text") else "undisclosed"
    is_counted = value.get("unit") not in (None, "personnel") and not is_currency(value["unit"])
    unit = f" {_units(value)}" if is_counted else ""
    over_time = " over rotations" if value.get("measure") == "cumulative" else ""
    return f"{amount(value)}{unit}{_estimate(value)}{over_time}"


def _units(value: Json) -> str:
    """The unit in the singular or plural."""
    unit = spoken(str(value["unit"]))
    return unit if (value.get("min"), value.get("max")) in ((1, 1), (None, 1)) else plural(unit)


def plural(noun: str) -> str:
    """``pledges``, ``batteries``, ``days``, ``aircraft``; a currency is a code, and has no plural."""
    if noun in ("aircraft", "personnel", "people") or is_currency(noun):
        return noun
    noun = noun.replace("_", " ")
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def _estimate(value: Json) -> str:
    """The size of a formation in people, by the published table."""
    if value.get("unit") not in PERSONNEL_PER_FORMATION:
        return ""
    people = in_personnel(Quantity(min=value.get("min"), max=value.get("max"), unit=value["unit"]))
    return f" (estimated: {bounds(people.min, people.max)})" if people else ""


def people(value: Json) -> str:
    """A quantity with what it counts: ``about 400 people``, ``an undisclosed number of people``."""
    unit = value.get("unit")
    if value.get("min") is None and value.get("max") is None:
        counted = "people" if unit in (None, "personnel") else plural(str(unit))
        wording = f' ("{value["text"]}")' if value.get("text") else ""
        return f"an undisclosed {'amount' if is_currency(unit) else 'number'} of {counted}{wording}"
    if unit not in (None, "personnel"):
        return quantity(value)
    over_time = " over rotations" if value.get("measure") == "cumulative" else ""
    if value.get("min") == value.get("max") and value.get("max") in (0, 1):
        return f"{'1 person' if value['max'] else 'no people'}{over_time}"
    return f"{amount(value)} people{over_time}"


def able_to_move(days: str) -> str:
    """The available force by its notice to move: ``available within 30 days``."""
    return "available, notice to move not stated" if days == "unstated" else f"available within {days} days"


def reported_total(total: Json) -> str:
    """What a source counted: ``31 participants``, ``about 400 people``, ``at least 1,000 people on the ground``."""
    subject = total["subject"]
    if subject in ("personnel", "deployed"):
        return f"{people(total['value'])}{' on the ground' if subject == 'deployed' else ''}"
    return f"{quantity(total['value'])} {subject}"


def count(number: int, noun: str) -> str:
    """``1 pledge``, ``2 pledges``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


# --- names and times --------------------------------------------------------------------------------------------------


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def listed_in_part(items: Sequence[str], most: int) -> str:
    """The first ``most`` of the items, and the number of the others: ``a, b and 4,998 others``."""
    return listed([*items[:most], *_others(len(items) - most)])


def itemised(items: Sequence[str], most: int) -> str:
    """The first ``most`` items between semicolons, and the number of the others: ``a; b; and 4,998 others``."""
    return "; ".join([*items[:most], *(f"and {others}" for others in _others(len(items) - most))])


def _others(number: int) -> list[str]:
    return [f"{number:,} other{'' if number == 1 else 's'}"] if number > 0 else []


ABBREVIATIONS = frozenset(
    "afp bbc cnn csto eeas eu eufor eunavfor iiss isr isw nato ocha osce rusi sbu uk un unga unhcr unn unsc us".split()
)
"""Words that are written in capitals in names."""
PARLIAMENTS = frozenset(
    "bundestag eduskunta folketing oireachtas rada riigikogu riksdag saeima seimas sejm storting".split()
)
"""Words that begin with a capital in names."""


def spoken(name: str | None) -> str:
    """A term of a vocabulary in words: ``partner backstop`` for ``partner_backstop``; a dash for ``None``."""
    return " ".join(map(_abbreviated, name.replace("_", " ").split(" "))) if name else "-"


def _abbreviated(word: str) -> str:
    return word.upper() if word in ABBREVIATIONS else word.capitalize() if word in PARLIAMENTS else word


def for_capability(capability: str | None, unit: str | None = None) -> str:
    """What a pledge or a requirement is for: `` for ground forces``; nothing if that is not specified, or money."""
    is_left_out = capability in (None, "unspecified") or (capability == "funding" and is_currency(unit))
    return "" if is_left_out else f" for {spoken(capability)}"


_WITH_ARTICLE = ("agreement", "ceasefire", "guarantee", "mandate", "ruling")
"""The endings of condition names that take an article."""


def condition_name(slug: str) -> str:
    """A condition in a sentence, by its label, or else by its name: ``a ceasefire``, ``US backing``."""
    if (labelled := label_of("condition", slug)) is not None:
        return labelled
    name = spoken(slug.replace("-", "_"))
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}" if name.endswith(_WITH_ARTICLE) else name


ZONES = {
    "theatre": "in the theatre", "contact_line": "on the contact line", "theatre_rear": "in the rear of the theatre",
    "theatre_hub": "at a hub in the theatre", "capital": "in the capital", "district": "in a district",
    "neighbouring_state": "in a neighbouring state",
    "out_of_theatre": "outside the theatre", "afloat": "at sea", "airspace": "in the airspace",
    "undetermined": "at a place to be determined",
}  # fmt: skip
"""Each zone as a phrase of place."""


def in_zone(zone: str | None) -> str:
    """`` in the theatre``; empty without a zone."""
    return f" {ZONES.get(zone, f'in {spoken(zone)}')}" if zone else ""


def place_of_basing(item: Json) -> str:
    """The place of a basing: ``in the rear of the theatre (strategic towns, Ukraine)``; without a zone, by its name."""
    within = ", ".join(label(part) for part in (item["place"], item["country"]) if part)
    where = in_zone(item["zone"]).strip() or f"at {called('basing', item['basing'])}"
    return f"{where} ({within})" if within else where


def label(actor: str) -> str:
    """The name of an actor in a heading, without an article: ``United Kingdom``."""
    return actor.removeprefix("the ")


def as_role(role: str) -> str:
    """``as a contributor``, ``as an observer``, ``as lead``."""
    return "as lead" if role == "lead" else f"as {'an' if role[:1] in 'aeiou' else 'a'} {spoken(role)}"


STANCES = {
    "ruled_out": ("rules out", "rules out", "taking part"),
    "reluctant": ("is reluctant to provide", "is reluctant to", "take part"),
    "undecided": ("is undecided about", "is undecided about", "taking part"),
    "not_excluded": ("does not exclude", "does not exclude", "taking part"),
    "considering": ("is considering", "is considering", "taking part"),
    "willing": ("is willing to provide", "is willing to", "take part"),
    "committed": ("is committed to providing", "is committed to", "taking part"),
}
"""The verb of each stance before a capability, the verb before taking part, and how taking part follows it."""
_PAST = {"rules": "ruled", "is": "was", "does": "did"}


def stance_verb(item: Json) -> str:
    """``is willing to provide``, ``is willing to``."""
    on_capability, overall, _ = STANCES.get(item["stance"], (f"is {spoken(item['stance'])} on",) * 2 + ("taking part",))
    return overall if item["capability"] in (None, "unspecified") else on_capability


def stance_object(item: Json) -> str:
    """``combat air in the theatre``, ``take part``."""
    is_overall = item["capability"] in (None, "unspecified")
    what = STANCES.get(item["stance"], ("", "", "taking part"))[2] if is_overall else spoken(item["capability"])
    return f"{what}{in_zone(item['zone'])}"


def past(verb: str) -> str:
    """The verb of a stance in the past tense."""
    first, _, rest = verb.partition(" ")
    return f"{_PAST.get(first, first)} {rest}"


STATEMENTS = {"political": "political statement", "support": "statement of support"}
"""Kinds of statement whose name differs from the term of the vocabulary."""


def statement_kind(kind: str) -> str:
    """``political statement``, ``capacity assessment``."""
    return STATEMENTS.get(kind, spoken(kind))


_STATES = {"holds": "satisfied", "standing": "in force"}


def state_in_words(state: str | None) -> str:
    """The state of a condition or a pledge: ``satisfied`` for a rule that holds, ``not on record``."""
    return _STATES.get(state, spoken(state)) if state else "not on record"


def type_in_words(name: str) -> str:
    """A type of fact as words: ``pledge made``."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", name).lower()


def capitalised(text: str) -> str:
    """The text with a capital first letter."""
    return f"{text[:1].upper()}{text[1:]}"


def moment(text: str | None) -> str:
    """A time in tables: an instant to the second, midnight as its day, other times as written."""
    if text is None:
        return "-"
    if text.endswith("T00:00:00.000000Z"):
        return text[:10]
    return text[:19].replace("T", " ") + " UTC" if "T" in text and text.endswith("Z") else text


_MONTHS = "January February March April May June July August September October November December".split()
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def when(text: str | None) -> str:
    """A time in sentences: ``on 1 May 2025``, ``in May 2025``, ``between 29 and 30 April 2025``."""
    if text is None:
        return ""
    if "/" in text:
        return f"between {' and '.join(_ends(text))}"
    if "T" in text.upper():
        return f"at {moment(text)}"
    return f"on {date(text)}" if text.count("-") == 2 else f"in {date(text)}"


def date(text: str) -> str:
    """A day, a month, a year or an interval (``29–30 April 2025``) in words; an instant to the second."""
    if "/" in text:
        return "–".join(_ends(text))
    match = _DATE.fullmatch(text)
    if match is None:
        return moment(text)
    year, month, day = match.groups()
    return " ".join(filter(None, (day and str(int(day)), month and _MONTHS[int(month) - 1], year)))


def _ends(interval: str) -> tuple[str, str]:
    """The first and last day of an interval, shared parts in the last only: ``29`` and ``30 April 2025``."""
    first, last = (text.split("-") for text in interval.split("/"))
    shared = 2 if first[:2] == last[:2] else 1 if first[:1] == last[:1] else 0
    words = date("-".join(first)).split()
    return " ".join(words[: len(words) - shared]), date("-".join(last))


def known(axis: str) -> str:
    """How an event becomes known on each axis: ``recorded here``, ``made public``."""
    return "made public" if axis == "reported" else "recorded here"


BASES = {
    "official": "official statements", "informal": "informal remarks", "leak": "leaks",
    "press_estimate": "press estimates", "third_party": "third parties", "unstated": "reports without an attribution",
}  # fmt: skip


def without(bases: Sequence[str]) -> str:
    """What an answer leaves out: ``without leaks and press estimates``; nothing, if nothing is."""
    return f"without {listed([BASES[basis] for basis in bases])}" if bases else ""


def basis_line(basis: Json) -> str:
    """The basis of an answer in words."""
    knowledge = f"as {known(basis['known_axis'])} by {moment(basis['known_at'])}"
    line = f"as of {moment(basis['valid_at'])}, {knowledge}; {count(basis['sequence'], 'event')} on record"
    return "; ".join(filter(None, (line, without(basis.get("without", ())))))
