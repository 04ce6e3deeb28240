"""Who the hub is at the portal: where calls go and what proves them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hub.bitrix24.addresses import is_private, moved_to, origin_of, read_url

_WEBHOOK_PATH = re.compile(r"/rest/[0-9]+/[A-Za-z0-9_-]+/?")


class Auth(Protocol):
    """One way to be let in."""

    @property
    def host(self) -> str:
        """The portal's present host name."""

    @property
    def origin(self) -> str:
        """The portal's address without path and secret, for links."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never appear in a message."""

    def url(self, method: str) -> str:
        """Return where *method* is called."""

    def url_v3(self, method: str) -> str:
        """Return where *method* of REST 3.0 is called."""

    def signed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return *params* with whatever proves who calls.

        Raises:
            PortalError: there is nothing that could prove it.
        """

    def renew(self, sent: Mapping[str, Any]) -> bool:
        """Get a new token after the one in *sent*, which was signed, has expired; False when there is none to get.

        Raises:
            PortalError: it cannot be had now, or not at all.
        """

    def moved(self, url: str, location: str) -> bool:
        """Take over the portal's new address from the redirect that *url* answered.

        False when the redirect cannot be trusted with what proves who calls.
        """


class IncomingWebhook:
    """An incoming webhook: the secret is part of the address.

    Args:
        url: ``https://portal.example/rest/1/secret/``; plain http only to the own machine.
        on_moved: told the new host when the portal has been renamed.

    Raises:
        ValueError: *url* has another shape; the text does not repeat it.
    """

    def __init__(self, url: str, *, on_moved: Callable[[str], None] = lambda host: None) -> None:
        base = read_url(url)
        if not _WEBHOOK_PATH.fullmatch(base.path) or base.query or base.userinfo or not base.host:
            raise ValueError(
                "the webhook URL has another shape, copy it from the portal:"
                " https://portal.example/rest/1/secret/"
            )
        if not is_private(base):
            raise ValueError("the webhook URL must start with https://, or with http:// on this machine only")
        self._base = base.copy_with(path=base.path.rstrip("/") + "/", fragment=None)
        self._on_moved = on_moved

    @property
    def host(self) -> str:
        return self._base.host

    @property
    def origin(self) -> str:
        return origin_of(self._base)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self._base.path.split("/")[3],)

    def url(self, method: str) -> str:
        return f"{self._base}{method}"

    def url_v3(self, method: str) -> str:
        path = self._base.path.replace("/rest/", "/rest/api/", 1)
        return f"{self._base.copy_with(path=path)}{method}"

    def signed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def renew(self, sent: Mapping[str, Any]) -> bool:
        return False

    def moved(self, url: str, location: str) -> bool:
        target = moved_to(url, location)
        if target is None:
            return False
        base = target.copy_with(path=self._base.path, fragment=None)
        if base != self._base:  # another thread may have followed the same redirect already
            self._base = base
            self._on_moved(target.host)
        return True

    def __repr__(self) -> str:
        return f"IncomingWebhook({self.host!r})"
