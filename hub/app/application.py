"""The floor of the application: the local application, where the hub is one."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from functools import cached_property

from hub.app.chat import ChatFloor
from hub.bitrix24 import Auth, Client
from hub.pipeline.installation import INSTALL_PATH, Installation
from hub.pipeline.proof import EVENTS_PATH
from hub.pipeline.subscriptions import Subscriptions
from hub.web.installation import InstallPage

#: Seconds in which the portal says whose a token is; a browser waits for it.
_LOOK_UP = 8.0


class ApplicationFloor(ChatFloor):
    """Being installed, and hearing of the portal's events."""

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """The portal's events that come to this hub."""
        url = self.settings.hub.public_url
        return Subscriptions(
            client=lambda: self.client,
            registry=self.registry,
            facts=self.facts,
            clock=self.clock,
            handler=f"{url}{EVENTS_PATH}" if url else "",
            is_installed=lambda: self.is_application and self.vault.trouble() is None,
        )

    @cached_property
    def installation(self) -> Installation:
        """Who installs the application, updates it or removes it."""
        table = self.settings.bitrix24
        return Installation(
            portal=table.portal,
            client_id=table.client_id,
            vault=self.vault,
            watch=self.portal_watch,
            subscriptions=self.subscriptions,
            clock=self.clock,
            client=self._asking_with,
            settled=self.ring_delivery,
        )

    @property
    def install_page(self) -> InstallPage | None:
        """Where the portal introduces the application; a hub with a webhook has no such place."""
        if not self.is_application:
            return None
        address = f"{self.settings.hub.public_url or 'https://…'}{INSTALL_PATH}"
        return InstallPage(self.installation, address)

    def _asking_with(self, auth: Auth) -> AbstractContextManager[Client]:
        return closing(
            Client(
                auth,
                limiter=self.limiter,
                budget=self.budget,
                observer=self.metrics.portal,
                read_timeout=_LOOK_UP,
            )
        )
