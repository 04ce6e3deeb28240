"""What a scrape of a test's hub says."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from hub.testing import HubHarness


class Scrape:
    """The samples of one scrape; ask for one by its name and labels."""

    def __init__(self, hub: HubHarness) -> None:
        self.text = hub.client.get("/metrics").text
        self.families = {family.name: family for family in text_string_to_metric_families(self.text)}
        self._samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        """Return a sample; 0 when there is none."""
        return self._samples.get((name, tuple(sorted(labels.items()))), 0.0)

    def has(self, name: str) -> bool:
        """Say whether there is any sample of that name."""
        return any(known == name for known, _ in self._samples)


def of(name: str, **labels: str) -> tuple[str, dict[str, str]]:
    """Name a sample."""
    return name, labels
