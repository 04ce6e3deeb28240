"""Settings of the payments plugin, and who gets which payment."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator, model_validator

from hub.plugin import PluginSettings
from hub_plugin_payments.money import Currency
from hub_plugin_payments.payment import Payment

_NETWORKS = (
    "185.71.76.0/27",
    "185.71.77.0/27",
    "77.75.153.0/25",
    "77.75.154.128/25",
    "77.75.156.11/32",
    "77.75.156.35/32",
    "2a02:5180::/32",
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Provider(_Table):
    """What every provider's table may say."""

    shop: str = Field(
        "", description="Name of the shop that is paid through it; on the card, and the label shop."
    )
    to: tuple[str, ...] = Field((), description="Addresses for its payments, instead of payments.to.")


class Stripe(Provider):
    """``[plugins.payments.stripe]``"""

    secret: SecretStr = Field(min_length=1, description="Signing secret of the webhook endpoint (whsec_…).")


class Paddle(Provider):
    """``[plugins.payments.paddle]``"""

    secret: SecretStr = Field(
        min_length=1, description="Secret key of the notification destination (pdl_ntfset_…)."
    )


class YooKassa(Provider):
    """``[plugins.payments.yookassa]``"""

    shop_id: str = Field(min_length=1, description="shopId, to ask the API about each payment.")
    secret_key: SecretStr = Field(min_length=1, description="Secret key of the API.")
    path_secret: SecretStr = Field(
        min_length=8,
        description="Last part of the address that YooKassa calls; long and random, letters and digits.",
    )
    networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        _NETWORKS, validate_default=True, description="Where YooKassa calls from; all others get 403."
    )
    api_url: HttpUrl = Field(
        "https://api.yookassa.ru/v3",
        validate_default=True,
        description="Where the API is; plain http only on this machine.",
    )

    @field_validator("path_secret")
    @classmethod
    def _is_one_part_of_a_path(cls, secret: SecretStr) -> SecretStr:
        if not all(char.isascii() and (char.isalnum() or char in "-_") for char in secret.get_secret_value()):
            raise ValueError("only letters, digits, '-' and '_' may stand in the address")
        return secret

    @field_validator("api_url")
    @classmethod
    def _keeps_the_secret_key(cls, url: HttpUrl) -> HttpUrl:
        if url.scheme != "https" and not _is_loopback(url.host or ""):
            raise ValueError("use https: the secret key is sent to it")
        return url


class CloudPayments(Provider):
    """``[plugins.payments.cloudpayments]``"""

    api_secret: SecretStr = Field(min_length=1, description="API secret of the site.")


class TBank(Provider):
    """``[plugins.payments.tbank]``"""

    terminal_key: str = Field(min_length=1, description="TerminalKey of the terminal.")
    password: SecretStr = Field(min_length=1, description="Password of the terminal.")


class Robokassa(Provider):
    """``[plugins.payments.robokassa]``"""

    password2: SecretStr = Field(
        min_length=1, description="Password #2 of the shop; the one for tests while it is in test mode."
    )
    hash: Literal["md5", "sha256", "sha384", "sha512"] = Field(
        "md5", description="Hash algorithm chosen in the shop's technical settings."
    )


class Rule(_Table):
    """``[[plugins.payments.rules]]``: who gets which payments; what is left out matches everything."""

    provider: str = Field("", description="Name of a provider's table, e.g. 'stripe'.")
    shop: str = Field("", description="The provider's shop.")
    currency: Currency | Literal[""] = Field("", description="Currency of the payment, e.g. 'RUB'.")
    min_amount: Decimal = Field(
        Decimal(0), ge=0, description="Smallest amount of the payment, in currency; it needs currency."
    )
    to: tuple[str, ...] = Field(min_length=1, description="Addresses, e.g. ['head:5', 'chat:1157'].")

    @model_validator(mode="after")
    def _an_amount_of_something(self) -> Rule:
        if self.min_amount and not self.currency:
            raise ValueError("min_amount needs a currency: a thousand roubles are no thousand dollars")
        return self

    def matches(self, payment: Payment, shop: str) -> bool:
        """Say whether *payment* is one of those; one whose amount is not known yet is a small one."""
        return (
            self.provider in ("", payment.provider)
            and self.shop in ("", shop)
            and self.currency in ("", payment.currency)
            and (payment.amount or 0) >= self.min_amount
        )


class PaymentsSettings(PluginSettings):
    """Settings under ``[plugins.payments]``."""

    to: tuple[str, ...] = Field(
        (), description="The order department: addresses used where nothing else names somebody."
    )
    rules: tuple[Rule, ...] = Field((), description="Who gets which payments; the first that matches.")
    order_url: str = Field(
        "",
        pattern=r"^(https?://[^\s]+)?$",
        description="Page of an order in the shop, e.g. 'https://shop.example/admin/orders/{order}'.",
    )
    stripe: Stripe | None = Field(None, description="Stripe, at /in/payments/stripe.")
    yookassa: YooKassa | None = Field(None, description="YooKassa, at /in/payments/yookassa/<path_secret>.")
    cloudpayments: CloudPayments | None = Field(
        None, description="CloudPayments, at /in/payments/cloudpayments/{pay,fail,confirm,refund,cancel}."
    )
    tbank: TBank | None = Field(None, description="T-Bank (Tinkoff), at /in/payments/tbank.")
    robokassa: Robokassa | None = Field(None, description="Robokassa, at /in/payments/robokassa.")
    paddle: Paddle | None = Field(None, description="Paddle Billing, at /in/payments/paddle.")

    @model_validator(mode="after")
    def _somebody_may_send(self) -> PaymentsSettings:
        if not any((self.stripe, self.yookassa, self.cloudpayments, self.tbank, self.robokassa, self.paddle)):
            raise ValueError(
                "set up at least one of stripe, yookassa, cloudpayments, tbank, robokassa, paddle:"
                " nobody could send otherwise"
            )
        return self

    def shop(self, provider: str) -> str:
        """Return the shop that is paid through *provider*, or nothing."""
        table: Provider | None = getattr(self, provider)
        return table.shop if table else ""

    def addressees(self, payment: Payment) -> tuple[str, ...]:
        """Return who gets *payment* where no route says otherwise."""
        table: Provider | None = getattr(self, payment.provider)
        shop = self.shop(payment.provider)
        for rule in self.rules:
            if rule.matches(payment, shop):
                return rule.to
        return (table.to if table else ()) or self.to


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
