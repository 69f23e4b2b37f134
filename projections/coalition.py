"""The coalition itself, as of a basis."""

from dataclasses import dataclass

from domain.concepts.coalition import FORMATION, CoalitionState
from domain.history.history import View
from projections.asof import Basis


@dataclass(slots=True)
class CoalitionItem:
    """A coalition: its name by then, and what it was formed with; null before it is formed."""

    coalition: str
    name: str | None
    sequence: int
    formed_at: str | None
    purpose: str | None
    theatre: list[str]
    leads: list[str]
    key_partner: str | None
    basis: Basis


def coalition_of(view: View, basis: Basis) -> CoalitionItem:
    """The coalition at a view."""
    state: CoalitionState | None = view.state(FORMATION)
    if state is None:
        return CoalitionItem(basis.coalition, None, basis.sequence, None, None, [], [], None, basis)
    formed = state.formed.fact
    return CoalitionItem(
        basis.coalition, state.name, basis.sequence, formed.effective_at, formed.purpose, list(formed.theatre),
        list(formed.leads), formed.key_partner, basis,
    )  # fmt: skip
