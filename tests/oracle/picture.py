"""A deliberately naive oracle of the force picture: sections 5 and 6 of the contract over the world of ``oracle.py``.

The two fixed points are found by trying every set of pledges. What a set of available pledges lets happen is worked out
from it alone; a fixed point is a set that lets exactly itself happen, the least is in all others, the greatest around
all others.
"""

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any, NamedTuple

from tests.oracle import sizes
from tests.oracle.confidence import Confidence
from tests.oracle.fold import World, moment
from tests.oracle.pledges import LEVELS, PEOPLE, Extent, amount_of, is_nothing
from tests.oracle.sizes import Figure, Pledges, Share, share_of, total

FIRM = LEVELS[1:]
STANCES = ["ruled_out", "reluctant", "undecided", "not_excluded", "considering", "willing", "committed"]

Names = frozenset[str]


class Scene:
    """A world at one time, which pledges are available in it, and what its facts are worth."""

    def __init__(self, world: World, valid_us: int, confidence: Confidence) -> None:
        for name, pledge in world["pledge"].items():
            pledge["is_leaked"] = confidence.rests_on("pledge", name).bases == ["leak"]
            pledge["is_disputed"] = bool(confidence.disputed("pledge", name))
        self.world = world
        self.valid_us = valid_us
        self.conditions = world["condition"]
        alive = ("standing", "suspended")
        standing: Pledges = {name: p for name, p in world["pledge"].items() if p["status"] in alive}
        counts = {name: sizes.counted(standing, name, valid_us) for name in standing}
        self.pledges: Pledges = {name: pledge | {"counted": counts[name]} for name, pledge in standing.items()}
        self.force: Pledges = {name: p for name, p in self.pledges.items() if p["purpose"] == "force"}
        self.available, self.moving = self._fixed_points()

    # --- fixed points ---

    def _fixed_points(self) -> tuple[Names, Names]:
        would_be = [name for name, pledge in self.force.items() if self._is_ready(pledge)]
        every_set = [frozenset(some) for size in range(len(would_be) + 1) for some in combinations(would_be, size)]
        fixed = [some for some in every_set if some == self._let_happen_by(some, would_be)]
        least, greatest = frozenset.intersection(*fixed), frozenset.union(*fixed)
        assert least in fixed
        assert greatest in fixed
        return least, greatest

    def _is_ready(self, pledge: dict[str, Any]) -> bool:
        return pledge["level"] in FIRM and pledge["status"] == "standing" and not self.is_upcoming(pledge)

    def _let_happen_by(self, available: Names, would_be: list[str]) -> Names:
        return frozenset(name for name in would_be if not self.keeping_back(name, available))

    def is_upcoming(self, pledge: dict[str, Any]) -> bool:
        return sizes.is_upcoming(pledge, self.valid_us)

    def keeping_back(self, name: str, available: Names) -> set[str]:
        """The conditions for which a pledge waits while exactly those pledges are available."""
        on_it = {condition: self.status_for(condition, name) for condition in self.conditions_on(name)}
        return {
            condition
            for condition, status in on_it.items()
            if status == "failed" or (status == "open" and not self.holds(condition, available))
        }

    def conditions_on(self, name: str) -> set[str]:
        pledge = self.pledges[name]
        wide = {
            condition
            for condition, state in self.conditions.items()
            if pledge["contributor"] in state["attached"] or "coalition" in state["attached"]
        }
        return pledge["conditions"] | (wide if pledge["purpose"] == "force" else set())

    def status_for(self, condition: str, name: str) -> str:
        state = self.conditions[condition]
        is_waived = {name, self.pledges[name]["contributor"]} & state["waived"]
        return "waived" if is_waived else state["status"]

    # --- rules ---

    def holds(self, condition: str, available: Names) -> bool:
        """Whether a condition is met by decision, or by its rule while exactly those pledges are available."""
        state = self.conditions[condition]
        if state["status"] == "open":
            return state["rule"] is not None and self._is_so(state["rule"], available)
        return state["status"] != "failed"

    def _is_so(self, rule: Any, available: Names) -> bool:
        force = [self.force[name] for name in available]
        match type(rule).__name__:
            case "AllOf":
                return all(self._is_so(part, available) for part in rule.all_of)
            case "AnyOf":
                return any(self._is_so(part, available) for part in rule.any_of)
            case "ConditionHolds":
                return self.holds(rule.condition, available)
            case "PersonnelAtLeast":
                return figure(force, "now").min >= rule.personnel_at_least
            case "ContributorsAtLeast":
                return len({pledge["contributor"] for pledge in force}) >= rule.contributors_at_least
            case "AllMembersAtLeast":
                members = [who for who, m in self.world["member"].items() if is_counted(m)]
                return bool(members) and all(_offers(force, who, rule.all_members_at_least) for who in members)
            case "ContributorAtLeast":
                return _offers(force, rule.contributor, rule.level_at_least, rule.capability)
        stance = self.stance(rule.actor, rule.capability)
        return stance is not None and STANCES.index(stance["status"]) >= STANCES.index(rule.stance_at_least)

    def stance(self, actor: str, capability: str | None) -> dict[str, Any] | None:
        """An actor's own stance on a capability, or else its overall one; stances limited to a place are left out."""
        own = {stance["fact"].capability: stance for stance in self.world["stance"].values() if _is_own(stance, actor)}
        return own.get(capability) or own.get(None)

    # --- the pledges' states ---

    def state(self, name: str) -> str:
        """The first matching state of a firm pledge."""
        pledge, conditions = self.pledges[name], self.conditions_on(name)
        if pledge["status"] == "suspended":
            return "suspended"
        if any(self.status_for(condition, name) == "failed" for condition in conditions):
            return "blocked"
        if self.keeping_back(name, self.available):
            return "conditional"
        return "upcoming" if self.is_upcoming(pledge) else "available"


def is_counted(member: dict[str, Any]) -> bool:
    return member["status"] == "joined" and not member["roles"].keys().isdisjoint(("lead", "contributor"))


def _offers(force: Iterable[dict[str, Any]], who: str, level: str, capability: str | None = None) -> bool:
    return any(
        pledge["contributor"] == who
        and LEVELS.index(pledge["level"]) >= LEVELS.index(level)
        and capability in (None, pledge["capability"])
        for pledge in force
    )


def _is_own(stance: dict[str, Any], actor: str) -> bool:
    fact = stance["fact"]
    speaker = fact.attribution.actor if fact.attribution else None
    return fact.actor == actor and speaker in (None, actor) and fact.zone is None


# --- sums -------------------------------------------------------------------------------------------------------------


def figure(pledges: Iterable[dict[str, Any]], part: str = "all") -> Figure:
    """The sum of pledges in people: what they count in all, now, or later."""
    shares = (getattr(pledge["counted"], part) for pledge in pledges if pledge["measure"] != "cumulative")
    return total(share for share in shares if share is not None and share.unit == "personnel")


def figure_there(pledges: Iterable[dict[str, Any]]) -> Figure:
    """The sum of the people of pledges that are on the ground."""
    return total(share for pledge in pledges if (share := there(pledge)) is not None and share.unit == "personnel")


def there(pledge: dict[str, Any]) -> Share | None:
    """What is on the ground of a pledge, or paid out."""
    if pledge["disbursed"] is not None and pledge["measure"] != "cumulative":
        return share_of(pledge, "disbursed")
    is_counted = not is_nothing(pledge["deployed"]) and pledge["deployed_measure"] != "cumulative"
    return share_of(pledge, "deployed") if is_counted and not pledge["deployed"].unit.isupper() else None


def people(extent: Extent, unit: str) -> Extent:
    least, most = PEOPLE[unit]
    return (None if extent[0] is None else extent[0] * least), (None if extent[1] is None else extent[1] * most)


# --- the picture ------------------------------------------------------------------------------------------------------

STATES = ("available", "upcoming", "conditional", "blocked", "suspended")


def size(scene: Scene) -> dict[str, Any]:
    """The size: of all, of each contributor and of each capability, and the requirements beside it."""
    return {
        **figures(scene, lambda pledge: True),
        "required": {
            name: required(scene, name) for name, r in scene.world["requirement"].items() if r["status"] == "stated"
        },
    }


def figures(scene: Scene, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The size figures over the wanted pledges."""
    wanted = {name: pledge for name, pledge in scene.force.items() if is_wanted(pledge)}
    firm = {name: pledge for name, pledge in wanted.items() if pledge["level"] in FIRM}
    found: dict[str, Any] = {level: figure(p for p in wanted.values() if p["level"] == level) for level in LEVELS}
    for state in STATES:
        in_it = sharing(scene, firm, state)
        by_level = {level: _people([(p, s) for p, s in in_it if p["level"] == level]) for level in FIRM}
        found[state] = (_people(in_it), by_level)
    on_the_ground = (p for p in scene.world["pledge"].values() if p["purpose"] == "force" and is_wanted(p))
    return found | {
        "if_all_move": figure((pledge for name, pledge in firm.items() if name in scene.moving), "now"),
        "deployed": figure_there(on_the_ground),
        "estimated": figure(pledge for pledge in firm.values() if pledge["counted"].estimated),
        "other_units": {
            unit: found_in for unit, found_in in units(scene, "force", is_wanted).items() if unit != "personnel"
        },
    }


def sharing(scene: Scene, firm: Pledges, state: str) -> list[tuple[dict[str, Any], Share]]:
    """The pledges that are in a state, each with what it has there: what exceeds a phase is upcoming."""
    found = []
    for name, pledge in firm.items():
        its, counted = scene.state(name), pledge["counted"]
        if its == state:
            found.append((pledge, counted.now if state == "available" else counted.all))
        if its == "available" and state == "upcoming" and counted.later is not None:
            found.append((pledge, counted.later))
    return [(pledge, share) for pledge, share in found if pledge["measure"] != "cumulative"]


def _people(shares: list[tuple[dict[str, Any], Share]]) -> Figure:
    return total(share for _, share in shares if share.unit == "personnel")


def units(scene: Scene, purpose: str, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, dict[str, Figure]]:
    """By unit, formations as people: what is pledged or firmer, binding, available, and on the ground or paid out."""
    wanted = {n: p for n, p in scene.world["pledge"].items() if p["purpose"] == purpose and is_wanted(p)}
    firm = {n: p for n, p in scene.pledges.items() if n in wanted and p["level"] in FIRM}
    in_place = [pledge for pledge in firm.values() if pledge["measure"] != "cumulative"]
    rows = {
        "pledged": [pledge["counted"].all for pledge in in_place],
        "binding": [pledge["counted"].all for pledge in in_place if pledge["level"] != "pledged"],
        "available": [share for _, share in sharing(scene, firm, "available")],
        "deployed": [share for pledge in wanted.values() if (share := there(pledge)) is not None],
    }
    named = {share.unit for shares in rows.values() for share in shares}
    return {
        unit: {_called(row, unit): total(s for s in shares if s.unit == unit) for row, shares in rows.items()}
        for unit in named
    }


def _called(row: str, unit: str) -> str:
    return "disbursed" if unit.isupper() and row == "deployed" else row


def by_basing(scene: Scene) -> dict[str, dict[str, Figure]]:
    """By place, and unit: what is on the ground of the force there; ``unstated`` where no source says."""
    found: dict[str, dict[str, list[Share]]] = {}
    for pledge in scene.world["pledge"].values():
        is_counted = pledge["purpose"] == "force" and pledge["deployed_measure"] != "cumulative"
        for basing, place in pledge["places"].items() if is_counted else ():
            share = share_of(pledge | {"there": place["sum"]}, "there")
            if not share.unit.isupper():
                found.setdefault(basing or "unstated", {}).setdefault(share.unit, []).append(share)
    return {basing: {unit: total(shares) for unit, shares in units.items()} for basing, units in found.items()}


def aid(scene: Scene, contributor: str | None = None) -> dict[str, dict[str, dict[str, Figure]]]:
    """By purpose other than force, and unit: what is pledged, of all contributors or of one."""
    purposes = {"host_aid", "own_preparation"}
    found = {name: units(scene, name, lambda p: contributor in (None, p["contributor"])) for name in purposes}
    return {purpose: by_unit for purpose, by_unit in found.items() if by_unit}


def money(scene: Scene) -> dict[tuple[str, str], dict[str, Figure]]:
    """By purpose and currency: money pledged or firmer, committed or firmer, and paid out."""
    purposes = ("force", "host_aid", "own_preparation")
    return {
        (purpose, unit): {"pledged": one["pledged"], "committed": one["binding"], "disbursed": one["disbursed"]}
        for purpose in purposes
        for unit, one in units(scene, purpose, lambda p: True).items()
        if unit.isupper()
    }


def within_days(scene: Scene) -> dict[str, Figure]:
    """By days of notice: what of the available force can move within so many, and what does not state its notice."""
    firm = {name: pledge for name, pledge in scene.force.items() if pledge["level"] in FIRM}
    available = [(share[0]["notice_to_move_days"], share) for share in sharing(scene, firm, "available")]
    found = {
        str(most): _people([share for days, share in available if days is not None and days <= most])
        for most in (10, 30, 60, 90, 180)
    }
    return found | {"unstated": _people([share for days, share in available if days is None])}


def confirmations(scene: Scene) -> dict[str, tuple[bool, str]]:
    """By pledge: whether its contributor has ever confirmed it, and whether that is out of date."""
    return {
        name: (pledge["confirmed"] is not None, "stale" if _is_past(scene, pledge["confirmed_until"]) else "current")
        for name, pledge in scene.world["pledge"].items()
    }


def _is_past(scene: Scene, until: str | None) -> bool:
    return until is not None and moment(until)[1] <= scene.valid_us


class Need(NamedTuple):
    """A requirement: its bounds, what there is of each kind with what is lacking of it, and its state."""

    unit: str
    bounds: Extent
    there: dict[str, Figure]
    gaps: dict[str, Extent]
    state: str | None
    lines: set[str]
    is_filled: bool


BESIDE = ("deployed", "binding", "available", "pledged")
NONE_AT_ALL = total([])


def required(scene: Scene, name: str) -> Need:
    """What counts for a requirement is what fills it, or if nothing in its unit does, what is of its capability."""
    requirement = scene.world["requirement"][name]
    quantity, capability = requirement["quantity"], requirement["capability"]
    unit, (least, most) = sizes.in_kind(amount_of(quantity))
    filling = units(scene, "force", lambda pledge: name in pledge["fills"])
    of_capability = units(scene, "force", lambda pledge: capability in (None, pledge["capability"]))
    found = filling.get(unit) or of_capability.get(unit) or {}
    found = {row: found.get(_called(row, unit), NONE_AT_ALL) for row in BESIDE}
    lines = {
        other
        for other, one in scene.world["requirement"].items()
        if one["part_of"] == name and one["status"] == "stated"
    }
    if quantity.measure == "cumulative":
        unknown: dict[str, Extent] = dict.fromkeys(BESIDE, (None, None))
        return Need(unit, (least, most), dict.fromkeys(BESIDE, NONE_AT_ALL), unknown, None, lines, False)
    gaps = {row: shortfall((least, most), figure) for row, figure in found.items()}
    return Need(
        unit, (least, most), found, gaps, state_of_need((least, most), found["available"]), lines, unit in filling
    )


def shortfall(bounds: Extent, there: Figure) -> Extent:
    """``{max(0, required.min - there.max), max(0, required.max - there.min)}``, section 6."""
    least, most = bounds
    is_least_known = least is not None and there.max is not None and not there.undisclosed
    fewest_lacking = max(0, (least or 0) - (there.max or 0)) if is_least_known else None
    return fewest_lacking, None if most is None else max(0, most - there.min)


def state_of_need(bounds: Extent, available: Figure) -> str | None:
    """Filled if the least that is available is all that is required; open if nothing at all can be available."""
    least, most = bounds
    if least is None and most is None:
        return None
    all_of_it = most if most is not None else (least or 0)
    if all_of_it <= available.min:
        return "filled"
    return "open" if (available.max, available.undisclosed) == (0, 0) else "partly"


def conditions(scene: Scene) -> dict[str, tuple[str, bool, set[str], Figure]]:
    """By condition: its status by facts, whether it holds, its pledges in force, and the affected personnel."""
    found = {}
    for condition, state in scene.conditions.items():
        on = {name for name in scene.pledges if condition in scene.conditions_on(name)}
        held_back = [
            scene.pledges[name]
            for name in on & set(scene.force)
            if scene.pledges[name]["level"] in FIRM
            and scene.state(name) in ("conditional", "blocked")
            and condition in scene.keeping_back(name, scene.available)
        ]
        found[condition] = (state["status"], scene.holds(condition, scene.available), on, figure(held_back))
    return found


def waiting_for(scene: Scene, partner: str) -> dict[str, Figure]:
    """The pledges that wait for the partner, through an open condition that only the partner can meet."""
    its = {name for name in scene.conditions if _is_up_to(scene, name, partner)}
    waiting = {
        name
        for name in scene.force
        for condition in scene.conditions_on(name) & its
        if scene.status_for(condition, name) == "open" and not scene.holds(condition, scene.available)
    }
    return {
        "held_back": figure(
            scene.force[name]
            for name in waiting
            if scene.force[name]["level"] in FIRM and scene.state(name) in ("conditional", "blocked")
        ),
        "floated": figure(scene.force[name] for name in waiting if scene.force[name]["level"] == "floated"),
    }


def _is_up_to(scene: Scene, condition: str, partner: str) -> bool:
    state = scene.conditions[condition]
    return state["kind"] == "partner_backstop" or _names(scene, state["rule"], partner)


def _names(scene: Scene, rule: Any, partner: str) -> bool:
    if hasattr(rule, "condition"):
        return rule.condition in scene.conditions and _is_up_to(scene, rule.condition, partner)
    parts = getattr(rule, "all_of", None) or getattr(rule, "any_of", None) or ()
    named = (getattr(rule, "contributor", None), getattr(rule, "actor", None))
    return partner in named or any(_names(scene, part, partner) for part in parts)


def partner_capabilities(scene: Scene, partner: str) -> dict[str, tuple[str | None, str | None]]:
    """By capability sought from the partner, or named in its stances: the importance and the stance."""
    sought = {
        s["fact"].capability: s["status"] for s in scene.world["support"].values() if s["fact"].partner == partner
    }
    spoken = {s["fact"].capability for s in scene.world["stance"].values() if _is_own(s, partner)} - {None}
    return {name: (sought.get(name), _status(scene.stance(partner, name))) for name in {*sought, *spoken}}


def _status(thing: dict[str, Any] | None) -> str | None:
    return None if thing is None else thing["status"]


def last_meeting(scene: Scene, forum: str | None) -> str | None:
    """The last meeting held, of a forum or of all."""
    meetings = scene.world["meeting"].items()
    held = {name: m for name, m in meetings if m["status"] == "held" and forum in (None, m["forum"])}
    return max(held, key=lambda name: (moment(held[name]["starts_at"])[0], name), default=None)


def next_meeting(scene: Scene) -> str | None:
    """The next meeting scheduled: for an instant that is ahead, or a day, month or interval that is not over."""
    meetings = scene.world["meeting"].items()
    scheduled = {name: m["starts_at"] for name, m in meetings if m["status"] == "scheduled"}
    ahead = {name: moment(at) for name, at in scheduled.items() if moment(at)["T" not in at] > scene.valid_us}
    return min(ahead, key=lambda name: (ahead[name][0], name), default=None)


def presence(scene: Scene, meeting: str, actor: str) -> bool | None:
    """Whether an actor attended a meeting, or ``None`` if that is not on record."""
    attendance = scene.world["meeting"][meeting]["attendance"] or ()
    return next((one.present for one in attendance if one.actor == actor), None)


def counts(scene: Scene) -> dict[str, tuple[int | None, int | None] | None]:
    """By report that has not ended: the comparable figure of this record."""
    reports = scene.world["report"].items()
    return {name: _named(scene, report["fact"]) for name, report in reports if report["status"] == "reported"}


def _named(scene: Scene, fact: Any) -> tuple[int | None, int | None] | None:
    if fact.subject == "participants":
        meeting = scene.world["meeting"].get(fact.meeting)
        if meeting is None:
            return None
        present = sum(one.present for one in meeting["attendance"] or ())
        return present, present
    if fact.subject == "deployed":
        return _named_in(_on_the_ground(scene, fact), figure_there)
    firm_enough = LEVELS[LEVELS.index(fact.level or "pledged") :]
    pledges = [pledge for pledge in scene.force.values() if pledge["level"] in firm_enough]
    if fact.pledge is not None:
        pledges = [pledge for name, pledge in scene.pledges.items() if name == fact.pledge]
    elif fact.capability is not None:
        pledges = [pledge for pledge in pledges if pledge["capability"] == fact.capability]
    if fact.subject == "contributors":
        contributors = len({pledge["contributor"] for pledge in pledges})
        return contributors, contributors
    return _named_in(pledges, _gross if fact.pledge is not None else figure)


def _gross(pledges: list[dict[str, Any]]) -> Figure:
    """The people of pledges by themselves, whatever their parts and phases."""
    in_place = (share_of(pledge, "quantity") for pledge in pledges if pledge["measure"] != "cumulative")
    return total(share for share in in_place if share.unit == "personnel")


def _on_the_ground(scene: Scene, fact: Any) -> list[dict[str, Any]]:
    """The pledges with forces on the ground that a count of those is about: also those that are over."""
    return [
        pledge
        for name, pledge in scene.world["pledge"].items()
        if not is_nothing(pledge["deployed"])
        and (name == fact.pledge if fact.pledge else pledge["purpose"] == "force")
        and (fact.pledge or fact.level is None or LEVELS.index(pledge["level"]) >= LEVELS.index(fact.level))
        and (fact.pledge or fact.capability in (None, pledge["capability"]))
    ]


def _named_in(
    pledges: list[dict[str, Any]], people_of: Callable[[list[dict[str, Any]]], Figure]
) -> tuple[int | None, int | None]:
    people_named = people_of(pledges)
    if pledges and people_named.undisclosed == people_named.pledges:
        return None, None
    return people_named.min, None if people_named.undisclosed else people_named.max


def members_by_role(scene: Scene) -> dict[str, list[str]]:
    """By role: those that have it now."""
    joined = sorted((name, m["roles"]) for name, m in scene.world["member"].items() if m["status"] == "joined")
    held = {role for _, roles in joined for role in roles}
    return {role: [name for name, roles in joined if role in roles] for role in held}
