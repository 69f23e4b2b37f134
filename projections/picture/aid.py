"""What is pledged for other purposes than the force: aid to the host and contributors' own preparation; and money."""

from dataclasses import dataclass

from domain.quantities import CURRENCIES
from projections.picture.figures import Figure, FiguresInUnit, MoneyFigures
from projections.picture.groups import FigureGroup, FigureGroups

ByUnit = dict[str, FiguresInUnit]


@dataclass(slots=True)
class Aid:
    """What is pledged for other purposes than the force, by unit (``personnel`` for people and formations); it is in
    no figure of the size."""

    host_aid: ByUnit
    own_preparation: ByUnit
    by_contributor: dict[str, dict[str, ByUnit]]

    @property
    def by_purpose(self) -> dict[str, ByUnit]:
        """The aid of all, by purpose."""
        return {"host_aid": self.host_aid, "own_preparation": self.own_preparation}


@dataclass(slots=True)
class Money:
    """One currency, in whole units: money at least ``pledged``, at least ``committed``, and paid out."""

    pledged: Figure
    committed: Figure
    disbursed: Figure


def aid_of(groups: FigureGroups) -> Aid:
    """The aid, by purpose and unit, of all and by contributor."""
    by_contributor: dict[str, dict[str, ByUnit]] = {}
    for contributor, purpose in sorted(groups.aid_by_contributor):
        if by_unit := _by_unit(groups.aid_by_contributor[contributor, purpose]):
            by_contributor.setdefault(contributor, {})[purpose] = by_unit
    by_purpose = aid_by_purpose(groups)
    return Aid(by_purpose.get("host_aid", {}), by_purpose.get("own_preparation", {}), by_contributor)


def aid_by_purpose(groups: FigureGroups) -> dict[str, ByUnit]:
    """The aid of all, by purpose and unit; purposes for which there is none are left out."""
    return {purpose: by_unit for purpose, group in sorted(groups.aid.items()) if (by_unit := _by_unit(group))}


def money_of(groups: FigureGroups) -> dict[str, dict[str, Money]]:
    """Money for the force and for other purposes, by purpose and currency."""
    money: dict[str, dict[str, Money]] = {}
    for purpose, group in sorted([("force", groups.all), *groups.aid.items()]):
        for unit in group.units():
            if unit in CURRENCIES and isinstance(one := group.in_unit(unit), MoneyFigures):
                money.setdefault(purpose, {})[unit] = Money(one.pledged, one.binding, one.disbursed)
    return money


def _by_unit(group: FigureGroup) -> ByUnit:
    return {unit: group.in_unit(unit) for unit in group.units()}
