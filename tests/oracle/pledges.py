"""The oracle's pledges: their rules and what their facts add up to, from the words of the design.

An amount is a range of one unit. What is on the ground is kept as three sums beside each other: in all, at each
basing, and of each deployment there.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from domain.facts import ABSENT

World = dict[str, dict[str, dict[str, Any]]]
Extent = tuple[int | None, int | None]

LEVELS = ["floated", "pledged", "committed", "assigned"]
PEOPLE = {"personnel": (1, 1), "company": (100, 250), "battalion": (300, 1000), "brigade": (3000, 5000)}
PEOPLE |= {"division": (10_000, 20_000), "formed_unit": (120, 160)}


class Amount(NamedTuple):
    """So many of a unit, perhaps converted in part from formations."""

    min: int | None
    max: int | None
    unit: str
    estimated: bool = False

    @property
    def extent(self) -> Extent:
        return self.min, self.max


def amount_of(quantity: Any) -> Amount:
    return Amount(quantity.min, quantity.max, quantity.unit, quantity.unit in PEOPLE and quantity.unit != "personnel")


def in_people(amount: Amount) -> Amount:
    least, most = PEOPLE[amount.unit]
    return Amount(
        None if amount.min is None else amount.min * least, None if amount.max is None else amount.max * most,
        "personnel", True,
    )  # fmt: skip


def matched(one: Amount, other: Amount) -> tuple[Amount, Amount]:
    """People and formations are one kind: both in people, unless both are the same already."""
    same = (one.unit, one.estimated) == (other.unit, other.estimated)
    return (one, other) if same else (in_people(one), in_people(other))


def less(whole: Amount, part: Amount) -> Amount:
    """``{a,b} - {c,d}``, section 2."""
    if whole.extent == (None, None):
        return whole
    whole, part = matched(whole, part)
    (a, b), (c, d) = whole.extent, part.extent
    return whole._replace(min=0 if d is None else max(0, (a or 0) - d), max=None if b is None else max(0, b - (c or 0)))


def plus(whole: Amount, part: Amount) -> Amount:
    """The sum of two ranges; an undisclosed one may be any number, and two undisclosed ones stay undisclosed."""
    if whole.extent == part.extent == (None, None):
        return whole
    whole, part = matched(whole, part)
    (a, b), (c, d) = whole.extent, part.extent
    return whole._replace(min=(a or 0) + (c or 0), max=None if b is None or d is None else b + d)


def is_more(part: Amount, whole: Amount) -> bool:
    """``d > b``, and ``c > b`` if ``d`` is open or is only our own estimate of a formation."""
    if whole.max is None or part.extent == (None, None):
        return False
    is_guess = part.unit != whole.unit and part.estimated
    whole, part = matched(whole, part)
    assert whole.max is not None
    return ((part.min or 0) if part.max is None or is_guess else part.max) > whole.max


def is_nothing(amount: Amount | None) -> bool:
    return amount is None or amount.max == 0


def given(value: Any) -> Any:
    """A field of a fact, ``None`` if it was left out."""
    return None if value is ABSENT else value


def kind(unit: str) -> str:
    return "personnel" if unit in PEOPLE else unit


# --- rules ------------------------------------------------------------------------------------------------------------


def pledge_rules(world: World, fact: Any) -> Iterator[str]:
    pledge = world["pledge"].get(fact.pledge)
    yield from rules_between_pledges(world, fact)
    if fact.type == "PledgeMade":
        yield from ["IdAlreadyUsed"] * (pledge is not None)
    elif pledge is None:
        yield "UnknownId"
    else:
        is_over = pledge["status"] in ("withdrawn", "lapsed")
        yield from ["PledgeIsOver"] * (is_over and fact.type != "ForcesReturned")
        yield from _level_rules(pledge, fact)
        yield from _quantity_rules(pledge, fact)
        yield from _return_rules(pledge, fact)
        is_undone = (
            (fact.type == "PledgeResumed" and pledge["status"] != "suspended")
            or (fact.type == "CaveatLifted" and fact.caveat not in pledge["caveats"])
            or (fact.type == "ConditionDetached" and fact.condition not in pledge["conditions"])
        )
        yield from ["NothingToUndo"] * is_undone


def _level_rules(pledge: dict[str, Any], fact: Any) -> Iterator[str]:
    if fact.type in ("PledgeRaised", "PledgeLowered"):
        step = LEVELS.index(fact.level) - LEVELS.index(pledge["level"])
        if (step <= 0) if fact.type == "PledgeRaised" else (step >= 0):
            yield "LevelDoesNotMoveThatWay"


def _quantity_rules(pledge: dict[str, Any], fact: Any) -> Iterator[str]:
    quantity = getattr(fact, "quantity", None)
    if fact.type == "PledgeAmended":
        phases = pledge["phases"] if fact.phases is ABSENT else fact.phases or ()
        whole = counted(pledge if quantity is None else quantity)
        yield from ["UnitIsNotThePledges"] * any(counted(phase.quantity) != whole for phase in phases)
    if quantity is None:
        return
    is_another_measure = (quantity.measure == "cumulative") != (pledge["measure"] == "cumulative")
    is_another = kind(quantity.unit) != kind(pledge["quantity"].unit) or is_another_measure
    is_tied = not is_nothing(pledge["deployed"]) or pledge["disbursed"] is not None
    if is_another and (fact.type != "PledgeAmended" or is_tied):
        yield "UnitIsNotThePledges"
    elif fact.type == "PledgeWithdrawn" and is_more(amount_of(quantity), pledge["quantity"]):
        yield "WithdrawsMoreThanIsLeft"


def _return_rules(pledge: dict[str, Any], fact: Any) -> Iterator[str]:
    if fact.type != "ForcesReturned":
        return
    total, places = pledge["deployed"], pledge["places"]
    if is_nothing(total):
        yield "ReturnsMoreThanIsDeployed"
        return
    if fact.of is not None:
        yield from ["ReturnsMoreThanIsDeployed"] * all(fact.of not in place["lots"] for place in places.values())
    there = [places[name]["sum"] for name in (fact.basing, None) if name in places]
    if fact.basing is not None and not there:
        yield "ReturnsMoreThanIsDeployed"
    if fact.quantity is not None and kind(fact.quantity.unit) == kind(pledge["quantity"].unit):
        leaving = amount_of(fact.quantity)
        is_too_much = is_more(leaving, total)
        if fact.basing is not None and there:
            is_too_much |= is_more(leaving, plus(*there) if len(there) == 2 else there[0])
        yield from ["ReturnsMoreThanIsDeployed"] * is_too_much


def rules_between_pledges(world: World, fact: Any) -> Iterator[str]:
    """A whole and its parts: one kind of unit, no chain, no part of what is over, no whole withdrawn before them."""
    pledge = world["pledge"].get(fact.pledge)
    parts = [p for p in world["pledge"].values() if p["part_of"] == fact.pledge and is_in_force(p)]
    if fact.type == "PledgeWithdrawn" and pledge is not None:
        yield from ["WithdrawnBeforeItsParts"] * (bool(parts) and _leaves_nothing(pledge, fact.quantity))
    if fact.type not in ("PledgeMade", "PledgeAmended"):
        return
    named = given(fact.part_of)
    if named is not None:
        whole = world["pledge"].get(named)
        yield from ["PartOfAPart"] * (bool(parts) or named == fact.pledge)
        if whole is not None:
            yield from ["WholeIsOver"] * (not is_in_force(whole))
            yield from ["PartOfAPart"] * (whole["part_of"] is not None)
    becomes: Any = named if fact.part_of is not ABSENT or pledge is None else pledge["part_of"]
    whole = world["pledge"].get(becomes)
    quantity = fact.quantity or pledge
    if quantity is not None and (fact.quantity is not None or named is not None):
        own = counted(quantity)
        near = [*parts, *([whole] if whole is not None and is_in_force(whole) else [])]
        yield from ["UnitIsNotTheWholes"] * any(counted(other) != own for other in near)


def _leaves_nothing(pledge: dict[str, Any], quantity: Any) -> bool:
    if quantity is None:
        return True
    is_alike = kind(quantity.unit) == kind(pledge["quantity"].unit)
    return is_alike and less(pledge["quantity"], amount_of(quantity)).max == 0


def is_in_force(pledge: dict[str, Any]) -> bool:
    return pledge["status"] in ("standing", "suspended")


def counted(what: Any) -> tuple[str, bool]:
    """The kind of unit of a quantity or of a pledge, and whether it is a total over rotations."""
    if isinstance(what, dict):
        return kind(what["quantity"].unit), what["measure"] == "cumulative"
    return kind(what.unit), what.measure == "cumulative"


# --- what facts change ------------------------------------------------------------------------------------------------


def apply_pledge(world: World, fact: Any, now_us: int, event_id: str, since: Any, is_past: Any) -> None:  # noqa: PLR0917
    if fact.type == "PledgeMade":
        world["pledge"][fact.pledge] = made(fact, now_us)
    else:
        _change(world["pledge"][fact.pledge], fact, now_us, event_id, since)
    confirm(world["pledge"][fact.pledge], fact, now_us, event_id, is_past)


def confirm(pledge: dict[str, Any], fact: Any, now_us: int, event_id: str, is_past: Any) -> None:
    """The contributor has said or done something, unless the words are another's."""
    speaker = fact.attribution.actor if fact.attribution else None
    if speaker not in (None, pledge["contributor"]):
        return
    pledge["confirmed"] = event_id
    if fact.type == "PledgeReaffirmed":
        pledge["confirmed_until"] = fact.until
    elif pledge["confirmed_until"] is not None and is_past(pledge["confirmed_until"], now_us):
        pledge["confirmed_until"] = None


def _change(pledge: dict[str, Any], fact: Any, now_us: int, event_id: str, since: Any) -> None:
    status = {"PledgeSuspended": "suspended", "PledgeResumed": "standing", "PledgeLapsed": "lapsed"}.get(fact.type)
    if fact.type == "PledgeWithdrawn":
        left = None if fact.quantity is None else less(pledge["quantity"], amount_of(fact.quantity))
        status = "withdrawn" if left is None or left.max == 0 else None
        pledge["quantity"] = pledge["quantity"] if left is None else left
    if status is not None:
        pledge |= {"since": since(pledge, status, now_us), "status": status}
    match fact.type:
        case "PledgeRaised" | "PledgeLowered":
            pledge["level"] = fact.level
        case "PledgeAmended":
            _amend(pledge, fact, now_us)
        case "ForcesDeployed" | "StrengthReported" | "ForcesReturned":
            _move_forces(pledge, fact, event_id)
        case "FundsDisbursed":
            paid, before = amount_of(fact.quantity), pledge["disbursed"]
            pledge["disbursed"] = paid if before is None else plus(before, paid)
        case "CaveatDeclared":
            pledge["caveats"][fact.caveat] = (fact.kind, fact.text)
        case "CaveatLifted":
            del pledge["caveats"][fact.caveat]


PERIODS = ("notice_to_move_days", "available_from", "expires_on")


def made(fact: Any, now_us: int) -> dict[str, Any]:
    caveats = {caveat.caveat: (caveat.kind, caveat.text) for caveat in fact.caveats}
    return {
        "contributor": fact.contributor, "purpose": fact.purpose, "level": fact.level, "capability": fact.capability,
        "quantity": amount_of(fact.quantity), "measure": fact.quantity.measure, "conditions": set(fact.conditions),
        "caveats": caveats, "basing": fact.basing, "status": "standing", "since": now_us, "expiry_set_us": now_us,
        "deployed": None, "deployed_measure": None, "places": {}, "disbursed": None, "part_of": fact.part_of,
        "fills": fact.fills or (), "phases": fact.phases or (), "confirmed": None, "confirmed_until": None,
        **{name: getattr(fact, name) for name in PERIODS},
    }  # fmt: skip


def _amend(pledge: dict[str, Any], fact: Any, now_us: int) -> None:
    """What is given holds from now on; what is given as null is taken away."""
    fields = {name: getattr(fact, name) for name in (*PERIODS, "part_of", "fills", "phases", "basing")}
    fields = {name: value for name, value in fields.items() if value is not ABSENT}
    if "expires_on" in fields:
        pledge["expiry_set_us"] = now_us
    if fact.capability is not None:
        pledge["capability"] = fact.capability
    for name, value in fields.items():
        pledge[name] = () if value is None and name in ("basing", "fills", "phases") else value
    if fact.quantity is not None:
        pledge |= {"quantity": amount_of(fact.quantity), "measure": fact.quantity.measure}


# --- forces on the ground ---------------------------------------------------------------------------------------------


def _move_forces(pledge: dict[str, Any], fact: Any, event_id: str) -> None:
    if fact.type != "ForcesReturned":
        pledge["deployed_measure"] = fact.quantity.measure
    if is_nothing(pledge["deployed"]):
        pledge["places"] = {}
    before = None if is_nothing(pledge["deployed"]) else pledge["deployed"]
    match fact.type:
        case "ForcesDeployed":
            more = amount_of(fact.quantity)
            pledge["deployed"] = more if before is None else plus(before, more)
            place = pledge["places"].setdefault(fact.basing, {"sum": None, "lots": {}})
            place["sum"] = more if place["sum"] is None else plus(place["sum"], more)
            place["lots"][event_id] = more
            _told_apart(place["lots"])
        case "StrengthReported":
            _report(pledge, fact, event_id)
        case "ForcesReturned":
            _bring_home(pledge, fact)
    for place in pledge["places"].values():
        place["lots"] = {name: lot for name, lot in place["lots"].items() if lot.max != 0}
    pledge["places"] = {name: place for name, place in pledge["places"].items() if place["sum"].max != 0}
    if is_nothing(pledge["deployed"]):
        pledge["places"] = {}


def _told_apart(lots: dict[str, Amount]) -> None:
    """Only the last twenty deployments at a place are told apart, of the others there is a sum."""
    if len(lots) > 20:
        first, second = list(lots)[:2]
        others = {name: lots[name] for name in list(lots)[2:]}
        earlier = plus(lots[first], lots[second])
        lots.clear()
        lots |= {"": earlier, **others}


def _report(pledge: dict[str, Any], fact: Any, event_id: str) -> None:
    """So many are there: a lone deployment has that size, several share it in a way that is not known any more."""
    places, number = pledge["places"], amount_of(fact.quantity)
    if fact.basing is None:
        lots = [name for place in places.values() for name in place["lots"]]
        where = next(iter(places)) if len(places) == 1 else None
        pledge |= {"deployed": number, "places": {where: _shared(lots, number, event_id)}}
        return
    lots = list(places[fact.basing]["lots"]) if fact.basing in places else []
    rest = _rest_of(pledge["deployed"], places, fact.basing)
    places[fact.basing] = _shared(lots, number, event_id)
    pledge["deployed"] = number if rest is None else plus(rest, number)


def _shared(lots: list[str], number: Amount, event_id: str) -> dict[str, Any]:
    if len(lots) > 1 and ("" in lots or len(lots) > 20):
        lots = ["", *[name for name in lots if name][-19:]]
    share = number if len(lots) < 2 or number.extent == (None, None) else number._replace(min=0)
    return {"sum": number, "lots": dict.fromkeys(lots or [event_id], share)}


def _rest_of(total: Amount | None, sums: dict[Any, Any], leaving: Any) -> Amount | None:
    """What is left of a total without one of its parts: the sum of the others, as far as the total allows it."""
    others = [part["sum"] if isinstance(part, dict) else part for name, part in sums.items() if name != leaving]
    if not others:
        return None
    rest = others[0]
    for other in others[1:]:
        rest = plus(rest, other)
    if leaving not in sums:
        return rest
    gone = sums[leaving]["sum"] if isinstance(sums[leaving], dict) else sums[leaving]
    assert total is not None
    return _both(rest, less(total, gone))


def _both(one: Amount, other: Amount) -> Amount:
    if (None, None) in (one.extent, other.extent):
        return one
    one, other = matched(one, other)
    least = max(one.min or 0, other.min or 0)
    mosts = [bound for bound in (one.max, other.max) if bound is not None]
    most = min(mosts, default=None)
    return one if most is not None and least > most else one._replace(min=least, max=most)


def _bring_home(pledge: dict[str, Any], fact: Any) -> None:
    total, places = pledge["deployed"], pledge["places"]
    nobody = total._replace(min=0, max=0)
    if fact.of is not None:
        name = next(name for name, place in places.items() if fact.of in place["lots"])
        place = places[name]
        gone = place["lots"][fact.of]
        left = _rest_of(place["sum"], place["lots"], fact.of)
        del place["lots"][fact.of]
        if left is None or left.max == 0:
            del places[name]
        else:
            place["sum"] = left
        rest = _rest_of(None, places, object())
        pledge["deployed"] = nobody if rest is None else _both(rest, less(total, gone))
    elif fact.quantity is None and fact.basing is None:
        pledge |= {"deployed": nobody, "places": {}}
    elif fact.quantity is None and fact.basing in places:
        pledge["deployed"] = _rest_of(total, places, fact.basing) or nobody
        del places[fact.basing]
    else:
        leaving = total._replace(min=None, max=None) if fact.quantity is None else amount_of(fact.quantity)
        _take(pledge, leaving, fact.basing)


def _take(pledge: dict[str, Any], leaving: Amount, basing: str | None) -> None:
    """Some leave: from anywhere if no basing is named, else from there first, and then from those somewhere."""
    places = pledge["places"]
    left = pledge["deployed"] = less(pledge["deployed"], leaving)
    there = places.get(basing) if basing is not None else None
    beyond = leaving if there is None else less(leaving, there["sum"])
    for name, place in places.items():
        if basing is None:
            place["sum"] = _perhaps_less(place["sum"], leaving, left)
            taken: Amount | None = leaving
        else:
            taken = leaving if name == basing else beyond if name is None else None
            place["sum"] = _at_most(place["sum"] if taken is None else less(place["sum"], taken), left)
        for lot, size in place["lots"].items():
            if taken is None:
                place["lots"][lot] = _at_most(size, place["sum"])
            elif len(place["lots"]) == 1:
                place["lots"][lot] = place["sum"]
            else:
                place["lots"][lot] = _perhaps_less(size, taken, place["sum"])


def _perhaps_less(part: Amount, leaving: Amount, whole: Amount) -> Amount:
    """All of what left may be of this part, or none of it."""
    lower = less(part, leaving)
    lower, upper = matched(lower, part)
    return _at_most(lower if lower.extent == (None, None) else lower._replace(max=upper.max), whole)


def _at_most(part: Amount, whole: Amount) -> Amount:
    if whole.max is None:
        return part
    part, whole = matched(part, whole)
    assert whole.max is not None
    if part.max is not None and part.max <= whole.max:
        return part
    return part._replace(min=min(part.min or 0, whole.max), max=whole.max)
