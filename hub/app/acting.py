"""The floor of acting: what people ask for is done."""

from __future__ import annotations

from functools import cached_property

from hub.app.keeping import KeepingFloor
from hub.pipeline.act.act import Act
from hub.pipeline.act.answers import Answers
from hub.pipeline.act.perform import Perform
from hub.pipeline.act.permission import Permission
from hub.pipeline.act.targets import Targets
from hub.pipeline.claims import Claims


class ActingFloor(KeepingFloor):
    """Clicks and commands."""

    @cached_property
    def action_claims(self) -> Claims:
        """The actions this process is at."""
        return Claims(self.actions, self.holder)

    @cached_property
    def permission(self) -> Permission:
        """Who may do what."""
        return Permission(self.resolve, self.settings.hub.admins)

    @cached_property
    def act(self) -> Act:
        """From actions to answers."""
        return Act(
            database=self.database,
            actions=self.actions,
            claims=self.action_claims,
            targets=Targets(self.registry, self.clock),
            permission=self.permission,
            perform=Perform(self.registry.guard, self.clock, self.escalation.answered),
            answers=Answers(self.ids),
            plan=self.plan,
            work=self.work,
            inbox=self.inbox,
            ids=self.ids,
            clock=self.clock,
            readers=self.readers,
            counts=self.metrics.actions,
            rings=self.rings,
        )
