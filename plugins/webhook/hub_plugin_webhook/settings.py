"""Settings of one instance: who may send, how its bodies are read, and the mapping."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator

from hub.plugin import PluginSettings
from hub_plugin_webhook.map_settings import MapSettings
from hub_plugin_webhook.preset import below, preset, preset_names

_NO_SECRET = SecretStr("")


class SignatureSettings(PluginSettings):
    """How the sender signs with ``secret``."""

    scheme: Literal["hmac", "standard-webhooks", "github", "hubspot"] = Field(
        "hmac", description="Whose signature it is; the keys below are for 'hmac' only, but for tolerance."
    )
    header: str = Field("X-Signature-256", min_length=1, description="Header that holds the signature.")
    prefix: str = Field("", description="What stands before the signature, e.g. 'sha256='.")
    encoding: Literal["hex", "base64"] = Field("hex", description="How the signature is written.")
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] = Field("sha256", description="Hash function.")
    timestamp_header: str = Field(
        "", description="Header with Unix seconds; the signed text is then the seconds, separator and body."
    )
    separator: str = Field(":", description="What stands between the seconds and the body.")
    tolerance: int = Field(300, ge=1, le=86_400, description="Seconds a signed call may be old or early.")


class WebhookSettings(PluginSettings):
    """Settings under ``[plugins.NAME]`` with ``use = "webhook"``."""

    preset: str = Field("plain", description="Settings to begin with, e.g. 'amocrm' or 'github'.")
    token: SecretStr = Field(_NO_SECRET, description="Token that the sender gives with every call.")
    token_header: str = Field("Authorization", min_length=1, description="Header that holds the token.")
    token_scheme: str = Field("Bearer", description="Word before the token; empty = the header is the token.")
    token_field: str = Field(
        "", description="Field of the body that holds the token instead; it is not stored."
    )
    username: str = Field("", description="Name for basic authentication, together with password.")
    password: SecretStr = Field(_NO_SECRET, description="Password for basic authentication.")
    path_secret: SecretStr = Field(
        _NO_SECRET, description="Secret at the end of the address, for senders that can do nothing else."
    )
    secret: SecretStr = Field(_NO_SECRET, description="Key the sender signs with; how is in signature.")
    signature: SignatureSettings = Field(
        default_factory=SignatureSettings, description="How the sender signs."
    )
    account: str = Field(
        "",
        validation_alias=AliasChoices("account", "portal_id"),
        coerce_numbers_to_str=True,
        description="Account that the body must name; of HubSpot also written portal_id.",
    )
    account_at: tuple[str, ...] = Field(
        (), description="JMESPath expressions for where the body names the account; one has to be equal."
    )
    methods: tuple[Literal["POST", "PUT", "PATCH"], ...] = Field(
        ("POST",), min_length=1, description="HTTP methods that are taken."
    )
    format: Literal["auto", "json", "form", "xml", "cloudevents"] = Field(
        "auto", description="What bodies are; auto = what their content type says."
    )
    json_fields: tuple[str, ...] = Field((), description="Fields of a form that hold JSON as text.")
    body_field: str = Field("", description="Field of a form that holds the whole body as JSON.")
    unrendered: str = Field(
        "", description="A form value that begins so was not filled in by the sender and counts as empty."
    )
    drop_fields: tuple[str, ...] = Field((), description="Top-level fields of the body that are not stored.")
    keep_headers: tuple[str, ...] = Field((), description="Headers that the mapping can read.")
    sensitive: bool = Field(False, description="Encrypt bodies before they are stored.")
    to: tuple[str, ...] = Field(
        (), description="Addresses used where no route says otherwise, e.g. ['department:5', 'user:17']."
    )
    probe: str = Field(
        "",
        description="JMESPath condition for a test call that is answered without credentials and not kept.",
    )
    map: MapSettings = Field(default_factory=MapSettings, description="What a call becomes.")

    @model_validator(mode="before")
    @classmethod
    def _begin_with_the_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not given:
            return given
        name = given.get("preset", "plain")
        return below(given, preset(name)) if name in preset_names() else given

    @field_validator("path_secret")
    @classmethod
    def _is_one_part_of_a_path(cls, secret: SecretStr) -> SecretStr:
        if not all(
            char.isascii() and (char.isalnum() or char in "-_.~") for char in secret.get_secret_value()
        ):
            raise ValueError("only letters, digits, '-', '_', '.' and '~' may stand in the address")
        return secret

    @field_validator("preset")
    @classmethod
    def _there_is_such_a_preset(cls, name: str) -> str:
        if name not in preset_names():
            raise ValueError(f"there is no such preset; known are {', '.join(preset_names())}")
        return name

    @property
    def unused(self) -> bool:
        """Whether nothing is set: the package is there for instances with names of their own."""
        return not self.model_fields_set

    @model_validator(mode="after")
    def _somebody_may_send(self) -> WebhookSettings:
        if self.unused:
            return self
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username and password belong together: set both or neither")
        proofs = (self.token, self.password, self.path_secret, self.secret)
        if not any(proof.get_secret_value() for proof in proofs):
            raise ValueError(
                "set token, or username and password, or path_secret, or secret: nobody could send otherwise"
            )
        return self
