"""What is surprising on record, from the words of the rules: every fact is compared with every other.

A warning is its name and what it is about: the events that it names, or the name of a pledge.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.events import Event
from tests.oracle.confidence import thing_of
from tests.oracle.fold import RECORD_TYPES, World, fold, moment, recorded_us
from tests.oracle.fold import Record as Corrections
from tests.oracle.pledges import PEOPLE, Amount, amount_of, in_people, is_nothing, kind

DAY_US = 86_400_000_000
FIRM = ("pledged", "committed", "assigned")

About = tuple[str, ...]
Warned = tuple[str, About]


class Told(NamedTuple):
    """A fact in force: when its content was recorded, its event, its content, and when it takes effect."""

    recorded: int
    event: Event
    said_at_us: int
    fact: Any
    at_us: int


def warnings(known: Sequence[Event], valid_us: int) -> set[Warned]:
    """All warnings that hold at a time, dismissed or not."""
    record, answer = Corrections(known), fold(known, valid_us)
    aside = fold(known).aside
    told = [one for one in _all_told(known, record) if one.event.event_id not in aside]
    formed = next((one for one in told if one.fact.type == "CoalitionFormed"), None)
    now = sorted((one for one in told if one.at_us <= valid_us), key=lambda one: one.recorded)
    found = set()
    for place, one in enumerate(now):
        found |= _doubles(one, now[:place], answer.world)
        found |= {("PublishedLongBefore", (one.event.event_id,))} if _is_long_before(one, record) else set()
        if formed is not None and one.at_us < formed.at_us and one is not formed:
            found.add(("BeforeTheFormation", (one.event.event_id, formed.event.event_id)))
    for name, pledge in answer.world["pledge"].items():
        confirmed = next((one for one in now if one.event.event_id == pledge["confirmed"]), None)
        made = next(one for one in now if one.fact.type == "PledgeMade" and one.fact.pledge == name)
        found |= {(warning, (name,)) for warning in _of_pledge(answer.world, pledge, now)}
        if pledge["status"] in ("standing", "suspended") and _is_old(pledge, confirmed or made, valid_us):
            found.add(("UnconfirmedForLong", (name,)))
    return found


def dismissed(known: Sequence[Event]) -> set[tuple[str, str]]:
    """The warnings that were dismissed, each with the event that it is about."""
    record = Corrections(known)
    facts: list[Any] = [event.fact for event in known if not record.is_retracted(event)]
    return {(fact.warning, fact.event) for fact in facts if fact.type == "WarningDismissed"}


def _all_told(known: Sequence[Event], record: Corrections) -> Iterator[Told]:
    for event in known:
        if event.fact.type in RECORD_TYPES or (content := record.content(event)) is None:
            continue
        said: Event = event
        while (change := record.acting(said)) is not None:
            said = change
        yield Told(said.sequence, event, recorded_us(said), content, moment(content.effective_at)[0])


def _doubles(one: Told, before: Sequence[Told], world: World) -> set[Warned]:
    """The first fact recorded before that is the same, or else like it."""
    for warning, is_alike in (("SameFactAgain", _is_same), ("ReportedTwice", _is_like)):
        first = next((other for other in before if is_alike(one, other)), None)
        if first is not None:
            return {(warning, (one.event.event_id, first.event.event_id))}
    first = next((other for other in before if _looks_like(one, other, world)), None)
    return set() if first is None else {("LooksLikeAnotherPledge", (one.event.event_id, first.event.event_id))}


def _is_same(one: Told, other: Told) -> bool:
    if one.fact.type == "PledgeMade" or one.fact.type != other.fact.type:
        return False
    same_time = moment(one.fact.effective_at) == moment(other.fact.effective_at)
    return same_time and thing_of(one.fact) == thing_of(other.fact) and _said(one.fact) == _said(other.fact)


def _said(fact: Any) -> dict[str, Any]:
    apart = ("sources", "note", "event_id", "effective_at")
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__ if name not in apart}


def _is_like(one: Told, other: Told) -> bool:
    fact, earlier = one.fact, other.fact
    if fact.type != earlier.type or fact.type not in ("ForcesDeployed", "ForcesReturned", "FundsDisbursed"):
        return False
    places = {getattr(fact, "basing", None), getattr(earlier, "basing", None)} - {None}
    lots = getattr(fact, "of", None) == getattr(earlier, "of", None)
    near = abs(one.at_us - other.at_us) <= 7 * DAY_US
    return (
        fact.pledge == earlier.pledge and near and len(places) < 2 and lots and _meet(fact.quantity, earlier.quantity)
    )


def _looks_like(one: Told, other: Told, world: World) -> bool:
    fact, earlier = one.fact, other.fact
    if fact.type != "PledgeMade" or earlier.type != "PledgeMade" or fact.pledge == earlier.pledge:
        return False
    alike = all(getattr(fact, name) == getattr(earlier, name) for name in ("contributor", "capability", "purpose"))
    both = [world["pledge"][name] for name in (fact.pledge, earlier.pledge)]
    stand = all(pledge["status"] in ("standing", "suspended") for pledge in both)
    apart = both[0]["part_of"] != earlier.pledge and both[1]["part_of"] != fact.pledge
    near = abs(one.at_us - other.at_us) <= 30 * DAY_US
    return alike and stand and apart and near and _meet(fact.quantity, earlier.quantity)


def _meet(one: Any, other: Any) -> bool:
    """Whether two numbers may be the same; nobody's number is like that of nobody else."""
    if one is None or other is None:
        return one is other
    measures = [(kind(quantity.unit), quantity.measure == "cumulative") for quantity in (one, other)]
    if measures[0] != measures[1]:
        return False
    (a, b), (c, d) = (_people(amount_of(quantity)).extent for quantity in (one, other))
    if (a, b) == (None, None) or (c, d) == (None, None):
        return (a, b) == (c, d)
    return (d is None or (a or 0) <= d) and (b is None or (c or 0) <= b)


def _people(amount: Amount) -> Amount:
    return in_people(amount) if amount.unit in PEOPLE else amount


def _is_long_before(one: Told, record: Corrections) -> bool:
    added = [event.fact for event in record.additions(one.event)]
    dates = [source.published_on for fact in (one.fact, *added) for source in fact.sources if source.published_on]
    latest_us = max((moment(date)[1] for date in dates), default=one.at_us)
    return one.at_us - latest_us > 400 * DAY_US and one.at_us <= one.said_at_us


def _is_old(pledge: dict[str, Any], word: Told, valid_us: int) -> bool:
    until = pledge["confirmed_until"]
    return valid_us >= (moment(word.fact.effective_at)[1] + 365 * DAY_US if until is None else moment(until)[1])


def _of_pledge(world: World, pledge: dict[str, Any], now: Sequence[Told]) -> Iterator[str]:
    contributor = pledge["contributor"]
    counts = pledge["level"] in FIRM and pledge["status"] in ("standing", "suspended")
    members = any(one.fact.type == "MemberJoined" for one in now)
    is_member = world["member"].get(contributor, {}).get("status") == "joined"
    if counts and members and not is_member and not contributor.startswith("group:"):
        yield "NotAMember"
    zones = [None, *(world["basing"][name]["zone"] for name in pledge["basing"] if name in world["basing"])]
    if counts and pledge["purpose"] == "force" and any(_refuses(world, pledge, zone) for zone in zones):
        yield "AgainstItsOwnStance"
    for warning, amount in (("DeployedBeyondThePledge", "deployed"), ("DisbursedBeyondThePledge", "disbursed")):
        if pledge["status"] in ("standing", "suspended") and _is_beyond(pledge[amount], pledge["quantity"]):
            yield warning
    closed = [name for name, basing in world["basing"].items() if basing["status"] in ("ruled_out", "ended")]
    if any(name in closed and not is_nothing(place["sum"]) for name, place in pledge["places"].items()):
        yield "DeployedToAClosedBasing"


def _refuses(world: World, pledge: dict[str, Any], zone: str | None) -> bool:
    """Whether its contributor itself says that it will not, on the capability or else on everything."""
    own = [
        stance["status"]
        for capability in (pledge["capability"], None)
        for stance in world["stance"].values()
        if (fact := stance["fact"]).actor == pledge["contributor"]
        and (fact.capability, fact.zone) == (capability, zone)
        and (fact.attribution is None or fact.attribution.actor in (None, fact.actor))
    ]
    return own[:1] == ["ruled_out"]


def _is_beyond(done: Amount | None, pledged: Amount) -> bool:
    if done is None or (None, None) in (done.extent, pledged.extent):
        return False
    least, most = _people(done).min, _people(pledged).max
    return most is not None and (least or 0) > most
