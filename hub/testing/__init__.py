"""Public test harness for the hub and its plugins.

* :class:`SourceContract`: the standard tests a source inherits; :class:`TranslationsContract`: the one of a plugin's
  translations.
* :class:`FakeContext` with :class:`FakeStore`, :class:`FakeTimers`, :class:`FakePortal`: what a plugin
  gets from the hub, in dictionaries.
* the pytest fixture ``hub``, a :class:`HubHarness`: the real app against the sandbox portal; :func:`running_hub`
  is the same without pytest, :class:`InstalledPlugin` a plugin as if it were installed.
* :class:`MovedClock`: the time, which tests move.
"""

from hub.testing.clock import MovedClock
from hub.testing.context import FakeContext, FakeStore, FakeTimers
from hub.testing.harness import HubHarness, InstalledPlugin, running_hub
from hub.testing.portal import FakeCurrency, FakeDepartment, FakePortal, FakeStage, FakeUser
from hub.testing.source_contract import SourceContract
from hub.testing.translations_contract import TranslationsContract

__all__ = [
    "FakeContext",
    "FakeCurrency",
    "FakeDepartment",
    "FakePortal",
    "FakeStage",
    "FakeStore",
    "FakeTimers",
    "FakeUser",
    "HubHarness",
    "InstalledPlugin",
    "MovedClock",
    "SourceContract",
    "TranslationsContract",
    "running_hub",
]
