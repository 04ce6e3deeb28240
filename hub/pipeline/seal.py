"""Encrypting sensitive bodies before they are stored."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.plugin import PermanentFailure


class Seal:
    """Encrypts with the first key of ``HUB_SECRET_KEY``, decrypts with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def close(self, body: bytes) -> bytes:
        """Return *body* encrypted.

        Raises:
            PermanentFailure: there is no key; the registry keeps such sources inactive.
        """
        if self._fernet is None:
            raise PermanentFailure("HUB_SECRET_KEY is not set")
        return self._fernet.encrypt(body)

    def open(self, body: bytes) -> bytes:
        """Return the body as it came.

        Raises:
            PermanentFailure: no key of ``HUB_SECRET_KEY`` fits.
        """
        if self._fernet is None:
            raise PermanentFailure("HUB_SECRET_KEY is not set, so this body cannot be read")
        try:
            return self._fernet.decrypt(body)
        except InvalidToken as exc:
            raise PermanentFailure("no key of HUB_SECRET_KEY fits this body; add the old key") from exc
