"""The built-in plugins, with what the hub's own tables say to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.builtin import BUILTIN
from hub.builtin.heartbeat import Heart, heartbeat_plugin
from hub.builtin.oncall.plugin import oncall_plugin
from hub.builtin.oncall.schedule import Hours, Layer, Schedule, Shift
from hub.builtin.oncall.wall import instant
from hub.plugin import Plugin
from hub.settings import Heartbeat, OnCall, Settings, parse_duration

ONCALL, HEARTBEAT = "oncall", "heartbeat"


def builtin_plugins(settings: Settings) -> Mapping[str, type[Plugin[Any]]]:
    """Return the classes by instance name; what they need of *settings* they hold as their own frozen values."""
    schedules = {name: _schedule(table, settings.hub.timezone) for name, table in settings.oncall.items()}
    hearts = {name: _heart(table) for name, table in settings.heartbeats.items()}
    return {
        **BUILTIN,
        ONCALL: oncall_plugin(schedules, parse_duration),
        HEARTBEAT: heartbeat_plugin(hearts),
    }


def _heart(table: Heartbeat) -> Heart:
    return Heart(token=table.token, within=table.within, to=table.to)


def _schedule(table: OnCall, hub_zone: ZoneInfo) -> Schedule:
    zone = table.timezone or hub_zone
    return Schedule(
        zone=zone,
        layers=tuple(
            Layer(
                users=layer.users,
                rotation=layer.rotation,
                start=_wall(layer.start, zone),
                only=Hours.read(layer.only) if layer.only else None,
            )
            for layer in table.layers
        ),
        overrides=tuple(
            Shift(user=each.user, starts=_moment(each.starts, zone), ends=_moment(each.ends, zone))
            for each in table.overrides
        ),
        calendar=table.ical.get_secret_value(),
    )


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _moment(moment: datetime, zone: ZoneInfo) -> datetime:
    return instant(moment, zone) if moment.tzinfo is None else moment
