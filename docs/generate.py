"""Writes the generated parts of ``facts.md``, ``picture.md`` and ``licences.md``: ``make docs``.

A part stands between ``<!-- made by `make docs`: NAME -->`` and ``<!-- end -->``; the rest is written by hand.
The tests fail if a part differs from what the code makes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from sys import modules
from typing import Any, get_args

from api.forms.meanings import FACT_FIELDS, VALUES, VOCABULARY, keys_of
from api.routes.openapi import example_of
from docs import licences
from docs.meanings import ANSWER_FIELDS
from docs.shapes import VOCABULARIES, Shape, dataclasses_under, in_words, shapes_of
from domain import actors, facts, sources
from domain.concepts import condition_rules, meetings, pledges, statements
from domain.corrections import EventCorrected, EventRetracted, RecordFact
from domain.events import FACTS, Event, ProposalOrigin
from domain.facts import Fact
from domain.quantities import DEFINITIONS, PERSONNEL_PER_FORMATION, UNITS, Quantity
from domain.refusals import RuleBroken
from projections.difference import Difference
from projections.lists import Items, ItemWithHistory
from projections.names import Names
from projections.picture.items import MemberItem, PledgeItem
from projections.picture.picture import Picture
from projections.timeline import Timeline
from projections.why import Why

HERE = Path(__file__).parent
_PART = re.compile(r"(?<=<!-- made by `make docs`: )(\w+) -->\n.*?(?=<!-- end -->)", re.DOTALL)


class Meanings:
    """A table of meanings that records which of them are used, and which fields have none."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table
        self.unused = set(table)
        self.missing: set[str] = set()

    def of(self, cls: type, name: str) -> str:
        """Returns the meaning of a field: that of its class, of a base, or of all fields of that name."""
        keys = keys_of(cls, name)
        key = next((key for key in keys if key in self._table), None)
        if key is None:
            self.missing.add(keys[0])
            return ""
        self.unused.discard(key)
        return self._table[key]


class Docs:
    """The pages as they should be, and the faults of ``meanings.py``."""

    def __init__(self) -> None:
        of_facts, of_answers = Meanings(FACT_FIELDS), Meanings(ANSWER_FIELDS)
        self.pages = {
            "facts.md": _page("facts.md", _facts_parts(of_facts)),
            "picture.md": _page("picture.md", _picture_parts(of_answers)),
            "licences.md": _page("licences.md", licences.tables()),
        }
        self.complaints = [*_complaints(of_facts), *_complaints(of_answers), *_complaints_of_values()]


def _complaints(meanings: Meanings) -> Iterator[str]:
    yield from (f"{name} has no meaning" for name in sorted(meanings.missing))
    yield from (f"no field {name} exists" for name in sorted(meanings.unused))


def _complaints_of_values() -> Iterator[str]:
    known = {f"{name}.{value}" for name, vocabulary in VOCABULARIES.items() for value in get_args(vocabulary)}
    yield from (
        f"VOCABULARY and domain/vocabulary.py differ in {name}" for name in VOCABULARY.keys() ^ VOCABULARIES.keys()
    )
    yield from (f"no value {name} exists" for name in VALUES.keys() - known)


def _page(name: str, parts: Mapping[str, Iterable[str]]) -> str:
    """Returns the page with new parts; raises ``KeyError`` for a part that nothing makes, or that the page lacks."""
    written = (HERE / name).read_text(encoding="utf-8")
    lines = {part: "\n".join(lines).strip().replace(f"({name}#", "(#") for part, lines in parts.items()}
    missing = lines.keys() - set(_PART.findall(written))
    if missing:
        raise KeyError(f"{name} has no part {missing}")
    return _PART.sub(lambda part: f"{part[1]} -->\n\n{lines[part[1]]}\n\n", written)


def main() -> None:
    """Write the pages; ends with the complaints about ``meanings.py``, if there are any."""
    docs = Docs()
    for name, text in docs.pages.items():
        (HERE / name).write_text(text, encoding="utf-8")
    if docs.complaints:
        raise SystemExit("\n".join(["docs/meanings.py:", *docs.complaints]))


# --- facts.md ---------------------------------------------------------------------------------------------------------


def _facts_parts(meanings: Meanings) -> dict[str, Iterable[str]]:
    return {
        "contents": _contents(),
        "common": _common(meanings),
        "types": _types(meanings),
        "names": _names(),
        "quantities": _quantities(meanings),
        "formations": _formations(),
        "rules": _rule_forms(meanings),
        "vocabularies": _vocabularies(),
        "refusals": _refusals(),
    }


def _contents() -> Iterator[str]:
    yield f"There are {len(FACTS)} types:\n"
    for module, classes in _by_module().items():
        yield f"- {_title(module)}: " + " · ".join(f"[`{cls.__name__}`](#{cls.__name__.lower()})" for cls in classes)


def _by_module() -> dict[str, list[type]]:
    grouped: dict[str, list[type]] = {}
    for cls in FACTS.values():
        grouped.setdefault(_concept(cls), []).append(cls)
    return grouped


def _concept(cls: type) -> str:
    """The module of a fact's concept, which can be a package with its facts in a module of their own."""
    return cls.__module__.removesuffix(".facts")


def _title(module: str) -> str:
    name = module.rpartition(".")[2]
    return _TITLES.get(name, name.capitalize())


_TITLES = {
    "actor_names": "Names of actors", "corrections": "The record itself", "statements": "Statements and counts",
}  # fmt: skip


_COMMON = ("effective_at", "sources", "attribution", "note", "imported", "event_id")


def _common(meanings: Meanings) -> Iterator[str]:
    shapes = {shape.name: shape for shape in shapes_of(Fact)}
    yield from _table(Fact, [Shape("type", "text", False, None), *(shapes[name] for name in _COMMON)], meanings)
    for cls in (sources.Source, sources.Attribution, facts.Imported):
        yield f"\n### {cls.__name__}\n\n{_markdown(cls.__doc__)}\n"
        yield from _table(cls, shapes_of(cls), meanings)
    yield f"\n## Record details\n\n{_markdown(Event.__doc__)}"
    yield "The ledger adds the record details; of these, a client may send the fact's `event_id` only.\n"
    yield from _table(Event, shapes_of(Event), meanings)
    yield f"\n### {ProposalOrigin.__name__}\n\n{_markdown(ProposalOrigin.__doc__)}\n"
    yield from _table(ProposalOrigin, shapes_of(ProposalOrigin), meanings)


_PARTS_OF_FACTS = (pledges.Caveat, pledges.Phase, meetings.Attendance, meetings.Participants, statements.Count)


def _types(meanings: Meanings) -> Iterator[str]:
    for module, classes in _by_module().items():
        yield f"\n## {_title(module)}\n\n{_markdown(modules[module].__doc__)}"
        for cls in classes:
            yield from _type(cls, meanings)
        for part in _PARTS_OF_FACTS:
            if _concept(part) == module:
                yield f"\n### {part.__name__}\n\n{_markdown(part.__doc__)}\n"
                yield from _table(part, shapes_of(part), meanings)


def _type(cls: type, meanings: Meanings) -> Iterator[str]:
    yield f"\n### {cls.__name__}\n\n{_markdown(cls.__doc__)}\n"
    yield from _table(cls, shapes_of(cls, leaving_out=frozenset({"type", *_COMMON})), meanings)
    if cls in (EventCorrected, EventRetracted):
        yield "\n`sources` may be left out: then the error was ours. With sources, the source corrected itself."
    elif issubclass(cls, RecordFact):
        yield "\n`sources` may be left out."
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in example_of(cls.__name__).items())
    yield f"\n```json\n{{\n{lines}\n}}\n```"


def _names() -> Iterator[str]:
    yield (
        f"- **actor**: a state, as one of the {len(actors.STATES) - 1} codes of ISO 3166-1 alpha-3, `XKX`, or for a "
        f"former\n  state one of the {len(actors.FORMER_STATES)} of ISO 3166-3 (`YUG`, `SCG`); an organisation, as "
        "`org:` and a slug;\n  or a group that a source leaves unnamed, as `group:` and a slug. `GBR` `org:nato` "
        "`group:cautious-members`"
    )
    yield f"- **reference**: `kind:id`. These must be on record: {', '.join(facts.REFERABLE)}."


def _quantities(meanings: Meanings) -> Iterator[str]:
    yield f"{_markdown(Quantity.__doc__)}\n"
    yield from _table(Quantity, shapes_of(Quantity), meanings)
    yield f"\nA **unit** is one of {', '.join(f'`{unit}`' for unit in UNITS)}, or an ISO 4217 currency such as `EUR`."


def _formations() -> Iterator[str]:
    yield f"People in one formation, by definitions {DEFINITIONS}:\n"
    yield "| formation | at least | at most |\n|---|---:|---:|"
    yield from (f"| `{name}` | {least:,} | {most:,} |" for name, (least, most) in PERSONNEL_PER_FORMATION.items())


_RULES: tuple[type, ...] = (
    condition_rules.AllOf,
    condition_rules.AnyOf,
    condition_rules.ConditionHolds,
    condition_rules.PersonnelAtLeast,
    condition_rules.ContributorsAtLeast,
    condition_rules.AllMembersAtLeast,
    condition_rules.ContributorAtLeast,
    condition_rules.StanceAtLeast,
)
_RULE_EXAMPLES: dict[str, Any] = {
    "all_of": [{"condition": "ceasefire"}, {"personnel_at_least": 10000}],
    "any_of": [{"condition": "ceasefire"}, {"condition": "peace-agreement"}],
    "condition": "ceasefire",
    "personnel_at_least": 10000,
    "contributors_at_least": 5,
    "all_members_at_least": "pledged",
    "contributor": "GBR",
    "level_at_least": "committed",
    "actor": "USA",
    "stance_at_least": "willing",
}


def _rule_forms(meanings: Meanings) -> Iterator[str]:
    for cls in _RULES:
        shapes = list(shapes_of(cls))
        example = json.dumps({shape.name: _RULE_EXAMPLES[shape.name] for shape in shapes if shape.default is None})
        yield f"\n### {in_words(cls.__name__).capitalize()}\n\n{_markdown(cls.__doc__)} `{example}`\n"
        yield from _table(cls, shapes, meanings)


def _vocabularies() -> Iterator[str]:
    for name, vocabulary in VOCABULARIES.items():
        values = get_args(vocabulary)
        yield f"\n### {in_words(name).capitalize()}\n\n{VOCABULARY.get(name, '')}\n"
        if any(f"{name}.{value}" in VALUES for value in values):
            yield "| value | meaning |\n|---|---|"
            yield from (f"| `{value}` | {VALUES.get(f'{name}.{value}', '')} |" for value in values)
        else:
            yield " ".join(f"`{value}`" for value in values)


def _refusals() -> Iterator[str]:
    yield "| rule | meaning |\n|---|---|"
    of_facts = (rule for rule in RuleBroken.__subclasses__() if rule.__module__ == RuleBroken.__module__)
    yield from (f"| `{rule.__name__}` | {_markdown(rule.__doc__)} |" for rule in of_facts)


def _table(cls: type, shapes: Iterable[Shape], meanings: Meanings) -> Iterator[str]:
    yield "| field | type | required | meaning |\n|---|---|---|---|"
    for name, type_, _, default in shapes:
        required = "yes" if default is None else f"no: {default}" if default else ""
        yield f"| `{name}` | {type_} | {required} | {meanings.of(cls, name)} |"


# --- picture.md -------------------------------------------------------------------------------------------------------


def _picture_parts(meanings: Meanings) -> dict[str, Iterable[str]]:
    shown: set[type] = set()
    others = (Names, Timeline, Difference, Why, Items, ItemWithHistory, PledgeItem, MemberItem)
    return {
        "definitions": [
            f"These are the definitions of **version {DEFINITIONS}**; each answer names the version that it uses. A "
            "question that asks for an earlier version is answered 410 (`outdated-definitions`)."
        ],
        "picture": list(_answers((Picture,), meanings, shown)),
        "others": list(_answers(others, meanings, shown)),
    }


def _answers(roots: Iterable[type], meanings: Meanings, shown: set[type]) -> Iterator[str]:
    """Returns a section for each type of object in the answers, each once."""
    for cls in (cls for root in roots for cls in dataclasses_under(root)):
        if cls not in shown:
            shown.add(cls)
            yield f"\n### {cls.__name__}\n\n{_markdown(cls.__doc__)}\n"
            yield "| field | type | meaning |\n|---|---|---|"
            yield from (_row(shape, meanings.of(cls, shape.name)) for shape in shapes_of(cls))


def _row(shape: Shape, meaning: str) -> str:
    return f"| `{shape.name}` | {shape.type}{' or null' if shape.is_nullable else ''} | {meaning} |"


def _markdown(docstring: str | None) -> str:
    """Returns a docstring as Markdown."""
    return " ".join((docstring or "").replace("``", "`").split())


if __name__ == "__main__":
    main()
