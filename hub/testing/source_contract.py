"""The standard tests that every source inherits."""

from __future__ import annotations

import re
import socket
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from hub.plugin import (
    Answer,
    InboundEvent,
    InboundRequest,
    InvalidPayload,
    InvalidSignature,
    ItemOutcome,
    Notification,
    Plugin,
    PluginError,
    Receipt,
    Source,
)
from hub.testing.clock import START, MovedClock
from hub.testing.context import FakeContext
from hub.testing.requests import as_stored, damaged, headers_of, payload_files

#: A parameter of a path in Starlette's syntax: ``{name}`` or ``{name:path}``.
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_WARM_UP = 20
_TIMED = 51
_MAX_SECONDS = 0.001
_MAX_KEY = 500


class SourceContract:
    """Subclass this as ``Test…`` in a plugin's tests and fill in the attributes.

    Attributes:
        plugin_class: the plugin.
        settings: its settings, with the secrets that :meth:`auth_headers` uses.
        payloads: a folder of calls that must be accepted: ``*.json``, ``*.xml``, ``*.form``, each with an
            optional ``<name>.headers``.
        source_path: ``Source.path`` of the source under test.
        path_params: what stands for the path's parameters.
        method: the method the payloads are sent with.
        raw_query: what stands behind the question mark.
        now: when the calls arrive.
        repeated_after: how much later a sender's repeat still is a duplicate; short where keys hold a time.
    """

    plugin_class: ClassVar[type[Plugin[Any]]]
    settings: ClassVar[Mapping[str, object]] = {}
    payloads: ClassVar[Path]
    source_path: ClassVar[str] = ""
    path_params: ClassVar[Mapping[str, str]] = {}
    method: ClassVar[str] = "POST"
    raw_query: ClassVar[str] = ""
    now: ClassVar[datetime] = START
    repeated_after: ClassVar[timedelta] = timedelta(hours=1)

    # What a plugin may have to say differently

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        """Return the headers that prove who sends *body*."""
        return {}

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        """Yield requests that must be refused.

        By default without the headers of :meth:`auth_headers`, and with each of them changed; override
        it where the proof is in the path, the query or the body.
        """
        proof = {name.lower() for name in self.auth_headers(request.body)}
        yield replace(request, headers=tuple(pair for pair in request.headers if pair[0] not in proof))
        for wrong in proof:
            changed = ((name, value + "x" if name == wrong else value) for name, value in request.headers)
            yield replace(request, headers=tuple(changed))

    def context(self) -> FakeContext:
        """Return a fresh context; override it to prepare the portal or ``http``."""
        return FakeContext("example", clock=MovedClock(self.now))

    # The tests

    def test_missing_or_wrong_credentials_are_refused_before_anything_is_read(self, payload: Path) -> None:
        request = self._request(payload)
        source, _ = self._source()
        forged = list(self.forged(request))
        assert forged, "forged() yields no request that must be refused"
        for attempt in forged:
            for body in (attempt.body, b"\xff{"):
                with pytest.raises(InvalidSignature) as refusal:
                    source.verify(replace(attempt, body=body))
                status = refusal.value.answer.status if refusal.value.answer else refusal.value.status
                assert 400 <= status < 500
                self._assert_no_secret_in(refusal.value)

    def test_right_credentials_are_let_in(self, payload: Path) -> None:
        source, _ = self._source()
        source.verify(self._request(payload))

    def test_a_repeat_has_the_same_keys(self, payload: Path) -> None:
        request = self._request(payload)
        repeat = replace(request, received_at=self.now + self.repeated_after)
        first, again = self._source()[0].accept(request), self._source()[0].accept(repeat)
        assert [(i.key, i.group, i.body) for i in first.items] == [
            (i.key, i.group, i.body) for i in again.items
        ]
        keys = [item.key for item in first.items if item.key is not None]
        assert len(keys) == len(set(keys)), "two items of one request have the same key"
        assert all(0 < len(key) <= _MAX_KEY for key in keys)

    def test_a_repeat_is_answered_with_success_too(self, payload: Path) -> None:
        receipt = self._source()[0].accept(self._request(payload))
        for outcome in ItemOutcome:
            answer = _answer(receipt, outcome)
            assert 200 <= answer.status < 300

    def test_verify_and_accept_neither_connect_nor_remember(
        self, payload: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = self._request(payload)
        source, context = self._source()
        before = list(context.store.scan())
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", _refuse)
            patch.setattr(socket, "getaddrinfo", _refuse)
            source.verify(request)
            source.accept(request)
        assert list(context.store.scan()) == before
        assert not context.timers.armed
        assert not context.portal.calls

    def test_verify_and_accept_are_quick_enough_for_the_event_loop(self, payload: Path) -> None:
        request = self._request(payload)
        source, _ = self._source()
        if not source.inline:
            pytest.skip("this source says inline=False")
        seconds = list(_timed(source, request))
        assert statistics.median(seconds[_WARM_UP:]) < _MAX_SECONDS

    def test_payloads_become_valid_notifications_with_stable_keys(self, payload: Path) -> None:
        request = self._request(payload)
        first, again = self._process(request), self._process(request)
        assert [notification.key for notification in first] == [notification.key for notification in again]
        assert len({notification.key for notification in first}) == len(first)
        for notification in first:
            assert Notification.model_validate_json(notification.model_dump_json()) == notification

    def test_damaged_bodies_are_refused_or_understood_but_never_crash(self, payload: Path) -> None:
        original = self._request(payload)
        for body in damaged(original.body):
            try:
                self._process(self._request(payload, body))
            except (InvalidPayload, InvalidSignature) as exc:
                self._assert_no_secret_in(exc)

    def test_wrong_settings_are_told_without_their_values(self) -> None:
        incomplete = [{k: v for k, v in self.settings.items() if k != left_out} for left_out in self.settings]
        for wrong in ({**self.settings, "no-such-key": 1}, *incomplete):
            try:
                self.plugin_class.settings_model.model_validate(wrong)
            except ValidationError as exc:
                self._assert_no_secret_in(exc)

    # Helpers

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test that takes a ``payload`` once for each file."""
        if "payload" in metafunc.fixturenames:
            files = payload_files(self.payloads)
            assert files, f"no payloads in {self.payloads}"
            metafunc.parametrize("payload", files, ids=[file.name for file in files])

    def _source(self) -> tuple[Source, FakeContext]:
        context = self.context()
        settings = self.plugin_class.settings_model.model_validate(self.settings)
        plugin = self.plugin_class(settings, context)
        found = [s for s in plugin.sources() if s.path == self.source_path and self.method in s.methods]
        assert len(found) == 1, f"no source with path {self.source_path!r} and method {self.method}"
        return found[0], context

    def _request(self, payload: Path, body: bytes | None = None) -> InboundRequest:
        body = payload.read_bytes() if body is None else body
        headers = headers_of(payload) | {k.lower(): v for k, v in self.auth_headers(body).items()}
        below = _PARAMETER.sub(lambda found: self.path_params[found[1]], self.source_path)
        path = f"/in/example/{below}".rstrip("/")
        return InboundRequest(
            method=self.method,
            url=f"https://hub.example{path}" + (f"?{self.raw_query}" if self.raw_query else ""),
            path=path,
            path_params=self.path_params,
            raw_query=self.raw_query,
            headers=tuple(headers.items()),
            body=body,
            received_at=self.now,
            client="192.0.2.10",
        )

    def _process(self, request: InboundRequest) -> list[Notification]:
        """Do what the hub does with a request, on a fresh store."""
        source, _ = self._source()
        source.verify(request)
        notifications: list[Notification] = []
        for item in source.accept(request).items:
            events = list(source.parse(as_stored(request, source, item)))
            assert all(isinstance(event, InboundEvent) for event in events)
            notifications += source.notify(events)
        assert all(isinstance(notification, Notification) for notification in notifications)
        return notifications

    def _assert_no_secret_in(self, error: PluginError | ValidationError) -> None:
        settings = self.plugin_class.settings_model.model_validate(self.settings)
        told = f"{error} {error!r}"
        assert not any(secret in told for secret in _secrets(settings)), "an error text holds a secret"


def _secrets(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            if secret := value.get_secret_value():
                yield secret
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case Mapping():
            for part in value.values():
                yield from _secrets(part)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from _secrets(part)


def _answer(receipt: Receipt, outcome: ItemOutcome) -> Answer:
    if isinstance(receipt.answer, Answer):
        return receipt.answer
    return receipt.answer([outcome] * len(receipt.items))


def _timed(source: Source, request: InboundRequest) -> Iterator[float]:
    """Yield the processor time of each call, so that a busy machine fails nothing."""
    for _ in range(_WARM_UP + _TIMED):
        start = time.thread_time()
        source.verify(request)
        source.accept(request)
        yield time.thread_time() - start


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("verify and accept must not use the network")
