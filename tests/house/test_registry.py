"""The registry lists every kind of thing, and tables keyed by it leave none out."""

from collections.abc import Collection
from typing import get_args

import pytest

import api.cli.commands.reads
import api.cli.tables.lists
import api.files.change_sentences
import api.pages.lists
import api.routes.reads
import projections.lists
from domain.concepts.registry import CONCEPTS, LISTS, WorldFact
from domain.events import FACTS
from domain.facts import REFERABLE

KEYED_BY_LIST: dict[str, Collection[str]] = {
    "projections": projections.lists.LISTS,
    "addresses": api.routes.reads.SUMMARIES,
    "pages": api.pages.lists.TITLES,
    "tables of the command line": api.cli.tables.lists.KINDS,
    "arguments of the command line": api.cli.commands.reads.KINDS,
}


@pytest.mark.parametrize("place", KEYED_BY_LIST)
def test_every_list_is_served_everywhere_in_one_order(place: str) -> None:
    assert [*KEYED_BY_LIST[place]] == [*LISTS]


def test_every_fact_about_the_world_belongs_to_one_kind_of_thing() -> None:
    facts = [fact for concept in CONCEPTS.values() for fact in concept.facts]
    assert len(facts) == len(set(facts))
    assert set(facts) == set(get_args(get_args(WorldFact)[0]))


def test_every_kind_that_can_be_referred_to_is_registered() -> None:
    assert set(REFERABLE) <= CONCEPTS.keys()


def test_every_kind_has_a_noun_in_sentences_of_changes_except_the_coalition_its_commands_and_names() -> None:
    named = [kind for kinds in api.files.change_sentences.NOUNS.values() for kind in kinds]
    assert len(named) == len(set(named))
    assert set(named) == CONCEPTS.keys() - {"coalition", "command", "actor"}


def test_a_noun_stands_for_its_facts_in_the_order_in_which_types_are_listed() -> None:
    order = [*FACTS]
    for noun in api.files.change_sentences.NOUNS:
        types = api.files.change_sentences.types_of(noun)
        assert types == sorted(types, key=order.index), noun
