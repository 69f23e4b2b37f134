"""Facts as sentences: what a delegate would say happened, when, and on whose word."""

from collections.abc import Callable, Mapping
from typing import Any

from api.cli.words import Json, amount, count, date, listed, moment, people, quantity, spoken, when

Contributors = Mapping[str, str]
"""Who contributes each pledge, by its name."""

STANCES = {
    "ruled_out": "ruled out",
    "reluctant": "was reluctant about",
    "undecided": "was undecided about",
    "not_excluded": "did not exclude",
    "considering": "was considering",
    "willing": "was willing to see to",
    "committed": "was committed to",
}
"""What an actor of each stance did."""

_MOST_SOURCES = 3


def event_sentence(event: Json, contributors: Contributors) -> str:
    """An event: what happened and when, then its number in the record and its sources."""
    fact = event["fact"]
    clause = fact_clause(fact, contributors).removesuffix(".")
    said = ", ".join(filter(None, (when(fact.get("effective_at")), clause)))
    if _is_assumed(fact):
        return f"{said[:1].upper()}{said[1:]} (assumed)."
    recorded = f"event {event['sequence']}, recorded {moment(event['recorded_at'])} by {event['recorded_by']}"
    told = "; ".join(
        filter(None, (recorded, _attribution(fact.get("attribution")), sources(fact.get("sources") or ())))
    )
    return f"{said[:1].upper()}{said[1:]} ({told})."


def _is_assumed(fact: Json) -> bool:
    """Whether a scenario assumes it: what is recorded has sources that are none of these."""
    from domain.changes import ASSUMED

    return bool(fact.get("sources") == [{"publisher": ASSUMED.publisher}])


def fact_clause(fact: Json, contributors: Contributors) -> str:
    """What a fact says happened, without when; a type that is not known here goes by its name."""
    tell = CLAUSES.get(fact["type"])
    return tell(_Lenient(fact), contributors) if tell else f"{fact['type']} was recorded"


def sources(given: Any) -> str:
    """Who says so: publisher, date, place in it, grading."""
    told = [_source(source) for source in given]
    more = f" and {count(len(told) - _MOST_SOURCES, 'source')} more" if len(told) > _MOST_SOURCES else ""
    return "source: " + "; ".join(told[:_MOST_SOURCES]) + more if told else ""


def _source(source: Json) -> str:
    published = date(source["published_on"]) if source.get("published_on") else None
    grades = f"{source.get('reliability') or ''}{source.get('credibility') or ''}"
    relays = f"repeating {source['relays']}" if source.get("relays") else None
    parts = (source["publisher"], source.get("locator"), published, f"graded {grades}" if grades else None, relays)
    return ", ".join(part for part in parts if part)


def _attribution(given: Json | None) -> str:
    if not given:
        return ""
    who = " of ".join(part for part in (given.get("speaker"), given.get("actor")) if part)
    return f"{spoken(given['basis'])}, {who}" if who else spoken(given["basis"])


class _Lenient(dict[str, Any]):
    """A fact, whose absent fields are ``None``."""

    def __missing__(self, name: str) -> None:
        return None


# --- each type --------------------------------------------------------------------------------------------------------


def _because(fact: Json) -> str:
    return f", because: {fact['reason']}" if fact["reason"] else ""


def _who(fact: Json, contributors: Contributors) -> str:
    return contributors.get(fact["pledge"], "the contributor")


def _pledge_made(fact: Json, _: Contributors) -> str:
    said = f"{fact['contributor']} {fact['level']} {people(fact['quantity'])}"
    conditions = f", on condition of {listed(fact['conditions'])}" if fact["conditions"] else ""
    purpose = f", for {spoken(fact['purpose'])}" if fact["purpose"] not in (None, "force") else ""
    return f"{said} for {spoken(fact['capability'])}, as {fact['pledge']}{purpose}{conditions}"


def _pledge_amended(fact: Json, contributors: Contributors) -> str:
    changes = [f"{people(fact['quantity'])}"] if fact["quantity"] else []
    fields = ("capability", "basing", "notice_to_move_days", "available_from", "expires_on")
    changes += [f"{spoken(field)} {_plain(fact[field])}" for field in fields if fact[field] is not None]
    return f"{_who(fact, contributors)} changed {fact['pledge']} to {listed(changes)}"


def _plain(value: Any) -> str:
    return listed([str(one) for one in value]) or "none" if isinstance(value, (list, tuple)) else str(value)


def _pledge_withdrawn(fact: Json, contributors: Contributors) -> str:
    what = f"{quantity(fact['quantity'])} of {fact['pledge']}" if fact["quantity"] else f"all of {fact['pledge']}"
    return f"{_who(fact, contributors)} withdrew {what}{_because(fact)}"


def _moved(verb: str) -> Callable[[Json, Contributors], str]:
    def tell(fact: Json, contributors: Contributors) -> str:
        place = f" at {_plain(fact['basing'])}" if fact["basing"] else ""
        return f"{_who(fact, contributors)} {verb} {people(fact['quantity'])} of {fact['pledge']}{place}"

    return tell


def _on_pledge(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, contributors: f"{_who(fact, contributors)} {verb} {fact['pledge']}{_because(fact)}"


def _level(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, contributors: f"{_who(fact, contributors)} {verb} {fact['pledge']} to {fact['level']}"


def _requirement(fact: Json, _: Contributors) -> str:
    capability = f" of {spoken(fact['capability'])}" if fact["capability"] else ""
    need = (
        f"a need of {people(fact['quantity'])}{capability}" if fact["quantity"] else f"the need {fact['requirement']}"
    )
    stated_by = fact["stated_by"] or "somebody"
    if fact["type"] == "RequirementAmended":
        standing = f", {fact['standing']}" if fact["standing"] else ""
        return f"{fact['requirement']} was changed to {need}{standing}"
    return f"{stated_by} stated {need}, {fact['standing']}, as {fact['requirement']}"


def _target(fact: Json) -> str:
    if fact["pledge"] or fact["contributor"]:
        return str(fact["pledge"] or f"every pledge of {fact['contributor']}")
    return "every pledge"


def _condition(verb: str) -> Callable[[Json, Contributors], str]:
    return lambda fact, _: f"the condition {fact['condition']} {verb}"


def _condition_stated(fact: Json, _: Contributors) -> str:
    said = f"{fact['condition']}: {fact['description']}"
    return (
        f"{fact['stated_by']} stated the condition {said}" if fact["stated_by"] else f"a condition was stated, {said}"
    )


def _condition_waived(fact: Json, _: Contributors) -> str:
    return f"the condition {fact['condition']} was waived for {_target(fact)}"


def _basing(verb: str) -> Callable[[Json, Contributors], str]:
    def tell(fact: Json, _: Contributors) -> str:
        where = ", ".join(filter(None, (spoken(fact["zone"]) if fact["zone"] else "", fact["place"], fact["country"])))
        by = f" by {fact['proposed_by']}" if fact["proposed_by"] else ""
        return f"basing at {fact['basing']}{f' ({where})' if where else ''} {verb}{by}"

    return tell


def _stance(fact: Json, _: Contributors) -> str:
    what = spoken(fact["capability"]) if fact["capability"] else "taking part"
    where = f" ({spoken(fact['zone'])})" if fact["zone"] else ""
    return f"{fact['actor']} {STANCES.get(fact['stance'], 'was ' + fact['stance'])} {what}{where}"


def _support(fact: Json, _: Contributors) -> str:
    by = fact["sought_by"] or "the coalition"
    return f"{by} sought {spoken(fact['capability'])} from {fact['partner']}, as {fact['importance']}"


def _meeting(verb: str) -> Callable[[Json, Contributors], str]:
    def tell(fact: Json, _: Contributors) -> str:
        starts = f", to start {when(fact['starts_at'])}" if verb == "scheduled" and fact["starts_at"] else ""
        absent = [one["actor"] for one in fact["attendance"] or () if not one["present"]]
        without = f", without {listed(absent)}" if absent else ""
        return f"the meeting {fact['meeting']} was {verb}{starts}{without}{_because(fact)}"

    return tell


def _outcome(fact: Json, _: Contributors) -> str:
    return f"the meeting {fact['meeting']} had an outcome ({spoken(fact['kind'])}, {fact['outcome']}): {fact['text']}"


def _statement(fact: Json, _: Contributors) -> str:
    who = f"{listed(fact['by'])} stated" if fact["by"] else "it was stated"
    return f"{who} ({spoken(fact['kind'])}, {fact['statement']}): {fact['text']}"


def _counted(fact: Json, _: Contributors) -> str:
    counted = people(fact["value"]) if fact["subject"] == "personnel" else f"{amount(fact['value'])} {fact['subject']}"
    return f"a source counted {counted} ({fact['scope']}), as {fact['report']}"


def _corrected(fact: Json, contributors: Contributors) -> str:
    clause = fact_clause(fact["replacement"], contributors)
    return f"the record of event {fact['corrects']} was corrected ({fact['reason']}): {clause}"


def _command(fact: Json, _: Contributors) -> str:
    led_by = f", led by {listed(fact['led_by'])}" if fact["led_by"] else ""
    at = f" at {fact['headquarters']}" if fact["headquarters"] else ""
    return f"the {fact['component']} command was {fact['status']}{at}{led_by}"


def _formed(fact: Json, _: Contributors) -> str:
    leads = f", led by {listed(fact['leads'])}" if fact["leads"] else ""
    return f"the coalition was formed as {fact['name']}{leads}"


CLAUSES: dict[str, Callable[[Any, Contributors], str]] = {
    "CoalitionFormed": _formed,
    "CoalitionRenamed": lambda fact, _: f"the coalition was renamed {fact['name']}",
    "MemberJoined": lambda fact, _: f"{fact['member']} joined as {spoken(fact['role'])}",
    "MemberLeft": lambda fact, _: f"{fact['member']} left{_because(fact)}",
    "CommandArranged": _command,
    "RequirementStated": _requirement,
    "RequirementAmended": _requirement,
    "RequirementWithdrawn": lambda fact, _: f"the need {fact['requirement']} was withdrawn{_because(fact)}",
    "PledgeMade": _pledge_made,
    "PledgeAmended": _pledge_amended,
    "PledgeRaised": _level("raised"),
    "PledgeLowered": _level("lowered"),
    "PledgeReaffirmed": _on_pledge("reaffirmed"),
    "PledgeWithdrawn": _pledge_withdrawn,
    "PledgeSuspended": _on_pledge("suspended"),
    "PledgeResumed": _on_pledge("resumed"),
    "PledgeLapsed": lambda fact, _: f"{fact['pledge']} lapsed{_because(fact)}",
    "ForcesDeployed": _moved("deployed"),
    "ForcesReturned": _moved("took back"),
    "CaveatDeclared": lambda fact, who: f"{_who(fact, who)} put a caveat on {fact['pledge']}: {fact['text']}",
    "CaveatLifted": lambda fact, who: f"{_who(fact, who)} lifted the caveat {fact['caveat']} from {fact['pledge']}",
    "ConditionStated": _condition_stated,
    "ConditionAttached": lambda fact, _: f"the condition {fact['condition']} was put on {_target(fact)}",
    "ConditionDetached": lambda fact, _: f"the condition {fact['condition']} was taken off {_target(fact)}",
    "ConditionMet": _condition("was met"),
    "ConditionFailed": _condition("failed"),
    "ConditionReopened": _condition("was reopened"),
    "ConditionWaived": _condition_waived,
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
    "CountReported": _counted,
    "EventCorrected": _corrected,
    "EventRetracted": lambda fact, _: f"event {fact['retracts']} was retracted: {fact['reason']}",
    "SourceAdded": lambda fact, _: f"event {fact['event']} was given more support",
}
