"""Filters for templates: the sentences of ``api/wording``, and the names of actors, places and levels."""

import json
from functools import lru_cache
from typing import Any, Protocol, get_args

from jinja2 import Environment
from markupsafe import Markup, escape

from api.http.answers import adapter
from api.pages.assets import address_of
from api.wording import confidence, facts, items, phrases, proposals, requirements, warnings
from api.wording.actors import is_actor, named, with_names
from api.wording.countries import actor_name
from api.wording.names import label_or_slug
from domain.json_pointers import steps_of
from domain.vocabulary import AttributionBasis
from projections.item_filters import JUDGED

LEVELS = {
    "assigned": "Assigned: named units, force-generated",
    "committed": "Committed: firm and binding",
    "pledged": "Pledged: stated, not binding",
    "floated": "Floated: mentioned or leaked, not offered",
}
"""Each level of a pledge, firmest first, and what it means."""
RELIABILITY = {
    "A": "completely reliable", "B": "usually reliable", "C": "fairly reliable", "D": "not usually reliable",
    "E": "unreliable", "F": "reliability cannot be judged",
}  # fmt: skip
CREDIBILITY = {
    "1": "confirmed by other sources", "2": "probably true", "3": "possibly true", "4": "doubtful", "5": "improbable",
    "6": "truth cannot be judged",
}  # fmt: skip


def as_answered(answer_type: Any, answer: Any) -> Any:
    """An answer as the API returns it, so that a page and its JSON never differ."""
    return adapter(answer_type).dump_python(answer, mode="json")


def actor(code: str | None) -> str:
    """The name of a state, an organisation or an unnamed group."""
    if not code:
        return "not named"
    return actor_name(code)


def who(code: str | None) -> Markup:
    """An actor in a table; a state's code shows when the pointer rests on its name."""
    return _marked(code, actor(code))


@lru_cache(4096)
def _marked(code: str | None, name: str) -> Markup:
    shown = escape(name)
    return Markup(f'<abbr title="{escape(code)}">{shown}</abbr>') if code and len(code) == 3 else Markup(shown)


def who_all(codes: list[str]) -> Markup:
    """Several actors, the last after an "and"."""
    return Markup(phrases.listed([who(code) for code in codes]))


@lru_cache(4096)
def tag(kind: str, text: str) -> Markup:
    """A state or level as a coloured label."""
    return Markup(f'<span class="tag {escape(kind)}">{escape(phrases.state_in_words(text))}</span>')


class FactNames(Protocol):
    """What the sentence of a fact says of other facts; a viewpoint knows it."""

    def contributor_of(self, pledge: str) -> str | None:
        """The contributor of a pledge."""

    def number_of(self, event_id: str) -> int | None:
        """The number of an event in the record."""


def clause(fact: Any, viewpoint: FactNames) -> str:
    """A fact as a clause that follows its date: actors by their names, other events by their numbers."""
    contributors = {
        pledge: named(contributor) for pledge, contributor in contributor_concerned(fact, viewpoint).items()
    }
    others = {name: fact[name] for name in ("corrects", "retracts", "event") if name in fact}
    numbers = {name: viewpoint.number_of(event_id) or event_id for name, event_id in others.items()}
    return closed(facts.fact_clause(with_names(fact) | numbers, contributors))


def contributor_concerned(fact: Any, viewpoint: FactNames) -> dict[str, str]:
    """The contributor of the pledge that a fact, or the replacement in it, is about; by the pledge's name."""
    pledge = fact.get("replacement", fact).get("pledge")
    contributor = None if pledge is None else viewpoint.contributor_of(pledge)
    return {} if contributor is None else {pledge: contributor}


def footing_sentence(item: Any) -> str:
    """What an item is based on."""
    return confidence.footing_sentence(item["rests_on"])


def item_sentence(item: Any) -> str | None:
    """An item as a sentence, actors by their names; ``None`` if its kind has no sentence."""
    text = items.item_sentence(with_names(item))
    return phrases.capitalised(text) if text and text.startswith(("the ", "an ")) else text


def item_name(item: Any) -> str:
    """The name of an item in a list: ``Condition ceasefire``, ``Estonia``."""
    return items.item_name(with_names(item))


def around(sentence: str, name: str) -> tuple[str, str, str]:
    """A sentence in three parts, so that a name in it can be a link: the text before, the name, the text after.

    If the sentence does not contain the name, the name goes before it."""
    before, found, after = sentence.partition(name)
    return (before, found, after) if found else ("", name, f": {sentence}")


def closed(sentence: str) -> str:
    """A sentence with a full stop, unless it already ends with a mark."""
    return sentence if sentence.rstrip("\"'”’)").endswith((".", "?", "!", "…")) else f"{sentence}."


def state_of(recorded: Any, events: Any) -> str:
    """The state of an event: in force, or how it ended; ``events`` includes those that may have corrected it."""
    return facts.state_of(recorded, {event["event_id"]: event for event in events})


def size(quantity: Any) -> str:
    """A quantity with its unit, in the short form of tables: ``about 200 people``, ``undisclosed``."""
    is_undisclosed = quantity.get("min") is None and quantity.get("max") is None
    return phrases.quantity(quantity) if is_undisclosed else phrases.people(quantity)


def graded(source: Any) -> str:
    """A source's grading by the Admiralty code, in words."""
    grades = (RELIABILITY.get(source.get("reliability") or ""), CREDIBILITY.get(source.get("credibility") or ""))
    code = f"{source.get('reliability') or '-'}{source.get('credibility') or '-'}"
    return f"{code}: {', '.join(grade for grade in grades if grade)}" if any(grades) else "not graded"


def is_address(text: Any) -> bool:
    """Whether a source's URL may be a link on a page: only ``http`` and ``https``."""
    return isinstance(text, str) and text.lower().startswith(("https://", "http://"))


def indented(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def condition(slug: str) -> str:
    """A condition in a table: its label, or else its name."""
    return label_or_slug("condition", slug)


def place(pointer: str) -> str:
    """The path of a figure in words: ``force › by contributor › United Kingdom › pledged``."""
    return " › ".join(" ".join(map(_step, step.split())) for step in steps_of(pointer))


def _step(word: str) -> str:
    return actor(word) if is_actor(word) else STEPS.get(word, phrases.spoken(word))


STEPS = {
    "counts": "reported totals", "held_back": "personnel affected", "if_all_move": "if released together",
    "money": "funding", "set_aside": "not applied", "size": "force", "key_partner": "key partner", "gaps": "shortfall",
}  # fmt: skip
"""Steps of a pointer that have another name in sentences."""


def plainly(item: dict[str, Any]) -> str:
    """An item without a sentence of its own: its fields, one after the other."""
    fields = list(item.items())[1:]
    return ", ".join(f"{phrases.spoken(name)} {phrases.spoken(str(value))}" for name, value in fields if value)


def install(templates: Environment) -> None:
    """Register the filters, tests and names that templates use."""
    for word in (
        phrases.bounds,
        phrases.figure,
        phrases.figure_in_unit,
        phrases.there,
        requirements.called,
        items.counted_phrases,
        requirements.required,
        requirements.amount_of,
        requirements.shortfall_of,
        requirements.by_line,
        phrases.able_to_move,
        phrases.quantity,
        phrases.people,
        phrases.amount,
        phrases.count,
        phrases.listed,
        phrases.spoken,
        phrases.moment,
        phrases.when,
        phrases.date,
        phrases.plural,
        actor,
        condition,
        clause,
        closed,
        size,
        phrases.figure_of_people,
        graded,
        phrases.capitalised,
        indented,
        plainly,
        item_sentence,
        footing_sentence,
        confidence.doubts_of_figure,
        confidence.doubts_of_item,
        proposals.origin_phrase,
        warnings.remedy_text,
        warnings.warning_sentence,
        item_name,
        items.according_to,
        items.before_formation,
        phrases.known,
        phrases.without,
        state_of,
        phrases.stance_verb,
        phrases.stance_object,
        phrases.for_capability,
        phrases.label,
        phrases.type_in_words,
        named,
        around,
        place,
    ):
        templates.filters[word.__name__] = word
    templates.tests["address"] = is_address
    templates.tests["currency"] = phrases.is_currency
    templates.globals |= {
        "BESIDE": requirements.BESIDE,
        "NEED_STATES": requirements.STATES,
        "LEVELS": LEVELS,
        "BASES": phrases.BASES,
        "ATTRIBUTIONS": get_args(AttributionBasis),
        "JUDGED": JUDGED,
        "file": address_of,
        "who": who,
        "who_all": who_all,
        "tag": tag,
    }
