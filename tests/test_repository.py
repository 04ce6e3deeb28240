"""What has to be said in several places of the repository is said alike in each."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
PINS = (ROOT / "constraints.txt").read_text().splitlines()

plugins = pytest.mark.parametrize("plugin", PLUGINS, ids=lambda folder: folder.name)


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def test_constraints_are_versions_and_nothing_else() -> None:
    assert [line for line in PINS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda folder: folder.name)
def test_every_dependency_is_pinned(folder: Path) -> None:
    project = read(folder)
    wanted = project["project"].get("dependencies", []) + [
        requirement
        for table in (
            project["project"].get("optional-dependencies", {}),
            project.get("dependency-groups", {}),
        )
        for group in table.values()
        for requirement in group
    ]
    names = {canonicalize_name(Requirement(each).name) for each in wanted} - {"bitrix24-hub"}

    assert names - {canonicalize_name(pin.split("==")[0]) for pin in PINS} == set()


@plugins
def test_plugin_is_named_after_its_folder(plugin: Path) -> None:
    project = read(plugin)["project"]
    module = f"hub_plugin_{plugin.name}"

    assert project["name"] == f"hub-plugin-{plugin.name}"
    assert [target.partition(":")[0] for target in project["entry-points"]["hub.plugins"].values()] == [
        module
    ]
    assert (plugin / module / "py.typed").exists()


@plugins
def test_plugin_could_be_a_repository_of_its_own(plugin: Path) -> None:
    project = read(plugin)
    core = read(ROOT)

    assert "bitrix24-hub>=1.0,<2" in project["project"]["dependencies"]
    for key in ("requires-python", "license", "license-files", "authors", "readme"):
        assert project["project"][key] == core["project"][key], key
    assert project["build-system"] == core["build-system"]
    assert (plugin / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert (plugin / "README.md").exists()
    assert (plugin / "tests").is_dir()


@plugins
def test_imports_of_plugin_are_checked(plugin: Path) -> None:
    linter = read(ROOT)["tool"]["importlinter"]
    module = f"hub_plugin_{plugin.name}"
    contract = next(each for each in linter["contracts"] if "use only hub.plugin" in each["name"])

    assert module in linter["root_packages"]
    assert module in contract["source_modules"]
    assert module in contract["forbidden_modules"]
