"""The providers, a module each: how they prove who they are, what they say, what they want to hear."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from hub_plugin_payments.endpoint import Endpoint
from hub_plugin_payments.providers import cloudpayments, paddle, robokassa, stripe, tbank, yookassa
from hub_plugin_payments.settings import PaymentsSettings


def endpoints(settings: PaymentsSettings, http: httpx.Client) -> Iterator[Endpoint]:
    """Return the addresses of the providers that have a settings table."""
    if settings.stripe:
        yield from stripe.endpoints(settings.stripe)
    if settings.yookassa:
        yield from yookassa.endpoints(settings.yookassa, http)
    if settings.cloudpayments:
        yield from cloudpayments.endpoints(settings.cloudpayments)
    if settings.tbank:
        yield from tbank.endpoints(settings.tbank)
    if settings.robokassa:
        yield from robokassa.endpoints(settings.robokassa)
    if settings.paddle:
        yield from paddle.endpoints(settings.paddle)
