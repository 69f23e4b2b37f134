"""Warnings of dates that do not fit together."""

from collections.abc import Iterator

from domain.times import DAY_US, day_of, period, stamp_us
from projections.warnings.found import Found, number
from projections.warnings.known_facts import FactInForce, KnownFacts

LONG_BEFORE_DAYS = 400


def published_long_before(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """Its latest source was published more than 400 days before it takes effect, though it took effect before it was
    recorded: what is dated ahead was known to lie ahead."""
    if one.starts_us > stamp_us(one.said_by.recorded_at):
        return
    dates = [source.published_on for source in facts.sources_of(one) if source.published_on]
    latest_us = max((period(date).end_us for date in dates), default=one.starts_us)
    if one.starts_us - latest_us > LONG_BEFORE_DAYS * DAY_US:
        days = (one.starts_us - latest_us) // DAY_US
        detail = (
            f"the latest source of {number(one)} is of {day_of(latest_us - 1)}, {days:,} days before it takes effect"
        )
        yield Found("PublishedLongBefore", one, "/effective_at", detail)


def before_the_formation(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """It takes effect before the coalition is formed, so no picture of its day shows it."""
    formation = facts.formation
    if formation is not None and one.starts_us < formation.starts_us and one.event is not formation.event:
        formed_on = formation.fact.effective_at
        detail = f"{number(one)} takes effect before the coalition is formed ({formed_on})"
        yield Found("BeforeTheFormation", one, "/effective_at", detail, (formation,))
