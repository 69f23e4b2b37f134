"""Questions: from options to the API's paths and parameters, and from its answers to the terminal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from api.cli.client import OK, Params, Target, ask, coalition_named, connection, path_to
from api.cli.events import event_id_of, numbers_of
from api.cli.output import say, show_json, show_lines
from api.cli.tables.lists import show_event, show_history, show_items, show_log
from api.cli.whole_answers import ask_whole
from api.wording.actors import change_with_names, named, pointer_with_names, with_names
from api.wording.differences import diff_lines
from api.wording.event_numbers import events_named_in, numbers_in, with_event_numbers
from api.wording.explanations import why_lines
from api.wording.moved_on import moved_on_sentence
from api.wording.names import ListedNames, call_by
from api.wording.phrases import Json
from api.wording.warnings import warning_lines
from domain.times import YEAR_LAST

_PAGE = 1_000
_POINT = ("valid_at", "known_at", "known_axis", "sequence")


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """The coalition, or one of its scenarios, and the point on both axes, as far as options state them."""

    coalition: str | None
    valid_at: str | None = None
    known_at: str | None = None
    known_axis: str | None = None
    sequence: int | None = None
    scenario: str | None = None
    without: Sequence[str] | None = None

    def params(self) -> dict[str, str | int | list[str] | None]:
        """The point, as parameters of the API."""
        point = {name: getattr(self, name) for name in _POINT}
        return point | ({"without": ",".join(self.without)} if self.without else {})

    def start(self) -> dict[str, str | int]:
        """The point as the starting point of a scenario, as far as options state it."""
        return {name: value for name in (*_POINT, "scenario") if (value := getattr(self, name)) is not None}


def show_answer(
    target: Target,
    options: ViewOptions,
    path: str,
    params: Params | None = None,
    *,
    show: Callable[[Any], None],
    as_json: bool,
) -> None:
    """Ask a question below a coalition's path, and show the answer. Raises ``CommandFailed``."""
    with connection(target) as client:
        _, response = _ask_below(client, options, path, params)
    _show(response, show, as_json=as_json)


def show_overview(target: Target, path: str, *, show: Callable[[Any], None], as_json: bool) -> None:
    """Ask a question about all coalitions, and show the answer. Raises ``CommandFailed``."""
    with connection(target) as client:
        response = ask(client, path)
    _show(response, show, as_json=as_json)


def _ask_below(
    client: httpx.Client, options: ViewOptions, path: str, params: Params | None = None
) -> tuple[str, httpx.Response]:
    """The path of the coalition, or of its scenario, and the answer to a question below it."""
    base = _base_of(client, options)
    response = ask_whole(client, base + path, options.params() | dict(params or {}))
    say_moved_on(response)
    call_by_names(client, base, _point_of(options, params or {}))
    return base, response


def _base_of(client: httpx.Client, options: ViewOptions) -> str:
    """The path of the coalition, or of its scenario."""
    base = path_to("coalitions", coalition_named(client, options.coalition))
    return base if options.scenario is None else base + path_to("scenarios", options.scenario)


def say_moved_on(response: httpx.Response) -> None:
    """Say how far the record has moved on since the starting point, if the answer is about one and it has."""
    moved_on = response.json().get("record_moved_on")
    if moved_on and moved_on["events"]:
        say(moved_on_sentence(moved_on))


def _point_of(options: ViewOptions, params: Params) -> Params:
    """The point whose names a question is answered with: of a comparison, the later one."""
    later = {name: params[f"to_{name}"] for name in ("valid_at", "known_at", "sequence") if params.get(f"to_{name}")}
    return options.params() | later


def call_by_names(client: httpx.Client, base: str, point: Params) -> None:
    """Call actors and things by their names on record at a point, if the service has that read."""
    stated = {name: value for name, value in point.items() if value is not None}
    response = client.get(f"{base}/names", params=stated)
    if response.status_code == OK:
        call_by(ListedNames(response.json()))


def _show(response: httpx.Response, show: Callable[[Any], None], *, as_json: bool) -> None:
    if as_json:
        show_json(response)
    else:
        show(response.json())


# --- lists and events -------------------------------------------------------------------------------------------------


def show_list(
    target: Target, options: ViewOptions, kind: str, name: str | None, filters: Params, *, as_json: bool
) -> None:
    """Show all items of a kind that the filters let through, or one with its history. Raises ``CommandFailed``."""
    if name is None:
        show_answer(
            target,
            options,
            path_to(kind),
            filters,
            show=lambda answer: show_items(kind, answer["items"]),
            as_json=as_json,
        )
    else:
        path = path_to(kind, name)
        _show_events(target, options, path, show=lambda answer: _show_item(kind, name, answer), as_json=as_json)


def show_record(target: Target, options: ViewOptions, params: Params, *, as_json: bool) -> None:
    """Show the events of the record. Raises ``CommandFailed``."""
    _show_events(target, options, "/events", params, show=show_log, as_json=as_json)


def show_one_event(target: Target, options: ViewOptions, name: str, *, as_json: bool) -> None:
    """Show an event by its number or id, its corrections and its added sources. Raises ``CommandFailed``."""
    with connection(target) as client:
        path = path_to("events", event_id_of(client, _base_of(client, options), name, options.params()))
    _show_events(target, options, path, show=show_event, as_json=as_json)


def _show_item(kind: str, name: str, answer: Json) -> None:
    item = answer["item"]
    if item is None:
        show_lines([f"Nothing named {name} was in force at that point."])
    else:
        show_items(kind, [item])
    contributors = {name: named(item["contributor"])} if kind == "pledges" and item else None
    show_history("History", answer["history"], contributors=contributors)


def _show_events(
    target: Target,
    options: ViewOptions,
    path: str,
    params: Params | None = None,
    *,
    show: Callable[[Any], None],
    as_json: bool,
) -> None:
    """Ask a question whose answer has events, and show it with the numbers of the events that they are about."""
    with connection(target) as client:
        base, response = _ask_below(client, options, path, params)
        if as_json:
            show_json(response)
            return
        answer = _with_numbers(client, base, response.json())
    show(answer)


def _with_numbers(client: httpx.Client, base: str, answer: Any) -> Any:
    """An answer with events by their numbers; those that it has not whole are asked for."""
    numbers = numbers_in(answer)
    numbers |= numbers_of(client, base, events_named_in(answer) - numbers.keys())
    return with_event_numbers(answer, numbers)


def show_warnings(target: Target, options: ViewOptions, params: Params, *, as_json: bool) -> None:
    """Show warnings, and the facts that would settle them. Raises ``CommandFailed``."""

    def show(answer: Any) -> None:
        show_lines([line for item in answer["items"] for line in warning_lines(item)] or ["No warnings."])

    show_answer(target, options, "/warnings", params, show=show, as_json=as_json)


# --- in sentences -----------------------------------------------------------------------------------------------------


def show_explanation(target: Target, options: ViewOptions, figure: str, *, as_json: bool) -> None:
    """Explain a figure. Raises ``CommandFailed``."""
    with connection(target) as client:
        base, response = _ask_below(client, options, "/why", {"figure": figure})
        if as_json:
            show_json(response)
            return
        why = response.json()
        # With the whole basis of the first answer, the picture is the one that contains the figure.
        picture = ask(client, f"{base}/picture", _params_of(why["basis"])).json()
        refs = [ref for part in (*why["pledges"], why) for ref in part["events"]]
        events, contributors = _events(client, base, refs), contributors_of(client, base)
    explanation = with_names(why) | {"figure": pointer_with_names(why["figure"])}
    show_lines(why_lines(explanation, with_names(picture), events, contributors))


def show_difference(target: Target, options: ViewOptions, params: Params, *, as_json: bool) -> None:
    """Show what changed between two points. Raises ``CommandFailed``."""
    with connection(target) as client:
        base, response = _ask_below(client, options, "/diff", params)
        if as_json:
            show_json(response)
            return
        difference = response.json()
        events, contributors = _events(client, base, difference["events"]), contributors_of(client, base)
    changes = [change_with_names(change) for change in difference["changes"]]
    show_lines(diff_lines(difference | {"changes": changes}, events, contributors))


def _params_of(basis: Json) -> Params:
    names = ("valid_at", "known_at", "known_axis", "sequence", "definitions", "without")
    return {name: basis[name] for name in names if name in basis}


def contributors_of(client: httpx.Client, base: str) -> dict[str, str]:
    """The contributor of each pledge that was ever made, as sentences name it, by the pledge's id."""
    items = ask_whole(client, f"{base}/pledges", {"valid_at": str(YEAR_LAST)}).json()["items"]
    return {item["pledge"]: named(item["contributor"]) for item in items}


def _events(client: httpx.Client, base: str, refs: Collection[Json]) -> Mapping[str, Json]:
    """The events that an answer refers to, with actors by name and other events by number.

    They are read page by page if they are close to each other, else one by one.
    """
    sequences = [ref["sequence"] for ref in refs]
    if not sequences:
        return {}
    if (max(sequences) - min(sequences)) // _PAGE + 1 <= len(sequences):
        events = _pages(client, base, min(sequences) - 1, max(sequences))
    else:
        paths = {ref["event_id"]: base + path_to("events", ref["event_id"]) for ref in refs}
        events = {event_id: ask(client, path).json()["event"]["event"] for event_id, path in paths.items()}
    wanted = {ref["event_id"] for ref in refs}
    numbers = numbers_in(list(events.values()))
    chosen = with_event_numbers({event_id: event for event_id, event in events.items() if event_id in wanted}, numbers)
    return {event_id: with_names(event) for event_id, event in _with_numbers(client, base, chosen).items()}


def _pages(client: httpx.Client, base: str, after: int | None, until: int) -> dict[str, Json]:
    events: dict[str, Json] = {}
    while after is not None and after < until:
        page = ask(client, f"{base}/events", {"cursor": str(after), "limit": _PAGE}).json()
        events |= {event["event_id"]: event for event in page["items"]}
        after = page["next_after"]
    return events
