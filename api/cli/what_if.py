"""Asking what if: a question put together from a file and from options, sent, and its refusal traced back to both."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from api.cli.client import OK, Target, asking, coalition_named, path_to
from api.cli.failures import MISUSED, CommandFailed, Refusal, error_line, refusal_of
from api.cli.output import show_json, working
from api.cli.questions import TimeOptions, contributors_of
from api.files.chance_sentences import chance_in, dates_in
from api.files.change_sentences import change_in
from api.files.facts import content_of, facts_in_file, format_of
from api.files.scenarios import Place, WhatIfFile, read_file
from api.files.unreadable import UnreadableSentence, UnreadableText
from api.files.yaml_nodes import as_json, value_in

CREATED = 201
_MOST_SHOWN = 20

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class WhatIfInput:
    """What was given on the command line: a file, facts to assume, changes, and what is forked."""

    file: str | None
    assume: Sequence[str] = ()
    change: Sequence[str] = ()


def put_together(given: WhatIfInput, at: TimeOptions) -> WhatIfFile:
    """The question, its changes in order: those of the file, then what is assumed, then those of options.

    What is said on the command line of the fork goes before what the file says. Raises ``CommandFailed``.
    """
    asked = read_file(given.file) if given.file is not None else WhatIfFile()
    add_assumed(asked, given.assume)
    add_changes(asked, given.change)
    asked.fork |= {name: value for name, value in at.params().items() if value is not None}
    if at.scenario is not None:
        asked.fork["scenario"] = at.scenario
    return asked


def what_if(
    client: httpx.Client, coalition: str | None, asked: WhatIfFile, questions: dict[str, Any]
) -> httpx.Response:
    """The answer to questions about a changed history. Raises ``CommandFailed``."""
    body = {"fork": asked.fork, "changes": asked.changes, "questions": questions}
    return posted(client, f"{path_of(client, coalition)}/what-if", body, asked)


def path_of(client: httpx.Client, coalition: str | None) -> str:
    """The path of the coalition that is meant. Raises ``CommandFailed``."""
    return path_to("coalitions", coalition_named(client, coalition))


def posted(client: httpx.Client, path: str, body: Any, asked: WhatIfFile | None = None) -> httpx.Response:
    """The answer to a body, JSON already or still to be.

    Raises ``CommandFailed``, with the place in the file or the option if that is known.
    """
    content = body if isinstance(body, bytes) else as_json(body)
    response = client.post(path, content=content, headers={"Content-Type": "application/json"})
    if response.status_code in (OK, CREATED):
        return response
    refusal = refusal_of(response)
    raise _traced(refusal, asked) if asked is not None and isinstance(refusal, Refusal) else refusal


def _traced(refusal: Refusal, asked: WhatIfFile) -> CommandFailed:
    lines = [line for error in refusal.errors if (line := _traced_line(error, asked)) is not None]
    if not lines:
        return refusal
    more = [f"  and {len(lines) - _MOST_SHOWN:,} more"] if len(lines) > _MOST_SHOWN else []
    return CommandFailed("\n".join([f"{refusal.problem['title']}:", *lines[:_MOST_SHOWN], *more]))


def _traced_line(error: dict[str, Any], asked: WhatIfFile) -> str:
    pointer = str(error.get("pointer", "")).removeprefix("/questions")
    place, rest = asked.place_of(pointer)
    return f"  {place}: {error_line(error | {'pointer': rest})}" if place else f"  {error_line(error)}"


# --- options ----------------------------------------------------------------------------------------------------------


def add_assumed(asked: WhatIfFile, files: Iterable[str]) -> None:
    """Assume the facts of files, as ``coalition record`` takes them. Raises ``CommandFailed``."""
    for file in files:
        for written in facts_in_file(content_of(file), file, format_of(file, None)):
            fact = _value(written.json.decode(), written.place)
            asked.add_change({"assume": fact}, _at(written.place))


def add_changes(asked: WhatIfFile, sentences: Iterable[str]) -> None:
    """Add changes told as sentences, or as objects. Raises ``CommandFailed``."""
    for said in sentences:
        is_object = said.lstrip().startswith("{")
        change = _value(said, "--change") if is_object else _told(change_in, said, "--change")
        asked.add_change(change, _at(f"--change {said!r}"))


def add_chances(asked: WhatIfFile, sentences: Iterable[str]) -> None:
    """Add chances told as sentences. Raises ``CommandFailed``."""
    for said in sentences:
        chance = _told(chance_in, said, "--chance")
        asked.add_chance(chance, _at(f"--chance {said!r}"))


def set_dates(asked: WhatIfFile, said: str) -> None:
    """Set the dates of the simulation. Raises ``CommandFailed``."""
    asked.simulation["dates"] = _told(dates_in, said, "--dates")
    asked.places["/simulation/dates"] = _at("--dates")


def _at(place: str) -> Place:
    return lambda _: place


def _told(read: Callable[[str], Read], said: str, option: str) -> Read:
    try:
        return read(said)
    except UnreadableSentence as error:
        raise CommandFailed(f"{option}: {error}", MISUSED) from None


def _value(text: str, place: str) -> Any:
    try:
        return value_in(text)
    except UnreadableText as error:
        raise CommandFailed(f"{place}: {error}", MISUSED) from None


# --- the questions ----------------------------------------------------------------------------------------------------


def show_changed(where: Target, coalition: str | None, asked: WhatIfFile, *, as_json: bool) -> None:
    """Ask what changes lead to, and show it. Raises ``CommandFailed``."""
    from api.cli.tables.what_if import show_what_if

    with asking(where) as client:
        response = what_if(client, coalition, asked, {"picture": {}, "consequences": {}})
        if as_json:
            show_json(response)
            return
        contributors = contributors_of(client, path_of(client, coalition))
    changes = dict(enumerate(asked.changes, start=1))
    show_what_if(response.json(), changes, contributors, title_of(asked, "What if"))


def show_sensitivity_of(where: Target, coalition: str | None, asked: WhatIfFile, *, as_json: bool) -> None:
    """Ask which condition matters, and show it. Raises ``CommandFailed``."""
    from api.cli.tables.likelihood import show_sensitivity

    with working("checking every condition") as watching, asking(where, watching=watching) as client:
        response = what_if(client, coalition, asked, {"sensitivity": asked.sensitivity})
    if as_json:
        show_json(response)
    else:
        show_sensitivity(response.json()["sensitivity"], title_of(asked, "Which condition matters most"))


def show_simulation_of(where: Target, coalition: str | None, asked: WhatIfFile, *, as_json: bool) -> None:
    """Ask how likely what is, and show it. Raises ``CommandFailed``."""
    from api.cli.tables.likelihood import show_simulation

    if not asked.simulation.get("dates"):
        raise CommandFailed("give the dates: --dates 'every month from 2025-10 to 2026-09', or in the file", MISUSED)
    with working("simulating") as watching, asking(where, watching=watching) as client:
        response = what_if(client, coalition, asked, {"simulation": asked.simulation})
    if as_json:
        show_json(response)
    else:
        show_simulation(response.json()["simulation"], title_of(asked, "Simulation"))


def title_of(asked: WhatIfFile, otherwise: str) -> str:
    """The name of what is asked."""
    return f"{otherwise}: {asked.saved['name']}" if asked.saved.get("name") else otherwise
