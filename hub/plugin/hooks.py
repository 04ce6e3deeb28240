"""The hooks a plugin may implement, and the markers that make them hooks.

All are synchronous, with no argument or exactly one object. Declarations are called once after loading,
do no I/O and always say the same. A hook is an override of :class:`Hooks` marked with ``@hookimpl``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from hub.plugin.declarations import Command, HealthCheck, Job, PortalSource, Resolver, Source, Timer
from hub.plugin.notifications import Delivery, Notification

PROJECT = "hub"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications; the base class of every plugin, so a type checker sees a wrong override."""

    @hookspec
    def sources(self) -> Iterable[Source]:
        """Declare HTTP endpoints below ``/in/<instance>``.

        Two sources of one instance must not claim the same path and method; if they do, the plugin is
        ``broken``.
        """
        return ()

    @hookspec
    def portal_sources(self) -> Iterable[PortalSource]:
        """Declare which events of the portal this plugin tells about.

        Several plugins may declare the same event; each gets it. The hub subscribes, receives, waits for
        ``settle`` and calls ``notify`` in a worker.
        """
        return ()

    @hookspec
    def resolvers(self) -> Iterable[Resolver]:
        """Declare the address schemes this plugin can turn into people and chats.

        A scheme claimed by two plugins is a conflict: both are shown, neither is used.
        ``Resolver.resolve`` runs later, in a worker, once per address and notification; it may use
        ``self.ctx.portal`` and ``self.ctx.store``. If it raises, the address goes to the fallback
        recipient and the failure shows up in ``hub plugins show``.
        """
        return ()

    @hookspec
    def commands(self) -> Iterable[Command]:
        """Declare what buttons do, and what can be typed in chat.

        The handler runs once per click, in a worker. If it raises ``PermanentFailure`` its message is told to
        the person who clicked; anything else makes the action ``unknown``.
        """
        return ()

    @hookspec
    def jobs(self) -> Iterable[Job]:
        """Declare what is done on a schedule.

        A tick runs once, whatever the number of workers; its notifications and what it stored are committed
        together. If it raises, the tick is tried again later.
        """
        return ()

    @hookspec
    def timers(self) -> Iterable[Timer]:
        """Declare handlers for timers that this plugin arms with ``ctx.timers``."""
        return ()

    @hookspec
    def health_checks(self) -> Iterable[HealthCheck]:
        """Declare checks for ``hub doctor`` and ``/health/ready``; a failing one stops nothing."""
        return ()

    @hookspec
    def cli_commands(self) -> Iterable[object]:
        """Declare click commands; they appear as ``hub <instance> <command>``."""
        return ()

    @hookspec
    def startup(self) -> None:
        """Get ready: called once in each process before the first event, and may do I/O.

        If it raises, the instance is ``failing`` and is tried again later; its requests are accepted
        and wait.
        """

    @hookspec
    def subscribe(self) -> None:
        """Set things up on the other side; run by ``hub subscribe`` any number of times."""

    @hookspec
    def shutdown(self) -> None:
        """Let go of what ``startup`` took; called once, errors are logged."""

    @hookspec
    def edit_notification(self, notification: Notification) -> Notification | None:
        """Change or drop a notification of any plugin before it is routed.

        A chain, ordered by ``tryfirst``/``trylast``, then by instance name: each sees what the one before
        left. ``None`` means unchanged; ``notification.suppress(reason)`` drops it. If it raises, this editor
        is skipped. It may not change ``key``.
        """
        return None

    @hookspec
    def delivery_finished(self, delivery: Delivery) -> None:
        """Learn that one of this instance's own notifications reached a dialog, or finally did not.

        Called in a worker at least once per delivery. If it raises, the failure is counted, nothing else.
        """
