"""Accept: verify a request, say what to keep, commit it, answer. Nothing else happens here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from hub.observe.counts import IntakeCounts
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.crossing import Crossing
from hub.pipeline.seal import Seal
from hub.pipeline.stored_request import part_of, to_stored
from hub.plugin import (
    Answer,
    InboundRequest,
    InvalidPayload,
    InvalidSignature,
    Item,
    ItemOutcome,
    PluginError,
    Receipt,
    Source,
)
from hub.registry import CallFailed, Guard, calls
from hub.storage.columns import storable
from hub.storage.insert import WriteFailed
from hub.storage.writer import InboxWriter, NewRow, WriterFull

T = TypeVar("T")

log = structlog.get_logger("hub.accept")

#: Told to senders when the hub itself cannot take the event; they keep it and come again.
TRY_AGAIN = Answer(status=503, body="try again later\n", headers={"Retry-After": "5"})

_BUCKET_SECONDS = 600
_MAX_KEY = 500
#: Bytes; a larger body is no quick work, whatever its source says.
_MOST_INLINE = 64 * 1024


class Accept:
    """Turns one authentic request into committed inbox rows.

    *ring* is told the instance after the commit; it must neither block nor fail.
    """

    def __init__(
        self,
        *,
        guard: Guard,
        writer: InboxWriter,
        seal: Seal,
        ring: Callable[[str], None],
        counts: IntakeCounts,
        courtesy: Courtesy,
    ) -> None:
        self._guard = guard
        self._seal = seal
        self._ring = ring
        self._counts = counts
        self._courtesy = courtesy
        self._crossing = Crossing(writer.submit)

    async def accept(self, instance: str, source: Source, request: InboundRequest) -> Answer:
        """Return what the sender gets; 200 means that everything is committed."""
        with self._courtesy:
            return await self._accept(instance, source, request)

    async def _accept(self, instance: str, source: Source, request: InboundRequest) -> Answer:
        try:
            await self._call(instance, calls.VERIFY, source, source.verify, request)
            receipt = await self._receipt(instance, source, request)
        except InvalidSignature as exc:
            self._counts.rejected(instance, "signature")
            log.warning("request refused", instance=instance, reason=str(exc), client=request.client)
            return exc.answer or Answer(status=exc.status, body=f"{exc}\n")
        except InvalidPayload as exc:
            return await self._reject(instance, source, request, exc)
        except (CallFailed, PluginError):
            self._counts.rejected(instance, "plugin")
            return TRY_AGAIN
        if not receipt.items:
            self._counts.ignored(instance)
            log.info("request ignored", instance=instance, reason=receipt.reason)
            return await self._answer(instance, receipt, ())
        return await self._keep(instance, source, request, receipt)

    async def _receipt(self, instance: str, source: Source, request: InboundRequest) -> Receipt:
        try:
            return await self._call(instance, calls.ACCEPT, source, source.accept, request)
        except InvalidSignature as exc:
            # the sender has proved who it is; for example ``header`` found a header twice
            raise InvalidPayload(str(exc)) from exc

    async def _keep(self, instance: str, source: Source, request: InboundRequest, receipt: Receipt) -> Answer:
        about = to_stored(request, source.keep_headers, verified=_check_of(source))
        rows = [
            NewRow(
                instance=instance,
                key=item_key(item, request),
                group=item_group(item),
                received_at=request.received_at,
                request=about if item.body is None else part_of(about),
                body=self._sealed(source, request.body if item.body is None else item.body),
                sealed=source.sensitive,
            )
            for item in receipt.items
        ]
        try:
            written = await self._crossing.commit(rows)
        except (WriterFull, WriteFailed) as exc:
            self._counts.rejected(instance, "busy" if isinstance(exc, WriterFull) else "storage")
            why = exc.__cause__ or "too much waits to be written"
            log.error("request not stored", instance=instance, error=f"{exc or type(exc).__name__}: {why}")
            return TRY_AGAIN
        self._ring(instance)
        outcomes = [ItemOutcome.DUPLICATE if row.duplicate else ItemOutcome.ACCEPTED for row in written]
        duplicates = outcomes.count(ItemOutcome.DUPLICATE)
        self._counts.kept(instance, len(outcomes) - duplicates, duplicates)
        if duplicates:
            known = [row.id for row in written if row.duplicate]
            log.info("request repeats what is known", instance=instance, events=known)
        return await self._answer(instance, receipt, outcomes)

    async def _reject(
        self, instance: str, source: Source, request: InboundRequest, error: InvalidPayload
    ) -> Answer:
        reason = storable(str(error)) or "the plugin gave no reason"
        row = NewRow(
            instance=instance,
            key=f"rejected:{body_hash(_address(request) + request.body)}",
            received_at=request.received_at,
            request=to_stored(request, source.keep_headers, verified=_check_of(source)),
            body=self._sealed(source, request.body),
            sealed=source.sensitive,
            rejected=reason,
        )
        try:
            (written,) = await self._crossing.commit([row])
        except (WriterFull, WriteFailed) as exc:
            self._counts.rejected(instance, "busy" if isinstance(exc, WriterFull) else "storage")
            return TRY_AGAIN
        self._counts.rejected(instance, "payload")
        log.warning("request rejected", instance=instance, event_id=written.id, reason=reason)
        return Answer(status=error.status, body=f"{reason}\n")

    async def _call(
        self,
        instance: str,
        kind: calls.Call[T],
        source: Source,
        function: Callable[[InboundRequest], object],
        request: InboundRequest,
    ) -> T:
        is_small = len(request.body) <= _MOST_INLINE
        if source.inline and is_small and self._guard.is_quick(instance, kind):
            return self._guard.inline(instance, kind, function, request)
        return await self._guard.call_async(instance, kind, function, request)

    async def _answer(self, instance: str, receipt: Receipt, outcomes: Sequence[ItemOutcome]) -> Answer:
        if isinstance(receipt.answer, Answer):
            return receipt.answer
        try:
            if self._guard.is_quick(instance, calls.ANSWER):
                return self._guard.inline(instance, calls.ANSWER, receipt.answer, outcomes)
            return await self._guard.call_async(instance, calls.ANSWER, receipt.answer, outcomes)
        except (CallFailed, PluginError):
            return Answer()  # everything is committed, so the sender must not come again

    def _sealed(self, source: Source, body: bytes) -> bytes:
        return self._seal.close(body) if source.sensitive else body


def item_key(item: Item, request: InboundRequest) -> str:
    """Return the key under which an item is kept once."""
    if item.key is None:
        body = request.body if item.body is None else item.body
        return f"body:{body_hash(body)}:{_bucket(request.received_at)}"
    return _name(item.key)


def item_group(item: Item) -> str | None:
    """Return the group under which an item waits for its turn."""
    return None if item.group is None else _name(item.group)


def body_hash(body: bytes) -> str:
    """Return a short digest that names a body."""
    return hashlib.sha256(body).hexdigest()[:32]


def _check_of(source: Source) -> str:
    """Return the name of what verified a request: ``bearer_token``, or the plugin's own function."""
    name = getattr(source.verify, "__qualname__", type(source.verify).__name__)
    return str(name).removesuffix(".<locals>.verify")


def _address(request: InboundRequest) -> bytes:
    return f"{request.method} {request.path}\n".encode("utf-8", "surrogatepass")


def _name(text: str) -> str:
    """Return *text* if a database can keep and index it, else a digest that tells it apart as well."""
    if len(text) <= _MAX_KEY and text == storable(text):
        return text
    return f"key:{body_hash(text.encode('utf-8', 'surrogatepass'))}"


def _bucket(moment: datetime) -> int:
    return int(moment.timestamp()) // _BUCKET_SECONDS
