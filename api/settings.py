"""Settings, from environment variables that begin with ``COALITION_``."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, cast, get_args

from api.machine_memory import machine_memory_bytes

DEFAULT_DATABASE_URL = "sqlite:///data/ledger.sqlite3"
DEFAULT_WORK_SECONDS = 20.0
MEGABYTE = 1_000_000
_PREFIX = "COALITION_"
OpenReading = Literal["loopback", "beyond-loopback", "no"]
Trust = Literal["checked", "trusted"]

OF_THE_SERVICE = (
    "COALITION_DATABASE_URL", "COALITION_OPEN_READING", "COALITION_PROXIES", "COALITION_WORK_SECONDS",
    "COALITION_MEMORY", "COALITION_CLOCK",
)  # fmt: skip
OF_THE_COMMAND_LINE = ("COALITION_URL", "COALITION_KEY", "COALITION_NAME")
OF_THE_COMPOSITION = ("COALITION_PORT", "COALITION_POSTGRES_PASSWORD")
"""Read by ``docker-compose.yml``; whoever exports them for it may also run a command in the same shell."""

VARIABLES = (*OF_THE_SERVICE, *OF_THE_COMMAND_LINE, *OF_THE_COMPOSITION)
"""Every variable that may begin with ``COALITION_``."""


class UnusableSettings(ValueError):
    """The settings contradict each other or are unsafe; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The place of the record, and access to it.

    ``open_reading`` is ``loopback`` (anyone on this machine may read, at a loopback name), ``beyond-loopback`` (anyone
    who can reach the service may read) or ``no`` (reading requires a key, as writing always does). ``work_seconds`` is
    the processor time that one request may take. ``workers`` processes serve the ledger together. A ``trusted`` clock
    may be more than a day off. ``proxies`` are trusted to name their clients (``X-Forwarded-For``). ``memory_bytes`` is
    how much all workers together may keep between requests: histories and answers; those used least recently
    are dropped first.
    """

    database_url: str = DEFAULT_DATABASE_URL
    open_reading: OpenReading = "loopback"
    work_seconds: float = DEFAULT_WORK_SECONDS
    workers: int = 1
    clock: Trust = "checked"
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    memory_bytes: int = field(default_factory=lambda: machine_memory_bytes() // 2)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises ``UnusableSettings``, also for an unknown variable, which may be misspelt."""
        _refuse_unknown(environment)
        open_reading = cast(OpenReading, _choice(environment, "COALITION_OPEN_READING", get_args(OpenReading)))
        clock = cast(Trust, _choice(environment, "COALITION_CLOCK", get_args(Trust)))
        database_url = environment.get("COALITION_DATABASE_URL") or DEFAULT_DATABASE_URL
        return cls(
            database_url,
            open_reading,
            _work_seconds(environment),
            clock=clock,
            proxies=_proxies(environment),
            memory_bytes=_memory_bytes(environment),
        )

    def check_listening(self, host: str) -> None:
        """Refuse to open the record to a network by accident. Raises ``UnusableSettings``."""
        if self.open_reading == "loopback" and not is_loopback(host):
            raise UnusableSettings(
                f"listening on {host} would let anyone who reaches it read the record; set "
                "COALITION_OPEN_READING=beyond-loopback if this is intended, or COALITION_OPEN_READING=no so that "
                "reading requires a key"
            )


def _refuse_unknown(environment: Iterable[str]) -> None:
    unknown = sorted(name for name in environment if name.startswith(_PREFIX) and name not in VARIABLES)
    if unknown:
        raise UnusableSettings("; ".join(map(_unknown, unknown)))


def _unknown(name: str) -> str:
    ends = [variable.removeprefix(_PREFIX) for variable in VARIABLES]  # the prefix alone makes all of them alike
    nearest = get_close_matches(name.removeprefix(_PREFIX), ends, n=1)
    advice = f"did you mean {_PREFIX}{nearest[0]}?" if nearest else f"the settings are {', '.join(VARIABLES)}"
    return f"{name} is not a setting; {advice}"


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first if the variable is not set or empty."""
    chosen = environment.get(name) or choices[0]
    if chosen not in choices:
        raise UnusableSettings(f"{name} must be one of {', '.join(choices)}, not {chosen}")
    return chosen


def _work_seconds(environment: Mapping[str, str]) -> float:
    text = environment.get("COALITION_WORK_SECONDS") or str(DEFAULT_WORK_SECONDS)
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        raise UnusableSettings(f"COALITION_WORK_SECONDS must be a number of seconds, not {text}")
    return float(text)


def _proxies(environment: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    texts = [text.strip() for text in environment.get("COALITION_PROXIES", "").split(",") if text.strip()]
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise UnusableSettings(f"COALITION_PROXIES must be addresses or networks of proxies: {error}") from None


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
