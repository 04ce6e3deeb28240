"""What a provider module gives to the plugin: an address below ``/in/payments``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.plugin import Answer, InboundRequest, Item, Receipt, Verifier
from hub_plugin_payments.payment import PaymentEvent

#: Bytes. The largest notifications (Stripe, with all its nested objects) stay well below.
MAX_BODY = 256 * 1024


@dataclass(frozen=True)
class Ignored:
    """The notification is authentic and says nothing for people; *reason* says why."""

    reason: str


def _no_content(_: InboundRequest) -> Answer:
    return Answer()


def _as_told(event: PaymentEvent) -> PaymentEvent:
    return event


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address of a provider.

    Attributes:
        read: says what the notification says; raises ``InvalidPayload`` for what it cannot be.
        answer: what the provider takes for "received", also for what is ignored or repeated.
        confirm: asks the provider whether it is so, in a worker.
    """

    path: str
    verify: Verifier
    read: Callable[[InboundRequest], PaymentEvent | Ignored]
    answer: Callable[[InboundRequest], Answer] = _no_content
    confirm: Callable[[PaymentEvent], PaymentEvent] = _as_told

    def accept(self, request: InboundRequest) -> Receipt:
        """Keep the notification under the provider's own key; those of one payment wait for each other."""
        found = self.read(request)
        answer = self.answer(request)
        if isinstance(found, Ignored):
            return Receipt(reason=found.reason, answer=answer)
        return Receipt(items=(Item(key=found.event_id, group=found.payment.thread),), answer=answer)

    def parse(self, request: InboundRequest) -> list[PaymentEvent]:
        """Read the stored notification."""
        found = self.read(request)
        return [] if isinstance(found, Ignored) else [found]
