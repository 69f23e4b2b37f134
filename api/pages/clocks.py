"""The two clocks: the days at which something changed, for the sliders to snap to, and the way to the next one."""

from dataclasses import dataclass

from api.pages.asking import Stand
from domain.history import reported_times
from domain.times import DAY_US, YEAR_FIRST, YEAR_LAST, day_of, instant_us, period

_ALL_US = (period(str(YEAR_FIRST)).start_us, period(str(YEAR_LAST)).last_us)


@dataclass(frozen=True, slots=True)
class Clock:
    """One slider: its days in order, ``at`` which of them it stands, and the addresses of those beside it.

    ``chosen`` is what was asked for as it was written; it is no day where somebody asked for a month or an instant.
    """

    name: str
    days: list[str]
    at: int
    chosen: str
    is_day: bool
    previous: str | None
    next: str | None


def valid_clock(stand: Stand) -> Clock:
    """When something held: the days on which, by what is known, something began or ended, and today."""
    times = stand.view.knowledge.boundaries(stand.view.position, *_ALL_US)
    return _clock(stand, "valid_at", {day_of(at_us) for at_us in times})


def known_clock(stand: Stand) -> Clock:
    """What was known: the days on which something was recorded, or could be known to the public."""
    basis = stand.basis
    everything = stand.history.view(stand.view.valid_us, _ALL_US[1], "recorded", basis.sequence).events()
    events = sorted(everything, key=lambda event: event.sequence)
    known_us = [instant_us(event.recorded_at) for event in events]
    if basis.known_axis == "reported":
        known_us = reported_times(events, known_us)
    return _clock(stand, "known_at", {day_of(at_us) for at_us in known_us})


def _clock(stand: Stand, name: str, changing: set[str]) -> Clock:
    chosen: str = getattr(stand.basis, name)
    last_us = period(chosen).last_us
    shown = day_of(last_us)
    days = sorted({*changing, stand.today, shown})
    at = days.index(shown)
    beside = [stand.link(**{name: days[to]}) if 0 <= to < len(days) else None for to in (at - 1, at + 1)]
    is_day = last_us - period(chosen).start_us == DAY_US - 1 and len(chosen) == len("2025-04-10")
    return Clock(name, days, at, chosen, is_day, *beside)
