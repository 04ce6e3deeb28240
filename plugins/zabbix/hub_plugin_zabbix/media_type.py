"""The media type that Zabbix imports, with the address and the secrets of this hub."""

from __future__ import annotations

import json
from importlib.resources import files

from hub_plugin_zabbix.settings import ZabbixSettings


def media_type(url: str, settings: ZabbixSettings) -> str:
    """Return the export file; Zabbix 6.0 and everything newer import it."""
    template = (files("hub_plugin_zabbix") / "media_type.yaml").read_text(encoding="utf-8")
    values = {
        "hub_url": url,
        "hub_token": settings.token.get_secret_value(),
        "hub_secret": settings.hmac_secret.get_secret_value(),
    }
    for name, value in values.items():
        template = template.replace(f"'<{name}>'", json.dumps(value))  # a JSON string is a YAML string
    return template
