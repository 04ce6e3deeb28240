"""The REST client: one call, one answer or one error that says what to do next."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import httpx

from hub.bitrix24.auth import Auth
from hub.bitrix24.bucket import LeakyBucket
from hub.bitrix24.calls import Answer, timing, whole
from hub.bitrix24.classify import classify, plain
from hub.bitrix24.errors import (
    OperatingLimit,
    OutcomeUnknown,
    PortalError,
    RateLimited,
    TokenExpired,
    Unreachable,
)
from hub.bitrix24.limits import Limiter
from hub.bitrix24.observer import Nobody, Observer
from hub.bitrix24.operating import OperatingBudget
from hub.bitrix24.redact import hide_secrets_in_http_log, without_secrets
from hub.bitrix24.retry import Retry

#: Seconds for an answer that can be asked for again: a portal that hangs is to be noticed.
_LONGEST_READ = 30.0
_REDIRECTS = frozenset({301, 302, 307, 308})
#: The body was not sent in full, so the portal cannot have acted on it.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Client:
    """Calls the methods of one portal; may be shared by threads.

    Args:
        observer: is told how every call went.
        connect_timeout: seconds to connect.
        read_timeout: seconds to wait for an answer; a portal cuts a request after 60. What may safely
            run twice is waited for 30 at most: nobody needs to know what became of it.
        tls: whose certificates are trusted; read from the files anew by default, which takes some 25 ms.
        transport: for tests; by default a pool of connections.
    """

    def __init__(
        self,
        auth: Auth,
        *,
        limiter: Limiter | None = None,
        budget: OperatingBudget | None = None,
        retry: Retry | None = None,
        observer: Observer | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 65.0,
        sleep: Callable[[float], None] = time.sleep,
        tls: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        hide_secrets_in_http_log()
        self.limiter = limiter or LeakyBucket()
        self.budget = budget or OperatingBudget()
        self.retry = retry or Retry()
        self.observer = observer or Nobody()
        self._auth = auth
        self._sleep = sleep
        self._timeout = httpx.Timeout(read_timeout, connect=connect_timeout)
        self._timeout_of_reads = httpx.Timeout(min(read_timeout, _LONGEST_READ), connect=connect_timeout)
        self._http = httpx.Client(
            # an idle connection is dropped before the portal drops it, which would leave a send in doubt
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=10.0),
            headers={
                "User-Agent": f"bitrix24-hub/{version('bitrix24-hub')}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            follow_redirects=False,
            verify=tls or True,
            transport=transport,
        )

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        priority: bool = False,
        permitted: bool = False,
        repeatable: bool = False,
    ) -> Answer:
        """Call *method* once, after waiting for the rate limit.

        Args:
            priority: a person waits for the answer.
            permitted: the caller has taken the limiter's permission for this request already.
            repeatable: the call may safely run twice, so an answer that is late is not waited for.

        Raises:
            PortalError: see `hub.bitrix24.errors`.
        """
        return self._call(method, params, priority, permitted, repeatable)

    def call_v3(
        self, method: str, params: Mapping[str, Any] | None = None, *, idempotency_key: str
    ) -> Answer:
        """Call *method* of REST 3.0, which does nothing twice under one key.

        Raises:
            PortalError: see `hub.bitrix24.errors`.
        """
        return self._call(method, params, key=idempotency_key)

    def _call(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        priority: bool = False,
        permitted: bool = False,
        repeatable: bool = False,
        key: str = "",
    ) -> Answer:
        try:
            self.wait_for_budget(method)
            signed = self._auth.signed(params or {})
        except BaseException:
            if permitted:
                self.limiter.give_back()
            raise
        if not permitted:
            self.limiter.acquire(priority=priority)
        try:
            return self._attempt(method, signed, repeatable, key)
        except TokenExpired:
            if not self._auth.renew(signed):
                raise
        self.limiter.acquire(priority=priority)
        return self._attempt(method, self._auth.signed(params or {}), repeatable, key)

    def read(self, method: str, params: Mapping[str, Any] | None = None, *, priority: bool = False) -> Answer:
        """Call *method*, which may safely run twice, and try again on transient trouble."""
        return self.retry.run(lambda: self.call(method, params, priority=priority, repeatable=True))

    def wait_for_budget(self, method: str) -> None:
        """Wait until *method* has execution time left.

        Raises:
            OperatingLimit: that takes too long to wait.
        """
        if pause := self.budget.pause(method):
            self._sleep(pause)

    def refusal(
        self,
        method: str,
        data: object,
        params: Mapping[str, Any],
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> PortalError:
        """Return the error for an error body, or for one entry of a batch's ``result_error``.

        The limits take note of it; secrets in the portal's words are hidden.
        """
        code, description = _code_and_description(data)
        error = classify(
            method,
            code=without_secrets(code, self._auth.secrets, params),
            description=without_secrets(description, self._auth.secrets, params),
            status=status,
            retry_after=retry_after,
        )
        if isinstance(error, OperatingLimit):
            return self.budget.block(method)
        if isinstance(error, RateLimited):
            self.limiter.refused(retry_after)
        return error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _attempt(self, method: str, params: Mapping[str, Any], repeatable: bool, key: str) -> Answer:
        began = time.perf_counter()
        try:
            answer = self._ask(method, params, repeatable, key)
        except PortalError as exc:
            self.observer.called(method, exc)
            raise
        finally:
            self.observer.answered(method, time.perf_counter() - began)
        self.observer.called(method, None)
        return answer

    def _ask(self, method: str, params: Mapping[str, Any], repeatable: bool, key: str) -> Answer:
        response = self._post(method, params, self._timeout_of_reads if repeatable else self._timeout, key)
        data = _json(response)
        if not isinstance(data, Mapping) and response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            data = {}  # a proxy before the portal says it with a page; nothing was executed
        if not isinstance(data, Mapping):
            raise OutcomeUnknown(
                f"{method}: HTTP {response.status_code} without a JSON object", method=method
            )
        if "error" in data or response.status_code >= 400:
            raise self.refusal(
                method, data, params, status=response.status_code, retry_after=_retry_after(response)
            )
        if "result" not in data:
            raise OutcomeUnknown(f"{method}: an answer without a result", method=method)
        taken = timing(data.get("time"))
        if method != "batch":  # a batch as such has no budget, each of its commands has
            self.budget.observe(method, taken)
        return Answer(
            result=data["result"], total=whole(data.get("total")), next=whole(data.get("next")), time=taken
        )

    def _post(
        self, method: str, params: Mapping[str, Any], timeout: httpx.Timeout, key: str
    ) -> httpx.Response:
        # text from anywhere may hold half a surrogate pair, which no encoding can carry
        body = json.dumps(dict(params), ensure_ascii=False, separators=(",", ":"))
        content = body.encode("utf-8", "replace")
        address = self._auth.url_v3 if key else self._auth.url
        url = address(method)
        response = self._exchange(method, url, content, timeout, key)
        if response.status_code in _REDIRECTS and self._auth.moved(url, response.headers.get("location", "")):
            response = self._exchange(method, address(method), content, timeout, key)
        if response.is_redirect:
            raise Unreachable(
                f"{method}: the portal redirects to another page instead of answering", method=method
            )
        return response

    def _exchange(
        self, method: str, url: str, content: bytes, timeout: httpx.Timeout, key: str
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            return self._http.post(url, content=content, timeout=timeout, headers=headers)
        except _NOTHING_SENT as exc:
            raise Unreachable(f"{method}: no connection ({_name(exc)})", method=method) from exc
        except httpx.RequestError as exc:
            raise OutcomeUnknown(f"{method}: no answer ({_name(exc)})", method=method) from exc
        except RuntimeError as exc:
            if not self._http.is_closed:
                raise
            raise Unreachable(f"{method}: not sent, the hub ends", method=method) from exc


def _json(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None


def _code_and_description(data: object) -> tuple[str, str]:
    """Read the old form, REST 3.0's object and the bare text that some batch commands answer."""
    if not isinstance(data, Mapping):
        return "", plain(data)
    error = data.get("error", "")
    if isinstance(error, Mapping):
        return str(error.get("code", "")), plain(error.get("message"))
    return str(error), plain(data.get("error_description"))


def _retry_after(response: httpx.Response) -> timedelta | None:
    seconds = whole(response.headers.get("retry-after"))
    return None if seconds is None else timedelta(seconds=min(max(seconds, 0), 600))


def _name(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
