"""Realistic bodies of Alertmanager, 1.4 KB, each of a group of its own."""

from __future__ import annotations

import json

#: Labels by which the measured hub routes.
TEAM = "team"


def alert(event: str, team: str = "t0") -> bytes:
    """Return a message with one alert that nobody has told of yet; the card's title says ``event …``."""
    labels = {
        "alertname": "NodeFilesystemSpaceFillingUp",
        "cluster": "production-eu-1",
        "device": "/dev/nvme0n1p2",
        "instance": f"node-{event}.storage.example:9100",
        "mountpoint": "/var/lib/postgresql",
        "severity": "warning",
        TEAM: team,
    }
    annotations = {
        "summary": f"event {event}: the filesystem fills up",
        "description": "Only 11.4% of the space is left, and it is filling up.",
        "runbook_url": "https://runbooks.storage.example/node/NodeFilesystemSpaceFillingUp",
    }
    message = {
        "version": "4",
        "groupKey": f'{{}}/{{team="{team}"}}:{{alertname="NodeFilesystemSpaceFillingUp", instance="{event}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "bitrix24",
        "groupLabels": {"alertname": labels["alertname"], "instance": labels["instance"]},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager.example:9093",
        "alerts": [
            {
                "status": "firing",
                "labels": labels,
                "annotations": annotations,
                "startsAt": "2026-01-01T12:00:00.000Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus.example:9090/graph?g0.expr=node_filesystem_avail_bytes",
                "fingerprint": "c3490f640df3bbdd",
            }
        ],
    }
    return json.dumps(message, separators=(",", ":")).encode()
