"""What a demo finds to send to a plugin."""

import sys
import tomllib
from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest

from hub.cli.demo_plugins import DemoPlugins
from hub.cli.demo_samples import brought_up_to, sample_files
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


def test_calls_that_make_something_happen_at_the_portal_become_commands_too(
    package, config, folder, installed, monkeypatch
):
    monkeypatch.syspath_prepend(installed("odd", PLUGIN, "odd_package:Odd"))
    (package / "portal").mkdir()
    (package / "portal" / "crm.item.add.json").write_text("{}")

    (odd,) = [
        each for each in DemoPlugins(folder).prepare(Session(), folder / "hub.toml", {}) if each.name == "odd"
    ]
    (command,) = odd.commands("http://hub", "http://portal/rest/1/secret/")

    assert command.endswith(" http://portal/rest/1/secret/crm.item.add")
    assert (folder / "odd-crm.item.add.json").read_text() == "{}"


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
        each for each in DemoPlugins(folder).prepare(Session(), folder / "hub.toml", {}) if each.name == "odd"
    ]

    assert [sample.file.name for sample in odd.samples] == ["odd-firing.json"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('words.own = "x"\nwords.to = ["user:1"]\n', {"words": {"own": "x", "to": ["user:1"]}}),
        ("words = ", None),
    ],
    ids=["right", "unreadable"],
)
def test_samples_bring_the_settings_that_they_need(package, folder, installed, monkeypatch, written, read):
    monkeypatch.syspath_prepend(installed("odd", PLUGIN, "odd_package:Odd"))
    (package / "settings.toml").write_text(written)
    (package / "firing.json").write_text("{}")

    assert tomllib.loads(DemoPlugins(folder).settings())["plugins"].get("odd") == read
    assert [name for name, _ in sample_files(entry("odd_package"))] == ["firing.json"]


@pytest.mark.parametrize(
    ("recorded", "moved"),
    [
        pytest.param('{"at": "2025-01-01T00:00:00Z"}', '{"at": "2026-03-01T12:00:00Z"}', id="alone"),
        pytest.param(
            '["2025-01-01T00:00:00Z", "2024-12-31T23:59:00Z"]',
            '["2026-03-01T12:00:00Z", "2026-03-01T11:59:00Z"]',
            id="distances stay",
        ),
        pytest.param("2025-01-01T03:00:00+03:00", "2026-03-01T15:00:00+03:00", id="offset"),
        pytest.param("2025-01-01T00:00:00.250Z", "2026-03-01T12:00:00.000Z", id="digits"),
        pytest.param("2025-01-01T00:00:00.123456789Z", "2026-03-01T12:00:00.000000000Z", id="nanoseconds"),
        pytest.param(
            "2025-01-01T00:00:00Z 0001-01-01T00:00:00Z 9999-12-31T23:59:59Z",
            "2026-03-01T12:00:00Z 0001-01-01T00:00:00Z 9999-12-31T23:59:59Z",
            id="never",
        ),
        pytest.param("2025-02-30T00:00:00Z", "2025-02-30T00:00:00Z", id="no such day"),
        pytest.param("2025-01-01", "2025-01-01", id="no time"),
    ],
)
def test_the_newest_time_of_a_sample_is_the_demos_start(recorded, moved):
    assert brought_up_to(datetime(2026, 3, 1, 12, tzinfo=UTC), recorded.encode()) == moved.encode()


def test_a_sample_that_is_no_text_stays():
    assert brought_up_to(datetime(2026, 3, 1, tzinfo=UTC), b"\xff2025-01-01T00:00:00Z") == (
        b"\xff2025-01-01T00:00:00Z"
    )
