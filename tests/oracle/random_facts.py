"""Random facts over few names, days and units, so that they meet, tie and contradict.

A maker makes a value from a source of randomness; makers are combined as their values are nested.
"""

from collections.abc import Callable
from random import Random
from typing import Any, get_args

from domain.times import period
from domain.vocabulary import WarningName

Raw = dict[str, Any]
"""A fact as a client would write it."""
Maker = Callable[[Random], Any]
"""Makes a value, always the same from the same source of randomness."""


# --- makers -----------------------------------------------------------------------------------------------------------


def always(value: Any) -> Maker:
    return lambda chance: value


def one_of(*values: Any) -> Maker:
    return lambda chance: chance.choice(values)


def mix(*makers: Maker) -> Maker:
    return lambda chance: chance.choice(makers)(chance)


def rarely(maker: Maker) -> Maker:
    """The field is mostly left out."""
    return mix(always(None), always(None), maker)


def seldom(maker: Maker) -> Maker:
    """The field is left out but for once in eight."""
    return mix(*[always(None)] * 7, maker)


def some_of(*names: str) -> Maker:
    """Up to two of the names, in any order."""
    return lambda chance: chance.sample(names, chance.randint(0, 2))


def listed(least: int, most: int, maker: Maker) -> Maker:
    return lambda chance: [maker(chance) for _ in range(chance.randint(least, most))]


def record(**fields: Maker) -> Maker:
    """A dictionary without the fields that come out as ``None``."""
    return lambda chance: {name: value for name, maker in fields.items() if (value := maker(chance)) is not None}


# Some days tie with instants and with the first days of longer periods.
FIRST = one_of("2025-03-31", "2025-03-31", "2025-03-31T12:00:00Z", "2025", "2025-04-01")
EARLY = one_of(*["2025-04-01"] * 5, "2025-04", "2025-04-02T00:00:00Z", "2025-04-05")
EFFECTIVE = one_of(
    "2025-04-05", "2025-04-02", "2025-04-02T00:00:00Z", "2025-04-03T02:00:00+02:00", "2025-04-03T12:30:00.000001Z",
    "2025-04-08", "2025-04-04/2025-04-06", "2025-04-10", "2025-04", "2025-04-06",
)  # fmt: skip
PUBLISHED = one_of(
    None, None, "2025-03-30", "2025-04-01", "2025-04-02T09:00:00Z", "2025-04-03", "2025-04", "2025-04-07", "2025-04-20",
)  # fmt: skip
ENDS = one_of("2025-04-06", "2025-04-03", "2025-04-04", "2025-04-01", "2025-04-10")

STARTS = mix(ENDS, one_of("2025-04-06T12:00:00Z", "2025-04", "2025-04-03/2025-04-06"))

PLEDGES = one_of("p", "p", "q", "q", "r")
CONDITIONS = one_of("c", "c", "d", "d", "e")
BASINGS = one_of("hub", "rear")
NOTICE = one_of(0, 10, 11, 90, 365)
REQUIREMENTS = one_of("size", "line", "ships")
MEETINGS = one_of("m", "n")
ACTORS = one_of("GBR", "FRA", "EST", "USA")
PAYERS = one_of("GBR", "FRA", "EST")
CAPABILITIES = one_of("ground_forces", "combat_air")
LABELS = one_of("The hub", "A plan")
ROLES = one_of("contributor", "lead", "observer", "host")
LEVELS = one_of("pledged", "committed", "floated", "assigned")
STANCES = one_of("ruled_out", "undecided", "willing", "committed")
CAVEATS = one_of("x", "y")

EXTENTS = one_of((1, 3), (2, 2), (0, 5), (4, 4), (None, 4), (3, None), (0, None), (None, None), (0, 1), (6, 9))
SMALL_EXTENTS = one_of((1, 1), (1, 2), (0, 1), (2, 2), (None, 2))
UNITS = one_of(*["personnel"] * 8, "company", "formed_unit", "ship", "ship", "EUR")


def quantity(extents: Maker, units: Maker, measures: Maker) -> Maker:
    def make(chance: Random) -> Raw:
        least, most = extents(chance)
        return {"min": least, "max": most, "unit": units(chance), "measure": measures(chance)}

    return make


QUANTITIES = quantity(EXTENTS, UNITS, one_of(*[None] * 6, "cumulative"))
PEOPLE = quantity(EXTENTS, one_of(*["personnel"] * 8, "company"), always(None))
SHIPS = quantity(SMALL_EXTENTS, always("ship"), always(None))
A_FEW = quantity(SMALL_EXTENTS, always("personnel"), one_of(*[None] * 8, "in_place", "cumulative"))

ONE_RULE = mix(
    record(condition=CONDITIONS),
    record(personnel_at_least=one_of(*range(10))),
    record(contributors_at_least=one_of(*range(4))),
    record(all_members_at_least=LEVELS),
    record(contributor=PAYERS, level_at_least=LEVELS, capability=rarely(CAPABILITIES)),
    record(actor=ACTORS, stance_at_least=STANCES, capability=rarely(CAPABILITIES)),
)
RULES = mix(
    ONE_RULE,
    ONE_RULE,
    record(all_of=listed(1, 2, ONE_RULE)),
    record(any_of=listed(1, 2, mix(ONE_RULE, record(all_of=listed(1, 2, ONE_RULE))))),
)


# --- facts ------------------------------------------------------------------------------------------------------------


def fact(name: str, /, **fields: Maker) -> Maker:
    """A fact of a type, effective on some day and published on some other, if its source says when."""
    own = {"effective_at": EFFECTIVE, "attribution": ATTRIBUTIONS, **fields}
    return record(type=always(name), **own, sources=SOURCES)


PUBLISHERS = one_of("news report", "news report", "an agency", "a broadcaster")
RELAYED = one_of(None, None, None, "an agency", "news report")
RELIABILITIES, CREDIBILITIES = one_of(None, None, None, "A", "B", "F"), one_of(None, None, None, "1", "3")
BASES = one_of("leak", "leak", "official", "press_estimate")
ATTRIBUTIONS = mix(always(None), record(basis=BASES))


def sources(published_on: str | None, publisher: str = "news report", **others: Any) -> list[Raw]:
    return [{"publisher": publisher, "published_on": published_on, **others}]


def SOURCES(chance: Random) -> list[Raw]:
    published_on = PUBLISHED(chance)
    return sources(
        published_on, PUBLISHERS(chance), relays=RELAYED(chance), reliability=RELIABILITIES(chance),
        credibility=CREDIBILITIES(chance),
    )  # fmt: skip


SPEAKER = record(actor=ACTORS, basis=always("official"))


def made(pledges: Maker, when: Maker) -> Maker:
    caveat = record(caveat=CAVEATS, kind=always("task"), text=always("no patrols"))
    plain = fact(
        "PledgeMade", pledge=pledges, contributor=PAYERS, level=LEVELS, capability=CAPABILITIES, quantity=QUANTITIES,
        purpose=one_of(*["force"] * 6, "host_aid", "own_preparation"), conditions=rarely(some_of("c", "d", "e")),
        basing=rarely(some_of("hub", "rear")), caveats=rarely(listed(0, 1, caveat)), expires_on=rarely(ENDS),
        available_from=rarely(ENDS), part_of=seldom(PLEDGES), fills=rarely(some_of("size", "line")),
        notice_to_move_days=rarely(NOTICE), effective_at=when,
    )  # fmt: skip
    return lambda chance: in_phases(plain(chance), chance) if chance.random() < 0.3 else plain(chance)


def in_phases(raw: Raw, chance: Random) -> Raw:
    """A pledge that grows in one step or two, none of them larger than the pledge."""
    starts = sorted(chance.sample(("2025-04-01", "2025-04-03", "2025-04-05", "2025-04-08"), chance.randint(1, 2)))
    whole, phases = raw["quantity"], []
    for start in starts:
        least, most = SMALL_EXTENTS(chance)
        if whole["max"] is not None:
            least, most = (None if end is None else min(end, whole["max"]) for end in (least, most))
        phases.append({"from": start, "quantity": whole | {"min": least, "max": most}})
    return raw | {"phases": phases}


def stated(conditions: Maker, rules: Maker, when: Maker) -> Maker:
    kinds = one_of("ceasefire", "partner_backstop", "court_ruling")
    words = {"kind": kinds, "description": always("x"), "rule": rules}
    return fact("ConditionStated", condition=conditions, effective_at=when, **words)


def proposed(basings: Maker, when: Maker) -> Maker:
    return fact(
        "BasingProposed", basing=basings, zone=one_of("theatre_hub", "theatre_rear", "capital"), effective_at=when
    )


ATTENDANCE = listed(0, 2, record(actor=ACTORS, present=one_of(True, False)))


def scheduled(meetings: Maker, when: Maker) -> Maker:
    return fact(
        "MeetingScheduled", meeting=meetings, forum=one_of("coalition", "visit"), title=always("Talks"),
        starts_at=STARTS, attendance=rarely(ATTENDANCE), effective_at=when,
    )  # fmt: skip


def joined(when: Maker) -> Maker:
    return fact(
        "MemberJoined", member=PAYERS, role=one_of("contributor", "lead", "observer", "host"), effective_at=when
    )


def required(requirements: Maker, when: Maker, part_of: Maker) -> Maker:
    return fact(
        "RequirementStated", requirement=requirements, label=always("Size"), stated_by=PAYERS,
        standing=always("floated"), quantity=QUANTITIES, capability=rarely(CAPABILITIES), effective_at=when,
        part_of=part_of,
    )  # fmt: skip


FOUNDING = (
    joined(FIRST), joined(FIRST), stated(always("c"), always(None), FIRST), stated(always("d"), rarely(RULES), FIRST),
    stated(always("e"), RULES, FIRST), proposed(BASINGS, FIRST), made(always("p"), EARLY), made(always("p"), EARLY),
    made(always("q"), EARLY), made(always("r"), EARLY), scheduled(always("m"), EARLY),
    required(always("size"), EARLY, always(None)), required(always("line"), EARLY, one_of("size", "size", None)),
)  # fmt: skip
"""The first facts of most histories, so that later ones have something to refer to."""

FOUND_LATER = mix(
    made(PLEDGES, EFFECTIVE), made(always("s"), EFFECTIVE), stated(CONDITIONS, RULES, EFFECTIVE),
    proposed(BASINGS, EFFECTIVE), scheduled(MEETINGS, EFFECTIVE), joined(EFFECTIVE),
    required(REQUIREMENTS, EFFECTIVE, rarely(one_of("size", "line", "ships"))),
)  # fmt: skip


def some_phases(chance: Random) -> list[Raw]:
    begins = sorted(chance.sample(("2025-04-02", "2025-04-04", "2025-04-07", "2025-04-12"), chance.randint(1, 3)))
    return [{"from": day, "quantity": A_FEW(chance) | {"measure": None}} for day in begins]


def amended_with_null(name: str, values: Maker, **more: Maker) -> Maker:
    """An amendment of a field, or one that takes it away, which is null."""
    amended = fact("PledgeAmended", pledge=PLEDGES, **more)
    return lambda chance: amended(chance) | {name: values(chance)}


ON_PLEDGES = mix(
    fact("PledgeAmended", pledge=PLEDGES, quantity=QUANTITIES, expires_on=rarely(ENDS)),
    fact(
        "PledgeAmended", pledge=PLEDGES, expires_on=ENDS, available_from=rarely(ENDS), capability=rarely(CAPABILITIES)
    ),
    fact("PledgeAmended", pledge=PLEDGES, basing=some_of("hub", "rear")),
    amended_with_null("part_of", mix(always(None), PLEDGES), quantity=seldom(QUANTITIES)),
    amended_with_null("part_of", mix(always(None), PLEDGES)),
    amended_with_null("expires_on", mix(always(None), ENDS), available_from=rarely(ENDS)),
    amended_with_null("available_from", mix(always(None), ENDS)),
    amended_with_null("basing", mix(always(None), some_of("hub", "rear"))),
    amended_with_null("phases", mix(always(None), some_phases)),
    amended_with_null("notice_to_move_days", mix(always(None), one_of(0, 5, 30, 45))),
    fact("PledgeAmended", pledge=PLEDGES, fills=some_of("size", "line"), notice_to_move_days=rarely(NOTICE)),
    fact("PledgeRaised", pledge=PLEDGES, level=LEVELS),
    fact("PledgeLowered", pledge=PLEDGES, level=LEVELS),
    fact("PledgeReaffirmed", pledge=PLEDGES),
    fact("PledgeWithdrawn", pledge=PLEDGES, quantity=rarely(PEOPLE)),
    fact("PledgeWithdrawn", pledge=PLEDGES, quantity=A_FEW),
    fact("PledgeWithdrawn", pledge=PLEDGES, quantity=A_FEW),
    fact("PledgeSuspended", pledge=PLEDGES),
    fact("PledgeSuspended", pledge=PLEDGES),
    fact("PledgeResumed", pledge=PLEDGES),
    fact("PledgeLapsed", pledge=PLEDGES),
    fact("ForcesDeployed", pledge=PLEDGES, quantity=PEOPLE, basing=rarely(BASINGS)),
    fact("ForcesDeployed", pledge=PLEDGES, quantity=A_FEW),
    fact("ForcesDeployed", pledge=PLEDGES, quantity=SHIPS),
    fact("ForcesReturned", pledge=PLEDGES, quantity=PEOPLE, basing=rarely(BASINGS)),
    fact("ForcesReturned", pledge=PLEDGES, quantity=A_FEW),
    fact("ForcesReturned", pledge=PLEDGES, quantity=rarely(A_FEW), basing=rarely(BASINGS)),
    fact("StrengthReported", pledge=PLEDGES, quantity=QUANTITIES, basing=rarely(BASINGS)),
    fact("StrengthReported", pledge=PLEDGES, quantity=A_FEW, basing=rarely(BASINGS)),
    fact("FundsDisbursed", pledge=PLEDGES, quantity=quantity(EXTENTS, always("EUR"), always(None))),
    fact("PledgeReaffirmed", pledge=PLEDGES, until=rarely(ENDS), attribution=rarely(SPEAKER)),
    fact("CaveatDeclared", pledge=PLEDGES, caveat=CAVEATS, kind=always("other"), text=always("on foot")),
    fact("CaveatLifted", pledge=PLEDGES, caveat=CAVEATS),
)


def on_a_condition(name: str, *targets: Maker) -> Maker:
    plain, target = fact(name, condition=CONDITIONS), mix(*targets)
    return lambda chance: plain(chance) | target(chance)


ONE_PLEDGE, ONE_CONTRIBUTOR = record(pledge=PLEDGES), record(contributor=PAYERS)
ALL_PLEDGES = record(coalition=always(True))
ON_CONDITIONS = mix(
    on_a_condition("ConditionAttached", ONE_PLEDGE, ONE_CONTRIBUTOR, ALL_PLEDGES),
    on_a_condition("ConditionDetached", ONE_PLEDGE, ONE_CONTRIBUTOR, ALL_PLEDGES),
    on_a_condition("ConditionWaived", ONE_PLEDGE, ONE_CONTRIBUTOR, record()),
    fact("ConditionMet", condition=CONDITIONS),
    fact("ConditionFailed", condition=CONDITIONS),
    fact("ConditionReopened", condition=CONDITIONS),
)

SAYS, DECISION, APPEAL = always("x"), always("decision"), always("appeal")
IMPORTANCE = one_of("critical", "helpful")
ABOUT = listed(0, 1, one_of("pledge:p", "pledge:q", "outcome:o", "statement:w", "actor:USA"))
ON_OTHERS = mix(
    fact("ActorNamed", actor=one_of("org:nato", "group:some"), name=one_of("NATO", "Some"), short=rarely(always("N"))),
    fact("CoalitionRenamed", name=one_of("Force", "Willing")),
    fact("MemberLeft", member=PAYERS, role=rarely(ROLES)),
    fact("CommandArranged", command=always("hq"), component=always("land"), status=one_of("planned", "operating")),
    fact("RequirementAmended", requirement=REQUIREMENTS, quantity=QUANTITIES),
    fact("RequirementWithdrawn", requirement=REQUIREMENTS),
    fact("BasingAgreed", basing=BASINGS, place=rarely(always("Odesa")), label=rarely(LABELS)),
    fact("BasingRuledOut", basing=BASINGS),
    fact("BasingEnded", basing=BASINGS, zone=rarely(always("afloat"))),
    fact("MeetingHeld", meeting=MEETINGS, forum=rarely(always("coalition")), attendance=rarely(ATTENDANCE)),
    fact("MeetingHeld", meeting=always("m")),
    fact("MeetingCancelled", meeting=MEETINGS),
    fact("MeetingOutcomeRecorded", meeting=MEETINGS, outcome=always("o"), kind=DECISION, text=SAYS, about=ABOUT),
    fact("StatementMade", statement=one_of("w", "v"), kind=APPEAL, text=SAYS, about=ABOUT, horizon=rarely(ENDS)),
    fact(
        "CountReported", report=one_of("k", "l"),
        subject=one_of("contributors", "personnel", "participants", "deployed", "deployed"),
        scope=SAYS, value=always({"min": 6}), label=rarely(LABELS), pledge=rarely(PLEDGES),
        meeting=rarely(MEETINGS), level=rarely(LEVELS), capability=rarely(CAPABILITIES),
    ),
    fact("CountReported", report=one_of("k", "l"), subject=always("personnel"), scope=SAYS, value=always({"min": 7})),
    fact("CountEnded", report=one_of("k", "l")),
    fact("SupportSought", partner=one_of("USA", "USA", "FRA"), capability=CAPABILITIES, importance=IMPORTANCE),
    fact("StanceStated", actor=ACTORS, capability=rarely(CAPABILITIES), stance=STANCES, attribution=rarely(SPEAKER)),
    fact("StanceStated", actor=ACTORS, zone=rarely(always("theatre")), stance=STANCES),
)  # fmt: skip
WORLD_FACTS = mix(ON_PLEDGES, ON_PLEDGES, ON_PLEDGES, ON_CONDITIONS, ON_CONDITIONS, ON_OTHERS, ON_OTHERS, FOUND_LATER)


def about_the_record(name: str, /, **how: Maker) -> Maker:
    """A fact about an earlier one, counted backwards."""
    back = mix(always(1), one_of(*range(1, 5)), one_of(*range(1, 17)))
    words = {"sources": SOURCES, "attribution": ATTRIBUTIONS}
    return record(
        type=always(name), back=back, published=PUBLISHED, is_undated=one_of(None, None, None, True),
        words=record(**words), **how,
    )  # fmt: skip


def changes(chance: Random) -> Raw:
    """The fields in which a correction differs from its target, if the target has them."""
    fields = {
        "effective_at": mix(EFFECTIVE, EARLY), "quantity": mix(A_FEW, QUANTITIES), "level": LEVELS,
        "contributor": PAYERS, "conditions": some_of("c", "d"), "expires_on": ENDS, "pledge": PLEDGES,
        "condition": CONDITIONS, "member": PAYERS, "stance": STANCES, "caveat": CAVEATS, "sources": SOURCES,
        "part_of": one_of("size", "line"),
        "key_partner": one_of("FRA", None),
    }  # fmt: skip
    return {name: maker(chance) for name, maker in fields.items() if chance.random() < 0.4}


RECORD_FACTS = mix(
    about_the_record("EventCorrected", changes=changes),
    about_the_record("EventCorrected", changes=changes),
    about_the_record("EventCorrected", other=ON_PLEDGES),
    about_the_record("EventRetracted"),
    about_the_record("EventRetracted"),
    about_the_record("SourceAdded"),
    about_the_record("WarningDismissed", warning=one_of(*get_args(WarningName))),
)


# --- stories ----------------------------------------------------------------------------------------------------------


def story(name: str, names: Maker, *chapters: Maker) -> Maker:
    """Facts about one thing that follow each other in time."""

    def tell(chance: Random) -> list[Raw]:
        thing = names(chance)
        when = sorted((EFFECTIVE(chance) for _ in chapters), key=lambda text: period(text).start_us)
        return [
            chapter(chance) | {name: thing, "effective_at": moment}
            for chapter, moment in zip(chapters, when, strict=True)
        ]

    return tell


def a_rotation(chance: Random) -> list[Raw]:
    """Deployments, and the return of the forces of one of them."""
    thing, when = PLEDGES(chance), sorted((EFFECTIVE(chance) for _ in range(3)), key=lambda day: period(day).start_us)
    sent = fact("ForcesDeployed", quantity=mix(PEOPLE, QUANTITIES), basing=rarely(BASINGS))
    facts = [sent(chance), sent(chance), fact("ForcesReturned")(chance) | {"of": chance.randint(1, 2)}]
    return [one | {"pledge": thing, "effective_at": day} for one, day in zip(facts, when, strict=True)]


def a_whole_and_its_part(chance: Random) -> list[Raw]:
    """A pledge becomes a part of another, and something happens to either."""
    whole, part = chance.sample(("p", "q", "r"), 2)
    when = sorted((EFFECTIVE(chance) for _ in range(2)), key=lambda day: period(day).start_us)
    became = mix(
        fact("PledgeWithdrawn", quantity=rarely(A_FEW)), fact("PledgeWithdrawn"), fact("PledgeLapsed"),
        fact("PledgeAmended", quantity=QUANTITIES),
        lambda chance: fact("PledgeAmended")(chance) | {"part_of": chance.choice(("p", "q", "r", None))},
    )  # fmt: skip
    joined_in = fact("PledgeAmended", part_of=always(whole), pledge=always(part))(chance)
    then = became(chance) | {"pledge": chance.choice((whole, part))}
    return [one | {"effective_at": day} for one, day in zip((joined_in, then), when, strict=True)]


DEPLOYED, RETURNED = fact("ForcesDeployed", quantity=PEOPLE), fact("ForcesReturned", quantity=A_FEW)
TAKEN_BACK = fact("PledgeWithdrawn", quantity=A_FEW)
FOR_GBR, FOR_P = record(contributor=always("GBR")), record(pledge=always("p"))


def a_source_taken_back(chance: Random) -> list[Raw]:
    """A pledge, a source added to it, and the retraction of that source."""
    makers = (ON_PLEDGES, about_the_record("SourceAdded"), about_the_record("EventRetracted"))
    made, *later = [maker(chance) for maker in makers]
    return [made, *(raw | {"back": 1} for raw in later)]


def told_twice(name: str, names: Maker, *tales: Maker) -> Maker:
    """Facts about one thing from the same time on, by sources that may disagree."""

    def tell(chance: Random) -> list[Raw]:
        thing, when = names(chance), EFFECTIVE(chance)
        return [tale(chance) | {name: thing, "effective_at": when} for tale in tales]

    return tell


def a_chain_of_changes(chance: Random) -> list[Raw]:
    """A fact, and changes to it and to each other, with and without sources of their own."""
    later = [RECORD_FACTS(chance) | {"back": chance.choice((1, 1, 1, 2))} for _ in range(chance.choice((2, 3, 4)))]
    return [ON_PLEDGES(chance), *later]


AMENDED = fact("PledgeAmended", quantity=A_FEW, expires_on=rarely(ENDS))
RESIZED = fact("RequirementAmended", quantity=PEOPLE)
MANY = always({"min": 5_000, "max": 5_000, "unit": "personnel"})
LONG_AGO = always(sources("2023-06"))


def a_surprise(chance: Random) -> list[Raw]:
    """What is recorded and warned of: forces beyond the pledge, where they are not to be, against a stance; an old
    source; the same thing from another source."""
    pledge, basing, when = PLEDGES(chance), BASINGS(chance), EFFECTIVE(chance)
    sent = fact("ForcesDeployed", pledge=always(pledge), quantity=mix(A_FEW, MANY), basing=always(basing))(chance)
    closed = fact(chance.choice(("BasingRuledOut", "BasingEnded")), basing=always(basing), effective_at=always(when))
    refused = fact("StanceStated", actor=PAYERS, stance=always("ruled_out"), capability=rarely(CAPABILITIES))
    paid = fact("FundsDisbursed", pledge=always(pledge), quantity=always({"min": 9, "max": 9, "unit": "EUR"}))
    others = ([closed(chance)], [refused(chance)], [paid(chance)], [sent | {"sources": SOURCES(chance)}])
    old = sent | {"sources": LONG_AGO(chance)} if chance.random() < 0.3 else sent
    return [old, *chance.choice(others)]


STORIES = mix(
    a_surprise,
    a_surprise,
    a_surprise,
    a_source_taken_back,
    a_rotation,
    a_whole_and_its_part,
    a_whole_and_its_part,
    a_chain_of_changes,
    a_chain_of_changes,
    told_twice("pledge", PLEDGES, AMENDED, AMENDED),
    told_twice("pledge", PLEDGES, AMENDED, AMENDED, mix(AMENDED, TAKEN_BACK)),
    told_twice("pledge", PLEDGES, fact("PledgeRaised", level=LEVELS), fact("PledgeRaised", level=always("assigned"))),
    told_twice("requirement", always("size"), RESIZED, RESIZED),
    told_twice("basing", BASINGS, fact("BasingAgreed"), fact("BasingRuledOut"), fact("BasingEnded")),
    story("pledge", PLEDGES, DEPLOYED, RETURNED),
    story("pledge", PLEDGES, DEPLOYED, fact("PledgeWithdrawn"), RETURNED),
    story("pledge", PLEDGES, fact("PledgeSuspended"), fact("PledgeResumed")),
    story("pledge", PLEDGES, TAKEN_BACK, TAKEN_BACK),
    story("pledge", PLEDGES, fact("PledgeRaised", level=always("assigned")), fact("PledgeLowered", level=LEVELS)),
    story("condition", CONDITIONS, on_a_condition("ConditionAttached", ONE_PLEDGE), fact("ConditionMet")),
    *(
        story("condition", CONDITIONS, on_a_condition("ConditionAttached", to), on_a_condition("ConditionDetached", to))
        for to in (FOR_GBR, FOR_P, ALL_PLEDGES)
    ),
    story("condition", CONDITIONS, fact("ConditionFailed"), fact("ConditionReopened"), fact("ConditionMet")),
    story("condition", CONDITIONS, on_a_condition("ConditionWaived", ONE_PLEDGE), fact("ConditionReopened")),
    story(
        "meeting", MEETINGS,
        fact("MeetingHeld"), fact("MeetingOutcomeRecorded", outcome=one_of("o", "t"), kind=DECISION, text=SAYS),
    ),
)  # fmt: skip
