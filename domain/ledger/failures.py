"""What can stand between a request and the record::

LedgerFailure
├── UnknownCoalition      no such coalition is on record
├── UnknownScenario       no such scenario has been saved for the coalition
├── NotYetRecorded        the sequence that a reader waits for was not reached in time
├── StaleMatch            the stream has moved on since the sequence that the writer saw
├── KeyReused             the idempotency key belongs to another request
├── KeyInProgress         a request with the same idempotency key is still being answered
├── WriteConflict         too many races lost to other processes; the request may be repeated
├── StoreUnavailable      the database does not answer; what was asked may or may not have come through
├── NewerSchema           the store's tables are of a version that this program does not know
├── UnreadableEvent       a stored event of a coalition or a scenario cannot be read by this program
├── AlreadyOnRecord       only an empty coalition is restored into
└── BrokenExport          what is to be restored is not a whole record
"""


class LedgerFailure(Exception):
    """The ledger could not do what was asked."""


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
    """The stream had not reached the sequence when time was up."""

    def __init__(self, coalition: str, min_sequence: int, sequence: int) -> None:
        super().__init__(f"{coalition} is at sequence {sequence}, not yet at {min_sequence}")
        self.min_sequence = min_sequence
        self.sequence = sequence


class StaleMatch(LedgerFailure):
    """The stream is at another sequence than the writer says; ``sequence`` is the current one."""

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
    """Other processes were faster, time and again."""


class StoreUnavailable(LedgerFailure):
    """The database does not answer, or not in time."""


class NewerSchema(LedgerFailure):
    """A newer program has changed the tables of the store."""

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(
            f"the database's tables are at version {version}, and this program knows them up to version {newest}; "
            "use a program as new as the one that changed them"
        )
        self.version = version


class UnreadableEvent(LedgerFailure):
    """A stored event cannot be read by this program: a newer one stored it, or it is damaged.

    Only the coalition, or the scenario, that the event belongs to is affected.
    """


class AlreadyOnRecord(LedgerFailure):
    """The coalition has a record already."""

    def __init__(self, coalition: str) -> None:
        super().__init__(f"{coalition} has a record already; only an empty coalition is restored into")
        self.coalition = coalition


class BrokenExport(LedgerFailure):
    """The events to restore are not the whole record of one coalition in its order."""
