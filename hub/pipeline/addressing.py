"""Addressing: let editors see a notification, route it, and find the people behind the addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.pipeline.resolve import Resolution, Resolve
from hub.pipeline.route import Decision, decide
from hub.plugin import Mode, Notification
from hub.registry import Edit, Registry
from hub.settings import Route
from hub.storage.columns import storable


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """A notification as its editors left it, with who gets it and why."""

    notification: Notification
    edits: tuple[Edit, ...]
    decision: Decision
    resolution: Resolution


class Addressing:
    """The part of processing that is the same whether a notification is told or only rehearsed."""

    def __init__(self, registry: Registry, routes: Sequence[Route], resolve: Resolve) -> None:
        self._registry = registry
        self._routes = routes
        self._resolve = resolve

    def address(self, instance: str, notification: Notification) -> Addressed:
        """Return who gets *notification*.

        Raises:
            RetryLater: the portal is needed and away, or a resolver is too slow just now.
        """
        edited, edits = self._registry.edit(notification)
        edited = _with_a_thread(_with_storable_names(edited))
        decision = decide(self._routes, instance, edited)
        # an update goes where its thread's cards are, whoever the route names
        nobody = edited.suppressed or decision.dropped or edited.mode is Mode.UPDATE
        resolution = (
            Resolution(recipients=(), problems=())
            if nobody
            else self._resolve.resolve(decision.addresses, edited)
        )
        return Addressed(notification=edited, edits=edits, decision=decision, resolution=resolution)


def _with_a_thread(notification: Notification) -> Notification:
    """Give a card whose buttons act a thread, so that what comes of them shows wherever the card is."""
    if notification.thread or not any(action.command for action in notification.actions):
        return notification
    return notification.model_copy(update={"thread": f"card:{notification.key}"})


def _with_storable_names(notification: Notification) -> Notification:
    names = {name: storable(getattr(notification, name)) for name in ("key", "kind", "thread", "suppressed")}
    changed = {name: value for name, value in names.items() if value != getattr(notification, name)}
    return notification.model_copy(update=changed) if changed else notification
