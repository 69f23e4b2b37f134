"""The file of a SQLite store: opened in whatever way it can be, and watched from then on.

A file that is deleted or replaced under a running service still takes commits, which are then lost. So the
file system is asked for the file before every use, and for its write-ahead log and the log's index as well after every
commit. A service has a connection open all the time, so that no other process can replace them in an orderly way.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from urllib.parse import quote

from domain.ledger.failures import NoLedger, StoreReplaced, StoreUnavailable

LOCK_TIMEOUT_SECONDS = 5
"""How long a commit waits for another process's."""

FIRST_BYTES_SECONDS = 1
"""How long the first process on a new file may take to write to it."""

ROOM_BYTES = 1_000_000
"""The room on a disk below which it counts as full: a small write may succeed where a list does not."""

_WITHOUT_WRITING = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
"""The primary codes with which a log on read-only media cannot be opened."""

_OF_ANOTHER = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""The primary codes with which an identity cannot be read: there is no such table, or no database that makes sense."""

Place = tuple[int, int]
"""A file's device and inode."""


class WatchedFile:
    """A database's file, and whether it is still the one that was opened.

    ``generation`` is the number of times that something other than a commit changed the file: a connection of an
    earlier one may have pages in memory that are no longer true.
    """

    def __init__(self, path: str, *, create: bool) -> None:
        self.path = str(Path(path).absolute())
        self._log_path, self._index_path = f"{self.path}-wal", f"{self.path}-shm"
        self.generation = 0
        self.identity: str | None = None
        self._create = create and _may_begin(self.path)
        self._lock = Lock()
        self._is_replaced = ""
        self._anchor, self._holds_log = self._open()
        self._create = False
        self._place = _place(self.path)
        self._log = self._log_places()
        status = os.stat(self.path)
        self._size, self._changed_ns = status.st_size, status.st_mtime_ns

    def _log_places(self) -> tuple[Place | None, Place | None]:
        """Where the write-ahead log and its index are."""
        return _place(self._log_path), _place(self._index_path)

    @property
    def place(self) -> tuple[int, ...]:
        """The device and inode of the file that was opened."""
        return self._place or ()

    def connect(self) -> sqlite3.Connection:
        """Open a connection to the file that was opened first, and to no other."""
        self.check()
        connection, _ = self._open()
        try:
            self.check()
        except BaseException:
            connection.close()
            raise
        return connection

    def check(self) -> None:
        """Raise ``StoreReplaced`` if the file is gone, is another one, or was overwritten."""
        if self._is_replaced:
            raise StoreReplaced(self._is_replaced)
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            raise StoreReplaced(f"the database's file {self.path} is gone") from None
        except OSError as error:
            raise StoreUnavailable(f"the database's file cannot be reached: {error}") from error
        if (status.st_dev, status.st_ino) != self._place:
            raise StoreReplaced(f"another file is in the place of the database's file {self.path}")
        if not self._holds_log and self._log_places() != self._log:
            self._hold_new_log()
        if status.st_size < self._size and _size_bytes(self.path) < self._size:  # another thread may have seen it grow
            self._refuse("is shorter than it was")
        self._size = status.st_size
        if status.st_mtime_ns != self._changed_ns:
            self._look_again(status.st_mtime_ns)

    def check_commit(self) -> None:
        """Raise ``StoreReplaced`` also if the log is gone or another one: what was committed to it is not on record."""
        self.check()
        if self._holds_log and self._log_places() != self._log:
            self.check()  # the whole folder may have been moved in between
            self._refuse("has lost its write-ahead log")

    def _hold_new_log(self) -> None:
        """Keep a log in place that has begun since the file was opened for reading alone."""
        with self._lock:
            if not self._holds_log:
                anchor = self._anchor
                self._anchor, self._holds_log = self._open()
                anchor.close()
                self._log = self._log_places()
                self.generation += 1

    def _look_again(self, changed_ns: int) -> None:
        """Read the identity again; a checkpoint changes the file, as does a copy that is put over it."""
        with self._lock:
            if changed_ns == self._changed_ns:
                return
            if self.identity is not None:
                found = []
                try:
                    with closing(self._open()[0]) as connection:
                        found = connection.execute("SELECT identity FROM store").fetchall()
                except sqlite3.DatabaseError as error:
                    if error.sqlite_errorcode & 0xFF not in _OF_ANOTHER:
                        raise
                if found != [(self.identity,)]:
                    self._refuse("has the content of another")
            self._changed_ns = changed_ns
            self.generation += 1

    @property
    def is_full(self) -> bool:
        """Whether the disk has hardly any room left."""
        try:
            status = os.statvfs(self.path)
        except OSError:
            return False
        return status.f_bavail * status.f_frsize < ROOM_BYTES

    def _refuse(self, what: str) -> None:
        self._is_replaced = (
            f"the database's file {self.path} {what}: something else has written to it; restart the service once the "
            "right file is in place"
        )
        raise StoreReplaced(self._is_replaced)

    def _open(self) -> tuple[sqlite3.Connection, bool]:
        """Open a connection; if nothing can be written beside the file, one that reads the file alone.

        The second part says whether the connection keeps the log in place.
        """
        try:
            return self._connect("mode=rwc" if self._create else "mode=rw"), True
        except sqlite3.OperationalError as error:
            # A log that has something in it must be read: that takes a folder in which its index can be written.
            is_read_alone = _size_bytes(self.path) and not _size_bytes(self._log_path)
            if error.sqlite_errorcode & 0xFF not in _WITHOUT_WRITING or not is_read_alone:
                raise
        return self._connect("mode=ro&immutable=1"), False

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(self.path)}?{mode}", uri=True, timeout=LOCK_TIMEOUT_SECONDS,
            isolation_level=None, check_same_thread=False,
        )  # fmt: skip
        try:
            _write_ahead(connection)
            # SQLite's default depends on how it was compiled; what was answered must survive a power cut.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the connection that keeps the log in place."""
        self._anchor.close()


def _may_begin(path: str) -> bool:
    """Whether a new database may be made at a path. Raises ``NoLedger`` if there is an empty file."""
    give_up = monotonic() + FIRST_BYTES_SECONDS
    while os.path.exists(path) and not _size_bytes(path):
        if monotonic() > give_up:
            raise NoLedger(f"{path} is an empty file, not a ledger; remove it if a new ledger is to begin there")
        sleep(0.01)
    return not os.path.exists(path)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have commits go to a write-ahead log, if the file can be written at all."""
    # The switch of a new file to a log fails at once, without SQLite's own waiting, while another process writes to it.
    give_up = monotonic() + LOCK_TIMEOUT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
                return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                raise
            sleep(0.01)


def _place(path: str) -> Place | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _size_bytes(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
