"""Settings of the Zabbix plugin, and who may send."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator

from hub.plugin import PluginSettings, Verifier, all_of, bearer_token, hmac_signature

_NO_SECRET = SecretStr("")


class ZabbixSettings(PluginSettings):
    """Settings under ``[plugins.zabbix]``."""

    token: SecretStr = Field(min_length=1, description="Bearer token that the media type sends.")
    hmac_secret: SecretStr = Field(
        _NO_SECRET, description="Secret of the media type's signature; when set, only signed calls are taken."
    )
    frontend_url: HttpUrl | None = Field(
        None, description="Where people open Zabbix, e.g. 'https://zabbix.example.org'; for links."
    )
    api_url: HttpUrl | None = Field(
        None,
        description="Where the hub reaches Zabbix, e.g. 'http://127.0.0.1/zabbix'; the frontend's by default.",
    )
    api_token: SecretStr = Field(
        _NO_SECRET, description="API token of Zabbix; without it there are no buttons."
    )
    timezone: str = Field(
        "UTC",
        description="Zone of the Zabbix server's clock, e.g. 'Europe/Moscow'; its times come without one.",
    )
    to: tuple[str, ...] = Field(
        (), description="Addresses used where neither a route nor 'Send to' names one, e.g. ['oncall:infra']."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError("no such time zone; try 'Europe/Moscow'") from exc
        return name

    @model_validator(mode="after")
    def _token_has_an_address(self) -> ZabbixSettings:
        if self.api_token.get_secret_value() and not self.api_base:
            raise ValueError("api_token needs frontend_url or api_url: the buttons have no Zabbix to talk to")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the Zabbix server's clock."""
        return ZoneInfo(self.timezone)

    @property
    def frontend(self) -> str:
        """Where people open Zabbix, without a slash at the end; empty when it is not set."""
        return _base(self.frontend_url)

    @property
    def api_base(self) -> str:
        """Where the hub reaches Zabbix, without a slash at the end; empty when neither address is set."""
        return _base(self.api_url) or self.frontend

    def verifier(self) -> Verifier:
        """Return a check that lets in what has the token and, with a secret, a fresh and right signature."""
        token = bearer_token(self.token)
        if not self.hmac_secret.get_secret_value():
            return token
        signature = hmac_signature(
            self.hmac_secret,
            header="X-Hub-Signature-256",
            prefix="sha256=",
            timestamp_header="X-Hub-Timestamp",
            separator=".",
        )
        return all_of([token, signature])


def _base(url: HttpUrl | None) -> str:
    return str(url).removesuffix("/api_jsonrpc.php").rstrip("/") if url else ""
