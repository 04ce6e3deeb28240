"""A process that calls the portal: ``python caller.py SETTINGS NUMBER``, the settings as JSON."""

from __future__ import annotations

import json
import sys

from hub.app import Hub
from hub.settings import Settings


def main(settings: str, number: int) -> None:
    hub = Hub(Settings.model_validate(json.loads(settings)), plugins=[])
    for _ in range(number):
        hub.client.call("profile")
    hub.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
