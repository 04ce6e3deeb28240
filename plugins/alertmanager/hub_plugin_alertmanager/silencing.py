"""Silences of one instance: the API, the buttons, the look at it, and what a message means for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.plugin import Context, Notification
from hub_plugin_alertmanager.actions import Actions
from hub_plugin_alertmanager.api import AlertmanagerApi
from hub_plugin_alertmanager.memory import News
from hub_plugin_alertmanager.messages import is_single
from hub_plugin_alertmanager.parse import AlertEvent
from hub_plugin_alertmanager.settings import AlertmanagerSettings
from hub_plugin_alertmanager.silence_words import shown
from hub_plugin_alertmanager.silences import Card, Silences, short
from hub_plugin_alertmanager.watch import Watch


class Silencing:
    """What needs the address of Alertmanager's API."""

    def __init__(self, ctx: Context, settings: AlertmanagerSettings) -> None:
        self.api = AlertmanagerApi(ctx.http, settings.api_base, settings.api_auth)
        self._silences = Silences(ctx.store, ctx.clock)
        self.actions = Actions(ctx, self.api, self._silences)
        self.watch = Watch(ctx, self.api, self._silences)

    def resolved_at(self, alerts: Sequence[AlertEvent]) -> datetime | None:
        """Return when the hub itself closed the card that *alerts* are about."""
        return self._silences.resolved_at(short(alerts[0].group.thread))

    def told(self, alerts: Sequence[AlertEvent], news: News, told: Notification) -> Notification:
        """Return a card with its buttons and how it stands; Grafana's are silenced in Grafana."""
        group = alerts[0].group
        if group.is_grafana:
            return told
        id = short(group.thread)
        firing = [alert for alert in alerts if alert.firing]
        if not firing:
            if news.current:
                self._silences.close(id)
            return told
        labels = alerts[0].own_labels if is_single(alerts) else group.group_labels
        card: Card | None = Card(
            id=id,
            told=told,
            labels={name: value for name, value in labels.items() if value},
            marks=tuple(alert.fingerprint for alert in firing),
            at=group.received_at,
        )
        if card is not None and news.current:
            card = self._silences.open(card)
        return told if card is None else shown(card, self._silences.standing(card))
