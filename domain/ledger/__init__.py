"""The stored record: the only package that knows the event store and the databases."""

from domain.ledger.clock import CheckedClock
from domain.ledger.failures import (
    AlreadyOnRecord,
    BrokenExport,
    ClockOff,
    CutStream,
    DamagedStore,
    KeyInProgress,
    KeyReused,
    LedgerFailure,
    NewerSchema,
    NoLedger,
    NotYetRecorded,
    ReadOnlyStore,
    StaleMatch,
    StoreFull,
    StoreReplaced,
    StoreTimeout,
    StoreUnavailable,
    UnknownCoalition,
    UnknownScenario,
    UnreadableEvent,
    WriteConflict,
)
from domain.ledger.keys import Keys
from domain.ledger.ledger import CoalitionSummary, Ledger, UnreadableCoalition, stream_key
from domain.ledger.memory import Memory
from domain.ledger.recorders import AccessKey
from domain.ledger.scenario_store import SavedScenario, ScenarioRecording, Scenarios, UnreadableScenario
from domain.ledger.tickets import Recording

__all__ = [
    "AccessKey",
    "AlreadyOnRecord",
    "BrokenExport",
    "CheckedClock",
    "ClockOff",
    "CoalitionSummary",
    "CutStream",
    "DamagedStore",
    "KeyInProgress",
    "KeyReused",
    "Keys",
    "Ledger",
    "LedgerFailure",
    "Memory",
    "NewerSchema",
    "NoLedger",
    "NotYetRecorded",
    "ReadOnlyStore",
    "Recording",
    "SavedScenario",
    "ScenarioRecording",
    "Scenarios",
    "StaleMatch",
    "StoreFull",
    "StoreReplaced",
    "StoreTimeout",
    "StoreUnavailable",
    "UnknownCoalition",
    "UnknownScenario",
    "UnreadableCoalition",
    "UnreadableEvent",
    "UnreadableScenario",
    "WriteConflict",
    "stream_key",
]
