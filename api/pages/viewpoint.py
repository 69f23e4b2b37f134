"""The viewpoint of a page: the basis that its address asks for, by days, and the addresses that keep that basis."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request

from api.routes.parameters import AsOfQuery, RequestedHistory, basis_of, read_history
from api.services import services
from domain.events import content_of
from domain.facts import Thing
from domain.history.history import ReadableHistory, View
from domain.history.knowledge import ReadableKnowledge
from domain.ledger import Memory
from domain.lru import LruOfEach
from domain.times import CALENDAR_US, DAY_US, day_of
from projections.asof import AsOf, Basis, view_of
from projections.lists import LISTS
from projections.names import actor_named, label_of
from projections.picture.picture import Picture, picture_in
from projections.picture.scene import Scene, scene_of

_CHANGING_DAYS = LruOfEach[ReadableKnowledge, int, list[int]](32)
"""The last answers for each order of learning, by position: they do not depend on ``valid_at``."""
_PARAMETERS = ("valid_at", "known_at", "known_axis", "sequence", "definitions")
POINT = ("valid_at", "known_at", "known_axis", "sequence", "without")
"""The parameters of a page that say as of what it is."""


@dataclass(frozen=True)
class Viewpoint:
    """A history at a point on both axes, and what was in force there.

    A date that was not asked for is today, as a day: addresses then stay short and readable. ``read`` is the history
    without what the basis leaves out.
    """

    history: ReadableHistory
    read: ReadableHistory
    asked: AsOf
    basis: Basis
    view: View
    today: str
    memory: Memory

    @cached_property
    def scene(self) -> Scene:
        """The states in force, computed once for all parts of a page."""
        return scene_of(self.view)

    @cached_property
    def picture(self) -> Picture:
        """The force picture."""
        return picture_in(self.scene, self.basis)

    @cached_property
    def changing_days(self) -> list[int]:
        """The days, counted from the epoch, on which something known begins, ends or changes; in order."""
        cached = _CHANGING_DAYS.of(self.view.knowledge)
        days = cached.get(self.view.position)
        if days is None:
            times = self.view.knowledge.boundaries(self.view.position, *CALENDAR_US)
            days = sorted({at_us // DAY_US for at_us in times})
            cached.put(self.view.position, days)
        return days

    def contributor_of(self, pledge: str) -> str | None:
        """The contributor of a pledge, as corrected, for the sentences of facts that name the pledge alone.

        For a pledge that is not in force, it is the contributor last recorded for it.
        """
        thing = Thing("pledge", pledge)
        state = self.view.at(CALENDAR_US[1]).state(thing)
        if state is not None:
            return str(state.contributor)
        facts: list[Any] = [content_of(event) for event in self.view.record(thing)]
        return next((fact.contributor for fact in reversed(facts) if fact.type == "PledgeMade"), None)

    def number_of(self, event_id: str) -> int | None:
        """The number of an event in the record, for the sentences of facts about the record."""
        event = self.view.event(event_id)
        return None if event is None else event.sequence

    def items(self, kind: str) -> list[Any]:
        """Everything of one kind, as ``projections.lists.items_of`` returns it."""
        return LISTS[kind].items(self.view, self.scene)

    def query(self, **other: Any) -> str:
        """The query that asks for this basis, with parameters added or replaced; ``None`` leaves one out."""
        if not other:
            return self._own_query
        if not other.keys() & self._parameters.keys():
            more = {name: value for name, value in other.items() if value is not None}
            return "&".join(filter(None, (self._own_query, urlencode(more, doseq=True))))
        chosen = {name: value for name, value in (self._parameters | other).items() if value is not None}
        return urlencode(chosen, doseq=True)

    def actor(self, code: str) -> tuple[str, str | None] | None:
        """The name of an organisation or a group, and its short name: see ``api.wording.names``."""
        found = actor_named(self.view, code)
        return None if found is None else (found.name, found.short)

    def label(self, kind: str, slug: str) -> str | None:
        """The label of a thing: see ``api.wording.names``."""
        return label_of(self.view, Thing(kind, slug))

    @cached_property
    def _own_query(self) -> str:
        return urlencode({name: value for name, value in self._parameters.items() if value is not None})

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        parameters = {name: getattr(self.asked, name) for name in _PARAMETERS}
        axis = "reported" if self.basis.known_axis == "reported" else None
        return parameters | {"known_axis": axis, "without": ",".join(self.basis.without) or None}

    def link(self, path: str = "", **other: Any) -> str:
        """The address of another page of the coalition, with the same basis."""
        return f"{self.root}{path}?{self.query(**other)}"

    def api(self, path: str, **other: Any) -> str:
        """The address of a read in the API, with the whole basis: its answer never changes."""
        whole_basis = {name: getattr(self.basis, name) for name in _PARAMETERS}
        left_out = {"without": ",".join(self.basis.without)} if self.basis.without else {}
        return f"/coalitions/{quote(self.basis.coalition)}{path}?{urlencode(whole_basis | left_out | other)}"

    @cached_property
    def root(self) -> str:
        """The coalition's own page, without a basis."""
        return f"/c/{quote(self.basis.coalition)}"


def requested_viewpoint(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Viewpoint:
    """The viewpoint that the address of a page asks for."""
    return viewpoint_at(request, history, asked)


def viewpoint_at(
    request: Request, history: ReadableHistory, asked: AsOf, names: dict[str, str] | None = None
) -> Viewpoint:
    """The viewpoint at a point, with today for the dates that it leaves open.

    Raises a ``Problem`` for a parameter that is not valid; ``names`` are what the address calls the parameters.
    """
    today = day_of(max(services(request).clock(), history.last_recorded_us))
    # An empty field of a form is one that was not filled in.
    asked = replace(asked, valid_at=asked.valid_at or today, known_at=asked.known_at or today)
    asked = replace(asked, known_axis=asked.known_axis or None)
    basis = basis_of(request, asked, history, names)
    read = read_history(request, history, basis)
    return Viewpoint(history, read, asked, basis, view_of(read, basis), today, services(request).ledger.memory)


RequestedViewpoint = Annotated[Viewpoint, Depends(requested_viewpoint)]
