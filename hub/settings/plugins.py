"""``[plugins.NAME]``: the keys that belong to the hub, and all others, which belong to the plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub.settings.types import Duration, OptionalRate, Wrong

INSTANCE_NAME = r"^[a-z0-9][a-z0-9-]*$"
InstanceName = Annotated[str, StringConstraints(pattern=INSTANCE_NAME, max_length=50)]

#: Names that no installed plugin may have: the hub's own commands, and ``/in/heartbeat``.
RESERVED_NAMES = frozenset(
    {"init", "config", "doctor", "db", "serve", "worker", "bot", "subscribe", "portal", "plugins", "events"}
    | {"deliveries", "trace", "routes", "audit", "send", "oncall", "jobs", "chat", "sandbox", "demo"}
    | {"heartbeat"}
)

#: How long the hub waits for each kind of call into a plugin.
DEFAULT_BUDGETS: Mapping[str, timedelta] = MappingProxyType(
    {
        "verify": timedelta(seconds=1),
        "accept": timedelta(seconds=1),
        "answer": timedelta(seconds=1),
        "parse": timedelta(seconds=2),
        "coalesce": timedelta(seconds=1),  # the portal's events for everybody, clicks too, wait for it
        "edit_notification": timedelta(seconds=2),  # everybody's notifications wait for it
        **{
            hook: timedelta(seconds=10)
            for hook in (
                "load",
                "notify",
                "catch_up",
                "resolve",
                "command",
                "job",
                "timer",
                "check",
                "startup",
                "subscribe",
                "shutdown",
                "delivery_finished",
            )
        },
    }
)


def _known(budgets: dict[str, timedelta]) -> dict[str, timedelta]:
    if not budgets.keys() <= DEFAULT_BUDGETS.keys():
        raise Wrong(f"may only name {', '.join(DEFAULT_BUDGETS)}")
    return budgets


class PluginTable(BaseModel):
    """One ``[plugins.NAME]``; ``own`` holds what is validated by the plugin's settings model."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    use: str = Field("", description="Installed plugin to make a further instance of, e.g. 'zabbix'.")
    enabled: bool = Field(True, description="False: do not load it; its senders get 503 and keep their data.")
    flood_limit: OptionalRate = Field(
        None, description="As limits.per_recipient, for this instance, e.g. '30/1m'."
    )
    flap_limit: int = Field(
        0, ge=0, description="State changes within flap_window that count as flapping; 0 = off."
    )
    flap_window: Duration = Field(timedelta(minutes=10), description="Window for flap_limit.")
    budgets: Annotated[dict[str, Duration], AfterValidator(_known)] = Field(
        default_factory=dict, description="How long the hub waits for a call, e.g. { parse = '2s' }."
    )

    @property
    def own(self) -> dict[str, Any]:
        """The plugin's own keys as they were written; may hold secrets."""
        return dict(self.model_extra or {})

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Leave the plugin's own values out: which of them are secret is known to the plugin only."""
        yield from ((name, getattr(self, name)) for name in type(self).model_fields)
        yield from ((name, "***") for name in self.own)
