"""What a demo finds to send to a plugin."""

import sys
from importlib.metadata import EntryPoint

import pytest

from hub.cli.demo_plugins import DemoPlugins
from hub.cli.demo_samples import sample_files
from hub.cli.session import Session

PLUGIN = """\
from hub.plugin import Plugin, PluginSettings, Source, hookimpl

class Odd(Plugin[PluginSettings]):
    api_version = "1.0"

    @hookimpl
    def sources(self):
        yield Source(verify=lambda request: None, parse=lambda request: (), notify=lambda events: ())
"""


@pytest.fixture
def package(folder, monkeypatch):
    """A plugin that is a package with samples."""
    monkeypatch.syspath_prepend(folder)
    samples = folder / "odd_package" / "samples"
    samples.mkdir(parents=True)
    (samples.parent / "__init__.py").write_text(PLUGIN)
    yield samples
    sys.modules.pop("odd_package", None)


def entry(module):
    return EntryPoint("odd", f"{module}:Odd", "hub.plugins")


def test_samples_of_a_package_come_by_name_without_what_cannot_be_read(package):
    (package / "b.json").write_text("{}")
    (package / "a.json").write_text("[]")
    (package / "folder").mkdir()
    (package / "lost.json").symlink_to("nowhere")

    assert list(sample_files(entry("odd_package"))) == [("a.json", b"[]"), ("b.json", b"{}")]


def test_a_plain_module_has_no_samples_though_a_folder_lies_beside_it(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    (folder / "odd_module.py").write_text(PLUGIN)
    (folder / "samples").mkdir()
    (folder / "samples" / "other.json").write_text("{}")

    assert list(sample_files(entry("odd_module"))) == []


def test_only_samples_that_are_taken_become_commands(package, config, folder, installed, monkeypatch):
    monkeypatch.syspath_prepend(installed("odd", PLUGIN, "odd_package:Odd"))
    (package / "firing.json").write_text("{}")
    (package / "odd.json").write_bytes(b"\xff\xfe")

    (odd,) = [
        each for each in DemoPlugins(folder).prepare(Session(), folder / "hub.toml") if each.name == "odd"
    ]

    assert [sample.file.name for sample in odd.samples] == ["odd-firing.json"]
