"""Questions: from options to the API's paths and parameters, and from its answers to the terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.cli.asking import Params, Where, ask, asking, coalition_named
from api.cli.showing import show_json


@dataclass(frozen=True, slots=True)
class AsOf:
    """The coalition and the point on both axes, as far as they were said."""

    coalition: str | None
    valid_at: str | None = None
    known_at: str | None = None
    known_axis: str | None = None
    sequence: int | None = None

    def params(self) -> dict[str, str | int | list[str] | None]:
        """As the API takes them."""
        names = ("valid_at", "known_at", "known_axis", "sequence")
        return {name: getattr(self, name) for name in names}


def answer(
    where: Where, asked: AsOf, path: str, params: Params | None = None, *, show: Callable[[Any], None], as_json: bool
) -> None:
    """Ask a question below a coalition's path, and show the answer. Raises ``Failed``."""
    with asking(where) as client:
        coalition = coalition_named(client, asked.coalition)
        response = ask(client, f"/coalitions/{coalition}{path}", asked.params() | dict(params or {}))
    if as_json:
        show_json(response)
    else:
        show(response.json())
