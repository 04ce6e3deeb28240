"""Settings of the 1C plugin."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr

from hub.plugin import PluginSettings


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as exc:
        raise ValueError("is not a time zone; write for example 'Europe/Moscow'") from exc
    return name


class OnecSettings(PluginSettings):
    """Settings under ``[plugins.onec]``."""

    username: str = Field(min_length=1, description="Name for basic authentication; may be Cyrillic.")
    password: SecretStr = Field(min_length=1, description="Password for basic authentication.")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "Europe/Moscow", description="Zone of the 1C server; 1C writes times without one."
    )
    to: tuple[str, ...] = Field(
        (), description="Addresses used where no route says otherwise, e.g. ['department:5', 'user:17']."
    )

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times without one."""
        return ZoneInfo(self.timezone)
