"""What the page about watching says is what a hub shows."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from scrapes import Scrape

PAGE = (Path(__file__).parents[2] / "docs/how-to/watch-the-hub.md").read_text()
RULES = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S) if "alert:" in block)
#: name, kind, labels
TABLE = {
    name: (kind, {label.strip() for label in labels.split(",") if label.strip()})
    for name, kind, labels in re.findall(r"^\| `(hub_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.M)
}


@pytest.fixture
def scrape(lasting_hub, tell_echo):
    lasting_hub.app.ledger.check()
    lasting_hub.clock.move(timedelta(seconds=6))
    return Scrape(lasting_hub)


@pytest.fixture
def tell_echo(lasting_hub):
    lasting_hub.receive("echo", {"key": "a"}, headers={"authorization": "Bearer echo-token"})


def name_of(family):
    return f"{family.name}_total" if family.type == "counter" else family.name


def test_the_table_has_every_metric_and_no_other(scrape):
    shown = {
        name_of(family): family.type
        for family in scrape.families.values()
        if family.name.startswith("hub_") and not family.name.endswith("_created")
    }
    assert {name: kind for name, (kind, _) in TABLE.items()} == shown


def test_the_labels_are_those_of_the_table(scrape):
    for family in scrape.families.values():
        for sample in family.samples:
            if name_of(family) in TABLE:
                assert set(sample.labels) - {"le"} == TABLE[name_of(family)][1], family.name


def test_rules_and_queries_name_metrics_that_exist():
    named = set(re.findall(r"\bhub_[a-z_]+", PAGE))
    known = set(TABLE) | {f"{name}_{part}" for name in TABLE for part in ("bucket", "sum", "count")}
    assert named - known == set()


def test_promtool_takes_the_rules(tmp_path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    (tmp_path / "hub.yml").write_text(RULES)
    done = subprocess.run(
        [promtool, "check", "rules", "hub.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "SUCCESS: 5 rules found" in done.stdout) == (0, True), done.stdout + done.stderr
