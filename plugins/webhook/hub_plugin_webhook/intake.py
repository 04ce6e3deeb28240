"""From a call to the item that is kept, and from the item to events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from hub.plugin import InboundEvent, InboundRequest, InvalidPayload, Item, Notification, Receipt
from hub_plugin_webhook.body import Bodies
from hub_plugin_webhook.card import Call, Found, MappedEvent, events_of, tell
from hub_plugin_webhook.expressions import Expression
from hub_plugin_webhook.failures import MappingFailed
from hub_plugin_webhook.mapping import Compiled
from hub_plugin_webhook.proof import is_probe

_MOST_KEPT_AS_KEY = 300


class Intake:
    """What one instance does with its calls.

    Args:
        headers: the names of those that the mapping can read, in lower case.
        to: addresses for cards that name none.
    """

    def __init__(
        self,
        bodies: Bodies,
        mapping: Compiled,
        *,
        probe: Expression,
        headers: frozenset[str],
        to: tuple[str, ...],
    ) -> None:
        self._bodies = bodies
        self._mapping = mapping
        self._probe = probe
        self._headers = headers
        self._to = to

    def accept(self, request: InboundRequest) -> Receipt:
        """Keep the call as one item, unless no card is meant for it.

        Where the mapping does not fit the body the call is kept all the same: the sender can do nothing about it, and
        a replay after a change of the settings shows it.

        Raises:
            InvalidPayload: the body cannot be read.
        """
        if is_probe(request, self._bodies.read, self._probe):
            return Receipt(reason="the sender's test call")
        call = self._call(request)
        body = self._bodies.kept(request)
        try:
            found = events_of(call, self._mapping)
        except MappingFailed:
            return Receipt(items=(Item(body=body),))
        if not found:
            return Receipt(reason="the mapping has no card for it")
        threads = {event.thread for event in found}
        group = next(iter(threads)) if len(threads) == 1 else ""
        return Receipt(items=(Item(key=_key(found), body=body, group=group or None),))

    def parse(self, request: InboundRequest) -> Iterable[MappedEvent]:
        """Read what was kept.

        Raises:
            InvalidPayload: the mapping does not fit the body; the text says which key of the settings.
        """
        call = self._call(request)
        try:
            return [tell(each, self._mapping, call, self._to) for each in events_of(call, self._mapping)]
        except MappingFailed as exc:
            raise InvalidPayload(str(exc), status=422) from exc

    def notify(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        """Return the cards; *events* are the very objects that ``parse`` returned."""
        return [event.card for event in events if isinstance(event, MappedEvent)]

    def _call(self, request: InboundRequest) -> Call:
        return Call(
            body=self._bodies.read(request),
            headers={name.lower(): value for name, value in request.headers if name.lower() in self._headers},
            endpoint=request.path_params.get("endpoint", ""),
            received_at=request.received_at,
        )


def _key(found: Sequence[Found]) -> str | None:
    """Return the identities of all events as one; ``None`` where the mapping does not say what they are."""
    if not all(event.has_own_key for event in found):
        return None
    key = "|".join(event.key for event in found)
    return key if len(key) <= _MOST_KEPT_AS_KEY else hashlib.sha256(key.encode()).hexdigest()
