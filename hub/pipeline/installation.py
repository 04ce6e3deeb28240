"""Installation: whom the hub believes that it is installed at its portal, and what follows from that.

Whoever reaches the installation path writes every word of the request. So a pair of tokens is only trusted when
the portal from the settings, at the address from the settings, says that it belongs to our application and to an
administrator.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from hub.bitrix24 import (
    AppEvent,
    AppInstalled,
    AppUninstalled,
    AppUpdated,
    Auth,
    Client,
    InstallOffer,
    SingleToken,
    Tokens,
)
from hub.bitrix24.addresses import is_endpoint_of, rest_endpoint
from hub.bitrix24.errors import CredentialsDead, PortalError, Refused
from hub.pipeline.constant_time import same
from hub.pipeline.portal_state import PortalWatch
from hub.pipeline.refusals import Refusals
from hub.pipeline.subscriptions import Subscriptions
from hub.pipeline.vault import DatabaseVault
from hub.plugin import Clock
from hub.storage.database import AWAY

log = structlog.get_logger("hub.portal")

#: Where the portal introduces the application.
INSTALL_PATH = "/bitrix24/install"
#: An update's tokens are kept even if the present ones are renewed at the same moment.
_ATTEMPTS = 3
#: After a false update, for so long no other is looked at.
_PEACE = timedelta(seconds=10)


class InstallRefused(Exception):
    """The hub does not believe it, or not now; *status* and the text are the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class AlreadyInstalled(InstallRefused):
    """There are credentials that work."""

    def __init__(self) -> None:
        super().__init__(
            409, "the application is installed already; to install it anew, run 'hub portal reset' first"
        )


class Installation:
    """Takes and gives up the credentials of the hub's application.

    Args:
        portal: host name from the settings.
        client: makes a client that asks with these credentials, and closes it.
        settled: called when the application has got new credentials.
    """

    def __init__(
        self,
        *,
        portal: str,
        client_id: str,
        vault: DatabaseVault,
        watch: PortalWatch,
        subscriptions: Subscriptions,
        clock: Clock,
        client: Callable[[Auth], AbstractContextManager[Client]],
        settled: Callable[[], None],
    ) -> None:
        self._portal = portal
        self._client_id = client_id
        self._vault = vault
        self._watch = watch
        self._subscriptions = subscriptions
        self._clock = clock
        self._client = client
        self._settled = settled
        self._refusals = Refusals(log, clock)
        self._busy = threading.Lock()
        self._doubted_at: datetime | None = None

    def install(self, offer: InstallOffer) -> None:
        """Take the offered credentials, unless there are some that work.

        Asks the portal, so it is not for an event loop.

        Raises:
            InstallRefused: nothing was changed.
        """
        with self._telling():
            self._install(offer)

    def app_event(self, event: AppEvent) -> None:
        """Do what follows from an event about the application, after checking that the portal sent it.

        Asks the portal, so it is not for an event loop.

        Raises:
            InstallRefused: it is not believed, or cannot be checked now (503); nothing was changed.
        """
        with self._telling():
            match event:
                case AppInstalled(offer=offer):
                    self._install(offer)
                case AppUpdated(offer=offer):
                    self._update(offer)
                case AppUninstalled():
                    self._uninstall(event)

    def verifies(self, application_token: str) -> bool:
        """Say, in constant time, whether events with this token come from our application's portal.

        Reads the database, so it is not for an event loop.

        Raises:
            InstallRefused: the database is away.
        """
        with self._telling():
            tokens = self._kept()
        return tokens is not None and same(tokens.application_token, application_token)

    def is_installed(self) -> bool:
        """Say whether there are credentials that can be used.

        Raises:
            InstallRefused: the database is away.
        """
        with self._telling():
            return self._vault.trouble() is None

    def reset(self) -> bool:
        """Forget credentials, subscriptions and how the portal was; False when there were no credentials."""
        self._subscriptions.forget()
        self._watch.forget()
        return self._vault.forget()

    def _install(self, offer: InstallOffer) -> None:
        with self._one_at_a_time():
            present = self._without_which_it_works()
            tokens = self._confirmed(offer)
            if not self._vault.store(tokens, replacing=present):
                raise AlreadyInstalled
            log.info("application installed", portal=self._portal, framed=offer.framed)
            self._begin()

    def _without_which_it_works(self) -> Tokens | None:
        """Return the credentials that may be replaced."""
        try:
            present = self._vault.read()
        except CredentialsDead as exc:
            raise InstallRefused(409, str(exc)) from None
        if present is not None and self._watch.read().state != "disconnected":
            raise AlreadyInstalled
        return present

    def _confirmed(self, offer: InstallOffer) -> Tokens:
        """Return what is offered as it is kept, once the portal has confirmed it."""
        if not is_endpoint_of(self._portal, offer.client_endpoint):
            raise _refused("it comes from another portal than the one in bitrix24.portal")
        with self._client(SingleToken(self._portal, offer.access_token)) as client:
            application = _asked(client, "app.info")
            if application.get("CODE") != self._client_id:
                raise _refused("it is another application than the one in bitrix24.client_id")
            if _asked(client, "profile").get("ADMIN") is not True:
                raise _refused("only an administrator of the portal can install it")
        return offer.tokens(rest_endpoint(self._portal), self._clock.now())

    def _update(self, offer: InstallOffer) -> None:
        with self._one_at_a_time():
            known = self._kept()
            if known is None or known.member_id != offer.member_id:
                raise _refused("the application is not installed from this portal")
            tokens = self._confirmed_in_peace(offer)
            if not any(self._vault.store(tokens, replacing=self._kept()) for _ in range(_ATTEMPTS)):
                raise InstallRefused(503, "the credentials change at this very moment; try again")
            log.info("application updated", portal=self._portal)
            self._begin()

    def _confirmed_in_peace(self, offer: InstallOffer) -> Tokens:
        """Confirm it, but not at once after a false one: each costs requests that messages need."""
        now, doubted_at = self._clock.now(), self._doubted_at
        if doubted_at is not None and doubted_at < now < doubted_at + _PEACE:
            raise InstallRefused(503, "another update was just refused; try again")
        try:
            return self._confirmed(offer)
        except InstallRefused:
            self._doubted_at = now
            raise

    def _uninstall(self, event: AppUninstalled) -> None:
        known = self._kept()
        if known is None:
            raise _refused("the application is not installed")
        is_theirs = same(known.application_token, event.application_token)
        if not is_theirs or known.member_id != event.member_id:
            raise _refused("the application token is another one")
        self._vault.forget()
        self._subscriptions.forget()
        log.warning("application uninstalled", portal=self._portal, advice=self._watch.read().advice)

    def _begin(self) -> None:
        self._subscriptions.vanished()
        self._watch.connected(self._clock.now())
        self._settled()

    def _kept(self) -> Tokens | None:
        try:
            return self._vault.read()
        except CredentialsDead:
            return None

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell the log of what is refused, and refuse for now what needs somebody who is away."""
        try:
            yield
        except AlreadyInstalled:
            raise
        except InstallRefused as exc:
            why = f" ({exc.__cause__})" if exc.__cause__ else ""
            self._refusals.tell("installation refused", reason=f"{exc}{why}")
            raise
        except (*AWAY, PortalError) as exc:
            self._refusals.tell("installation put off", reason=f"{type(exc).__name__}: {exc}")
            raise InstallRefused(503, "this cannot be done now; try again") from exc

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        # whoever reaches the address can make us ask the portal, but not faster than it answers
        if not self._busy.acquire(blocking=False):
            raise InstallRefused(503, "another installation is being checked; try again")
        try:
            yield
        finally:
            self._busy.release()


def _asked(client: Client, method: str) -> Mapping[str, Any]:
    try:
        result = client.call(method, priority=True, repeatable=True).result
    except (Refused, CredentialsDead) as exc:
        raise InstallRefused(403, "not installed: the portal does not confirm these credentials") from exc
    except PortalError as exc:
        raise InstallRefused(503, "not installed: the portal cannot be asked now; try again") from exc
    return result if isinstance(result, Mapping) else {}


def _refused(reason: str) -> InstallRefused:
    return InstallRefused(403, f"not installed: {reason}")
