"""Alertmanager's API v2, as far as silences need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import httpx
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from hub.plugin import PermanentFailure, RetryLater

M = TypeVar("M")

#: Seconds to wait for a connection or for more of an answer; three calls are within the time of one click.
_PATIENCE = 2.5
#: Characters of Alertmanager's own words that are told.
_TOLD = 300


def _nothing_is_none(value: object) -> object:
    return () if value is None else value


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)


class Matcher(_Body):
    """A condition on one label; releases before 0.22 do not say ``isEqual``."""

    name: str
    value: str
    is_regex: bool = Field(alias="isRegex")
    is_equal: bool = Field(True, alias="isEqual")


class _State(_Body):
    state: str = ""
    silenced_by: Annotated[tuple[str, ...], BeforeValidator(_nothing_is_none)] = Field((), alias="silencedBy")


class Silence(_Body):
    """A silence that holds, or that will."""

    id: str
    status: _State
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime = Field(alias="endsAt")
    created_by: str = Field("", alias="createdBy")
    comment: str = ""
    matchers: tuple[Matcher, ...]

    def is_exactly(self, labels: Mapping[str, str]) -> bool:
        """Say whether it is about exactly *labels*."""
        if any(each.is_regex or not each.is_equal for each in self.matchers):
            return False
        return {each.name: each.value for each in self.matchers} == dict(labels)


class ListedAlert(_Body):
    """An alert that Alertmanager counts as firing now."""

    fingerprint: str
    labels: dict[str, str]
    status: _State


@dataclass(frozen=True, kw_only=True)
class Look:
    """What fires and what is silenced, as Alertmanager says."""

    alerts: tuple[ListedAlert, ...]
    silences: tuple[Silence, ...]


class _Version(_Body):
    version: str = ""


class _Status(_Body):
    version: _Version = Field(alias="versionInfo")


class _Answer(_Body):
    id: str = Field(alias="silenceID", min_length=1)


_ALERTS = TypeAdapter(tuple[ListedAlert, ...])
_SILENCES = TypeAdapter(tuple[Silence, ...])
_STATUS = TypeAdapter(_Status)
_ANSWER = TypeAdapter(_Answer)


class AlertmanagerApi:
    """Reads and makes silences.

    Args:
        base: where Alertmanager is, without a slash at the end.
        auth: name and password for basic authentication.

    Every call raises ``RetryLater`` when Alertmanager was not reached and ``PermanentFailure`` when it refuses.
    Those that change something raise ``httpx.HTTPError`` when nobody knows whether it was done.
    """

    def __init__(self, http: httpx.Client, base: str, auth: tuple[str, str] | None) -> None:
        self._http = http
        self._base = f"{base}/api/v2"
        self._auth = auth

    def version(self) -> str:
        """Return the version, which proves that it answers and takes the credentials."""
        return self._get("/status", _STATUS).version.version

    def look(self) -> Look:
        """Return all that fires and every silence that is not over.

        The alerts come first, so that every silence they name and that still holds is among the silences.
        """
        alerts = self._get("/alerts", _ALERTS)
        silences = self._get("/silences", _SILENCES)
        return Look(
            alerts=alerts, silences=tuple(each for each in silences if each.status.state != "expired")
        )

    def silence(
        self, labels: Mapping[str, str], *, starts: datetime, ends: datetime, by: str, comment: str
    ) -> str:
        """Silence what has exactly these labels, at least one, and return the silence's id."""
        matchers = [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in sorted(labels.items())
        ]
        return self._post({"matchers": matchers, "createdBy": by, "comment": comment}, starts, ends)

    def extend(self, silence: Silence, ends: datetime) -> None:
        """Let a silence that holds end later; one that somebody has just ended stays ended."""
        body = {
            "id": silence.id,
            "matchers": [each.model_dump(by_alias=True) for each in silence.matchers],
            "createdBy": silence.created_by,
            "comment": silence.comment,
        }
        id = self._post(body, silence.starts_at, ends)
        if id != silence.id:  # Alertmanager revives nothing, it makes another one
            self.expire(id)

    def expire(self, id: str) -> None:
        """End a silence; one that is over or unknown is fine."""
        response = self._send("DELETE", f"/silence/{id}")
        if response.status_code == 404 or (response.status_code == 500 and b"not found" in response.content):
            return
        _check(response, self._base)

    def _post(self, body: dict[str, Any], starts: datetime, ends: datetime) -> str:
        body |= {"startsAt": starts.isoformat(), "endsAt": ends.isoformat()}
        response = self._send("POST", "/silences", body)
        _check(response, self._base)
        return _read(response, _ANSWER, self._base).id

    def _get(self, path: str, adapter: TypeAdapter[M]) -> M:
        try:
            response = self._send("GET", path)
            _check(response, self._base)
        except httpx.HTTPError as exc:
            raise RetryLater("Alertmanager does not answer") from exc
        return _read(response, adapter, self._base)

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            return self._http.request(
                method, f"{self._base}{path}", json=body, auth=self._auth, timeout=_PATIENCE
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise RetryLater("Alertmanager cannot be reached") from exc


def _check(response: httpx.Response, base: str) -> None:
    status = response.status_code
    if status == 503:
        raise RetryLater("Alertmanager is busy or starting")
    if response.is_server_error:
        response.raise_for_status()
    if status in (401, 403):
        raise PermanentFailure(
            "Alertmanager does not take the hub's credentials; check api_username and api_password"
        )
    if status in (400, 422):
        told = " ".join(response.text.strip().strip('"').split())[:_TOLD]
        raise PermanentFailure(f"Alertmanager says: {told}")
    if status != 200:
        raise PermanentFailure(f"{base} answers with HTTP status {status}; check api_url")


def _read(response: httpx.Response, adapter: TypeAdapter[M], base: str) -> M:
    try:
        return adapter.validate_json(response.content)
    except ValidationError as exc:
        raise PermanentFailure(f"{base} does not answer as Alertmanager's API does; check api_url") from exc
