"""The vault: encrypted, renewed once for all, and never the loser of a pair."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError

from hub.bitrix24 import Tokens
from hub.bitrix24.errors import CredentialsDead, NotInstalled, Unreachable
from hub.pipeline.seal import Seal
from hub.pipeline.vault import DatabaseVault
from hub.storage.credentials import CredentialRows
from hub.storage.database import Database
from hub.storage.leases import SharedLeases
from hub.testing import MovedClock
from hub.testing.new_database import new_database

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
PAIR = Tokens(
    access_token="acc3ss-0",
    refresh_token="r3fresh-0",
    expires_at=datetime(2026, 3, 2, tzinfo=UTC),
    client_endpoint="https://portal.example/rest/",
    server_endpoint="https://oauth.bitrix.info/rest/",
    member_id="m3mber",
    application_token="appl1cation",
    scopes=("im", "imbot"),
)


@pytest.fixture
def database(tmp_path):
    file = tmp_path / "hub.db"
    file.write_bytes(new_database())
    database = Database(f"sqlite:///{file}", MovedClock())
    yield database
    database.close()


@pytest.fixture
def open_vault(database):
    """Return the vault of one process."""

    def open_vault(holder="one", keys=(OLD,), sleep=lambda seconds: None):
        leases = SharedLeases(database, holder)
        return DatabaseVault(
            CredentialRows(database), Seal(keys), leases, portal="portal.example", sleep=sleep
        )

    return open_vault


@pytest.fixture
def vault(open_vault):
    vault = open_vault()
    assert vault.store(PAIR, replacing=None)
    return vault


class Refresh:
    """Trades a pair for the next one, slowly enough for others to come meanwhile."""

    def __init__(self):
        self.refreshed = []

    def __call__(self, stale):
        self.refreshed.append(stale.refresh_token)
        threading.Event().wait(0.05)
        number = len(self.refreshed)
        return replace(stale, access_token=f"acc3ss-{number}", refresh_token=f"r3fresh-{number}")


@pytest.fixture
def refresh():
    return Refresh()


def test_what_was_stored_is_read(vault):
    assert vault.read() == PAIR
    assert vault.trouble() is None


def test_nothing_stands_in_the_database_in_clear(vault, database, refresh):
    vault.renewed(PAIR, refresh)
    stored = b"".join(path.read_bytes() for path in database.path.parent.iterdir())

    assert b"credentials" in stored
    for secret in ("acc3ss", "r3fresh", "appl1cation", "m3mber"):
        assert secret.encode() not in stored


def test_a_second_pair_is_not_stored_over_the_first(vault):
    other = replace(PAIR, access_token="other")

    assert not vault.store(other, replacing=None)
    assert not vault.store(other, replacing=other)
    assert vault.read() == PAIR
    assert vault.store(other, replacing=PAIR)


def test_threads_and_processes_renew_once_together(vault, open_vault, refresh):
    def pause(seconds):
        threading.Event().wait(0.01)

    processes = [open_vault(holder, sleep=pause) for holder in ("one", "two", "three")]
    with ThreadPoolExecutor(9) as pool:
        got = list(pool.map(lambda number: processes[number % 3].renewed(PAIR, refresh), range(9)))

    assert refresh.refreshed == ["r3fresh-0"]
    assert {tokens.access_token for tokens in got} == {"acc3ss-1"}


def test_who_waits_for_another_process_does_not_wait_for_ever(vault, open_vault, database, refresh):
    assert SharedLeases(database, "hangs").acquire("credentials", timedelta(minutes=1))
    with pytest.raises(Unreachable):
        open_vault("two").renewed(PAIR, refresh)

    assert refresh.refreshed == []


def test_who_asked_while_another_one_renewed_can_renew_next(vault, open_vault, database, refresh):
    def asked_meanwhile(stale):
        assert not SharedLeases(database, "two").acquire("credentials", timedelta(minutes=1))
        return refresh(stale)

    first = vault.renewed(PAIR, asked_meanwhile)

    assert open_vault("two").renewed(first, refresh).access_token == "acc3ss-2"


def test_a_database_that_is_away_is_transient(vault, refresh, monkeypatch):
    def away(*given):
        raise OperationalError("UPDATE", None, Exception("database is locked"))

    monkeypatch.setattr(SharedLeases, "acquire", away)
    with pytest.raises(Unreachable):
        vault.renewed(PAIR, refresh)

    monkeypatch.setattr(CredentialRows, "get", away)
    with pytest.raises(Unreachable):
        vault.read()


def test_a_pair_that_could_not_be_kept_is_kept_at_the_next_call(vault, refresh, monkeypatch):
    def away(*given):
        raise OperationalError("UPDATE", None, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(CredentialRows, "replace", away)
        with pytest.raises(Unreachable):
            vault.renewed(PAIR, refresh)
    assert vault.read() == PAIR

    assert vault.renewed(PAIR, refresh).access_token == "acc3ss-1"
    assert refresh.refreshed == ["r3fresh-0"]
    assert vault.read().refresh_token == "r3fresh-1"


def test_a_renewal_that_fails_lets_the_next_one_try(vault, refresh):
    def refused(stale):
        raise Unreachable("no answer")

    with pytest.raises(Unreachable):
        vault.renewed(PAIR, refused)

    assert vault.renewed(PAIR, refresh).access_token == "acc3ss-1"


def test_what_is_forgotten_while_it_is_renewed_stays_forgotten(vault, refresh):
    def forgotten(stale):
        vault.forget()
        return refresh(stale)

    with pytest.raises(NotInstalled):
        vault.renewed(PAIR, forgotten)

    assert vault.read() is None


def test_what_is_installed_anew_while_it_is_renewed_wins(vault, refresh):
    other = replace(PAIR, access_token="of the new installation")

    def installed(stale):
        assert vault.store(other, replacing=PAIR)
        return refresh(stale)

    assert vault.renewed(PAIR, installed) == other
    assert vault.read() == other


def test_keys_rotate_the_old_one_opens_and_the_new_one_closes(vault, open_vault, refresh):
    both, new_only = open_vault(keys=(NEW, OLD)), open_vault(keys=(NEW,))
    assert both.read() == PAIR
    with pytest.raises(CredentialsDead, match="HUB_SECRET_KEY"):
        new_only.read()

    both.renewed(PAIR, refresh)
    assert new_only.read().access_token == "acc3ss-1"


def test_without_the_right_key_the_trouble_says_what_to_do(vault, open_vault):
    trouble = open_vault(keys=(NEW,)).trouble()

    assert isinstance(trouble, CredentialsDead)
    assert "hub portal reset" in str(trouble)
