"""Settings of the Alertmanager plugin, and who may send."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, HttpUrl, SecretStr, model_validator

from hub.plugin import PluginSettings, Verifier, any_of, basic_auth, bearer_token, hmac_signature

_NO_SECRET = SecretStr("")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class AlertmanagerSettings(PluginSettings):
    """Settings under ``[plugins.alertmanager]``."""

    token: SecretStr = Field(
        _NO_SECRET, description="Bearer token that Alertmanager or Grafana sends (http_config.authorization)."
    )
    username: str = Field("", description="Name for basic authentication, together with password.")
    password: SecretStr = Field(_NO_SECRET, description="Password for basic authentication.")
    hmac_secret: SecretStr = Field(
        _NO_SECRET, description="Secret of Grafana's HMAC signature; Alertmanager itself cannot sign."
    )
    hmac_header: str = Field(
        "X-Grafana-Alerting-Signature", min_length=1, description="Header that holds the signature."
    )
    hmac_timestamp_header: str = Field(
        "",
        description="Timestamp header set in the Grafana contact point; when set, calls older than 5 minutes "
        "are refused.",
    )
    to: tuple[str, ...] = Field(
        (), description="Addresses used where no route says otherwise, e.g. ['oncall:infra', 'user:17']."
    )
    watchdog_within: str = Field(
        "",
        pattern=r"^([1-9][0-9]{0,4}[smhdw])?$",
        description="Longest silence of the Watchdog alert, e.g. '10m'; empty = do not watch it.",
    )
    api_url: HttpUrl | None = Field(
        None, description="Where the hub reaches Alertmanager's API, e.g. 'http://127.0.0.1:9093'."
    )
    api_username: str = Field("", description="Name for basic authentication at the API.")
    api_password: SecretStr = Field(_NO_SECRET, description="Password for basic authentication at the API.")

    @property
    def watchdog_silence(self) -> timedelta | None:
        """How long the Watchdog alert may stay away; ``None`` = it is not watched."""
        if not self.watchdog_within:
            return None
        return timedelta(seconds=int(self.watchdog_within[:-1]) * _SECONDS[self.watchdog_within[-1]])

    @model_validator(mode="after")
    def _somebody_may_send(self) -> AlertmanagerSettings:
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username and password belong together: set both or neither")
        if not (self.token.get_secret_value() or self.username or self.hmac_secret.get_secret_value()):
            raise ValueError(
                "set token, or username and password, or hmac_secret: nobody could send otherwise"
            )
        return self

    @model_validator(mode="after")
    def _the_api_has_an_address(self) -> AlertmanagerSettings:
        if bool(self.api_username) != bool(self.api_password.get_secret_value()):
            raise ValueError("api_username and api_password belong together: set both or neither")
        if self.api_username and self.api_url is None:
            raise ValueError("api_username needs api_url: there is no API to log in to")
        return self

    @property
    def api_base(self) -> str:
        """Where the hub reaches Alertmanager, without a slash at the end; empty when it is not set."""
        return str(self.api_url).rstrip("/").removesuffix("/api/v2").rstrip("/") if self.api_url else ""

    @property
    def api_auth(self) -> tuple[str, str] | None:
        """Name and password for the API."""
        return (self.api_username, self.api_password.get_secret_value()) if self.api_username else None

    def verifier(self) -> Verifier:
        """Return a check that lets in what any of the configured ways proves."""
        ways: list[Verifier] = []
        if self.token.get_secret_value():
            ways.append(bearer_token(self.token))
        if self.username:
            ways.append(basic_auth(self.username, self.password))
        if self.hmac_secret.get_secret_value():
            ways.append(
                hmac_signature(
                    self.hmac_secret, header=self.hmac_header, timestamp_header=self.hmac_timestamp_header
                )
            )
        return any_of(ways)
