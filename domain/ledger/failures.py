"""Why a request to the ledger can fail::

LedgerFailure
├── UnknownCoalition      the coalition is not on record
├── UnknownScenario       no scenario of that name has been saved for the coalition
├── NotYetRecorded        the record did not reach the sequence that a reader waits for in time
├── StaleMatch            the stream has moved on from the sequence that the writer saw
├── KeyReused             the idempotency key belongs to another request
├── KeyInProgress         a request with the same idempotency key is still being answered
├── WriteConflict         too many races lost to other processes; the request may be repeated
├── ClockOff              the clock is more than a day off; nothing is recorded at a wrong time
├── StoreUnavailable      the database does not answer; the request may or may not have been recorded
│   ├── StoreTimeout      the database did not answer in time; asking again at once would only add to its load
│   ├── StoreFull         there is no room for what was to be recorded; nothing was
│   ├── ReadOnlyStore     the database can be read but not written; nothing was recorded
│   ├── StoreReplaced     the database is gone, or is not the one that was opened
│   └── DamagedStore      the database's file is damaged, or is no database
├── NoLedger              there is no ledger at that address, and none was to be created
├── NewerSchema           the store's tables are of a version that this program does not know
├── UnreadableEvent       a stored event of a coalition or a scenario cannot be read by this program
│   └── CutStream         the store lacks events that it had, or has others in their place
├── AlreadyOnRecord       a record can only be restored into an empty coalition
└── BrokenExport          the export to restore is not a whole record
"""


class LedgerFailure(Exception):
    """The ledger could not carry out the request."""


class UnknownCoalition(LedgerFailure):
    """No coalition of that name is on record."""

    def __init__(self, coalition: str) -> None:
        super().__init__(f"no coalition {coalition} is on record")
        self.coalition = coalition


class UnknownScenario(LedgerFailure):
    """No scenario of that name has been saved for the coalition."""

    def __init__(self, coalition: str, scenario: str) -> None:
        super().__init__(f"no scenario {scenario} has been saved for {coalition}")
        self.scenario = scenario


class NotYetRecorded(LedgerFailure):
    """The stream did not reach the sequence in time."""

    def __init__(self, coalition: str, min_sequence: int, sequence: int) -> None:
        super().__init__(f"{coalition} is at sequence {sequence}, not yet at {min_sequence}")
        self.min_sequence = min_sequence
        self.sequence = sequence


class StaleMatch(LedgerFailure):
    """The stream is at another sequence than the writer expects; ``sequence`` is the current one."""

    def __init__(self, expected: int, sequence: int) -> None:
        super().__init__(f"the stream is at sequence {sequence}, not {expected}")
        self.sequence = sequence


class KeyReused(LedgerFailure):
    """The idempotency key was used for other facts."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key} was used for other facts")
        self.key = key


class KeyInProgress(LedgerFailure):
    """A request with the same idempotency key has not been answered yet."""

    def __init__(self, key: str) -> None:
        super().__init__(f"a request with the idempotency key {key} is still being answered")
        self.key = key


class WriteConflict(LedgerFailure):
    """Other processes were faster every time."""


class StoreUnavailable(LedgerFailure):
    """The database does not answer in time."""


class StoreTimeout(StoreUnavailable):
    """The database did not answer in time; what was asked for may or may not have been done."""


class StoreFull(StoreUnavailable):
    """The database has no room for what was to be recorded."""


class ReadOnlyStore(StoreUnavailable):
    """The database can be read but not written."""


class StoreReplaced(StoreUnavailable):
    """The database is gone, or another is in its place; what was committed last may be lost."""


class DamagedStore(StoreUnavailable):
    """The database's file is damaged, or is no database."""


class ClockOff(LedgerFailure):
    """The clock differs by more than a day from another one, or from the last recorded time."""


class NoLedger(LedgerFailure):
    """There is no ledger at the address, and the caller did not ask for a new one."""


class NewerSchema(LedgerFailure):
    """A newer program has changed the tables of the store."""

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(
            f"the database's tables are at version {version}; this program supports versions up to {newest}: "
            "use a program as new as the one that changed the tables"
        )
        self.version = version


class UnreadableEvent(LedgerFailure):
    """A stored event cannot be read by this program: a newer program stored it, or it is damaged.

    Only the coalition, or the scenario, that the event belongs to is affected.
    """


class CutStream(UnreadableEvent):
    """The store lacks events that it had, or has others in their place: it was changed by something else."""


class AlreadyOnRecord(LedgerFailure):
    """The coalition has a record already."""

    def __init__(self, coalition: str) -> None:
        super().__init__(f"{coalition} has a record already; a record can only be restored into an empty coalition")
        self.coalition = coalition


class BrokenExport(LedgerFailure):
    """The events to restore are not the whole record of one coalition in order."""
