"""Actors: doorbells. They look at the rows, so a second ring does nothing; they never raise."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
import structlog

from hub.pipeline.act.act import Act
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.process import Process
from hub.worker.bell import Ring
from hub.worker.broker import Brokers
from hub.worker.surviving import surviving

log = structlog.get_logger("hub.worker")


def declare_actors(
    brokers: Brokers, process: Process, act: Act, sender: Sender, dropped: Callable[[str], None]
) -> Callable[[Ring], None]:
    """Declare the actors, each on its broker, and return the function that sends a ring.

    A ring that the broker does not take is dropped, and *dropped* is told the actor.
    """

    @dramatiq.actor(broker=brokers.process, actor_name="process", queue_name="process")
    def process_instance(instance: str) -> None:
        with surviving("process", instance=instance):
            process.process(instance)

    @dramatiq.actor(broker=brokers.act, actor_name="act", queue_name="act")
    def do_actions() -> None:
        with surviving("act"):
            act.act()

    @dramatiq.actor(broker=brokers.deliver, actor_name="deliver", queue_name="deliver")
    def deliver() -> None:
        with surviving("deliver"):
            sender.drain()

    actors: dict[str, dramatiq.Actor[..., None]] = {
        "process": process_instance,
        "act": do_actions,
        "deliver": deliver,
    }

    def send(ring: Ring) -> None:
        name, arguments = ring
        with surviving("ring", actor=name):
            try:
                actors[name].send(*arguments)
            except brokers.errors as exc:
                dropped(name)
                log.warning("doorbell not taken by the broker", actor=name, error=type(exc).__name__)

    return send
