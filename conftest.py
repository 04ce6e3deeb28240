"""For all tests: hubs, servers that start when a test first asks for them, and why tests were skipped."""

from __future__ import annotations

from collections import Counter

import hypothesis
import pytest

# a busy machine is not a bug
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

pytest_plugins = [
    "servers.chromium",
    "servers.databases",
    "servers.postgres",
    "servers.rabbitmq",
    "servers.redis",
    "backends",
    "hubs",
]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once per reason how many tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}", yellow=True)
