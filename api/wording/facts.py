"""Facts as sentences: what happened, when, and according to whom, as a delegate would put it."""

from collections.abc import Callable, Mapping
from typing import Any

from api.wording.names import called
from api.wording.phrases import (
    Json,
    as_role,
    capitalised,
    condition_name,
    count,
    date,
    for_capability,
    label,
    listed,
    moment,
    past,
    people,
    place_of_basing,
    reported_total,
    spoken,
    stance_object,
    stance_verb,
    statement_kind,
    type_in_words,
    when,
)
from domain.what_if.changes import ASSUMED

Contributors = Mapping[str, str]
"""The contributor of each pledge, by the pledge's name."""

_MAX_SOURCES = 3


def event_sentence(event: Json, contributors: Contributors) -> str:
    """An event: what happened and when, with its number in the record and its sources."""
    fact = event["fact"]
    clause = fact_clause(fact, contributors).removesuffix(".")
    text = capitalised(", ".join(filter(None, (when(fact.get("effective_at")), clause))))
    if _is_assumed(fact):
        return f"{text} (assumed)."
    recorded = f"event {event['sequence']}, recorded {moment(event['recorded_at'])} by {event['recorded_by']}"
    details = (recorded, _attribution(fact.get("attribution")), sources(fact.get("sources") or ()))
    return f"{text} ({'; '.join(filter(None, details))})."


def _is_assumed(fact: Json) -> bool:
    """Whether a scenario assumes it: recorded facts have other sources."""
    return bool(fact.get("sources") == [{"publisher": ASSUMED.publisher}])


def fact_clause(fact: Json, contributors: Contributors) -> str:
    """What happened according to a fact, without the time; an unknown type is called by its name."""
    clause = CLAUSES.get(fact["type"])
    return clause(_Lenient(fact), contributors) if clause else f"{fact['type']} was recorded"


def state_of(recorded: Json, events: Mapping[str, Json]) -> str:
    """Whether an event is in force, or why not: ``retracted``, ``superseded by event 24``, ``not applied``.

    ``events`` are the later events about it, by id.
    """
    if recorded["stands"]:
        return "in force"
    changes = [events[event_id] for event_id in recorded["changed_by"] if event_id in events]
    acting = max(changes, key=lambda event: event["sequence"], default=None)
    if acting is None:
        return "not applied"
    return "retracted" if acting["fact"]["type"] == "EventRetracted" else f"superseded by event {acting['sequence']}"


def sources(cited: Any) -> str:
    """Sources in a phrase, each with publisher, place in it, date and grading."""
    phrases = [_source(source) for source in cited[:_MAX_SOURCES]]
    if len(cited) > _MAX_SOURCES:
        left = len(cited) - _MAX_SOURCES
        phrases.append(f"and {left:,} more {'source' if left == 1 else 'sources'}")
    return f"{'source' if len(cited) == 1 else 'sources'}: {'; '.join(phrases)}" if cited else ""


def _source(source: Json) -> str:
    published = date(source["published_on"]) if source.get("published_on") else None
    grades = f"{source.get('reliability') or ''}{source.get('credibility') or ''}"
    relays = f"repeating {source['relays']}" if source.get("relays") else None
    parts = (source["publisher"], source.get("locator"), published, f"graded {grades}" if grades else None, relays)
    return ", ".join(part for part in parts if part)


def _attribution(attribution: Json | None) -> str:
    """The kind and speaker of an attribution: ``official: Defence Minister Brekelmans (Netherlands)``, ``leak``."""
    if not attribution:
        return ""
    speaker, actor = attribution.get("speaker"), attribution.get("actor") and label(attribution["actor"])
    who = f"{speaker} ({actor})" if speaker and actor else speaker or actor
    return f"{spoken(attribution['basis'])}: {who}" if who else spoken(attribution["basis"])


class _Lenient(dict[str, Any]):
    """A fact, whose absent fields are ``None``."""

    def __missing__(self, name: str) -> None:
        return None


# --- each type --------------------------------------------------------------------------------------------------------


def _because(fact: Json) -> str:
    return f"; reason: {fact['reason']}" if fact["reason"] else ""


def _in_role(role: str | None) -> str:
    return f" {as_role(role)}" if role else ""


def _contributor(fact: Json, contributors: Contributors) -> str:
    return contributors.get(fact["pledge"], "the contributor")


def _pledge_made(fact: Json, _: Contributors) -> str:
    purpose = f" as {spoken(fact['purpose'])}" if fact["purpose"] not in (None, "force") else ""
    conditions = f", conditional on {listed([*map(condition_name, fact['conditions'])])}" if fact["conditions"] else ""
    part_of = f", as part of pledge {fact['part_of']}" if fact["part_of"] else ""
    fills = f", towards {listed(fact['fills'])}" if fact["fills"] else ""
    phases = f", in phases: {_phases(fact['phases'])}" if fact["phases"] else ""
    what = f"{people(fact['quantity'])}{for_capability(fact['capability'], fact['quantity'].get('unit'))}{purpose}"
    return f"{fact['contributor']} {fact['level']} {what}{part_of}{fills}{conditions}{phases} ({fact['pledge']})"


def _phases(phases: list[Json]) -> str:
    return listed([f"{people(phase['quantity'])} from {date(phase['from'])}" for phase in phases])


def _pledge_amended(fact: Json, contributors: Contributors) -> str:
    changes = {
        "size": fact["quantity"] and people(fact["quantity"]),
        "capability": fact["capability"] and spoken(fact["capability"]),
    }
    changes |= {name: _amended(fact[field], say) for field, (name, say) in _AMENDED.items() if field in fact}
    changed = [f"{name} {value}" for name, value in changes.items() if value]
    return f"{_contributor(fact, contributors)} changed pledge {fact['pledge']}: now {listed(changed)}"


_AMENDED: dict[str, tuple[str, Callable[[Any], str]]] = {
    "basing": ("basing", lambda names: listed([called("basing", name) for name in names])),
    "notice_to_move_days": ("notice to move", lambda days: count(days, "day")),
    "available_from": ("available from", date),
    "expires_on": ("expiry", date),
    "part_of": ("part of pledge", str),
    "fills": ("towards", listed),
    "phases": ("phases", _phases),
}
"""What an amendment calls each field that it can also take away, and how it says a value."""


def _amended(value: Any, say: Callable[[Any], str]) -> str:
    return "none" if value is None else say(value) or "none"


def _pledge_withdrawn(fact: Json, contributors: Contributors) -> str:
    part = f"{people(fact['quantity'])} from " if fact["quantity"] else ""
    whole = "" if part else " in full"
    return f"{_contributor(fact, contributors)} withdrew {part}pledge {fact['pledge']}{whole}{_because(fact)}"


def _deployed(fact: Json, contributors: Contributors) -> str:
    return f"{_contributor(fact, contributors)} deployed {people(fact['quantity'])}{_of_pledge(fact)}"


def _strength(fact: Json, contributors: Contributors) -> str:
    return f"{_contributor(fact, contributors)} had {people(fact['quantity'])} on the ground{_of_pledge(fact)}"


def _returned(fact: Json, contributors: Contributors) -> str:
    if fact["of"]:
        what = f"the forces of the deployment in event {fact['of']}"
    else:
        what = people(fact["quantity"]) if fact["quantity"] else "all forces"
    return f"{_contributor(fact, contributors)} brought home {what}{_of_pledge(fact)}"


def _of_pledge(fact: Json) -> str:
    place = f" at {called('basing', fact['basing'])}" if fact["basing"] else ""
    return f"{place} (pledge {fact['pledge']})"


def _disbursed(fact: Json, contributors: Contributors) -> str:
    return f"{_contributor(fact, contributors)} paid out {people(fact['quantity'])} of pledge {fact['pledge']}"


def _reaffirmed(fact: Json, contributors: Contributors) -> str:
    until = f" until {date(fact['until'])}" if fact["until"] else ""
    return f"{_contributor(fact, contributors)} reaffirmed pledge {fact['pledge']}{until}"


def _on_pledge(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, contributors: (
        f"{_contributor(fact, contributors)} {verb} pledge {fact['pledge']}{_because(fact)}"
    )


def _caveat_declared(fact: Json, contributors: Contributors) -> str:
    return f"{_contributor(fact, contributors)} attached a caveat to pledge {fact['pledge']}: {fact['text']}"


def _caveat_lifted(fact: Json, contributors: Contributors) -> str:
    return f"{_contributor(fact, contributors)} lifted the caveat {fact['caveat']} from pledge {fact['pledge']}"


def _level(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, contributors: (
        f"{_contributor(fact, contributors)} {verb} pledge {fact['pledge']} to the level {fact['level']}"
    )


def _requirement(fact: Json, _: Contributors) -> str:
    size = f" for {people(fact['quantity'])}" if fact["quantity"] else ""
    what = size + for_capability(fact["capability"])
    if fact["type"] == "RequirementAmended":
        now = ", ".join(filter(None, (what.removeprefix(" for "), fact["standing"])))
        return f"the requirement {fact['requirement']} was changed to {now}"
    what += f", as a line of {fact['part_of']}" if fact["part_of"] else ""
    return f"{fact['stated_by'] or 'a source'} stated a requirement{what} ({fact['requirement']}; {fact['standing']})"


def _target(fact: Json) -> str:
    if fact["pledge"] or fact["contributor"]:
        return f"pledge {fact['pledge']}" if fact["pledge"] else f"every pledge of {fact['contributor']}"
    return "every pledge"


def _condition(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, _: f"the condition {called('condition', fact['condition'])} {verb}"


def _condition_stated(fact: Json, _: Contributors) -> str:
    if fact["stated_by"]:
        return f"{fact['stated_by']} stated the condition {_own_name(fact, 'condition')}: {fact['description']}"
    return f"the condition {_own_name(fact, 'condition')} was stated: {fact['description']}"


def _basing(verb: str) -> Callable[[Json, Contributors], str]:
    def clause(fact: Json, _: Contributors) -> str:
        by = f" by {fact['proposed_by']}" if fact["proposed_by"] else ""
        name = f'"{fact["label"]}" ' if fact["label"] else ""
        return f"basing {name}{place_of_basing(fact)} {verb}{by}"

    return clause


def _stance(fact: Json, _: Contributors) -> str:
    return f"{fact['actor']} {past(stance_verb(fact))} {stance_object(fact)}"


def _support(fact: Json, _: Contributors) -> str:
    by = fact["sought_by"] or "the coalition"
    return f"{by} sought {spoken(fact['capability'])} from {fact['partner']} ({fact['importance']})"


def _meeting(verb: str) -> Callable[[Json, Contributors], str]:
    def clause(fact: Json, _: Contributors) -> str:
        starts = f" to start {when(fact['starts_at'])}" if verb == "scheduled" and fact["starts_at"] else ""
        absent = [one["actor"] for one in fact["attendance"] or () if not one["present"]]
        without = f"; absent: {listed([*map(label, absent)])}" if absent else ""
        name = f'"{fact["title"]}"' if fact["title"] else fact["meeting"]
        return f"the meeting {name} was {verb}{starts}{without}{_because(fact)}"

    return clause


def _own_name(fact: Json, kind: str) -> str:
    """What a thing is called by the fact that brings its label."""
    return f'"{fact["label"]}"' if fact["label"] else str(fact[kind])


def _kind_and_label(fact: Json) -> str:
    return spoken(fact["kind"]) + (f', "{fact["label"]}"' if fact["label"] else "")


def _actor_named(fact: Json, _: Contributors) -> str:
    short = f", in short {fact['short']}" if fact["short"] else ""
    kind, _, slug = fact["actor"].partition(":")
    return f"the {'group' if kind == 'group' else 'organisation'} {slug} was named {fact['name']}{short}"


def _outcome(fact: Json, _: Contributors) -> str:
    return f"the meeting {fact['meeting']} had an outcome ({_kind_and_label(fact)}): {fact['text']}"


def _statement(fact: Json, _: Contributors) -> str:
    kind = statement_kind(fact["kind"])
    kind += f' ("{fact["label"]}")' if fact["label"] else ""
    article = "an" if kind[:1] in "aeiou" else "a"
    if fact["by"]:
        return f"{listed(fact['by'])} issued {article} {kind}: {fact['text']}"
    return f"{article} {kind} was reported: {fact['text']}"


def _reported_count(fact: Json, _: Contributors) -> str:
    return f"a source reported {reported_total(fact)} ({fact['label'] or fact['scope']})"


def _correction(fact: Json, contributors: Contributors) -> str:
    clause = fact_clause(fact["replacement"], contributors)
    return f"event {fact['corrects']} was corrected ({fact['reason']}): {clause}"


def _command(fact: Json, _: Contributors) -> str:
    led_by = f", led by {listed(fact['led_by'])}" if fact["led_by"] else ""
    at = f", with headquarters in {fact['headquarters']}" if fact["headquarters"] else ""
    return f"the {fact['component']} command was {fact['status']}{at}{led_by}"


def _formation(fact: Json, _: Contributors) -> str:
    leads = f", led by {listed(fact['leads'])}" if fact["leads"] else ""
    return f"the coalition was formed as {fact['name']}{leads}"


CLAUSES: dict[str, Callable[[Any, Contributors], str]] = {
    "CoalitionFormed": _formation,
    "CoalitionRenamed": lambda fact, _: f"the coalition was renamed {fact['name']}",
    "MemberJoined": lambda fact, _: f"{fact['member']} joined {as_role(fact['role'])}",
    "MemberLeft": lambda fact, _: f"{fact['member']} left{_in_role(fact['role'])}{_because(fact)}",
    "ActorNamed": _actor_named,
    "CommandArranged": _command,
    "RequirementStated": _requirement,
    "RequirementAmended": _requirement,
    "RequirementWithdrawn": lambda fact, _: f"the requirement {fact['requirement']} was withdrawn{_because(fact)}",
    "PledgeMade": _pledge_made,
    "PledgeAmended": _pledge_amended,
    "PledgeRaised": _level("raised"),
    "PledgeLowered": _level("lowered"),
    "PledgeReaffirmed": _reaffirmed,
    "PledgeWithdrawn": _pledge_withdrawn,
    "PledgeSuspended": _on_pledge("suspended"),
    "PledgeResumed": _on_pledge("resumed"),
    "PledgeLapsed": lambda fact, _: f"pledge {fact['pledge']} lapsed{_because(fact)}",
    "ForcesDeployed": _deployed,
    "StrengthReported": _strength,
    "ForcesReturned": _returned,
    "FundsDisbursed": _disbursed,
    "CaveatDeclared": _caveat_declared,
    "CaveatLifted": _caveat_lifted,
    "ConditionStated": _condition_stated,
    "ConditionAttached": lambda fact, _: (
        f"the condition {called('condition', fact['condition'])} was attached to {_target(fact)}"
    ),
    "ConditionDetached": lambda fact, _: (
        f"the condition {called('condition', fact['condition'])} was removed from {_target(fact)}"
    ),
    "ConditionMet": _condition("was met"),
    "ConditionFailed": _condition("failed"),
    "ConditionReopened": _condition("was reopened"),
    "ConditionWaived": lambda fact, _: (
        f"the condition {called('condition', fact['condition'])} was waived for {_target(fact)}"
    ),
    "BasingProposed": _basing("was proposed"),
    "BasingAgreed": _basing("was agreed"),
    "BasingRuledOut": _basing("was ruled out"),
    "BasingEnded": _basing("ended"),
    "StanceStated": _stance,
    "SupportSought": _support,
    "MeetingScheduled": _meeting("scheduled"),
    "MeetingHeld": _meeting("held"),
    "MeetingCancelled": _meeting("cancelled"),
    "MeetingOutcomeRecorded": _outcome,
    "StatementMade": _statement,
    "CountReported": _reported_count,
    "CountEnded": lambda fact, _: f"the reported total {called('report', fact['report'])} ended",
    "EventCorrected": _correction,
    "EventRetracted": lambda fact, _: f"event {fact['retracts']} was retracted: {fact['reason']}",
    "SourceAdded": lambda fact, _: f"a source was added to event {fact['event']}",
    "WarningDismissed": lambda fact, _: (
        f"the warning “{type_in_words(fact['warning'])}” about event {fact['event']} was dismissed: {fact['reason']}"
    ),
}
