"""The floor of listening: what happens at the portal, posted by it or looked up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from hub.app.application import ApplicationFloor
from hub.bitrix24 import Tokens, read_app_event
from hub.pipeline.catch_up import CatchUp
from hub.pipeline.installation import InstallRefused
from hub.pipeline.posts import Posts
from hub.pipeline.proof import Proof
from hub.storage.cursors import Cursors


class ListeningFloor(ApplicationFloor):
    """Events of the portal."""

    @cached_property
    def proof(self) -> Proof:
        """Whether a post is the portal's."""
        tokens = self.settings.bitrix24.application_tokens
        return Proof(
            tokens=[token.get_secret_value() for token in tokens],
            bot_token=self.bot_token or "",
            installed=self._installed,
        )

    @cached_property
    def posts(self) -> Posts:
        """From posts of the portal to committed rows."""
        return Posts(
            proof=self.proof,
            writer=self.writer,
            about_application=self._about_application,
            ring=self.ring_processing,
            counts=self.metrics.intake,
            courtesy=self.courtesy,
            clock=self.clock,
        )

    @cached_property
    def catch_up(self) -> CatchUp:
        """What happened without anybody telling."""
        return CatchUp(
            database=self.database,
            cursors=Cursors(self.database),
            registry=self.registry,
            rows=self.object_rows,
            heard=self.heard,
            portal=self.portal_watch.read,
            subscribed=self.subscriptions.bound,
            busy=lambda: bool(self.outbox.choose(1)),
            work=self.work,
            clock=self.clock,
            ring=self.ring_processing,
        )

    def _installed(self) -> Tokens | None:
        return self.vault.read() if self.is_application else None

    def _about_application(self, form: Mapping[str, Any]) -> None:
        event = read_app_event(form)
        if event is None or not self.is_application:
            raise InstallRefused(403, "the hub is no application")
        self.installation.app_event(event)
