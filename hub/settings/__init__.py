"""Settings of a hub: ``hub.toml`` and the environment as frozen, typed tables. Imports only ``hub.plugin``.

``load(path, environ) -> Settings``
    All problems at once as ``ConfigurationError(problems)``, each ``key.path: what is wrong; what to do``.
``load_plugins(path, environ) -> Settings``
    The usable tables of plugins alone, to check them while the hub's own tables are wrong.
``Settings``
    ``.hub .bitrix24 .bot .limits .routes .chats .oncall .heartbeats .maintenance .plugins``, one model per
    table (``HubTable`` … ``PluginTable``); ``.secret_keys`` (Fernet keys, ``SecretStr``), ``.origins``.
    Durations are ``timedelta``, zones ``ZoneInfo``, sizes ``int`` bytes, rates ``Rate(count, per)`` or
    ``None``, addresses ``str``; what can hold a secret is ``SecretStr`` (``webhook_url``, ``database_url``
    and ``broker_url`` too). ``from``/``to`` of a period are ``.starts``/``.ends``, ``continue`` is
    ``.continue_``. In tests: ``Settings.model_validate({"bot": {"fallback": "user:1"}})``.
``PluginTable``
    ``.use .enabled .flood_limit .flap_limit .flap_window .budgets`` belong to the hub, ``.own`` is a dict of
    all other keys, as written, for the plugin's settings model.
``Match``
    ``.instance .kind .severity .labels``: tuples of patterns (``*``, ``?``); empty = anything.
``validate(model, raw, at=("plugins", name)) -> model``
    The same readable errors for any model; reads JSON from the environment where a list or table belongs.
``describe(settings, plugins) -> dict``
    For ``hub config show``: every key as ``{"value", "origin"}``, secrets as ``***``.
``addresses(settings)``, ``malformed(address)``, ``unknown_chat(address, chats)``
    Every address with its key path, and what is wrong with one that can never be resolved.
``RESERVED_NAMES``, ``INSTANCE_NAME``, ``DEFAULT_BUDGETS``
    Names no plugin may have, the pattern of all others, and how long the hub waits for each kind of call.
``parse_duration``, ``format_duration``, ``did_you_mean``, ``nearest``
    ``"1h30m"`` both ways; ``did you mean 'x'?``; the ``x`` alone.
"""

from hub.settings.addresses import addresses, malformed, unknown_chat
from hub.settings.description import describe
from hub.settings.loading import load, load_plugins, secret_keys
from hub.settings.model import Origin, Settings, Tables
from hub.settings.plugins import DEFAULT_BUDGETS, INSTANCE_NAME, RESERVED_NAMES, PluginTable
from hub.settings.problems import did_you_mean, nearest, validate
from hub.settings.rules import (
    Chat,
    Escalation,
    Heartbeat,
    Layer,
    Maintenance,
    Match,
    OnCall,
    Override,
    Route,
)
from hub.settings.tables import Bitrix24Table, BotTable, HubTable, LimitsTable
from hub.settings.types import Rate, format_duration, parse_duration

__all__ = [
    "DEFAULT_BUDGETS",
    "INSTANCE_NAME",
    "RESERVED_NAMES",
    "Bitrix24Table",
    "BotTable",
    "Chat",
    "Escalation",
    "Heartbeat",
    "HubTable",
    "Layer",
    "LimitsTable",
    "Maintenance",
    "Match",
    "OnCall",
    "Origin",
    "Override",
    "PluginTable",
    "Rate",
    "Route",
    "Settings",
    "Tables",
    "addresses",
    "describe",
    "did_you_mean",
    "format_duration",
    "load",
    "load_plugins",
    "malformed",
    "nearest",
    "parse_duration",
    "secret_keys",
    "unknown_chat",
    "validate",
]
