"""What a portal says about the application itself: installed, updated, removed. Pure reading, nothing is believed.

Whoever sends such a request has written all of it, so every field is a claim until the portal confirms it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from hub.bitrix24.calls import whole
from hub.bitrix24.forms import FormValue
from hub.bitrix24.oauth import Tokens

Form: TypeAlias = Mapping[str, FormValue]

_LONGEST = 2000
_LONGEST_LIFE = 24 * 3600


class UnreadableEvent(ValueError):
    """A field is missing or has another shape; the text names it, never a value."""


@dataclass(frozen=True, kw_only=True)
class InstallOffer:
    """A pair of tokens that somebody offers, saying where they are good for.

    Attributes:
        framed: the application was opened as a page in the portal, so a browser waits for a page.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: timedelta
    client_endpoint: str
    server_endpoint: str
    member_id: str
    application_token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    framed: bool = False

    def tokens(self, client_endpoint: str, now: datetime) -> Tokens:
        """Return them as they are kept, good at *client_endpoint*."""
        return Tokens(
            access_token=self.access_token,
            refresh_token=self.refresh_token,
            expires_at=now + self.expires_in,
            client_endpoint=client_endpoint,
            server_endpoint=self.server_endpoint,
            member_id=self.member_id,
            application_token=self.application_token,
            scopes=self.scopes,
        )


@dataclass(frozen=True, kw_only=True)
class AppInstalled:
    """``ONAPPINSTALL``."""

    offer: InstallOffer


@dataclass(frozen=True, kw_only=True)
class AppUpdated:
    """``ONAPPUPDATE``: every subscription is gone, and the application token may be another one."""

    offer: InstallOffer


@dataclass(frozen=True, kw_only=True)
class AppUninstalled:
    """``ONAPPUNINSTALL``: no token works any more.

    Attributes:
        clean: the administrator wants the data to be erased.
    """

    application_token: str = field(repr=False)
    member_id: str
    clean: bool = False


AppEvent: TypeAlias = AppInstalled | AppUpdated | AppUninstalled


def read_app_event(form: Form) -> AppEvent | None:
    """Read an event about the application; None when it is about something else.

    Raises:
        UnreadableEvent: it lacks a field.
    """
    match str(form.get("event", "")).upper():
        case "ONAPPINSTALL":
            return AppInstalled(offer=_offer(_part(form, "auth")))
        case "ONAPPUPDATE":
            return AppUpdated(offer=_offer(_part(form, "auth")))
        case "ONAPPUNINSTALL":
            auth, data = _part(form, "auth"), form.get("data")
            return AppUninstalled(
                application_token=_text(auth, "application_token"),
                member_id=_text(auth, "member_id"),
                clean=isinstance(data, Mapping) and data.get("CLEAN") == "1",
            )
        case _:
            return None


def read_install(form: Form, query: Form) -> InstallOffer:
    """Read what is posted to the installation path: ``ONAPPINSTALL``, or the fields of a page in a frame.

    Args:
        query: of the address; a page's has ``DOMAIN`` and ``PROTOCOL``.

    Raises:
        UnreadableEvent: it is neither, or lacks a field.
    """
    if "AUTH_ID" in form:
        return _framed_offer(form, query)
    event = read_app_event(form)
    if not isinstance(event, AppInstalled):
        raise UnreadableEvent("this is no installation: it has neither event=ONAPPINSTALL nor AUTH_ID")
    return event.offer


def _offer(auth: Form) -> InstallOffer:
    return InstallOffer(
        access_token=_text(auth, "access_token"),
        refresh_token=_text(auth, "refresh_token"),
        expires_in=_life(auth.get("expires_in")),
        client_endpoint=_text(auth, "client_endpoint"),
        server_endpoint=_text(auth, "server_endpoint", needed=False),
        member_id=_text(auth, "member_id"),
        application_token=_text(auth, "application_token"),
        scopes=tuple(_text(auth, "scope", needed=False).replace(",", " ").split()),
    )


def _framed_offer(form: Form, query: Form) -> InstallOffer:
    scheme = "http" if query.get("PROTOCOL") == "0" else "https"
    return InstallOffer(
        access_token=_text(form, "AUTH_ID"),
        refresh_token=_text(form, "REFRESH_ID"),
        expires_in=_life(form.get("AUTH_EXPIRES")),
        client_endpoint=f"{scheme}://{_text(query, 'DOMAIN')}/rest/",
        server_endpoint=_text(form, "SERVER_ENDPOINT", needed=False),
        member_id=_text(form, "member_id"),
        application_token=_text(form, "APPLICATION_TOKEN"),
        scopes=tuple(_text(form, "APPLICATION_SCOPE", needed=False).replace(",", " ").split()),
        framed=True,
    )


def _part(form: Form, name: str) -> Form:
    value = form.get(name)
    if not isinstance(value, Mapping):
        raise UnreadableEvent(f"{name} is missing")
    return value


def _text(form: Form, name: str, *, needed: bool = True) -> str:
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise UnreadableEvent(f"{name} is not a text of at most {_LONGEST} characters")
    if needed and not value:
        raise UnreadableEvent(f"{name} is missing")
    return value


def _life(seconds: object) -> timedelta:
    return timedelta(seconds=min(max(whole(seconds) or 0, 0), _LONGEST_LIFE))
