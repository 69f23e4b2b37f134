"""Accepting facts of a proposal: they are recorded together in one transaction, or none of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.http.problems import PRECONDITION_FAILED, RULE_BROKEN, SCENARIO_CONFLICT, Fault, Problem
from api.routes.scenarios.items import facts_in
from domain.ledger import KeyReused, Ledger, Recording, SavedScenario
from domain.refusals import IdAlreadyUsed, Refused, RuleBroken
from domain.what_if.proposals import ChangeProvenance, ProposedFact, may_need
from domain.what_if.refusals import IsDeclinedAlready, IsNotAProposal, NoSuchChange, ScenarioIsClosed


class IsAcceptedAlready(RuleBroken):
    """The fact is on record: it cannot be accepted again, edited, declined or removed."""


class NeedsAnotherFact(RuleBroken):
    """The fact builds on another one of the proposal, which has to be accepted before or with it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Facts of a proposal by their numbers; ``None`` for all that are open.

    ``sequence`` is that of the proposal as the client saw it: facts that were edited since are not accepted unseen.
    """

    numbers: Sequence[int] | None = None
    sequence: int | None = None


def accept(ledger: Ledger, saved: SavedScenario, accepted_by: str, asked: Selection, key: str | None) -> Recording:
    """Record facts of a proposal. The same key gets the first answer again. Raises a ``Problem``, ``KeyInProgress``."""
    try:
        return _accepted(ledger, saved, accepted_by, asked, key)
    except Problem:
        # The same request may have been recorded after it was looked for: then it is refused because of itself.
        if key is None or not ledger.has_recorded(saved.coalition, key):
            raise
        return _repeated(ledger, saved, asked, key)


def _accepted(ledger: Ledger, saved: SavedScenario, accepted_by: str, asked: Selection, key: str | None) -> Recording:
    if key is not None and ledger.has_recorded(saved.coalition, key):
        return _repeated(ledger, saved, asked, key)
    chosen = chosen_facts(saved, facts_in(saved, ledger.history(saved.coalition)), asked)
    try:
        return ledger.record(
            saved.coalition, [one.fact for one in chosen], recorded_by=accepted_by, idempotency_key=key,
            proposed=[one.provenance.origin for one in chosen],
        )  # fmt: skip
    except Refused as refused:
        raise _refusal(ledger, saved, asked, chosen, refused) from None


def _repeated(ledger: Ledger, saved: SavedScenario, asked: Selection, key: str) -> Recording:
    """The answer to the first request with a key. Raises ``KeyReused`` if that was another request."""
    events = [event for event in ledger.history(saved.coalition).events if event.idempotency_key == key]
    own = (event.proposed for event in events if event.proposed is not None)
    numbers = [origin.number for origin in own if origin.scenario == saved.scenario]
    if len(numbers) < len(events) or (asked.numbers is not None and set(asked.numbers) != set(numbers)):
        raise KeyReused(key)
    return ledger.record(saved.coalition, [event.fact for event in events], recorded_by="", idempotency_key=key)


# --- which facts ------------------------------------------------------------------------------------------------------


def chosen_facts(saved: SavedScenario, facts: Sequence[ProposedFact], asked: Selection) -> list[ProposedFact]:
    """The facts of a selection, in their order; all of them are open. Raises a ``Problem``."""
    check_open(saved)
    by_number = {one.number: one for one in facts}
    if asked.numbers is None:
        chosen = [one for one in facts if one.status == "open"]
        if not chosen:
            raise Problem(SCENARIO_CONFLICT, "No fact of the proposal is open any more.")
    else:
        numbers = list(dict.fromkeys(asked.numbers))
        if problems := [
            _fault(broken, place) for place, n in enumerate(numbers) if (broken := why_not_open(n, by_number))
        ]:
            raise Problem(SCENARIO_CONFLICT, faults=problems)
        chosen = sorted((by_number[number] for number in numbers), key=lambda one: one.number)
    check_seen([one.provenance for one in chosen], asked.sequence)
    return chosen


def check_open(saved: SavedScenario) -> None:
    """Raise a ``Problem`` unless the scenario is a proposal that is open."""
    if saved.state.purpose != "proposal":
        detail = "the scenario is a what-if; only a proposal can be accepted or declined"
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule=IsNotAProposal.__name__)])
    if saved.state.status == "closed":
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail="it was withdrawn", rule=ScenarioIsClosed.__name__)])


def why_not_open(number: int, facts: dict[int, ProposedFact]) -> RuleBroken | None:
    """Why a fact can be neither accepted nor declined, by its number."""
    one = facts.get(number)
    if one is None:
        return NoSuchChange(f"the proposal has no fact {number}")
    if one.recorded is not None:
        event = one.recorded
        detail = f"fact {number} was accepted by {event.recorded_by}: event {event.sequence}"
        return IsAcceptedAlready(detail, collides_with=[event.event_id])
    return IsDeclinedAlready(f"fact {number} was declined") if one.status == "declined" else None


def check_seen(chosen: Sequence[ChangeProvenance], sequence: int | None) -> None:
    """Raise a ``Problem`` if changes were edited since the client saw the scenario at a sequence."""
    faults = [
        Fault(pointer="/sequence", detail=f"fact {one.number} was edited by {one.edited.recorded_by} since you saw it")
        for one in chosen
        if sequence is not None and one.edited is not None and one.edited.sequence > sequence
    ]
    if faults:
        raise Problem(PRECONDITION_FAILED, faults=faults)


# --- refusals ---------------------------------------------------------------------------------------------------------


def _refusal(
    ledger: Ledger, saved: SavedScenario, asked: Selection, chosen: Sequence[ProposedFact], refused: Refused
) -> Problem:
    """Why facts are not recorded: for each, the rule, or that it is on record by now, or which other fact it needs."""
    facts = facts_in(saved, ledger.history(saved.coalition))
    by_number = {one.number: one for one in facts}
    faults = []
    for index, broken in refused.violations:
        number = chosen[index].number
        own = isinstance(broken, IdAlreadyUsed) and broken.field == "/event_id"
        reason = why_not_open(number, by_number) if own else needs_in_words(ledger, saved, facts, chosen, index)
        own_words = type(broken)(f"fact {number}: {broken.detail}", broken.field, broken.collides_with)
        place = None if asked.numbers is None else list(asked.numbers).index(number)
        faults.append(_fault(reason or own_words, place))
    return Problem(RULE_BROKEN, faults=faults)


def needs_in_words(
    ledger: Ledger, saved: SavedScenario, facts: Sequence[ProposedFact], chosen: Sequence[ProposedFact], index: int
) -> RuleBroken | None:
    """That a chosen fact needs others of the proposal, which are declined or not chosen; ``None`` if it does not."""
    others = [one for one in facts if one.status != "accepted" and one not in chosen]
    numbers = needed_facts(ledger, saved.coalition, chosen[index], others, chosen)
    if not numbers:
        return None
    declined = [one.number for one in others if one.number in numbers and one.status == "declined"]
    listed = " and ".join(f"fact {number}" for number in numbers)
    so = f"{listed}, which {'was' if len(declined) == 1 else 'were'} declined" if declined else f"{listed} as well"
    detail = f"fact {chosen[index].number} needs {so}"
    return NeedsAnotherFact(detail)


def needed_facts(
    ledger: Ledger,
    coalition: str,
    one: ProposedFact,
    others: Sequence[ProposedFact],
    chosen: Sequence[ProposedFact] = (),
) -> list[int]:
    """The numbers of the other facts without which one is refused; none if it is refused even with all of them."""

    def is_refused_with(some: Sequence[ProposedFact]) -> bool:
        together = sorted({other.number: other for other in (*chosen, one, *some)}.values(), key=lambda it: it.number)
        judged = ledger.judge(coalition, [other.fact for other in together], recorded_by="")
        return any(together[index].number == one.number for index, _ in judged.violations)

    needed = may_need(one, others)
    if not needed or not is_refused_with([]) or is_refused_with(needed):
        return []
    part = len(needed)
    while part > 1:  # leave out large parts first: most facts need one or two others
        part = (part + 1) // 2
        for start in reversed(range(0, len(needed), part)):
            fewer = needed[:start] + needed[start + part :]
            if not is_refused_with(fewer):
                needed = fewer
    return [other.number for other in needed]


def _fault(broken: RuleBroken, place: int | None) -> Fault:
    """A refusal of one fact; its place is in the numbers of the request, if that has any."""
    return Fault(
        pointer=None if place is None else f"/changes/{place}", detail=broken.detail, rule=broken.rule,
        collides_with=broken.collides_with,
    )  # fmt: skip
