"""The reads about actors: the story of one, and the track record of all contributors."""

from fastapi import Request, Response

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.answers import json_of
from api.http.problems import NOT_FOUND, Problem
from api.routes.addresses import ReadRouter
from api.routes.paging import LINKED, ItemsPage, basis_parameters, next_link
from api.routes.parameters import AsOfQuery, RequestedHistory, basis_of, view_at
from api.work_slots import need_slot
from projections.actors.story import ActorStory, story_of
from projections.actors.track_record import TrackRecords, track_records_of

router = ReadRouter()


@router.read("/actors/{name}", "read_actor", ActorStory, NOT_FOUND)
def read_actor(request: Request, history: RequestedHistory, asked: AsOfQuery, name: str) -> Response:
    """All that the record says of one actor: its membership, pledges over time, stances, meetings and statements, the
    conditions that it waits for, and those that wait for it."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        story = story_of(name, view_at(request, history, basis), basis)
        if story is None:
            raise Problem(NOT_FOUND, f"nothing that was known names the actor {name}")
        return AnswerContent(json_of(ActorStory, story))

    return answer_question(request, history, [BasisPoint(asked, basis)], make)


@router.read("/track-record", "list_track_records", TrackRecords, responses=LINKED)
def list_track_records(request: Request, history: RequestedHistory, asked: AsOfQuery, page: ItemsPage) -> Response:
    """What the pledges of each contributor to the force became, in pages."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        found = track_records_of(view_at(request, history, basis), basis, page)
        return AnswerContent(json_of(TrackRecords, found), found.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip
