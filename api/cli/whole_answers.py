"""Whole answers from the pages that the service returns: each page is requested, and divided parts are joined."""

from typing import Any

import httpx

from api.cli.client import OK, Params, ask
from api.wording.phrases import Json

_NAMED_BY = {"pledges": lambda part: part["pledge"]["pledge"], "changes": lambda part: part["what"]}
"""What identifies a part that is divided over two pages: its events continue on the second."""


def ask_whole(client: httpx.Client, path: str, params: Params | None = None) -> httpx.Response:
    """The answer to a question, from all of its pages. Raises ``CommandFailed``."""
    response = ask(client, path, params)
    further = _next_url(response)
    if further is None:
        return response
    answer = response.json()
    while further is not None:
        response = ask(client, further)
        _join(answer, response.json())
        further = _next_url(response)
    answer.pop("next_cursor")
    return httpx.Response(OK, json=answer)


def _next_url(response: httpx.Response) -> str | None:
    """The URL of the next page. Pages of the record are not joined: users ask for each."""
    link = response.links.get("next", {}).get("url")
    return link if link is not None and "next_cursor" in response.json() else None


def _join(answer: dict[str, Any], page: Json) -> None:
    for name, more in page.items():
        if isinstance(more, list) and name != "value":
            answer[name] = _joined_parts(name, answer[name], more)


def _joined_parts(name: str, parts: list[Any], more: list[Any]) -> list[Any]:
    named = _NAMED_BY.get(name)
    if named is not None and parts and more and named(parts[-1]) == named(more[0]):
        parts[-1]["events"] += more[0]["events"]
        more = more[1:]
    if name == "events":
        known = {ref["event_id"] for ref in parts}
        more = [ref for ref in more if ref["event_id"] not in known]
        return sorted((*parts, *more), key=lambda ref: int(ref["sequence"]))
    return [*parts, *more]
