"""Keys for writing: shown once, stored as hashes, revocable."""

from collections.abc import Iterator

import pytest

from domain.ledger import Keys, Ledger


@pytest.fixture
def keys(database_url: str) -> Iterator[Keys]:
    """Open the keys of the test's store."""
    ledger = Ledger(database_url)
    yield Keys(ledger)
    ledger.close()


def test_a_secret_identifies_its_key(keys: Keys) -> None:
    secret = keys.add("news desk")
    assert secret.startswith("coal_")
    assert len(secret) == len("coal_") + 43
    assert keys.authenticate(secret) == "news desk"


@pytest.mark.parametrize("secret", ["", "coal_", "coal_" + "A" * 43, "\ud800", "x" * 100_000])
def test_an_unknown_secret_identifies_nobody(keys: Keys, secret: str) -> None:
    keys.add("desk")
    assert keys.authenticate(secret) is None


def test_secrets_are_not_stored(keys: Keys) -> None:
    secret = keys.add("desk")
    kept = keys.recorder.select("SELECT id, name, hash, created_at FROM access_keys")
    assert secret not in str(kept)
    assert secret.encode() not in kept[0][2]
    assert secret not in str(keys.list())


def test_revoking_a_name_revokes_all_its_keys(keys: Keys) -> None:
    first, second, other = keys.add("desk"), keys.add("desk"), keys.add("importer")
    assert keys.revoke("desk") == 2
    assert [keys.authenticate(secret) for secret in (first, second, other)] == [None, None, "importer"]
    assert keys.revoke("desk") == 0


def test_one_key_of_a_name_can_be_revoked_by_its_id(keys: Keys) -> None:
    old, new = keys.add("desk"), keys.add("desk")
    oldest = keys.list()[0]
    assert keys.revoke(oldest.id) == 1
    assert [keys.authenticate(secret) for secret in (old, new)] == [None, "desk"]
    assert [key.revoked_at is None for key in keys.list()] == [False, True]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "desk\u3164", "x" * 101, "-", "key-0123456789ab"])
def test_a_misleading_name_is_refused(keys: Keys, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        keys.add(name)
