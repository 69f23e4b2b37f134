"""What a page is asked: the basis, by days, and the addresses that lead on from it with the same basis."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request

from api.routes.parameters import AsOfQuery, RequestedHistory, basis_of
from api.services import services
from domain.events import content_of
from domain.facts import Thing
from domain.history.history import ReadableHistory, View
from domain.history.knowledge import ReadableKnowledge
from domain.lru import LruOfEach
from domain.times import CALENDAR_US, DAY_US, day_of
from projections.asof import AsOf, Basis, view_of
from projections.lists import LISTS
from projections.picture.picture import Picture, picture_in
from projections.picture.scene import Scene, scene_of

"""From the first time that the ledger knows to the last."""
_CHANGING = LruOfEach[ReadableKnowledge, int, list[int]](32)
"""The last answers for each order of learning, by position: the same wherever the clock of what held stands."""
_NAMES = ("valid_at", "known_at", "known_axis", "sequence", "definitions")


@dataclass(frozen=True)
class Viewpoint:
    """Where a page looks from: a history, a point on both axes, and what stood there.

    What was not asked for is today, as a day: the address of what is seen then stays short, and says what it means.
    """

    history: ReadableHistory
    asked: AsOf
    basis: Basis
    view: View
    today: str

    @cached_property
    def scene(self) -> Scene:
        """What stood, worked out once for all parts of a page."""
        return scene_of(self.view)

    @cached_property
    def picture(self) -> Picture:
        """The force picture."""
        return picture_in(self.scene, self.basis)

    @cached_property
    def changing_days(self) -> list[int]:
        """The days, counted from the epoch, on which, by what is known, something begins, ends or changes; in order."""
        cached = _CHANGING.of(self.view.knowledge)
        days = cached.get(self.view.position)
        if days is None:
            times = self.view.knowledge.boundaries(self.view.position, *CALENDAR_US)
            days = sorted({at_us // DAY_US for at_us in times})
            cached.put(self.view.position, days)
        return days

    def contributor_of(self, pledge: str) -> str | None:
        """Who made a pledge, as corrected, for the sentences of facts that name the pledge alone.

        Of a pledge that does not stand, it is who was last said to have made it.
        """
        thing = Thing("pledge", pledge)
        state = self.view.at(CALENDAR_US[1]).state(thing)
        if state is not None:
            return str(state.contributor)
        facts: list[Any] = [content_of(event) for event in self.view.record(thing)]
        return next((fact.contributor for fact in reversed(facts) if fact.type == "PledgeMade"), None)

    def number_of(self, event_id: str) -> int | None:
        """The place of an event in the record, for the sentences of facts about the record."""
        event = self.view.event(event_id)
        return None if event is None else event.sequence

    def items(self, kind: str) -> list[Any]:
        """Everything of one kind, as ``items_of`` has it."""
        return LISTS[kind].items(self.view, self.scene)

    def query(self, **other: Any) -> str:
        """The parameters that ask for this basis, with others added or put in their place; ``None`` leaves one out."""
        if not other:
            return self._own_query
        if not other.keys() & self._given.keys():
            more = {name: value for name, value in other.items() if value is not None}
            return "&".join(filter(None, (self._own_query, urlencode(more, doseq=True))))
        chosen = {name: value for name, value in (self._given | other).items() if value is not None}
        return urlencode(chosen, doseq=True)

    @cached_property
    def _own_query(self) -> str:
        return urlencode({name: value for name, value in self._given.items() if value is not None})

    @cached_property
    def _given(self) -> dict[str, Any]:
        given = {name: getattr(self.asked, name) for name in _NAMES}
        return given | {"known_axis": "reported" if self.basis.known_axis == "reported" else None}

    def link(self, path: str = "", **other: Any) -> str:
        """The address of another page of the coalition, with the same basis."""
        return f"{self.root}{path}?{self.query(**other)}"

    def api(self, path: str, **other: Any) -> str:
        """The address of the same read in the API, with the whole basis: the same answer for ever."""
        whole = {name: getattr(self.basis, name) for name in _NAMES}
        return f"/coalitions/{quote(self.basis.coalition)}{path}?{urlencode(whole | other)}"

    @cached_property
    def root(self) -> str:
        """The coalition's own page, without a basis."""
        return f"/c/{quote(self.basis.coalition)}"


def viewpoint(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Viewpoint:
    """Where the request looks from."""
    return viewpoint_at(request, history, asked)


def viewpoint_at(
    request: Request, history: ReadableHistory, asked: AsOf, names: dict[str, str] | None = None
) -> Viewpoint:
    """Fix what was left open. Raises a ``Problem`` for a parameter that cannot be read, by ``names``."""
    today = day_of(max(services(request).clock(), history.last_recorded_us))
    # An empty field of a form is one that was not filled in.
    asked = replace(asked, valid_at=asked.valid_at or today, known_at=asked.known_at or today)
    asked = replace(asked, known_axis=asked.known_axis or None)
    basis = basis_of(request, asked, history, names)
    return Viewpoint(history, asked, basis, view_of(history, basis), today)


RequestedViewpoint = Annotated[Viewpoint, Depends(viewpoint)]
