"""How a write is decided and saved: in rounds, until no other process was faster."""

from collections.abc import Callable
from typing import TypeVar

from eventsourcing.persistence import IntegrityError, OperationalError

from domain.ledger.failures import StoreUnavailable, WriteConflict
from domain.ledger.outages import outage_of

ROUNDS = 10
"""How often a write is decided before it is given up."""

Outcome = TypeVar("Outcome")


def in_rounds(scope: str, decide_and_save: Callable[[int], Outcome]) -> Outcome:
    """Return the outcome of the first round that was saved.

    ``decide_and_save`` receives the number of rounds that came before. It raises the library's ``IntegrityError`` if
    another process wrote first. After a lost connection it is called once more: it has to find out first whether the
    earlier round was committed without confirmation.

    Raises ``WriteConflict`` after the last round, ``StoreUnavailable`` after the second failure of the store in a row,
    and each kind of it that a second attempt cannot remedy at once; ``scope`` names the stream.
    """
    failure: Exception | None = None
    for count in range(ROUNDS):
        try:
            return decide_and_save(count)
        except IntegrityError as error:
            failure = error.with_traceback(None)  # a traceback would hold, in a cycle, all that was decided
        except (OperationalError, StoreUnavailable) as error:
            outage = outage_of(error)
            # The first failure may be a lost connection; after a second, the store does not answer.
            if type(outage) is not StoreUnavailable or isinstance(failure, StoreUnavailable) or count + 1 == ROUNDS:
                detail = f"the database does not accept the write to {scope}: {outage}"
                raise type(outage)(detail) from error.with_traceback(None)
            failure = outage.with_traceback(None)
    raise WriteConflict(f"other processes wrote to {scope} first, {ROUNDS} times") from failure
