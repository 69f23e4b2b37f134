"""The rules of pledges: accepted, refused, repeated."""

import pytest

from domain.quantities import Quantity
from domain.times import period
from tests.domain.record import FORMED, about, given, people, pledge

WITHDRAW = "PledgeWithdrawn"


def left(record: object, on: str) -> tuple[int | None, int | None]:
    quantity: Quantity = record.state("pledge", on=on).quantity  # type: ignore[attr-defined]
    return quantity.min, quantity.max


class TestMaking:
    def test_a_pledge_is_in_force_from_its_effective_date(self) -> None:
        record = given(pledge(effective_at="2025-04-20"))
        assert record.state("pledge", on="2025-04-19") is None
        assert record.state("pledge", on="2025-04-20").status == "standing"

    def test_the_name_of_a_pledge_is_used_once_even_if_back_dated(self) -> None:
        record = given(pledge())
        assert record.refuses(pledge()) == [("IdAlreadyUsed", "/pledge")]
        assert record.refuses(pledge(effective_at="2025-01-01")) == [("IdAlreadyUsed", "")]
        assert record.refuses(pledge("other")) == []

    def test_a_pledge_by_no_member_is_surprising_and_recorded(self) -> None:
        assert given().refuses(pledge(contributor="group:cautious-members")) == []

    @pytest.mark.parametrize(("field", "name"), [("conditions", "/conditions/0"), ("basing", "/basing/0")])
    def test_a_pledge_names_only_recorded_items(self, field: str, name: str) -> None:
        assert given().refuses(pledge() | {field: ["nowhere"]}) == [("UnknownId", name)]

    def test_a_pledge_names_only_items_in_force_by_its_date(self) -> None:
        record = given(
            {"type": "BasingProposed", "basing": "rear", "zone": "theatre_rear", "effective_at": "2025-05-01"}
        )
        assert record.refuses(pledge(basing=["rear"])) == [("EffectiveBeforeItsFooting", "/basing/0")]
        assert record.refuses(pledge(basing=["rear"], effective_at="2025-05-01")) == []

    def test_a_pledge_lapses_after_its_last_day(self) -> None:
        record = given(pledge(expires_on="2025-06"))
        assert record.state("pledge", on="2025-06-30").status == "standing"
        assert record.state("pledge", on="2025-07-01").status == "lapsed"
        assert record.refuses(about("PledgeReaffirmed", effective_at="2025-07-01")) == [("PledgeIsOver", "/pledge")]
        assert record.refuses(about("PledgeReaffirmed", effective_at="2025-06-30")) == []


class TestWithdrawing:
    def test_a_partial_withdrawal_subtracts_intervals(self) -> None:
        record = given(pledge(), about(WITHDRAW, quantity=people(100, 300)))
        assert left(record, "2025-04-10") == (700, 1900)

    def test_a_withdrawal_without_a_quantity_withdraws_the_rest(self) -> None:
        record = given(pledge(), about(WITHDRAW))
        assert record.state("pledge").status == "withdrawn"
        assert record.refuses(about(WITHDRAW)) == [("PledgeIsOver", "/pledge")]

    def test_a_fully_withdrawn_pledge_is_over(self) -> None:
        record = given(pledge(), about(WITHDRAW, quantity=people(2000, 2000)))
        assert record.state("pledge").status == "withdrawn"
        assert record.refuses(about("PledgeResumed")) == [("PledgeIsOver", "/pledge")]
        assert record.refuses(pledge()) == [("IdAlreadyUsed", "/pledge")]
        assert record.refuses(pledge("again")) == []

    @pytest.mark.parametrize(
        ("whole", "part", "is_refused"),
        [
            (people(1000, 2000), people(0, 2000), False),
            (people(1000, 2000), people(0, 2001), True),
            (people(1000, 2000), people(2000, None), False),
            (people(1000, 2000), people(2001, None), True),
            (people(1000, None), people(9000, 9000), False),
            (people(None, 500), people(None, 501), True),
            (people(1000, 2000), people(None, None), False),
            (people(None, None), people(50, 60), False),
        ],
    )
    def test_a_withdrawal_does_not_exceed_what_may_be_left(
        self, whole: dict[str, object], part: dict[str, object], is_refused: bool
    ) -> None:
        refusals = given(pledge(quantity=whole)).refuses(about(WITHDRAW, quantity=part))
        assert refusals == ([("WithdrawsMoreThanIsLeft", "/quantity")] if is_refused else [])

    def test_a_back_dated_withdrawal_does_not_exceed_what_may_be_left_later(self) -> None:
        record = given(pledge(), about(WITHDRAW, quantity=people(1500, 1500), effective_at="2025-05-01"))
        earlier = about(WITHDRAW, quantity=people(600, 600), effective_at="2025-04-20")
        assert record.refuses(earlier) == [("WithdrawsMoreThanIsLeft", "")]
        assert record.collides_with(earlier)[0] == "00000000-0000-7000-8000-000000000003"
        assert record.refuses(earlier | {"quantity": people(500, 500)}) == []

    def test_a_refusal_names_only_recorded_events(self) -> None:
        record = given(pledge(), about(WITHDRAW, quantity=people(1500, 1500), effective_at="2025-05-01"))
        made, withdrawal = (event.event_id for event in record.history.events[1:])
        earlier = about(WITHDRAW, quantity=people(600, 600), effective_at="2025-04-20")
        assert record.collides_with(earlier) == (withdrawal, made)
        own = "00000000-0000-7000-8000-0000000000aa"
        assert record.collides_with(earlier | {"event_id": own}) == (withdrawal, made)
        assert record.collides_with(about("PledgeReaffirmed", event_id=made)) == (made,)

    def test_a_refusal_may_name_an_id_given_in_the_list(self) -> None:
        record = given(pledge())
        (made,) = (event.event_id for event in record.history.events[1:])
        own = "00000000-0000-7000-8000-0000000000aa"
        second = about("PledgeReaffirmed")
        assert record.collides_with(about(WITHDRAW, event_id=own), second) == (made, own)
        assert record.collides_with(about(WITHDRAW), second) == (made,)

    def test_a_withdrawal_has_the_unit_of_the_pledge(self) -> None:
        record = given(pledge())
        refusals = record.refuses(about(WITHDRAW, quantity={"min": 1, "max": 1, "unit": "ship"}))
        assert refusals == [("UnitIsNotThePledges", "/quantity/unit")]

    def test_a_total_over_rotations_is_not_withdrawn_from_forces_in_place(self) -> None:
        total = people(30, 30) | {"measure": "cumulative"}
        place = people(30, 30) | {"measure": "in_place"}
        other = [("UnitIsNotThePledges", "/quantity/measure")]
        in_place, over_rotations = given(pledge()), given(pledge(quantity=people(100, 100) | {"measure": "cumulative"}))
        for kind in (WITHDRAW, "ForcesDeployed"):
            assert in_place.refuses(about(kind, quantity=total)) == other
            assert over_rotations.refuses(about(kind, quantity=place)) == other
            assert in_place.refuses(about(kind, quantity=place)) == []
            assert over_rotations.refuses(about(kind, quantity=total)) == []
        in_place.record(about("ForcesDeployed", quantity=place))
        assert in_place.refuses(about("ForcesReturned", quantity=total)) == other
        assert in_place.refuses(about("PledgeAmended", quantity=total)) == other
        assert over_rotations.refuses(about("PledgeAmended", quantity=place)) == []

    def test_a_pledge_is_not_withdrawn_before_it_is_made(self) -> None:
        record = given(pledge())
        early = record.refuses(about(WITHDRAW, effective_at="2025-04-09"))
        assert early == [("EffectiveBeforeItsFooting", "/pledge")]
        assert record.refuses(about(WITHDRAW, "another")) == [("UnknownId", "/pledge")]


class TestAmending:
    def test_an_amendment_changes_only_the_given_fields_from_its_date(self) -> None:
        record = given(pledge(notice_to_move_days=10))
        record.record(about("PledgeAmended", quantity=people(500, 800), effective_at="2025-04-20"))
        assert (left(record, "2025-04-19"), left(record, "2025-04-20")) == ((1000, 2000), (500, 800))
        assert record.state("pledge").notice_to_move_days == 10

    def test_an_amended_quantity_covers_later_withdrawals(self) -> None:
        record = given(pledge(), about(WITHDRAW, quantity=people(1500, 1500), effective_at="2025-05-01"))
        smaller = about("PledgeAmended", quantity=people(1000, 1400), effective_at="2025-04-20")
        assert record.refuses(smaller) == [("WithdrawsMoreThanIsLeft", "")]
        assert record.refuses(smaller | {"effective_at": "2025-05-02"}) == []

    def test_the_last_day_can_be_postponed_while_the_pledge_is_in_force(self) -> None:
        record = given(pledge(expires_on="2025-04-15"))
        longer = about("PledgeAmended", expires_on="2025-05")
        assert record.refuses(longer | {"effective_at": "2025-04-16"}) == [("PledgeIsOver", "/pledge")]
        record.record(longer | {"effective_at": "2025-04-15"})
        assert [record.state("pledge", on=on).status for on in ("2025-05-31", "2025-06-01")] == ["standing", "lapsed"]

    @pytest.mark.parametrize("last_day", ["2025-05-01", "2025-05-31", "2025-06-01"])
    def test_a_pledge_has_lapsed_since_its_last_day_or_since_the_fact_that_set_it(self, last_day: str) -> None:
        record = given(pledge())
        record.record(about("PledgeAmended", expires_on=last_day, effective_at="2025-06-01"))
        stood, lapsed = record.state("pledge", on="2025-05-31"), record.state("pledge", on="2025-06-02")
        assert (stood.status, lapsed.status) == ("standing", "lapsed")
        first_day = "2025-06-02" if last_day == "2025-06-01" else "2025-06-01"
        assert period(lapsed.since).start_us == period(first_day).start_us

    def test_a_pledge_made_after_its_last_day_has_lapsed_since_it_was_made(self) -> None:
        lapsed = given(pledge(effective_at="2025-04-10", expires_on="2025-03-01")).state("pledge", on="2025-04-10")
        assert (lapsed.status, lapsed.since) == ("lapsed", "2025-04-10")

    def test_a_confirmation_changes_only_its_latest_source(self) -> None:
        record = given(pledge())
        before = record.state("pledge")
        record.record(about("PledgeReaffirmed"))
        assert record.state("pledge")._replace(latest=before.latest, confirmed=before.confirmed) == before
        assert record.refuses(about("PledgeReaffirmed")) == []


class TestEnding:
    @pytest.mark.parametrize("kind", [WITHDRAW, "PledgeLapsed"])
    def test_after_its_end_a_pledge_accepts_only_returns(self, kind: str) -> None:
        record = given(pledge(), about("ForcesDeployed", quantity=people(5, 5)), about(kind, effective_at="2025-04-20"))
        for other in (WITHDRAW, "PledgeLapsed", "PledgeSuspended", "PledgeResumed", "PledgeReaffirmed"):
            assert record.refuses(about(other, effective_at="2025-04-21")) == [("PledgeIsOver", "/pledge")]
            assert record.refuses(about("ForcesReturned", quantity=people(5, 5), effective_at="2025-04-21")) == []

    def test_an_end_is_not_back_dated_before_recorded_facts(self) -> None:
        record = given(pledge(), about("PledgeReaffirmed", effective_at="2025-05-01"))
        assert record.refuses(about(WITHDRAW, effective_at="2025-04-20")) == [("PledgeIsOver", "")]
        assert record.refuses(about(WITHDRAW, effective_at="2025-05-02")) == []


class TestLevels:
    @pytest.mark.parametrize(
        ("kind", "level", "is_refused"),
        [
            ("PledgeRaised", "committed", False),
            ("PledgeRaised", "pledged", True),
            ("PledgeRaised", "floated", True),
            ("PledgeLowered", "floated", False),
            ("PledgeLowered", "pledged", True),
            ("PledgeLowered", "assigned", True),
        ],
    )
    def test_levels_move_as_their_facts_say(self, kind: str, level: str, is_refused: bool) -> None:
        refusals = given(pledge()).refuses(about(kind, level=level))
        assert refusals == ([("LevelDoesNotMoveThatWay", "/level")] if is_refused else [])


class TestSuspending:
    def test_the_same_level_again_is_a_confirmation_and_keeps_since(self) -> None:
        record = given(
            pledge(),
            about("PledgeSuspended", effective_at="2025-04-11"),
            about("PledgeSuspended", effective_at="2025-04-12"),
        )
        assert record.state("pledge").since == "2025-04-11"

    def test_resuming_needs_a_suspension(self) -> None:
        record = given(pledge())
        assert record.refuses(about("PledgeResumed")) == [("NothingToUndo", "/pledge")]
        assert given(pledge(), about("PledgeSuspended")).refuses(about("PledgeResumed")) == []

    def test_a_lapse_ends_a_suspension(self) -> None:
        record = given(pledge(), about("PledgeLapsed"))
        assert record.refuses(about("PledgeLapsed")) == [("PledgeIsOver", "/pledge")]


class TestDeploying:
    def test_a_deployment_beyond_the_pledge_is_surprising_and_recorded(self) -> None:
        record = given(pledge(), about("ForcesDeployed", quantity=people(5000, 5000)))
        assert record.state("pledge").deployed == Quantity(min=5000, max=5000, unit="personnel")

    def test_no_more_forces_return_than_are_deployed(self) -> None:
        record = given(pledge(), about("ForcesDeployed", quantity=people(100, 100)))
        assert record.refuses(about("ForcesReturned", quantity=people(101, 101))) == [
            ("ReturnsMoreThanIsDeployed", "/quantity")
        ]
        assert record.refuses(about("ForcesReturned", quantity=people(100, 100))) == []
        assert given(pledge()).refuses(about("ForcesReturned", quantity=people(1, 1))) == [
            ("ReturnsMoreThanIsDeployed", "/quantity")
        ]

    def test_deployments_add_up_and_may_return_in_parts(self) -> None:
        some, rest = (about("ForcesReturned", quantity=people(size, size)) for size in (40, 160))
        record = given(pledge(), *[about("ForcesDeployed", quantity=people(50, 100))] * 2, some)
        assert record.refuses(about("ForcesReturned", quantity=people(161, None))) == [
            ("ReturnsMoreThanIsDeployed", "/quantity")
        ]
        record.record(rest)
        assert record.refuses(about("ForcesReturned", quantity=people(None, None))) == [
            ("ReturnsMoreThanIsDeployed", "/quantity")
        ]

    def test_forces_return_from_a_pledge_that_is_over(self) -> None:
        record = given(pledge(), about("ForcesDeployed", quantity=people(100, 100)), about(WITHDRAW))
        assert record.refuses(about("ForcesReturned", quantity=people(40, 40))) == []

    def test_the_unit_changes_only_while_nothing_is_deployed(self) -> None:
        in_ships = about("PledgeAmended", quantity={"min": 2, "max": 2, "unit": "ship"})
        assert given(pledge()).refuses(in_ships) == []
        record = given(pledge(), about("ForcesDeployed", quantity=people(100, 100)))
        assert record.refuses(in_ships) == [("UnitIsNotThePledges", "/quantity/unit")]
        in_battalions = about("PledgeAmended", quantity={"min": 2, "max": 2, "unit": "battalion"})
        assert record.refuses(in_battalions) == []
        record.record(about("ForcesReturned", quantity=people(100, 100)))
        assert record.refuses(in_ships) == []


LINE = {"type": "CaveatDeclared", "pledge": "p", "caveat": "line", "kind": "geographic", "text": "Not at the line"}


class TestCaveats:
    def test_a_caveat_holds_until_it_is_lifted(self) -> None:
        record = given(pledge(), LINE, LINE)
        assert [caveat.caveat for caveat in record.state("pledge").caveats] == ["line"]
        record.record(about("CaveatLifted", caveat="line"))
        assert record.state("pledge").caveats == ()
        assert record.refuses(about("CaveatLifted", caveat="line")) == [("NothingToUndo", "/caveat")]


class TestTheFirstFact:
    def test_the_formation_comes_first_and_only_once(self) -> None:
        assert given().refuses(FORMED) == [("IdAlreadyUsed", "/type")]

    def test_facts_of_a_list_see_earlier_ones(self) -> None:
        record = given()
        assert record.refuses(pledge(), about(WITHDRAW, quantity=people(2000, 2000)), about("PledgeReaffirmed")) == [
            ("PledgeIsOver", "/pledge")
        ]
        assert record.refuses(about("PledgeReaffirmed"), pledge()) == [("UnknownId", "/pledge")]
        assert record.refuses(pledge(), about("PledgeReaffirmed")) == []
