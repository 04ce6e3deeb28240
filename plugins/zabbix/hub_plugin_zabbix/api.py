"""Zabbix's JSON-RPC API, as far as the buttons need it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntFlag
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, SecretStr, ValidationError

from hub.plugin import Clock, PermanentFailure, RetryLater

#: Characters of Zabbix's own words that are told.
_TOLD = 300
#: How long the version is believed.
_KNOWN = timedelta(minutes=10)
#: The first versions that take the token in a header, and that can suppress.
_HEADER, _SUPPRESSION = (6, 4), (6, 2)


class Operation(IntFlag):
    """The bits of ``event.acknowledge``."""

    CLOSE = 1
    ACKNOWLEDGE = 2
    MESSAGE = 4
    SUPPRESS = 32


class _Error(BaseModel):
    message: str = ""
    data: str = ""


class _Answer(BaseModel):
    """One JSON-RPC answer; errors come with status 200."""

    model_config = ConfigDict(hide_input_in_errors=True)

    result: JsonValue = None
    error: _Error | None = None


class ZabbixApi:
    """Acts in Zabbix as the user of one API token.

    Args:
        base: where Zabbix is, without a slash at the end.
    """

    def __init__(self, http: httpx.Client, base: str, token: SecretStr, clock: Clock) -> None:
        self._http = http
        self._url = f"{base}/api_jsonrpc.php"
        self._token = token
        self._clock = clock
        self._known: tuple[datetime, tuple[int, int]] | None = None

    @property
    def can_suppress(self) -> bool:
        """Whether this Zabbix can suppress a problem, as far as is known without asking."""
        return self._known is None or self._known[1] >= _SUPPRESSION

    def check(self) -> str:
        """Prove that the token is good, and return the version.

        Raises:
            RetryLater: Zabbix is away.
            PermanentFailure: it refuses.
        """
        version = self._version()
        self._authorised("problem.get", {"output": ["eventid"], "limit": 1}, version)
        return ".".join(map(str, version))

    def act(
        self, event_id: str, operation: Operation, message: str, *, until: datetime | None = None
    ) -> None:
        """Do something about a problem.

        Args:
            until: the end of a suppression.

        Raises:
            RetryLater: Zabbix was not reached.
            PermanentFailure: it refuses; the words say why.
            httpx.HTTPError: nobody knows whether it was done.
        """
        version = self._version()
        if Operation.SUPPRESS in operation and version < _SUPPRESSION:
            raise PermanentFailure(f"Zabbix {'.'.join(map(str, version))} cannot suppress problems, 6.2 can")
        params: dict[str, Any] = {
            "eventids": [event_id],
            "action": int(operation | Operation.MESSAGE),
            "message": message,
        }
        if until is not None:
            params["suppress_until"] = int(until.timestamp())
        result = self._authorised("event.acknowledge", params, version)
        done = result.get("eventids") if isinstance(result, dict) else None
        if not isinstance(done, list) or event_id not in map(str, done):
            raise PermanentFailure("Zabbix does not confirm that it did it; look there")

    def _version(self) -> tuple[int, int]:
        """Return the version; ``auth`` in the body was the only way before 6.4 and is an error since 7.2."""
        now = self._clock.now()
        if self._known is None or now - self._known[0] > _KNOWN:
            try:
                told = str(self._call("apiinfo.version", [], {}))
            except httpx.HTTPError as exc:
                raise RetryLater("Zabbix does not answer") from exc
            major, _, rest = told.partition(".")
            minor = rest.partition(".")[0]
            if not (major.isdecimal() and minor.isdecimal()):
                raise self._no_api()
            self._known = now, (int(major), int(minor))
        return self._known[1]

    def _authorised(self, method: str, params: JsonValue, version: tuple[int, int]) -> JsonValue:
        token = self._token.get_secret_value()
        if version < _HEADER:
            return self._call(method, params, {"auth": token})
        return self._call(method, params, {}, {"Authorization": f"Bearer {token}"})

    def _call(
        self, method: str, params: JsonValue, more: dict[str, str], headers: dict[str, str] | None = None
    ) -> JsonValue:
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1, **more}
        sent = {"Content-Type": "application/json-rpc", **(headers or {})}
        try:
            response = self._http.post(self._url, json=body, headers=sent)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise RetryLater("Zabbix cannot be reached") from exc
        if response.status_code == 503:
            raise RetryLater("Zabbix is busy or being maintained")
        if response.is_server_error:
            response.raise_for_status()
        if response.status_code != 200:
            raise PermanentFailure(
                f"{self._url} answers with HTTP status {response.status_code}; check api_url"
            )
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValidationError as exc:
            raise self._no_api() from exc
        if answer.error is not None:
            raise PermanentFailure(_words(answer.error))
        return answer.result

    def _no_api(self) -> PermanentFailure:
        return PermanentFailure(f"{self._url} does not answer as Zabbix's API does; check api_url")


#: What Zabbix says, in lower case, and what it means.
_MEANINGS = (
    ("does not allow manual closing", "the trigger does not allow to close its problems by hand"),
    ("not in problem state", "the problem is over already"),
    ("no permissions", "the problem is gone, or the hub's user in Zabbix may not do this to it"),
    ("api token", "Zabbix does not take the hub's API token; it is wrong, disabled or expired"),
    ("not authori", "Zabbix does not take the hub's API token; it is wrong, disabled or expired"),
    ("session terminated", "Zabbix does not take the hub's API token; it is wrong, disabled or expired"),
)


def _words(error: _Error) -> str:
    told = " ".join((error.data or error.message).split())[:_TOLD]
    meaning = next((words for sign, words in _MEANINGS if sign in told.lower()), "")
    return meaning or f"Zabbix says: {told}"
