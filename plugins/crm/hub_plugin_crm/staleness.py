"""What counts as stale: a deal without activity, and a lead that nobody has touched."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import JsonValue

from hub.plugin import Clock
from hub_plugin_crm.entities import DEAL, Entity
from hub_plugin_crm.findings import quiet_since
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import CrmSettings


class Staleness:
    """Judges by the settings of one instance."""

    def __init__(self, settings: CrmSettings, names: Names, clock: Clock) -> None:
        self._settings = settings
        self._names = names
        self._clock = clock

    def filter(self, entity: Entity) -> dict[str, JsonValue]:
        """Return a filter for all that may be stale; the portal need not understand it."""
        if entity is DEAL:
            days = min((self._settings.stale_days, *self._settings.stale_days_by_funnel.values()))
            return {"stageSemanticId": "P", "<lastActivityTime": self._ago(days).isoformat()}
        before = self._ago(self._settings.stale_lead_days).isoformat()
        return {"stageId": self._names.first_lead_stage(), "<createdTime": before}

    def is_stale(self, entity: Entity, item: Item) -> bool:
        """Say whether one is stale, whatever the portal made of the filter."""
        if entity is DEAL:
            since = quiet_since(item)
            return item.semantics == "P" and since is not None and since < self._ago(self._days(item.funnel))
        created_at = item.created_at
        return (
            self._names.is_free(item)
            and created_at is not None
            and created_at < self._ago(self._settings.stale_lead_days)
        )

    def _days(self, funnel: str) -> int:
        by_funnel = self._settings.stale_days_by_funnel
        if not by_funnel:
            return self._settings.stale_days
        if funnel in by_funnel:
            return by_funnel[funnel]
        return by_funnel.get(self._names.funnel(DEAL, funnel), self._settings.stale_days)

    def _ago(self, days: int) -> datetime:
        return self._clock.now() - timedelta(days=days)
