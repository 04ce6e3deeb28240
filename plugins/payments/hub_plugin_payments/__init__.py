"""Payments of Stripe, YooKassa, CloudPayments, T-Bank, Robokassa and Paddle as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from hub.plugin import (
    Command,
    CommandCall,
    Context,
    InboundEvent,
    Notification,
    PermanentFailure,
    Person,
    Plugin,
    RetryLater,
    Source,
    hookimpl,
)
from hub_plugin_payments.book import Book
from hub_plugin_payments.endpoint import MAX_BODY, Endpoint
from hub_plugin_payments.messages import TAKE, card
from hub_plugin_payments.payment import PaymentEvent
from hub_plugin_payments.providers import endpoints
from hub_plugin_payments.settings import PaymentsSettings


class TakeArgs(BaseModel):
    """Which payment somebody sees to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment: str


class PaymentsPlugin(Plugin[PaymentsSettings]):
    """One living card per payment; a provider is served when it has a settings table."""

    api_version = "1.0"
    settings_model = PaymentsSettings

    def __init__(self, settings: PaymentsSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self._book = Book(ctx.store)

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the addresses of the providers that are set up."""
        return [self._source(endpoint) for endpoint in endpoints(self.settings, self.ctx.http)]

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare the button with which somebody, for example shipping, says that they see to it."""
        yield Command(
            name=TAKE,
            summary="See to a payment",
            handler=self._take,
            args_model=TakeArgs,
            idempotent=True,
        )

    def _source(self, endpoint: Endpoint) -> Source:
        def notify(events: Sequence[InboundEvent]) -> Iterator[Notification]:
            # the very objects that ``parse`` returned
            for event in events:
                if isinstance(event, PaymentEvent):
                    yield self._tell(endpoint.confirm(event))

        return Source(
            path=endpoint.path,
            verify=endpoint.verify,
            accept=endpoint.accept,
            parse=endpoint.parse,
            notify=notify,
            max_body=MAX_BODY,
            sensitive=True,
        )

    def _tell(self, event: PaymentEvent) -> Notification:
        known = self._book.learn(event, self.settings.addressees)
        shop = self.settings.shop(event.payment.provider)
        return card(known, shop=shop, order_url=self.settings.order_url)

    def _take(self, call: CommandCall) -> None:
        """Remember who sees to it, for what the card says later; the hub writes it on the card now."""
        try:
            name = self.ctx.portal.user(call.actor).name
        except (RetryLater, PermanentFailure):
            name = call.actor  # the portal shows the name of whoever is mentioned by id
        payment = TakeArgs.model_validate(call.args).payment
        self._book.take(payment, Person(name=name, id=call.actor), self.ctx.clock.now())
