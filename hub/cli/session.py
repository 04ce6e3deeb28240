"""One run of the command line: which settings, and the hub made from them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.plugin import Clock
    from hub.settings import Settings


@dataclass
class Session:
    """What commands get; nothing is read or imported before it is asked for.

    Attributes:
        config: what ``--config`` says.
        plugins: entry points instead of the installed ones, for tests.
        clock: the time, for tests that move it.
    """

    config: Path | None = None
    plugins: Any = None
    clock: Clock | None = None

    def settings(self) -> Settings:
        """Return the settings.

        Raises:
            ConfigurationError: with every problem there is.
        """
        from hub.plugin import ConfigurationError
        from hub.settings import load
        from hub.settings.loading import DEFAULT_FILE

        try:
            return load(self.config, os.environ)
        except ConfigurationError as exc:
            if self.config or os.environ.get("HUB_CONFIG") or DEFAULT_FILE.exists():
                raise
            hint = f"{DEFAULT_FILE}: is not in this folder; 'hub init' writes one"
            raise ConfigurationError(hint, *exc.problems) from exc

    def plugin_settings(self) -> Settings:
        """Return the plugins' tables beside a portal that leads nowhere, to check them while the rest is wrong.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        from hub.settings import load_plugins

        return load_plugins(self.config, os.environ)

    @staticmethod
    def has_stored(settings: Settings) -> bool:
        """Return whether there may be a database already; an embedded one is made by who first needs it."""
        from hub.storage.database import database_url

        url = database_url(settings.hub.database_url.get_secret_value())
        return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Make the hub of the settings, not started, and close it at the end."""
        from hub.app import Hub

        log_warnings()
        hub = Hub(self.settings(), clock=self.clock, plugins=self.plugins)
        try:
            yield hub
        finally:
            hub.close()

    @contextmanager
    def scratch(self, settings: Settings, *, clock: Clock | None = None) -> Iterator[Hub]:
        """Make a hub of *settings* with a database of its own, which is thrown away at the end."""
        from tempfile import TemporaryDirectory

        from hub.app import Hub
        from hub.settings.types import Dsn

        log_warnings()
        with TemporaryDirectory(prefix="hub-") as folder:
            own = {"database_url": Dsn(f"sqlite:///{folder}/hub.db"), "broker_url": Dsn("")}
            table = settings.hub.model_copy(update=own)
            hub = Hub(settings.model_copy(update={"hub": table}), clock=clock, plugins=self.plugins)
            try:
                yield hub
            finally:
                hub.close()


pass_session = click.make_pass_decorator(Session, ensure=True)


def log_warnings() -> None:
    """Let warnings and errors be seen on stderr, a line each."""
    import logging

    from hub.observe.log import configure_logging

    configure_logging(json=False, level=logging.WARNING, tracebacks=False, for_good=False)
