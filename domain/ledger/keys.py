"""Keys for writing: the holder of a key may record, and the key's name is recorded with the facts.

The secret is shown once, when the key is made; the store has its SHA-256 hash. A secret has 256 random bits, so a slow
hash would add nothing. Roles and grants per coalition belong here, once there are any.
"""

import hashlib
import hmac
import re
import secrets

from domain.ledger.outages import store_errors
from domain.ledger.recorders import AccessKey, Store
from domain.lru import Lru
from domain.texts import hiding_character
from domain.times import format_instant

PREFIX = "coal_"
"""The start of every secret, by which scanners find leaked ones."""

ID_PREFIX = "key-"
TRUSTED_US = 1_000_000
"""How long a service trusts a key before it asks the store again: so long may a revoked key still work."""

MAX_TRUSTED = 1_000
_NAME = re.compile(r"[^\W_][\w .@-]{0,98}[^\W_]|[^\W_]")


class Keys:
    """The keys in a ledger's store."""

    def __init__(self, store: Store) -> None:
        self.recorder = store.recorder
        self._clock = store.clock
        self._authenticated = Lru[bytes, tuple[str, int]](MAX_TRUSTED)

    def add(self, name: str) -> str:
        """Make a key for a name and return its secret, which is not available again; a name may have several keys.

        Raises ``ValueError`` for a name that is not 1 to 100 letters and digits with spaces and . - _ @ inside, or that
        begins like the ids of keys.
        """
        if not _NAME.fullmatch(name) or name.startswith(ID_PREFIX) or hiding_character(name):
            raise ValueError(
                f"a key's name has 1 to 100 letters and digits, . - _ @ inside, and does not begin with {ID_PREFIX}"
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        key = AccessKey(f"{ID_PREFIX}{secrets.token_hex(6)}", name, format_instant(self._clock()), None)
        with store_errors():
            self.recorder.insert_access_key(key, _hash(secret))
        return secret

    def revoke(self, id_or_name: str) -> int:
        """Revoke the key with an id, or all keys with a name; return how many were revoked."""
        with store_errors():
            return self.recorder.revoke_access_keys(id_or_name, format_instant(self._clock()))

    def list(self) -> list[AccessKey]:
        """Return every key, also revoked ones, by age, without secrets."""
        with store_errors():
            return self.recorder.access_keys()

    def authenticate(self, secret: str) -> str | None:
        """Return the name of the key with this secret; ``None`` if the secret is unknown or revoked."""
        digest, asked_us = _hash(secret), self._clock()
        with store_errors():
            found = self.recorder.access_key(digest)
        # The index has compared hashes, no part of which a caller can choose; the whole is compared in constant time.
        if found is None or not hmac.compare_digest(found[1], digest) or found[0].revoked_at is not None:
            return None
        self._authenticated.put(digest, (found[0].name, asked_us))
        return found[0].name

    def just_authenticated(self, secret: str) -> str | None:
        """Return the name of the key with this secret, if it was confirmed within the last second; else ``None``."""
        now_us = self._clock()
        name, asked_us = self._authenticated.get(_hash(secret)) or (None, now_us)
        # A clock that was put back does not make a key trusted for longer.
        return name if asked_us <= now_us < asked_us + TRUSTED_US else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
