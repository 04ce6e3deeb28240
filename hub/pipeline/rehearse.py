"""Rehearse: what would become of a request. Nothing is stored, nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from hub.bitrix24 import OutgoingMessage
from hub.pipeline.addressing import Addressed, Addressing
from hub.pipeline.origin import path_below
from hub.pipeline.readers import Readers
from hub.pipeline.render import render
from hub.pipeline.stored_request import from_stored, to_stored
from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import (
    Answer,
    InboundEvent,
    InboundRequest,
    InvalidPayload,
    InvalidSignature,
    Item,
    ItemOutcome,
    Notification,
    PluginError,
    Receipt,
    Source,
)
from hub.registry import CallFailed, NotServed, Registry, calls


@dataclass(frozen=True, kw_only=True)
class Told(Addressed):
    """A notification as people would get it; *message* is as the first of them would see it."""

    message: OutgoingMessage


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What the sender would hear and what people would see.

    Attributes:
        answer: ``None`` when no source takes the request.
        error: why that is not all, or who refused it.
        ignored: why the plugin keeps nothing of it.
    """

    answer: Answer | None
    error: str = ""
    ignored: str = ""
    events: tuple[InboundEvent, ...] = ()
    told: tuple[Told, ...] = ()


class Rehearse:
    """Runs the same hooks and rules as the real way; what hooks store is seen by them and then dropped.

    Args:
        only_look: a context in which finding the recipients changes nothing at the portal.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        addressing: Addressing,
        readers: Readers,
        work: CurrentWork,
        base_url: str,
        only_look: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._registry = registry
        self._guard = registry.guard
        self._addressing = addressing
        self._readers = readers
        self._work = work
        self._base_url = base_url
        self._only_look = only_look

    def rehearse(self, instance: str, request: InboundRequest) -> Rehearsal:
        """Return what would become of *request*; what a plugin does wrong is in ``error``."""
        try:
            match = self._registry.match_source(instance, path_below(instance, request.path), request.method)
        except NotServed as exc:
            return Rehearsal(answer=None, error=str(exc))
        request = replace(request, path_params=dict(match.path_params))
        try:
            self._guard.call(instance, calls.VERIFY, match.source.verify, request)
            receipt = self._guard.call(instance, calls.ACCEPT, match.source.accept, request)
            answer = self._answer(instance, receipt)
        except InvalidSignature as exc:
            return Rehearsal(answer=exc.answer or _refusal(exc.status, exc), error=f"verify: {exc}")
        except InvalidPayload as exc:
            return Rehearsal(answer=_refusal(exc.status, exc), error=f"accept: {exc}")
        except (PluginError, CallFailed) as exc:
            return Rehearsal(answer=Answer(status=503), error=str(exc))
        if not receipt.items:
            return Rehearsal(answer=answer, ignored=receipt.reason or "the plugin keeps nothing of it")
        events: list[InboundEvent] = []
        told: list[Told] = []
        error = ""
        with self._work.begin(), self._only_look():
            try:
                for item in receipt.items:
                    self._process(instance, match.source, _stored(request, match.source, item), events, told)
            except (PluginError, CallFailed) as exc:
                error = str(exc)
        return Rehearsal(answer=answer, error=error, events=tuple(events), told=tuple(told))

    def _process(
        self,
        instance: str,
        source: Source,
        request: InboundRequest,
        events: list[InboundEvent],
        told: list[Told],
    ) -> None:
        found = self._guard.call(instance, calls.PARSE, source.parse, request)
        events.extend(found)
        for notification in self._guard.call(instance, calls.NOTIFY, source.notify, found):
            told.append(self._tell(instance, notification))

    def _tell(self, instance: str, notification: Notification) -> Told:
        addressed = self._addressing.address(instance, notification)
        recipients = addressed.resolution.recipients
        reader = self._readers.of(recipients[0].dialog if recipients else "")
        message = render(
            addressed.notification,
            reader=reader,
            catalogue=self._readers.catalogue(instance, reader.language),
            link_base=self._base_url,
            command_params=str,
        )
        return Told(
            notification=addressed.notification,
            edits=addressed.edits,
            decision=addressed.decision,
            resolution=addressed.resolution,
            message=message,
        )

    def _answer(self, instance: str, receipt: Receipt) -> Answer:
        if isinstance(receipt.answer, Answer):
            return receipt.answer
        accepted = [ItemOutcome.ACCEPTED] * len(receipt.items)
        return self._guard.call(instance, calls.ANSWER, receipt.answer, accepted)


def _stored(request: InboundRequest, source: Source, item: Item) -> InboundRequest:
    """Return the request as ``parse`` gets it: the item's body and the kept headers only."""
    body = request.body if item.body is None else item.body
    return from_stored(
        json.loads(to_stored(request, source.keep_headers, verified="")), body, request.received_at
    )


def _refusal(status: int, error: PluginError) -> Answer:
    return Answer(status=status, body=f"{error}\n")
