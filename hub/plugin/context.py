"""What a plugin gets from the hub, as protocols that a test can replace."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from hub.plugin.errors import PermanentFailure

if TYPE_CHECKING:
    import httpx


class Clock(Protocol):
    """The time, which tests can move."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""


class Store(Protocol):
    """A small JSON store of the instance; keys of other instances are out of reach.

    A key has at most 2000 bytes and no NUL, else ``ValueError`` is raised.
    Inside a hook, reads see the hook's own writes, and writes are committed together with what the
    hook returns, or not at all.
    """

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None`` when there is none or its time is over."""

    def set(self, key: str, value: JsonValue, ttl: timedelta | None = None, *, at_once: bool = False) -> None:
        """Keep *value* (at most 64 KB as JSON) for *ttl*, or for good.

        Args:
            at_once: committed before this returns and whatever becomes of the hook: for what others have to know
                before something is done elsewhere. Until the hook has ended, do not set the same key without it.

        Raises:
            ValueError: the value is too large or not JSON.
        """

    def delete(self, key: str) -> None:
        """Forget *key*; an unknown one is fine."""

    def scan(self, prefix: str = "") -> Iterable[tuple[str, JsonValue]]:
        """Return what is stored under keys that begin with *prefix*, in the order of the keys."""


class Timers(Protocol):
    """Durable one-shot timers, exact to 5 seconds; committed like the store, and with keys like its."""

    def set(self, name: str, key: str, at: datetime, data: JsonValue = None) -> None:
        """Arm the timer *name* for *key*; one that is armed already is moved."""

    def cancel(self, name: str, key: str) -> None:
        """Disarm it; an unknown one is fine."""


class PortalUser(Protocol):
    """An employee as the portal knows them."""

    @property
    def id(self) -> str:
        """The portal's user id."""

    @property
    def name(self) -> str:
        """First and last name."""

    @property
    def active(self) -> bool:
        """False once dismissed."""

    @property
    def departments(self) -> Sequence[str]:
        """Department ids."""

    @property
    def time_zone(self) -> str:
        """IANA name, empty for the portal's own."""


class PortalDepartment(Protocol):
    """A department; ``head`` is a user id or empty, ``parent`` empty at the root."""

    @property
    def id(self) -> str:
        """The portal's department id."""

    @property
    def name(self) -> str:
        """As the portal shows it."""

    @property
    def head(self) -> str:
        """User id of the head, or empty."""

    @property
    def parent(self) -> str:
        """Department id of the parent, or empty."""


class PortalStage(Protocol):
    """A stage of leads or deals; ``semantics`` is ``P`` in progress, ``S`` won, ``F`` lost."""

    @property
    def id(self) -> str:
        """For example ``C1:WON``."""

    @property
    def name(self) -> str:
        """As the portal shows it."""

    @property
    def semantics(self) -> str:
        """``P``, ``S`` or ``F``."""


class PortalCurrency(Protocol):
    """How the portal writes a currency."""

    def format(self, amount: Decimal) -> str:
        """Return the amount in the currency's own format."""


class Portal(Protocol):
    """Calls to the portal within its limits; concurrent reads share requests.

    Errors arrive as ``RetryLater`` (away, busy) or ``PermanentFailure`` (refused).
    """

    def call(self, method: str, params: Mapping[str, object] | None = None) -> JsonValue:
        """Call a REST method and return its ``result``."""

    def many(
        self, method: str, each: Sequence[Mapping[str, object]]
    ) -> Sequence[JsonValue | PermanentFailure]:
        """Call a method that reads once for each of the parameters, up to 50 in one request.

        Returns:
            The results in the same order; one that the portal refuses stands as its ``PermanentFailure``.
        """

    def call_v3(
        self, method: str, params: Mapping[str, object] | None = None, *, idempotency_key: str
    ) -> JsonValue:
        """Call a method of REST 3.0 that changes something, and return its ``result``.

        Args:
            idempotency_key: a UUID; the portal does nothing twice under one.
        """

    def list(
        self, method: str, params: Mapping[str, object] | None = None, *, key: str = "ID"
    ) -> Iterator[Mapping[str, JsonValue]]:
        """Yield all rows of a list method, paged by *key* so that none is skipped or doubled."""

    def user(self, id: str) -> PortalUser:
        """Return a person, cached for ten minutes."""

    def users(self, ids: Iterable[str]) -> Mapping[str, PortalUser]:
        """Return people by id, cached for ten minutes, the others up to 50 in one request.

        Whom the portal does not know is left out.
        """

    def user_by_email(self, email: str) -> PortalUser | None:
        """Return the person with this address, cached for ten minutes."""

    def department(self, id: str) -> PortalDepartment:
        """Return a department, cached for an hour."""

    def members(self, department: str) -> Sequence[PortalUser]:
        """Return the active people of a department and those below it."""

    def head(self, department: str) -> PortalUser | None:
        """Return the active head of exactly this department, or ``None``."""

    def supervisor(self, user: str) -> PortalUser | None:
        """Return the head of the user's department, going up while that is empty, inactive or the user."""

    def named_chat(self, name: str) -> str:
        """Return the number of the group chat that the hub's settings call *name*; on first use it is opened.

        ``PermanentFailure`` when the settings name no such chat, saying which they name, and while it cannot be
        opened; ``RetryLater`` while it is being opened.
        """

    def stages(self, entity: str) -> Mapping[str, PortalStage]:
        """Return the stages of ``STATUS`` (leads), ``DEAL_STAGE`` or ``DEAL_STAGE_{funnel}`` by id, in their order.

        Other lists of the CRM are read alike: ``SOURCE``, ``DYNAMIC_{type}_STAGE_{funnel}``.
        """

    def stage(self, entity: str, id: str) -> PortalStage:
        """Return one stage; for one that is not known yet the stages are read once more.

        Raises:
            PermanentFailure: there is no such stage.
        """

    def currency(self, code: str) -> PortalCurrency:
        """Return how to write amounts of a currency, cached for an hour."""

    def url(self, path: str) -> str:
        """Return the absolute address of a portal-relative *path*."""


class Context(Protocol):
    """Everything an instance may use."""

    @property
    def name(self) -> str:
        """The instance's name: settings table, URL segment, namespace."""

    @property
    def log(self) -> logging.Logger | logging.LoggerAdapter[logging.Logger]:
        """A logger that carries the instance's name; bodies and secrets never go in."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def http(self) -> httpx.Client:
        """A client with timeouts that follows no redirects."""

    @property
    def portal(self) -> Portal:
        """The company's Bitrix24."""

    @property
    def store(self) -> Store:
        """The instance's own data."""

    @property
    def timers(self) -> Timers:
        """The instance's own timers."""

    def inbound_url(self, path: str = "") -> str:
        """Return the address of this instance as senders see it, from ``public_url``."""
