"""Answers with actors by name, for sentences: ``the United Kingdom`` instead of ``GBR``.

Tables of the command line keep the codes, which its commands take."""

import re
from typing import Any

from api.wording.countries import ALL_NAMES, actor_name, group_name
from api.wording.names import name_of_actor

ACTORS = frozenset({
    "actor", "by", "by_contributor", "chairs", "contributor", "contributors", "contributors_named", "country",
    "endorsed_by", "invited", "key_partner", "leads", "led_by", "member", "members", "partner", "proposed_by",
    "said_by", "signed_by", "sought_by", "stated_by", "theatre",
})  # fmt: skip
"""The fields that hold an actor or a country, a list of them, or a mapping by actor."""
_WITH_ARTICLE = re.compile(
    r"United .*|.*(Islands|Territories|Territory|Republic)|Bahamas|Comoros|Gambia|Holy See|Isle of Man|Maldives|"
    r"Netherlands( Antilles)?|Philippines|Seychelles|British Antarctic Territory|French Territory .*|Soviet Union|"
    r"Panama Canal Zone|Neutral Zone|Byelorussian SSR|New Hebrides"
)


def named(code: str) -> str:
    """The name of an actor in a sentence: ``the United Kingdom``, ``NATO``, ``an unnamed group (cautious members)``.

    An organisation or a group goes by its name on record, if there is one."""
    if (recorded := name_of_actor(code)) is not None:
        return recorded
    kind, _, slug = code.partition(":")
    if kind == "group":
        return f"an unnamed group ({group_name(slug)})"
    name = actor_name(code)
    return f"the {name}" if code in ALL_NAMES and _WITH_ARTICLE.fullmatch(name) else name


def with_names(answer: Any, field: str = "") -> Any:
    """An answer with every actor and country by name; ``field`` is the field that it is the value of."""
    match answer:
        case str():
            return named(answer) if field in ACTORS else answer
        case list():
            return [with_names(one, field) for one in answer]
        case dict():
            if answer.get("type") == "ActorNamed":  # its own sentence says which actor is given the name
                return answer
            of_roles = field == "members"
            return {_key(key, field): with_names(value, field if of_roles else key) for key, value in answer.items()}
    return answer


def _key(key: str, field: str) -> str:
    return named(key) if field == "by_contributor" else key


def change_with_names(change: Any) -> Any:
    """A change of a picture with every actor by name, also in the pointer to what changed."""
    tokens = change["what"].split("/")
    field = "members" if tokens[1] == "members" else tokens[-2]
    sides = {side: with_names(change[side], field) for side in ("before", "after")}
    return {**change, **sides, "what": pointer_with_names(change["what"])}


def assumption_with_names(change: Any) -> Any:
    """A change of history with every actor in an assumed fact by name; its other parts stay unchanged."""
    return {**change, "assume": with_names(change["assume"])} if "assume" in change else change


def pointer_with_names(pointer: str) -> str:
    """A JSON pointer into a picture that is ``with_names``."""
    tokens = pointer.split("/")
    return "/".join(_token(tokens, at) for at in range(len(tokens)))


def _token(tokens: list[str], at: int) -> str:
    """One step of a pointer; stances are named by actor and subject, members by role and then actor."""
    token, before = tokens[at], tokens[at - 1] if at else ""
    if before == "stances":
        return " ".join(named(word) if is_actor(word) else word for word in token.split(" "))
    is_member = tokens[1:2] == ["members"] and at > 2
    return named(token) if is_actor(token) and (before in ACTORS or is_member) else token


def is_actor(text: str) -> bool:
    """Whether a text is the code of an actor."""
    return text in ALL_NAMES or text.startswith(("org:", "group:"))
