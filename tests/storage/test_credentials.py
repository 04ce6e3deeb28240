"""Credentials are replaced only by who has seen them."""

from __future__ import annotations

from hub.storage.credentials import CredentialRows
from hub.storage.database import Database


def test_what_is_kept_is_replaced_by_who_has_seen_it_and_by_nobody_else(database: Database) -> None:
    rows = CredentialRows(database)

    assert rows.get("application") is None
    assert rows.add("application", b"first")
    assert not rows.add("application", b"second")
    assert not rows.replace("application", b"never seen", b"second")
    assert rows.get("application") == b"first"
    assert rows.replace("application", b"first", b"second")
    assert rows.get("application") == b"second"


def test_what_is_forgotten_is_neither_replaced_nor_forgotten_again(database: Database) -> None:
    rows = CredentialRows(database)
    rows.add("application", b"first")

    assert rows.forget("application")
    assert not rows.forget("application")
    assert not rows.replace("application", b"first", b"second")
