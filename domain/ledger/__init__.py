"""The record as it is kept: the only place that knows the event store and the databases."""

from domain.ledger.failures import (
    AlreadyOnRecord,
    BrokenExport,
    KeyInProgress,
    KeyReused,
    LedgerFailure,
    NotYetRecorded,
    StaleMatch,
    StoreUnavailable,
    UnknownCoalition,
    UnreadableEvent,
    WriteConflict,
)
from domain.ledger.ledger import CoalitionListed, Ledger
from domain.ledger.tickets import Recording

__all__ = [
    "AlreadyOnRecord",
    "BrokenExport",
    "CoalitionListed",
    "KeyInProgress",
    "KeyReused",
    "Ledger",
    "LedgerFailure",
    "NotYetRecorded",
    "Recording",
    "StaleMatch",
    "StoreUnavailable",
    "UnknownCoalition",
    "UnreadableEvent",
    "WriteConflict",
]
