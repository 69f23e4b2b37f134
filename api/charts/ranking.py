"""Which condition matters most: the share of each in the personnel affected by open conditions, the largest first.

A share is a range, from the lower to the upper bounds of pledges. If it is estimated from random orders, whiskers show
the standard error at either end."""

from collections.abc import Sequence

from api.charts.chart import SMALL, Chart, Table, patterns
from api.charts.scales import Scale, ticks
from api.charts.svg import NOTHING, Markup, element, group, joined, number, shortened, text, width_of
from api.wording import phrases
from api.wording.names import label_of, label_or_slug
from projections.what_if.sensitivity import ConditionSensitivity, Sensitivity, Share

ROW, BAR, MAX_CONDITIONS = 40, 12, 20


def sensitivity_bars(sensitivity: Sensitivity, *, width: int = 960, name: str = "sensitivity") -> Chart:
    """Draw the conditions with a share, ranked by the people who become available through each on average."""
    ranked = sorted(sensitivity.conditions, key=lambda one: (-one.share.max, -one.share.min, one.condition))
    with_share = [one for one in ranked if one.share.max > 0]
    shown = with_share[:MAX_CONDITIONS]
    scale = _scale(shown, width)
    bottom = ROW * len(shown)
    rows = [_row(one, place, scale, width) for place, one in enumerate(shown)]
    table = Table(
        ("Condition", "Type", "Share, in people", "Standard error"),
        tuple(
            (
                label_or_slug("condition", one.condition),
                phrases.spoken(one.kind),
                _share_in_words(one.share),
                _error(one.share),
            )
            for one in ranked
        ),
    )
    drawn = (
        (patterns(name), _axis(scale, bottom), *rows)
        if shown
        else (text("No one waits for an open condition.", 0, 20),)
    )
    return Chart(
        name, "Share of each condition", _summary(sensitivity, with_share), width,
        bottom + 26 if shown else 32, joined(drawn), table, tuple(_beside(sensitivity, with_share)),
    )  # fmt: skip


def _scale(shown: Sequence[ConditionSensitivity], width: int) -> Scale:
    shares = [one.share for one in shown]
    ends = [share.max + (share.error_max or 0) for share in shares]
    ends += [share.min + (share.error_min or 0) for share in shares]
    highest = max(ends, default=1)
    return Scale(0, ticks(highest, _most_ticks(width))[-1], 0.5, width - 16)


def _most_ticks(width: float) -> int:
    return max(2, int(width / 110))


def _row(one: ConditionSensitivity, place: int, scale: Scale, width: int) -> Markup:
    share, top = one.share, place * ROW
    y = top + 20
    least, most = scale.at(share.min), scale.at(share.max)
    name = shortened(
        label_of("condition", one.condition) or one.condition.replace("-", " "), int(width / width_of("m", 12)) - 22
    )
    label = element("text", element("tspan", name, font_weight="600"), f": {_share_in_words(share)}", x=2, y=top + 14)
    return group(
        element("title", f"{label_or_slug('condition', one.condition)}: {one.description}"),
        label,
        element("rect", x=scale.start, y=y, width=least - scale.start, height=BAR, class_="sure"),
        element("rect", x=least, y=y, width=most - least, height=BAR, class_="possible"),
        element("path", d=f"M{number(most)} {y}V{y + BAR}", class_="edge most"),
        _whisker(share.min, share.error_min, scale, y + 4),
        _whisker(share.max, share.error_max, scale, y + 8),
        class_="bar of-conditional",
    )


def _whisker(value: float, error: float | None, scale: Scale, y: float) -> Markup:
    """The value with its standard error to either side."""
    if not error:
        return NOTHING
    left, right = number(scale.within(value - error)), number(scale.within(value + error))
    ends = f"M{left} {y - 3}V{y + 3}M{left} {y}H{right}M{right} {y - 3}V{y + 3}"
    return element("path", d=ends, class_="whisker")


def _axis(scale: Scale, bottom: float) -> Markup:
    drawn = []
    for mark in ticks(scale.high, _most_ticks(scale.end)):
        x = scale.at(mark)
        anchor = "middle" if 20 < x < scale.end - 20 else "start" if x < 20 else "end"
        drawn.append(element("path", d=f"M{number(x)} 0V{bottom}", class_="grid" if mark else "base"))
        drawn.append(text(f"{mark:,}", x, bottom + 15, "tick", text_anchor=anchor, font_size=SMALL))
    return group(*drawn, class_="people")


# --- in words ---------------------------------------------------------------------------------------------------------


def _share_in_words(share: Share) -> str:
    return phrases.bounds(round(share.min), round(share.max))


def _error(share: Share) -> str:
    if share.error_min is None or share.error_max is None:
        return "exact"
    return f"{share.error_min:,.0f} (lower bound), {share.error_max:,.0f} (upper bound)"


def _summary(sensitivity: Sensitivity, with_share: Sequence[ConditionSensitivity]) -> str:
    affected = sensitivity.held_back
    shares = (
        "; ".join(
            f"{label_or_slug('condition', one.condition)}: {_share_in_words(one.share)}"
            for one in with_share[:MAX_CONDITIONS]
        )
        or "none"
    )
    return (
        f"People who become available if every open condition is met: {phrases.bounds(affected.min, affected.max)}. "
        f"Share of each condition, averaged over all orders of meeting them: {shares}."
    )


def _beside(sensitivity: Sensitivity, with_share: Sequence[ConditionSensitivity]) -> list[str]:
    beside = []
    if len(with_share) > MAX_CONDITIONS:
        beside.append(
            f"{phrases.count(len(with_share) - MAX_CONDITIONS, 'condition')} with smaller shares are in the table only."
        )
    if idle := len(sensitivity.conditions) - len(with_share):
        on = "it" if idle == 1 else "them"
        beside.append(
            f"{phrases.count(idle, 'open condition')} with no share: no pledge of known size depends on {on} alone."
        )
    if sensitivity.open_ended:
        pledges = phrases.count(sensitivity.open_ended, "pledge")
        beside.append(f"{pledges} without an upper bound count at the lower bound, so the shares are minimums.")
    if sensitivity.method == "sampled":
        beside.append(
            f"Estimated from {sensitivity.samples:,} random pairs of orders, seed {sensitivity.seed}. The whiskers "
            "show the standard error."
        )
    return beside
