"""The sixth floor: what happens at the portal, posted by it or looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from hub.app.chat import ChatFloor
from hub.pipeline.catch_up import CatchUp
from hub.pipeline.posts import Posts
from hub.pipeline.proof import InstalledApplication, Proof
from hub.storage.cursors import Cursors


class ListeningFloor(ChatFloor):
    """Events of the portal."""

    @cached_property
    def proof(self) -> Proof:
        """Whether a post is the portal's."""
        tokens = self.settings.bitrix24.application_tokens
        return Proof(
            tokens=[token.get_secret_value() for token in tokens],
            bot_token=self.settings.bot.token.get_secret_value(),
            installed=self.installed_application,
        )

    @cached_property
    def posts(self) -> Posts:
        """From posts of the portal to committed rows."""
        return Posts(
            proof=self.proof,
            writer=self.writer,
            about_application=self.about_application,
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
            subscribed=self.subscribed_events,
            work=self.work,
            clock=self.clock,
            ring=self.ring_processing,
        )

    def installed_application(self) -> InstalledApplication | None:
        """Return the application that the portal has installed; with an incoming webhook there is none."""
        return None

    def about_application(self, form: Mapping[str, Any]) -> None:
        """Take what the portal says about its application; a hub without one has nothing to do with it."""

    def subscribed_events(self) -> Collection[str]:
        """Return the events that the portal is known to post; with an incoming webhook nobody can ask."""
        return ()
