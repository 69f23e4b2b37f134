"""A deliberately naive oracle of the fold: the rules of the design written out again, without any index.

It shares nothing with the domain but the facts, as data. For each question it goes through all events for those that
were known, works out which corrections act, sorts, and folds everything from the very start into plain dictionaries.
Where a fact breaks several rules it gives all of them, so that it need not know which is named first.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from domain.events import Event
from tests.oracle.pledges import apply_pledge, confirm, given, pledge_rules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME_US = 10**18
World = dict[str, dict[str, dict[str, Any]]]
"""By kind, then by name: the state of a thing, as a dictionary."""


class Answer(NamedTuple):
    """The states in force, and the rules that each event set aside would break."""

    world: World
    aside: dict[str, set[str]]


# --- questions --------------------------------------------------------------------------------------------------------


def answer(events: Sequence[Event], valid_us: int, known_us: int, axis: str, sequence: int) -> Answer:
    """The states at a time, as known at another, by the first ``sequence`` events."""
    return fold(known_by(events, known_us, axis, sequence), valid_us)


def known_by(events: Sequence[Event], known_us: int, axis: str, sequence: int) -> list[Event]:
    """Those of the first ``sequence`` events that were known at a time."""
    events = events[:sequence]
    if axis == "reported":
        return reported_by(events, known_us)
    return [event for event in events if recorded_us(event) <= known_us]


def facts_in_effect(events: Sequence[Event], valid_us: int, known_us: int, axis: str, sequence: int) -> int:
    """How many of the facts known apply and have taken effect."""
    events = events[:sequence]
    known = reported_by(events, known_us) if axis == "reported" else [e for e in events if recorded_us(e) <= known_us]
    record, aside = Record(known), fold(known).aside
    told = [event for event in known if event.fact.type not in RECORD_TYPES and event.event_id not in aside]
    contents = [content for event in told if (content := record.content(event)) is not None]
    return sum(moment(content.effective_at)[0] <= valid_us for content in contents)


def violations(events: Sequence[Event], new: Sequence[Event]) -> list[tuple[int, set[str]]]:
    """The new facts, by index, that may not be recorded, with the rules of which each breaks at least one."""
    known = list(events)
    aside = fold(known).aside
    found: list[tuple[int, set[str]]] = []
    caused: dict[str, int] = {}
    for index, event in enumerate(new):
        if event.event_id in {other.event_id for other in known}:
            found.append((index, {"IdAlreadyUsed"}))
        elif not known and event.fact.type != "CoalitionFormed":
            found.append((index, {"BeginsWithItsFormation"}))
        else:
            known.append(event)
            before, aside = aside, fold(known).aside
            found += [(index, aside[event.event_id])] if event.event_id in aside else []
            caused |= {other: index for other in aside if other not in before and other != event.event_id}
    found += [(index, aside[other]) for other, index in caused.items() if other in aside]
    return found


# --- time -------------------------------------------------------------------------------------------------------------


@cache
def moment(text: str) -> tuple[int, int]:
    """The first microsecond of a period, and the first one after it."""
    if "/" in text:
        first, last = text.split("/")
        return moment(first)[0], moment(last)[1]
    if "T" in text:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
        microseconds = (instant - EPOCH) // timedelta(microseconds=1)
        return microseconds, microseconds + 1
    year, *rest = [int(part) for part in text.split("-")]
    first_day = date(year, *rest, *[1] * (2 - len(rest)))
    month = first_day.month if rest else 12
    days = 0 if len(rest) == 2 else monthrange(year, month)[1] - 1
    last_day = first_day.replace(month=month) + timedelta(days)
    return _midnight(first_day), _midnight(last_day + timedelta(1))


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000_000


def recorded_us(event: Event) -> int:
    return moment(event.recorded_at)[0]


def reported_by(events: Sequence[Event], known_us: int) -> list[Event]:
    """The events that the public could know by a time, by ``sequence``."""
    return [event for _, event in reports_by(events, known_us)]


def reports_by(events: Sequence[Event], known_us: int) -> list[tuple[int, Event]]:
    """The same, each with the time from which the public could know it."""
    reports = Reports(events, known_us)
    times = ((reports.public_us(event), event) for event in sorted(events, key=lambda event: event.sequence))
    return [(at_us, event) for at_us, event in times if at_us is not None and at_us <= known_us]


def dates_of(sources: Iterable[Any]) -> list[int]:
    """The last moments of publication of some sources."""
    return [moment(source.published_on)[1] - 1 for source in sources if source.published_on]


class Reports:
    """From when the public could know each of some events, by what could be known at a time.

    A correction or retraction without sources mends our own record. What it corrects is as if it had been recorded so
    from the start, so it is public by the replacement's sources; what it retracts was never there, nor was anything
    about it. The change itself is known with what it is about. A source with a date, added to it, makes it the
    source's own. An added source counts until its retraction is known.
    """

    def __init__(self, events: Sequence[Event], known_us: int) -> None:
        self.record = Record(events)
        self.known_us = known_us

    def public_us(self, event: Event) -> int | None:
        """From when the public could know the event; ``None`` if it was never there."""
        if self._is_mended_away(event):
            return None
        target = self.record.target(event) if event.fact.type in RECORD_TYPES else None
        target_us = None if target is None else self.public_us(target)
        if target is not None and (target_us is None or self._is_ours(event)):
            return target_us
        return self._own_us(event)

    def _own_us(self, event: Event) -> int:
        """The same, of an event that was there and does not follow another."""
        own = dates_of(self._sources(event)) or [recorded_us(event)]
        return min([*own, *self._dates_added(event)])

    def _sources(self, event: Event) -> Any:
        """The sources of the fact, after our corrections; a fact about the record keeps its own."""
        fact: Any = event.fact
        if fact.type in RECORD_TYPES:
            return fact.sources
        while (mend := self._mend(event)) is not None and mend.fact.type == "EventCorrected":
            event = mend
            fact = mend.fact.replacement
        return fact.sources

    def _dates_added(self, event: Event) -> list[int]:
        """The dates of the sources added to an event, and of those added to these, as far as they count."""
        added = [other for other in self.record.about[event.event_id] if other.fact.type == "SourceAdded"]
        counted = [one for one in added if not self._is_mended_away(one) and not self._is_retracted(one)]
        return [at_us for one in counted for at_us in (*dates_of(one.fact.sources), *self._dates_added(one))]

    def _is_ours(self, change: Event) -> bool:
        """Whether a change mends our own record; of an addition, that its source is ours has no meaning."""
        is_change = change.fact.type in ("EventCorrected", "EventRetracted")
        return is_change and not change.fact.sources and not self._dates_added(change)

    def _mend(self, event: Event) -> Event | None:
        """The one of our changes that acts on an event, whatever the sources have said."""
        return self._first([change for change in self.record.changes(event) if self._is_ours(change)])

    def _is_mended_away(self, event: Event) -> bool:
        mend = self._mend(event)
        return mend is not None and mend.fact.type == "EventRetracted"

    def _is_retracted(self, event: Event) -> bool:
        """Whether a retraction acts on an event, by what could be known."""
        changes = [one for one in self.record.changes(event) if not self._is_mended_away(one)]
        acting = self._first([one for one in changes if self._is_ours(one) or self._own_us(one) <= self.known_us])
        return acting is not None and acting.fact.type == "EventRetracted"

    def _first(self, changes: list[Event]) -> Event | None:
        """The first change that is not retracted and breaks no rule, but for what others have changed already."""
        fit = (one for one in changes if not self.record.broken(one) - {"AlreadyCorrected"})
        return next((one for one in fit if not self._is_mended_away(one) and not self._is_retracted(one)), None)


# --- the record: which corrections act --------------------------------------------------------------------------------

RECORD_TYPES = ("EventCorrected", "EventRetracted", "SourceAdded", "WarningDismissed")
REMARKS = ("SourceAdded", "WarningDismissed")
TARGET = {"EventCorrected": "corrects", "EventRetracted": "retracts", **dict.fromkeys(REMARKS, "event")}
SLUG_OF = {
    "Requirement": "requirement", "Command": "command", "Pledge": "pledge", "Forces": "pledge", "Caveat": "pledge",
    "Strength": "pledge", "Funds": "pledge",
    "Condition": "condition", "Basing": "basing", "MeetingOutcome": "outcome", "Meeting": "meeting",
    "Statement": "statement", "Count": "report",
}  # fmt: skip


def slug_of(fact: Any) -> str | None:
    """The slug of the thing that a fact is about."""
    for beginning, slug in SLUG_OF.items():
        if fact.type.startswith(beginning):
            return str(getattr(fact, slug))
    return None


class Record:
    """Some events, and their corrections, retractions and added sources among them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.by_id = {event.event_id: event for event in events}
        self.about: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(self.by_id.values(), key=lambda event: event.sequence):
            if event.fact.type in RECORD_TYPES and (target := self.target(event)) is not None:
                self.about[target.event_id].append(event)

    def target(self, later: Event) -> Event | None:
        """The target of a fact about the record, if it is here and recorded earlier."""
        target = self.by_id.get(getattr(later.fact, TARGET[later.fact.type]))
        return target if target is not None and target.sequence < later.sequence else None

    def changes(self, event: Event) -> list[Event]:
        """The corrections and retractions of an event, in order of recording."""
        return [change for change in self.about[event.event_id] if change.fact.type not in REMARKS]

    def additions(self, event: Event) -> list[Event]:
        """The sources added to an event that have not been retracted."""
        added = [event for event in self.about[event.event_id] if event.fact.type == "SourceAdded"]
        return [event for event in added if not self.is_retracted(event)]

    def acting(self, event: Event) -> Event | None:
        """The one change that acts on an event."""
        acting = [change for change in self.changes(event) if not self.is_retracted(change) and not self.broken(change)]
        return acting[0] if acting else None

    def is_retracted(self, event: Event) -> bool:
        change = self.acting(event)
        return change is not None and change.fact.type == "EventRetracted"

    def content(self, event: Event) -> Any:
        """The content of an event after all changes, or ``None`` if it has been retracted."""
        fact: Any = event.fact
        change = self.acting(event)
        if change is None:
            return fact.replacement if fact.type == "EventCorrected" else fact
        return None if change.fact.type == "EventRetracted" else self.content(change)

    def broken(self, change: Event) -> set[str]:
        """The rules that a fact about the record breaks."""
        target = self.target(change)
        if target is None:
            return {"UnknownId"}
        if change.fact.type in REMARKS:
            return set()
        earlier = [other for other in self.changes(target) if other.sequence < change.sequence]
        rules = {"AlreadyCorrected" for other in earlier if not self.is_retracted(other) and not self.broken(other)}
        correction: Any = change.fact
        if correction.type == "EventRetracted":
            return rules | ({"FormationIsNeverRetracted"} if target.fact.type == "CoalitionFormed" else set())
        return rules | self._misplaced(correction.replacement, target)

    def _misplaced(self, replacement: Any, target: Event) -> set[str]:
        if target.fact.type in ("EventRetracted", *REMARKS):
            return {"NotCorrectable"}
        root: Event | None = target
        while root is not None and root.fact.type in ("EventCorrected", "EventRetracted"):
            root = self.target(root)
        if root is None:
            return {"UnknownId"}
        same = replacement.type == root.fact.type and slug_of(replacement) == slug_of(root.fact)
        return set() if same else {"ReplacesAnotherThing"}


# --- the fold ---------------------------------------------------------------------------------------------------------


def fold(known: Sequence[Event], until_us: int = END_OF_TIME_US) -> Answer:
    """Apply everything known, from the start, in the order of (effective, sequence); set aside what breaks a rule."""
    record = Record(known)
    aside: dict[str, set[str]] = {}
    entries = []
    for event in known:
        if event.fact.type in RECORD_TYPES:
            rules = set() if record.is_retracted(event) else record.broken(event)
            aside |= {event.event_id: rules} if rules else {}
        elif (content := record.content(event)) is not None:
            entries.append((moment(content.effective_at)[0], event.sequence, event.event_id, content))
    world: World = defaultdict(dict)
    for effective_us, _, event_id, fact in sorted(entries, key=lambda entry: entry[:2]):
        if effective_us > until_us:
            break
        _expire(world, effective_us)
        rules = set(_broken(world, fact))
        if rules:
            aside[event_id] = rules
        else:
            _apply(world, fact, effective_us, event_id)
    _expire(world, until_us)
    return Answer(world, aside)


def _expire(world: World, now_us: int) -> None:
    for pledge in world["pledge"].values():
        if pledge["status"] in ("standing", "suspended") and pledge["expires_on"]:
            ends_us = moment(pledge["expires_on"])[1]
            if ends_us <= now_us:
                pledge |= {"status": "lapsed", "since": max(ends_us, pledge["expiry_set_us"])}
    for statement in world["statement"].values():
        if statement["horizon"] and moment(statement["horizon"])[1] <= now_us:
            statement["status"] = "past"


def _broken(world: World, fact: Any) -> Iterator[str]:
    """The rules that a fact breaks in the world of its time."""
    yield from _OWN_RULES[_concept(fact)](world, fact)
    for kind, name in _rests_on(fact):
        if name not in world[kind]:
            yield "UnknownId"
    whole = world["requirement"].get(fact.part_of) if fact.type == "RequirementStated" else None
    if whole is not None and whole["part_of"] is not None:
        yield "LineOfALine"
    if fact.type == "MeetingOutcomeRecorded" and fact.meeting in world["meeting"]:
        yield from ["MeetingIsNotHeld"] * (world["meeting"][fact.meeting]["status"] != "held")


def _apply(world: World, fact: Any, now_us: int, event_id: str) -> None:
    """Change the world by a fact that breaks no rule."""
    if _concept(fact) in ("Pledge", "Forces", "Caveat", "Funds", "Strength"):
        apply_pledge(world, fact, now_us, event_id, _since, _is_past)
        return
    _APPLY[_concept(fact)](world, fact, now_us)
    if fact.type in ("ConditionAttached", "ConditionDetached") and fact.pledge:
        confirm(world["pledge"][fact.pledge], fact, now_us, event_id, _is_past)


def _is_past(day: str, now_us: int) -> bool:
    return moment(day)[1] <= now_us


def _concept(fact: Any) -> str:
    beginnings = (*SLUG_OF, "Coalition", "Member", "Actor", "Stance", "Support")
    return next(beginning for beginning in beginnings if fact.type.startswith(beginning))


def _rests_on(fact: Any) -> Iterator[tuple[str, str]]:
    for kind, field in (("condition", "conditions"), ("basing", "basing")):
        names = getattr(fact, field, None) if not fact.type.startswith("Basing") else None
        yield from ((kind, name) for name in ([names] if isinstance(names, str) else given(names) or ()))
    if fact.type in ("PledgeMade", "PledgeAmended"):
        yield from (("pledge", name) for name in [given(fact.part_of)] if name)
        yield from (("requirement", name) for name in given(fact.fills) or ())
    if fact.type in ("ConditionAttached", "ConditionDetached"):
        yield "condition", fact.condition
    if fact.type in ("ConditionAttached", "ConditionDetached", "ConditionWaived", "CountReported") and fact.pledge:
        yield "pledge", fact.pledge
    if fact.type in ("CountReported", "MeetingOutcomeRecorded") and fact.meeting:
        yield "meeting", fact.meeting
    if fact.type == "RequirementStated" and fact.part_of:
        yield "requirement", fact.part_of
    if fact.type == "ConditionStated" and fact.rule is not None:
        yield from (("condition", name) for name in conditions_in(fact.rule))
    for reference in getattr(fact, "about", ()):
        kind, name = reference.split(":", 1)
        if kind in SLUG_OF.values():
            yield kind, name


def conditions_in(rule: Any) -> list[str]:
    """The conditions that a rule names."""
    parts = getattr(rule, "all_of", None) or getattr(rule, "any_of", None) or ()
    own = [rule.condition] if hasattr(rule, "condition") else []
    return own + [name for part in parts for name in conditions_in(part)]


def _since(thing: dict[str, Any], status: str, now_us: int) -> int:
    """The start of the unbroken status."""
    return thing["since"] if thing.get("status") == status else now_us


# --- conditions -------------------------------------------------------------------------------------------------------


def _condition_rules(world: World, fact: Any) -> Iterator[str]:
    condition = world["condition"].get(fact.condition)
    if fact.type in ("ConditionAttached", "ConditionDetached") and fact.pledge:
        yield from pledge_rules(world, fact)
    elif fact.type == "ConditionStated":
        yield from ["IdAlreadyUsed"] * (condition is not None)
    elif condition is None:
        yield "UnknownId"
    else:
        yield from _decision_rules(condition, fact)


def _decision_rules(condition: dict[str, Any], fact: Any) -> Iterator[str]:
    is_decided = condition["status"] != "open"
    if fact.type == "ConditionDetached" and (fact.contributor or "coalition") not in condition["attached"]:
        yield "NothingToUndo"
    if fact.type == "ConditionReopened" and not is_decided and not condition["waived"]:
        yield "NothingToUndo"
    if fact.type in ("ConditionMet", "ConditionFailed", "ConditionWaived") and is_decided:
        yield "AlreadyDecided"
    if fact.type == "ConditionWaived" and (fact.pledge or fact.contributor) in condition["waived"]:
        yield "AlreadyDecided"


def _apply_condition(world: World, fact: Any, now_us: int) -> None:
    if fact.type == "ConditionStated":
        world["condition"][fact.condition] = {
            "kind": fact.kind, "rule": fact.rule, "status": "open", "since": now_us,
            "attached": set(), "waived": set(),
        }  # fmt: skip
        return
    condition = world["condition"][fact.condition]
    if fact.type in ("ConditionAttached", "ConditionDetached"):
        attached = world["pledge"][fact.pledge]["conditions"] if fact.pledge else condition["attached"]
        name = fact.condition if fact.pledge else fact.contributor or "coalition"
        (attached.add if fact.type == "ConditionAttached" else attached.discard)(name)
    elif fact.type == "ConditionWaived" and (fact.pledge or fact.contributor):
        condition["waived"].add(fact.pledge or fact.contributor)
    else:
        status = {"ConditionMet": "met", "ConditionFailed": "failed", "ConditionWaived": "waived"}.get(
            fact.type, "open"
        )
        condition |= {"since": _since(condition, status, now_us), "status": status}
        if status == "open":
            condition["waived"] = set()


# --- everything else --------------------------------------------------------------------------------------------------


def _coalition_rules(world: World, fact: Any) -> Iterator[str]:
    if fact.type == "CoalitionFormed":
        yield from ["IdAlreadyUsed"] * bool(world["coalition"])
    elif not world["coalition"]:
        yield "UnknownId"


def _apply_coalition(world: World, fact: Any, now_us: int) -> None:
    partner = {"key_partner": fact.key_partner} if fact.type == "CoalitionFormed" else {}
    world["coalition"].setdefault("", {"status": "formed"}).update(name=fact.name, **partner)


def _member_rules(world: World, fact: Any) -> Iterator[str]:
    member = world["member"].get(fact.member)
    if fact.type == "MemberLeft":
        roles = {} if member is None or member["status"] == "left" else member["roles"]
        yield from ["NothingToUndo"] * (fact.role not in roles if fact.role else not roles)


def _apply_member(world: World, fact: Any, now_us: int) -> None:
    """A member may have several roles; it has left when it has none any more, and its last ones stay with it."""
    before = world["member"].get(fact.member, {})
    roles = before["roles"] if before.get("status") == "joined" else {}
    status = "joined"
    if fact.type == "MemberLeft":
        staying = {role: since for role, since in roles.items() if fact.role not in (None, role)}
        status, roles = ("joined", staying) if staying else ("left", roles)
    else:
        roles = {fact.role: now_us} | roles
    world["member"][fact.member] = {"status": status, "roles": roles, "since": _since(before, status, now_us)}


def _requirement_rules(world: World, fact: Any) -> Iterator[str]:
    requirement = world["requirement"].get(fact.requirement)
    if fact.type == "RequirementStated":
        yield from ["IdAlreadyUsed"] * (requirement is not None)
        yield from ["LineOfALine"] * (fact.part_of == fact.requirement)
    elif requirement is None:
        yield "UnknownId"
    elif fact.type == "RequirementAmended" and requirement["status"] == "withdrawn":
        yield "RequirementIsWithdrawn"


def _apply_requirement(world: World, fact: Any, now_us: int) -> None:
    named = ("label", "stated_by", "standing", "quantity", "capability", "part_of")
    given = {name: value for name in named if (value := getattr(fact, name, None)) is not None}
    blank = {"capability": None, "part_of": None, "status": "stated", "since": now_us}
    requirement = world["requirement"].setdefault(fact.requirement, blank)
    requirement |= given
    if fact.type == "RequirementWithdrawn":
        requirement |= {"since": _since(requirement, "withdrawn", now_us), "status": "withdrawn"}


def _basing_rules(world: World, fact: Any) -> Iterator[str]:
    if fact.basing not in world["basing"]:
        yield from ["UnknownId"] * (fact.type == "BasingEnded" and fact.zone is None)
        yield from ["FirstBringsWhatDescribesIt"] * (fact.zone is None)


def _apply_basing(world: World, fact: Any, now_us: int) -> None:
    named = ("zone", "label", "country", "place", "certainty", "proposed_by", "purpose")
    basing = world["basing"].setdefault(fact.basing, dict.fromkeys(named))
    basing |= {name: value for name in named if (value := getattr(fact, name)) is not None}
    status = {"Proposed": "proposed", "Agreed": "agreed", "RuledOut": "ruled_out", "Ended": "ended"}[fact.type[6:]]
    basing |= {"since": _since(basing, status, now_us), "status": status}


def _meeting_rules(world: World, fact: Any) -> Iterator[str]:
    status = world["meeting"].get(fact.meeting, {}).get("status")
    if status == "held" and fact.type != "MeetingHeld":
        yield "MeetingIsHeld"
    if status == "cancelled" and fact.type == "MeetingHeld":
        yield "MeetingIsCancelled"
    if status is None and fact.type == "MeetingCancelled":
        yield "UnknownId"


def _apply_meeting(world: World, fact: Any, now_us: int) -> None:
    named = ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance", "participants")
    meeting = world["meeting"].setdefault(fact.meeting, dict.fromkeys(named))
    meeting |= {name: value for name in named if (value := getattr(fact, name, None)) is not None}
    if fact.type == "MeetingHeld" and meeting["starts_at"] is None:
        meeting["starts_at"] = fact.effective_at
    status = fact.type.removeprefix("Meeting").lower()
    meeting |= {"status": status}


def _said_rules(kind: str) -> Callable[[World, Any], Iterator[str]]:
    def rules(world: World, fact: Any) -> Iterator[str]:
        yield from ["IdAlreadyUsed"] * (getattr(fact, kind) in world[kind])

    return rules


def _apply_outcome(world: World, fact: Any, now_us: int) -> None:
    world["outcome"][fact.outcome] = {"fact": fact, "status": "recorded"}


def _apply_statement(world: World, fact: Any, now_us: int) -> None:
    world["statement"][fact.statement] = {"fact": fact, "status": "in_force", "horizon": fact.horizon}


def _report_rules(world: World, fact: Any) -> Iterator[str]:
    series = world["report"].get(fact.report)
    if fact.type == "CountEnded":
        yield from ["UnknownId"] * (series is None)
    elif series is not None and (fact.subject, fact.scope) != (series["fact"].subject, series["fact"].scope):
        yield "CountsSomethingElse"


def _apply_report(world: World, fact: Any, now_us: int) -> None:
    """The latest value of a series applies; its end keeps the value."""
    if fact.type == "CountEnded":
        world["report"][fact.report]["status"] = "ended"
    else:
        before = world["report"].get(fact.report, {"label": None})
        label = before["label"] if fact.label is None else fact.label
        world["report"][fact.report] = {"fact": fact, "status": "reported", "label": label}


def _apply_actor(world: World, fact: Any, now_us: int) -> None:
    world["actor"][fact.actor] = {"fact": fact, "status": "named"}


def _no_rules(world: World, fact: Any) -> Iterator[str]:
    return iter(())


def _apply_command(world: World, fact: Any, now_us: int) -> None:
    before = world["command"].get(fact.command, {})
    since = _since(before, fact.status, now_us)
    world["command"][fact.command] = {"fact": fact, "since": since, "status": fact.status}


def _apply_stance(world: World, fact: Any, now_us: int) -> None:
    """Stances attributed to an actor by others are separate from its own."""
    speaker = fact.attribution.actor if fact.attribution else None
    name = repr((fact.actor, fact.capability, fact.zone, None if speaker == fact.actor else speaker))
    before = world["stance"].get(name, {})
    world["stance"][name] = {"fact": fact, "since": _since(before, fact.stance, now_us), "status": fact.stance}


def _apply_support(world: World, fact: Any, now_us: int) -> None:
    name = repr((fact.partner, fact.capability))
    before = world["support"].get(name, {})
    since = _since(before, fact.importance, now_us)
    world["support"][name] = {"fact": fact, "since": since, "status": fact.importance}


_OWN_RULES: dict[str, Callable[[World, Any], Iterator[str]]] = {
    "Coalition": _coalition_rules, "Member": _member_rules, "Command": _no_rules, "Requirement": _requirement_rules,
    "Pledge": pledge_rules, "Forces": pledge_rules, "Strength": pledge_rules, "Funds": pledge_rules,
    "Caveat": pledge_rules, "Condition": _condition_rules,
    "Basing": _basing_rules, "Actor": _no_rules, "Stance": _no_rules, "Support": _no_rules, "Meeting": _meeting_rules,
    "MeetingOutcome": _said_rules("outcome"), "Statement": _said_rules("statement"), "Count": _report_rules,
}  # fmt: skip
_APPLY: dict[str, Callable[[World, Any, int], None]] = {
    "Coalition": _apply_coalition, "Member": _apply_member, "Command": _apply_command,
    "Requirement": _apply_requirement,
    "Condition": _apply_condition, "Basing": _apply_basing, "Stance": _apply_stance, "Support": _apply_support,
    "Actor": _apply_actor, "Meeting": _apply_meeting, "MeetingOutcome": _apply_outcome, "Statement": _apply_statement,
    "Count": _apply_report,
}  # fmt: skip
