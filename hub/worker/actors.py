"""Actors: doorbells. They look at the rows, so a second ring does nothing; they never raise."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.bitrix24.errors import PortalError
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.process import Process
from hub.plugin import HubError
from hub.worker.bell import Ring
from hub.worker.broker import Brokers

log = structlog.get_logger("hub.worker")

#: What can go wrong outside the rows; the sweep rings again.
EXPECTED = (SQLAlchemyError, PortalError, HubError, OSError)


def declare_actors(brokers: Brokers, process: Process, sender: Sender) -> Callable[[Ring], None]:
    """Declare the actors, each on its broker, and return the function that sends a ring.

    A ring that the broker does not take is dropped.
    """

    @dramatiq.actor(broker=brokers.process, actor_name="process", queue_name="process")
    def process_instance(instance: str) -> None:
        try:
            process.process(instance)
        except EXPECTED as exc:
            log.error("processing stopped", instance=instance, error=str(exc))

    @dramatiq.actor(broker=brokers.deliver, actor_name="deliver", queue_name="deliver")
    def deliver() -> None:
        try:
            sender.drain()
        except EXPECTED as exc:
            log.error("delivering stopped", error=str(exc))

    actors: dict[str, dramatiq.Actor[..., None]] = {"process": process_instance, "deliver": deliver}

    def send(ring: Ring) -> None:
        name, arguments = ring
        try:
            actors[name].send(*arguments)
        except brokers.errors as exc:
            log.warning("doorbell not taken by the broker", actor=name, error=type(exc).__name__)

    return send
