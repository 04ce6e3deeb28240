"""Links out of an alert: only absolute ``http(s)`` addresses survive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from pydantic import BaseModel, ConfigDict

from hub_plugin_alertmanager.payload import Alert, Message

#: A longer address is none that anybody clicks.
_LONGEST = 2000


class Links(BaseModel):
    """Where an alert can be looked at; empty = nowhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str = ""
    panel: str = ""
    dashboard: str = ""
    silence: str = ""
    runbook: str = ""


def links_of(alert: Alert, message: Message) -> Links:
    """Return the links of *alert*; Grafana's relative ones are joined with its own address."""
    base = message.external_url or "" if message.is_grafana else ""
    return Links(
        generator=http_url(alert.generator_url, base),
        panel=http_url(alert.panel_url, base),
        dashboard=http_url(alert.dashboard_url, base),
        silence=http_url(alert.silence_url, base),
        runbook=http_url(alert.annotations.get("runbook_url")),
    )


def http_url(url: str | None, base: str = "") -> str:
    """Return *url*, joined with *base*, or nothing when that is no ``http(s)`` address."""
    if not url or not url.isprintable() or " " in url or len(url) > _LONGEST:
        return ""
    try:
        joined = urljoin(base, url)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in {"http", "https"} and parts.hostname else ""


def alertmanager_page(external_url: str, group_labels: Mapping[str, str]) -> str:
    """Return the page of Alertmanager that lists the group's alerts, or nothing without an address."""
    if not external_url:
        return ""
    matchers = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(group_labels.items())
    )
    selection = f"?filter={quote(f'{{{matchers}}}', safe='')}" if matchers else ""
    return f"{external_url.rstrip('/')}/#/alerts{selection}"
