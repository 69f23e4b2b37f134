"""What if: a request built from a file and from options, and its refusal traced back to both."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from api.cli.client import OK, Target, coalition_named, connection, path_to
from api.cli.failures import MISUSED, CommandFailed, Refusal, error_line, refusal_of
from api.cli.output import progress, show_json
from api.cli.questions import ViewOptions, call_by_names, contributors_of, say_moved_on
from api.files.chance_sentences import chance_in, dates_in
from api.files.change_sentences import change_in, quantity_in
from api.files.facts import content_of, facts_in_file, format_of
from api.files.scenarios import Place, WhatIfRequest, read_file
from api.files.unreadable import UnreadableSentence, UnreadableText
from api.files.yaml_nodes import as_json, value_in

CREATED = 201
_MAX_ERRORS = 20

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class WhatIfOptions:
    """The options that state a history: a file, facts to assume, and changes."""

    file: str | None
    assume: Sequence[str] = ()
    change: Sequence[str] = ()
    undisclosed: Sequence[str] = ()


def build_request(options: WhatIfOptions, view: ViewOptions) -> WhatIfRequest:
    """The request; its changes in order: those of the file, then assumed facts, then those of options.

    Options on the starting point take precedence over the file. Raises ``CommandFailed`` and ``UnreadableFile``.
    """
    request = read_file(options.file) if options.file is not None else WhatIfRequest()
    add_assumed(request, options.assume)
    add_changes(request, options.change)
    add_assumed_sizes(request, options.undisclosed)
    for name, value in view.start().items():
        request.fork[name] = value
        request.places[f"/fork/{name}"] = _at(f"--{name.replace('_', '-')} {value}")
    request.without = view.without or ()
    return request


def post_questions(
    client: httpx.Client, coalition: str | None, request: WhatIfRequest, questions: dict[str, Any]
) -> httpx.Response:
    """The answer to questions about a changed history. Raises ``CommandFailed``."""
    assumed = {"undisclosed": request.undisclosed} if request.undisclosed else {}
    if request.without:
        questions = {name: one | {"without": [*request.without]} for name, one in questions.items()}
        request.places |= {f"/{name}/without": _at("--without") for name in questions}
    body = {"fork": request.fork, "changes": request.changes, **assumed, "questions": questions}
    path = path_of(client, coalition)
    response = post(client, f"{path}/what-if", body, request)
    call_by_names(client, path, {name: request.fork.get(name) for name in ("valid_at", "known_at", "known_axis")})
    say_moved_on(response)
    return response


def path_of(client: httpx.Client, coalition: str | None) -> str:
    """The path of the coalition. Raises ``CommandFailed``."""
    return path_to("coalitions", coalition_named(client, coalition))


def post(
    client: httpx.Client, path: str, body: Any, request: WhatIfRequest | None = None, *, key: str | None = None
) -> httpx.Response:
    """The answer to a body, as JSON or still to be written as JSON; ``key`` makes it safe to repeat.

    Raises ``CommandFailed``, with the place in the file or the option if that is known.
    """
    content = body if isinstance(body, bytes) else as_json(body)
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    response = client.post(path, content=content, headers=headers)
    if response.status_code in (OK, CREATED):
        return response
    refusal = refusal_of(response)
    raise _with_places(refusal, request) if request is not None and isinstance(refusal, Refusal) else refusal


def _with_places(refusal: Refusal, request: WhatIfRequest) -> CommandFailed:
    lines = [line for error in refusal.errors if (line := _error_line_with_place(error, request)) is not None]
    if not lines:
        return refusal
    more = [f"  and {len(lines) - _MAX_ERRORS:,} more"] if len(lines) > _MAX_ERRORS else []
    return CommandFailed("\n".join([f"{refusal.problem['title']}:", *lines[:_MAX_ERRORS], *more]))


def _error_line_with_place(error: dict[str, Any], request: WhatIfRequest) -> str:
    pointer = str(error.get("pointer", "")).removeprefix("/questions")
    place, rest = request.place_of(pointer)
    return f"  {place}: {error_line(error | {'pointer': rest})}" if place else f"  {error_line(error)}"


# --- options ----------------------------------------------------------------------------------------------------------


def add_assumed(request: WhatIfRequest, files: Iterable[str]) -> None:
    """Assume the facts of files, in the formats of ``coalition record``. Raises ``UnreadableFile``."""
    for file in files:
        for fact in facts_in_file(content_of(file), file, format_of(file, None)):
            request.add_change({"assume": _value(fact.json.decode(), fact.place)}, _at(fact.place))


def add_changes(request: WhatIfRequest, sentences: Iterable[str]) -> None:
    """Add changes, each a sentence or an object. Raises ``CommandFailed``."""
    for sentence in sentences:
        is_object = sentence.lstrip().startswith("{")
        change = _value(sentence, "--change") if is_object else _parsed(change_in, sentence, "--change")
        request.add_change(change, _at(f"--change {sentence!r}"))


def add_assumed_sizes(request: WhatIfRequest, sizes: Iterable[str]) -> None:
    """Add what pledges of undisclosed size are assumed to be: ``naval: 100 to 500``. Raises ``CommandFailed``."""
    for text in sizes:
        capability, _, size = text.partition(":")
        quantity = _parsed(quantity_in, f"{size.strip().removesuffix(' people')} people", "--undisclosed")
        if quantity is None or "max" not in quantity:
            detail = f"{text!r} is not a valid assumption; expected, for example, 'ground_forces: 100 to 500'"
            raise CommandFailed(f"--undisclosed: {detail}", MISUSED)
        request.undisclosed[capability.strip()] = {"min": quantity.get("min", 0), "max": quantity["max"]}
        request.places["/undisclosed"] = _at(f"--undisclosed {text!r}")


def add_chances(request: WhatIfRequest, sentences: Iterable[str]) -> None:
    """Add chances, each a sentence. Raises ``CommandFailed``."""
    for sentence in sentences:
        request.add_chance(_parsed(chance_in, sentence, "--chance"), _at(f"--chance {sentence!r}"))


def set_dates(request: WhatIfRequest, dates: str) -> None:
    """Set the dates of the simulation. Raises ``CommandFailed``."""
    request.simulation["dates"] = _parsed(dates_in, dates, "--dates")
    request.places["/simulation/dates"] = _at("--dates")


def _at(place: str) -> Place:
    return lambda _: place


def set_sensitivity(request: WhatIfRequest, groups: Sequence[str], requirements: Sequence[str]) -> None:
    """Set the groups of conditions, each ``a,b``, and the requirements of the sensitivity question."""
    if groups:
        request.sensitivity["groups"] = [[name.strip() for name in group.split(",")] for group in groups]
        places = {f"/sensitivity/groups/{index}": _at(f"--group {group}") for index, group in enumerate(groups)}
        request.places |= places
    if requirements:
        request.sensitivity["requirements"] = list(requirements)
        request.places |= {
            f"/sensitivity/requirements/{index}": _at(f"--requirement {name}")
            for index, name in enumerate(requirements)
        }


def set_number(request: WhatIfRequest, question: str, name: str, value: int | None) -> None:
    """Set a number of a question if its option is stated: ``samples``, ``draws`` or ``seed``."""
    if value is not None:
        getattr(request, question)[name] = value
        request.places[f"/{question}/{name}"] = _at(f"--{name} {value}")


def _parsed(read: Callable[[str], Read], text: str, option: str) -> Read:
    try:
        return read(text)
    except UnreadableSentence as error:
        raise CommandFailed(f"{option}: {error}", MISUSED) from None


def _value(text: str, place: str) -> Any:
    try:
        return value_in(text)
    except UnreadableText as error:
        raise CommandFailed(f"{place}: {error}", MISUSED) from None


# --- the questions ----------------------------------------------------------------------------------------------------


def run_what_if(target: Target, coalition: str | None, request: WhatIfRequest, *, as_json: bool) -> None:
    """Show what changes lead to. Raises ``CommandFailed``."""
    from api.cli.tables.what_if import show_what_if

    with connection(target) as client:
        response = post_questions(client, coalition, request, {"picture": {}, "consequences": {}})
        if as_json:
            show_json(response)
            return
        contributors = contributors_of(client, path_of(client, coalition))
    changes = dict(enumerate(request.changes, start=1))
    show_what_if(response.json(), changes, contributors, title_of(request, "What if"))


def run_sensitivity(target: Target, coalition: str | None, request: WhatIfRequest, *, as_json: bool) -> None:
    """Show which condition matters most. Raises ``CommandFailed``."""
    from api.cli.tables.likelihood import show_sensitivity

    with progress("checking every condition") as update, connection(target, on_progress=update) as client:
        response = post_questions(client, coalition, request, {"sensitivity": request.sensitivity})
    if as_json:
        show_json(response)
    else:
        show_sensitivity(response.json()["sensitivity"], title_of(request, "Which condition matters most"))


def run_simulation(target: Target, coalition: str | None, request: WhatIfRequest, *, as_json: bool) -> None:
    """Show how large the force may be, and the chance of each requirement. Raises ``CommandFailed``."""
    from api.cli.tables.likelihood import show_simulation

    if not request.simulation.get("dates"):
        raise CommandFailed(
            "a simulation needs dates: use --dates 'every month from 2025-10 to 2026-09', or put them in the file",
            MISUSED,
        )
    with progress("simulating") as update, connection(target, on_progress=update) as client:
        response = post_questions(client, coalition, request, {"simulation": request.simulation})
    if as_json:
        show_json(response)
    else:
        show_simulation(response.json()["simulation"], title_of(request, "Simulation"))


def title_of(request: WhatIfRequest, title: str) -> str:
    """A title, with the name of the scenario if it has one."""
    return f"{title}: {request.saved['name']}" if request.saved.get("name") else title
