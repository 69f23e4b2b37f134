"""What the value of each thing rests on, and where its sources disagree: a naive oracle, from the words of the rules.

The facts that apply to a thing are looked at from the last one backwards, field by field. It shares nothing with the
projection but the facts, as data.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.events import Event
from domain.facts import ABSENT
from tests.oracle.fold import RECORD_TYPES, Record, fold, moment, slug_of
from tests.oracle.pledges import World, apply_pledge, is_nothing

PLEDGE_FIELDS = (
    "contributor", "purpose", "level", "capability", "quantity", "basing", "notice_to_move_days", "available_from",
    "expires_on", "part_of", "fills", "phases",
)  # fmt: skip
GIVEN = {
    "PledgeMade": PLEDGE_FIELDS,
    "PledgeAmended": PLEDGE_FIELDS[3:],
    "PledgeRaised": ("level",),
    "PledgeLowered": ("level",),
    "RequirementStated": ("label", "stated_by", "standing", "quantity", "capability"),
    "RequirementAmended": ("label", "stated_by", "standing", "quantity", "capability"),
    "ConditionStated": ("kind", "label", "description", "stated_by", "rule"),
    "MeetingScheduled": ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance"),
    "MeetingHeld": ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance", "participants"),
    "ActorNamed": ("name", "short"),
    "CommandArranged": ("component", "headquarters", "led_by", "description"),
    "StanceStated": ("stance",),
    "StatementMade": ("kind", "label", "text"),
    "CountReported": ("subject", "value", "scope", "label"),
} | dict.fromkeys(
    ("BasingProposed", "BasingAgreed", "BasingRuledOut", "BasingEnded"),
    ("zone", "label", "country", "place", "certainty", "proposed_by", "purpose"),
)  # fmt: skip
"""The fields of a thing that each type of fact gives."""

STATUS = {
    "PledgeMade": "standing", "PledgeSuspended": "suspended", "PledgeResumed": "standing", "PledgeLapsed": "lapsed",
    "RequirementStated": "stated", "RequirementWithdrawn": "withdrawn",
    "ConditionStated": "open", "ConditionReopened": "open", "ConditionMet": "met", "ConditionFailed": "failed",
    "BasingProposed": "proposed", "BasingAgreed": "agreed", "BasingRuledOut": "ruled_out", "BasingEnded": "ended",
    "MeetingScheduled": "scheduled", "MeetingHeld": "held", "MeetingCancelled": "cancelled",
    "CountReported": "reported", "CountEnded": "ended",
}  # fmt: skip
"""The status that each type of fact brings about."""

COMPARED = {
    "pledge": (*PLEDGE_FIELDS[2:], "deployed", "deployed at hub", "deployed at rear"),
    "requirement": ("stated_by", "standing", "quantity", "capability"),
    "basing": ("status", "zone", "country", "certainty", "proposed_by"),
    "meeting": ("forum", "starts_at", "participants"),
    "command": ("component", "status", "led_by"),
    "stance": ("stance",),
    "report": ("value",),
}
"""The fields on which sources can disagree: no free text, and no names."""

BASES = ("official", "informal", "leak", "press_estimate", "third_party", "unstated")
NONE = "nothing"
"""The value of a field that a fact has taken away."""


class RestsOn(NamedTuple):
    """On which words a value rests, on how many publishers, and how they are graded at best."""

    bases: list[str]
    publishers: list[str]
    best_grading: str | None


Values = list[tuple[Any, list[str], list[str]]]
"""Rival values of a field, each with the events that give it and the publishers that stand by it."""


class Told(NamedTuple):
    """One fact that applies, with its sources and the words that it rests on."""

    event_id: str
    fact: Any
    sources: list[Any]
    bases: set[str]

    @property
    def publishers(self) -> set[str]:
        """Who reports it; whoever only relays another's report is not a publisher of it."""
        return {source.relays or source.publisher for source in self.sources}


class Confidence:
    """Everything that applies to each thing at a time, by kind and name, as told by the known events."""

    def __init__(self, known: Sequence[Event], valid_us: int) -> None:
        record, aside = Record(known), fold(known, valid_us).aside
        told = []
        for event in known:
            content = None if event.fact.type in RECORD_TYPES else record.content(event)
            if content is not None and event.event_id not in aside and moment(content.effective_at)[0] <= valid_us:
                told.append(((moment(content.effective_at)[0], event.sequence), _told(event, content, record)))
        self.things: dict[tuple[str, str], list[Told]] = {}
        for _, one in sorted(told, key=lambda row: row[0]):
            self.things.setdefault(thing_of(one.fact), []).append(one)

    def rests_on(self, kind: str, name: str) -> RestsOn:
        """What the value of a thing rests on."""
        facts = self.things[kind, name]
        fields = sorted({field for one in facts for field in _touched(one.fact) if not field.startswith("deployed")})
        making = [one for field in fields for one in _making(field, facts)]
        making += _on_the_ground(facts) if kind == "pledge" else []
        bases = set().union(*(one.bases for one in making))
        sources = [source for one in making for source in one.sources]
        gradings = [(s.reliability or "", s.credibility or "") for s in sources if s.reliability or s.credibility]
        best = min(gradings, key=lambda grading: (grading[0] or "Z", grading[1] or "9"), default=None)
        publishers = sorted(set().union(*(one.publishers for one in making)))
        return RestsOn([basis for basis in BASES if basis in bases], publishers, "".join(best) if best else None)

    def disputed(self, kind: str, name: str) -> dict[str, Values]:
        """The fields of a thing on which its sources disagree, each with the rival values, the last one last."""
        facts = self.things[kind, name]
        found = {field: _rivals(field, facts) for field in COMPARED.get(kind, ())}
        return {field: values for field, values in found.items() if len(values) > 1}


def thing_of(fact: Any) -> tuple[str, str]:
    """The kind and the name of the thing that a fact is about."""
    if fact.type in ("ConditionAttached", "ConditionDetached") and fact.pledge:
        return "pledge", str(fact.pledge)
    if fact.type.startswith("Member"):
        return "member", str(fact.member)
    if fact.type == "ActorNamed":
        return "actor", str(fact.actor)
    if fact.type.startswith("Coalition"):
        return "coalition", ""
    if fact.type == "SupportSought":
        return "support", repr((fact.partner, fact.capability))
    if fact.type == "StanceStated":
        speaker = fact.attribution.actor if fact.attribution else None
        return "stance", repr((fact.actor, fact.capability, fact.zone, None if speaker == fact.actor else speaker))
    kinds = {
        "Requirement": "requirement", "Command": "command", "Pledge": "pledge", "Forces": "pledge", "Caveat": "pledge",
        "Strength": "pledge", "Funds": "pledge",
        "Condition": "condition", "Basing": "basing", "MeetingOutcome": "outcome", "Meeting": "meeting",
        "Statement": "statement", "Count": "report",
    }  # fmt: skip
    kind = next(kind for beginning, kind in kinds.items() if fact.type.startswith(beginning))
    return kind, str(slug_of(fact))


def _told(event: Event, content: Any, record: Record) -> Told:
    """A fact with the sources that support it now: its own, those of its correction, and those added to either."""
    sources, added = list(content.sources), []
    step: Event | None = event
    while step is not None:
        added += record.additions(step)
        if step is not event:
            sources += step.fact.sources
        step = record.acting(step)
    bases = [one.attribution.basis for one in (content, *(other.fact for other in added)) if one.attribution]
    bases += [] if content.attribution else ["unstated"]
    return Told(event.event_id, content, sources + [s for one in added for s in one.fact.sources], set(bases))


# --- what a fact does to a field --------------------------------------------------------------------------------------


def _touched(fact: Any) -> Iterator[str]:
    yield from _gives(fact)
    yield from _adds_to(fact)


def _gives(fact: Any) -> dict[str, Any]:
    """The values that a fact gives, by field; what it leaves open it does not give, unless it takes it away."""
    given = {name: getattr(fact, name) for name in GIVEN.get(fact.type, ())}
    given = {name: NONE if _is_taken_away(fact, name) else _plain(value) for name, value in given.items()}
    is_whole = fact.type in ("PledgeMade", "RequirementStated", "CommandArranged")
    given = {name: v for name, v in given.items() if v not in (None, ABSENT) and not (is_whole and v == NONE)}
    return given | _follows(fact)


def _is_taken_away(fact: Any, name: str) -> bool:
    value = getattr(fact, name)
    is_null = value is None and fact.type == "PledgeAmended" and name not in ("capability", "quantity")
    return is_null or value == ()


def _follows(fact: Any) -> dict[str, Any]:
    """What follows from the type of a fact."""
    if fact.type in STATUS:
        return {"status": STATUS[fact.type]}
    match fact.type:
        case "PledgeReaffirmed":
            return {"reaffirmed": fact.until or NONE}
        case "StrengthReported":
            return {f"deployed at {fact.basing}" if fact.basing else "deployed": _plain(fact.quantity)}
        case "CommandArranged":
            return {"status": fact.status}
        case "PledgeWithdrawn" if fact.quantity is None:
            return {"status": "withdrawn"}
        case "MemberJoined":
            return {f"role {fact.role}": True}
        case "MemberLeft":
            return {"left": fact.role or "every role"}
        case "CaveatDeclared":
            return {f"caveat {fact.caveat}": (fact.kind, fact.text)}
        case "ConditionAttached":
            return {f"attached {_target(fact)}": True}
        case "ConditionWaived":
            return {f"waived {_target(fact)}": True} if fact.pledge or fact.contributor else {"status": "waived"}
    return {}


def _target(fact: Any) -> str:
    if fact.type != "ConditionWaived" and fact.pledge:
        return str(fact.condition)
    return str(fact.pledge or fact.contributor or "coalition")


def _adds_to(fact: Any) -> list[str]:
    """The fields to which a fact adds, or from which it takes, without giving them anew."""
    match fact.type:
        case "PledgeWithdrawn" if fact.quantity is not None:
            return ["quantity"]
        case "FundsDisbursed":
            return ["disbursed"]
        case "ForcesDeployed" | "ForcesReturned":
            return ["deployed", *([f"deployed at {fact.basing}"] if fact.basing else [])]
        case "StrengthReported" if fact.basing:
            return ["deployed"]
    return []


def _ends(fact: Any, field: str) -> bool:
    """Whether a fact takes a field away."""
    return (
        (fact.type == "CaveatLifted" and field == f"caveat {fact.caveat}")
        or (fact.type == "ConditionDetached" and field == f"attached {_target(fact)}")
        or (fact.type == "ConditionReopened" and field.startswith("waived"))
        or (fact.type == "MemberLeft" and field.startswith("role ") and fact.role in (None, field.split()[1]))
        or (fact.type == "MemberJoined" and field == "left")
        or (fact.type == "CommandArranged" and field not in _gives(fact))
    )


def _plain(value: Any) -> Any:
    """A value as it is compared: the numbers of a quantity, the members of a list."""
    if hasattr(value, "measure"):
        return value.min, value.max, value.unit, value.measure == "cumulative"
    if hasattr(value, "max"):
        return value.min, value.max, getattr(value, "unit", None)
    if isinstance(value, tuple):
        return frozenset(value)
    return value


# --- the facts behind a field -----------------------------------------------------------------------------------------


def _making(field: str, facts: list[Told]) -> list[Told]:
    """The facts that make a field what it is: from the last backwards, until one that says something else."""
    making: list[Told] = []
    value: Any = None
    for one in reversed(facts):
        given = _gives(one.fact)
        if _ends(one.fact, field) or (value is not None and field in _adds_to(one.fact)):
            break
        if field in _adds_to(one.fact):
            making.append(one)
        elif field in given:
            if value not in (None, given[field]):
                break
            value = given[field]
            making.append(one)
    return making


FORCES = ("ForcesDeployed", "StrengthReported", "ForcesReturned")


def _on_the_ground(facts: list[Told]) -> list[Told]:
    """The facts that make what is on the ground: each that is not overtaken by a later one."""
    world: World = {"pledge": {}, "condition": {}}
    is_there: list[bool] = []
    for one in facts:
        if not one.fact.type.startswith("Condition"):
            apply_pledge(world, one.fact, 0, one.event_id, lambda *_: 0, lambda *_: False)
        is_there.append(not is_nothing(next(iter(world["pledge"].values()))["deployed"]))
    moves = [(one, leaves) for one, leaves in zip(facts, is_there, strict=True) if one.fact.type in FORCES]
    return [one for number, (one, _) in enumerate(moves) if not _is_overtaken(number, moves)]


def _is_overtaken(number: int, moves: list[tuple[Told, bool]]) -> bool:
    """Whether what a deployment, return or report brought about has been undone, or counted anew, since."""
    (own, leaves_some), later = moves[number], moves[number + 1 :]
    if not leaves_some:
        return bool(later)  # it is what emptied the ground, until others come
    if any(not leaves for _, leaves in later):
        return True
    if own.fact.type == "ForcesReturned" and own.fact.of is not None:
        return True  # neither a deployment that has left whole nor its return is part of what is there
    is_of_all_there = own.fact.type == "ForcesReturned" and own.fact.quantity is None
    if is_of_all_there and any(one.fact.basing == own.fact.basing for one, _ in _left_by(moves[:number])):
        return True
    return any(_overtakes(one.fact, own, moves[number : number + 1 + at]) for at, (one, _) in enumerate(later))


def _left_by(moves: list[tuple[Told, bool]]) -> list[tuple[Told, bool]]:
    """Those of some moves that made what was there after the last of them."""
    return [move for number, move in enumerate(moves) if not _is_overtaken(number, moves) and moves[-1][1]]


def _overtakes(fact: Any, own: Told, between: list[tuple[Told, bool]]) -> bool:
    if fact.type == "StrengthReported":
        agree = all(_says_the_same(one.fact, fact) for one, _ in between)
        return fact.basing in (None, own.fact.basing) and not agree
    if fact.type != "ForcesReturned":
        return False
    if fact.of is not None:
        return bool(fact.of == own.event_id)
    return fact.quantity is None and bool(fact.basing == own.fact.basing)


def _says_the_same(fact: Any, other: Any) -> bool:
    is_report = fact.type == other.type == "StrengthReported"
    return is_report and fact.basing == other.basing and _plain(fact.quantity) == _plain(other.quantity)


def _rivals(field: str, facts: list[Told]) -> Values:
    """The values that different publishers give for a field from the period on in which it was last given."""
    giving = [one for one in facts if field in _gives(one.fact) and not _is_a_step(one.fact, field)]
    changing = [one for one in facts if field in _gives(one.fact) or field in _adds_to(one.fact)]
    if not giving or moment(changing[-1].fact.effective_at)[0] > moment(giving[-1].fact.effective_at)[0]:
        return []
    last = moment(giving[-1].fact.effective_at)
    rivals = [one for one in giving if moment(one.fact.effective_at) == last]
    values: Values = []
    for position, one in enumerate(rivals):
        later = set().union(*(other.publishers for other in rivals[position + 1 :]))
        standing = sorted(one.publishers - later)
        value = _gives(one.fact)[field]
        if not standing:
            continue
        same = next((row for row in values if row[0] == value), None)
        if same is None:
            values.append((value, [one.event_id], standing))
        else:
            same[1].append(one.event_id)
            same[2].extend(standing)
            same[2].sort()
    return values


def _is_a_step(fact: Any, field: str) -> bool:
    """Whether a fact takes a basing a step further, which contradicts nobody: it is proposed, or at an end."""
    return field == "status" and fact.type in ("BasingProposed", "BasingEnded")
