"""Questions: from options to the API's paths and parameters, and from its answers to the terminal."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from api.cli.client import Params, Target, ask, asking, coalition_named, path_to
from api.cli.output import show_json, show_lines, show_title
from api.cli.tables.lists import show_history, show_items
from api.wording.actors import change_with_names, named, pointer_with_names, with_names
from api.wording.differences import diff_lines
from api.wording.explanations import why_lines
from api.wording.phrases import Json
from domain.times import YEAR_LAST

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class TimeOptions:
    """The coalition, or a scenario of it, and the point on both axes, as far as they were said."""

    coalition: str | None
    valid_at: str | None = None
    known_at: str | None = None
    known_axis: str | None = None
    sequence: int | None = None
    scenario: str | None = None

    def params(self) -> dict[str, str | int | list[str] | None]:
        """As the API takes them."""
        names = ("valid_at", "known_at", "known_axis", "sequence")
        return {name: getattr(self, name) for name in names}


def answer(
    where: Target,
    asked: TimeOptions,
    path: str,
    params: Params | None = None,
    *,
    show: Callable[[Any], None],
    as_json: bool,
) -> None:
    """Ask a question below a coalition's path, and show the answer. Raises ``CommandFailed``."""
    with asking(where) as client:
        _, response = _asked(client, asked, path, params)
    _show(response, show, as_json=as_json)


def answer_all(where: Target, path: str, *, show: Callable[[Any], None], as_json: bool) -> None:
    """Ask a question that is about no one coalition, and show the answer. Raises ``CommandFailed``."""
    with asking(where) as client:
        response = ask(client, path)
    _show(response, show, as_json=as_json)


def _asked(
    client: httpx.Client, asked: TimeOptions, path: str, params: Params | None = None
) -> tuple[str, httpx.Response]:
    """The path of the coalition that is meant, and the answer to a question below it."""
    base = path_to("coalitions", coalition_named(client, asked.coalition))
    if asked.scenario is not None:
        base += path_to("scenarios", asked.scenario)
    return base, ask(client, base + path, asked.params() | dict(params or {}))


def _show(response: httpx.Response, show: Callable[[Any], None], *, as_json: bool) -> None:
    if as_json:
        show_json(response)
    else:
        show(response.json())


# --- lists ------------------------------------------------------------------------------------------------------------


def show_list(where: Target, asked: TimeOptions, kind: str, name: str | None, *, as_json: bool) -> None:
    """Show all of a kind, or one thing with its history. Raises ``CommandFailed``."""
    if name is None:
        answer(where, asked, path_to(kind), show=lambda found: show_items(kind, found["items"]), as_json=as_json)
    else:
        answer(where, asked, path_to(kind, name), show=lambda found: _show_one(kind, name, found), as_json=as_json)


def _show_one(kind: str, name: str, found: Json) -> None:
    if found["item"] is None:
        show_title(f"Nothing by the name {name} was in force at that point.")
    else:
        show_items(kind, [found["item"]])
    contributors = {name: named(found["item"]["contributor"])} if kind == "pledges" and found["item"] else None
    show_history("History", found["history"], contributors=contributors)


# --- in sentences -----------------------------------------------------------------------------------------------------


def tell_why(where: Target, asked: TimeOptions, figure: str, *, as_json: bool) -> None:
    """Tell why a figure is what it is. Raises ``CommandFailed``."""
    with asking(where) as client:
        base, response = _asked(client, asked, "/why", {"figure": figure})
        if as_json:
            show_json(response)
            return
        why = response.json()
        # Asked with the whole basis of the first answer, the picture is the one that the figure stands in.
        picture = ask(client, f"{base}/picture", _params_of(why["basis"])).json()
        refs = [ref for part in (*why["pledges"], why) for ref in part["events"]]
        events, contributors = _events(client, base, refs), contributors_of(client, base)
    asked_for = with_names(why) | {"figure": pointer_with_names(why["figure"])}
    show_lines(why_lines(asked_for, with_names(picture), events, contributors))


def tell_difference(where: Target, asked: TimeOptions, params: Params, *, as_json: bool) -> None:
    """Tell what changed between two points. Raises ``CommandFailed``."""
    with asking(where) as client:
        base, response = _asked(client, asked, "/diff", params)
        if as_json:
            show_json(response)
            return
        difference = response.json()
        events, contributors = _events(client, base, difference["events"]), contributors_of(client, base)
    changes = [change_with_names(change) for change in difference["changes"]]
    show_lines(diff_lines(difference | {"changes": changes}, events, contributors))


def _params_of(basis: Json) -> Params:
    return {name: basis[name] for name in ("valid_at", "known_at", "known_axis", "sequence", "definitions")}


def contributors_of(client: httpx.Client, base: str) -> dict[str, str]:
    """Who contributes each pledge that was ever made, by name."""
    items = ask(client, f"{base}/pledges", {"valid_at": str(YEAR_LAST)}).json()["items"]
    return {item["pledge"]: named(item["contributor"]) for item in items}


def _events(client: httpx.Client, base: str, refs: Collection[Json]) -> Mapping[str, Json]:
    """The events that an answer refers to, with actors by name: page by page if they are close, else one by one."""
    sequences = [ref["sequence"] for ref in refs]
    if not sequences:
        return {}
    if (max(sequences) - min(sequences)) // _PAGE + 1 <= len(sequences):
        found = _pages(client, base, min(sequences) - 1, max(sequences))
    else:
        paths = {ref["event_id"]: base + path_to("events", ref["event_id"]) for ref in refs}
        found = {event_id: ask(client, path).json()["event"]["event"] for event_id, path in paths.items()}
    return {event_id: with_names(event) for event_id, event in found.items()}


def _pages(client: httpx.Client, base: str, after: int | None, until: int) -> dict[str, Json]:
    found: dict[str, Json] = {}
    while after is not None and after < until:
        page = ask(client, f"{base}/events", {"cursor": str(after), "limit": _PAGE}).json()
        found |= {event["event_id"]: event for event in page["items"]}
        after = page["next_after"]
    return found
