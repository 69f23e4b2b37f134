"""Settings, from environment variables that begin with ``COALITION_``."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal, cast, get_args

from api.machine_memory import machine_memory_bytes

DEFAULT_DATABASE_URL = "sqlite:///data/ledger.sqlite3"
DEFAULT_WORK_SECONDS = 20.0
MEGABYTE = 1_000_000
OpenReading = Literal["loopback", "beyond-loopback", "no"]


class UnusableSettings(ValueError):
    """The settings contradict each other or are unsafe; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The place of the record, and access to it.

    ``open_reading`` is ``loopback`` (anyone on this machine may read, at a loopback name), ``beyond-loopback`` (anyone
    who can reach the service may read) or ``no`` (reading requires a key, as writing always does). ``work_seconds`` is
    the time limit for one what-if, sensitivity or simulation. ``memory_bytes`` is how much the process may keep between
    requests: histories and answers, of which those used least recently are let go first. Several processes divide it.
    """

    database_url: str = DEFAULT_DATABASE_URL
    open_reading: OpenReading = "loopback"
    work_seconds: float = DEFAULT_WORK_SECONDS
    memory_bytes: int = field(default_factory=lambda: machine_memory_bytes() // 2)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises ``UnusableSettings``."""
        open_reading = environment.get("COALITION_OPEN_READING", "loopback")
        if open_reading not in get_args(OpenReading):
            raise UnusableSettings(
                f"COALITION_OPEN_READING must be one of {', '.join(get_args(OpenReading))}, not {open_reading}"
            )
        database_url = environment.get("COALITION_DATABASE_URL") or DEFAULT_DATABASE_URL
        return cls(
            database_url, cast(OpenReading, open_reading), _work_seconds(environment), _memory_bytes(environment)
        )

    def reading_needs_a_key(self, host: str) -> bool:
        """Whether a request to the host name ``host`` needs a key to read.

        Any site can point its own name to this machine, and its scripts could then read what is open to loopback.
        """
        return self.open_reading == "no" or (self.open_reading == "loopback" and not is_loopback(host))

    def check_listening(self, host: str) -> None:
        """Refuse to open the record to a network by accident. Raises ``UnusableSettings``."""
        if self.open_reading == "loopback" and not is_loopback(host):
            raise UnusableSettings(
                f"listening on {host} would let anyone who reaches it read the record; set "
                "COALITION_OPEN_READING=beyond-loopback if this is intended, or COALITION_OPEN_READING=no so that "
                "reading requires a key"
            )


def _work_seconds(environment: Mapping[str, str]) -> float:
    text = environment.get("COALITION_WORK_SECONDS") or str(DEFAULT_WORK_SECONDS)
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        raise UnusableSettings(f"COALITION_WORK_SECONDS must be a number of seconds, not {text}")
    return float(text)


def _memory_bytes(environment: Mapping[str, str]) -> int:
    text = environment.get("COALITION_MEMORY")
    if not text:
        return machine_memory_bytes() // 2
    amount = re.fullmatch(r"([0-9]{1,7}) ?(MB|GB)", text, re.ASCII)
    if not amount or int(amount[1]) == 0:
        raise UnusableSettings(f"COALITION_MEMORY must be an amount such as 512MB or 4GB, not {text}")
    return int(amount[1]) * (MEGABYTE if amount[2] == "MB" else 1_000 * MEGABYTE)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name other than ``localhost`` may lead anywhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
