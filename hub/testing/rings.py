"""The rings of a hub under test: which are on their way, and which of them ended badly."""

from __future__ import annotations

import threading

from dramatiq import Broker, Message, MessageProxy, Middleware

#: Seconds until a broker must have brought a ring, on a machine that is busy too.
_PATIENCE = 30.0


class Rings(Middleware):
    """Watches brokers whose messages nobody else takes.

    Attributes:
        failed: errors of actors, which must never raise.
    """

    def __init__(self) -> None:
        self.failed: list[BaseException] = []
        self._changed = threading.Condition()
        self._sent: set[str] = set()
        self._answered: set[str] = set()

    def wait(self) -> None:
        """Wait until every ring was answered.

        Raises:
            TimeoutError: one was not.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._sent <= self._answered, _PATIENCE):
                raise TimeoutError(f"a ring was not answered within {_PATIENCE:g} s")
            done = self._sent & self._answered
            self._sent -= done
            self._answered -= done

    def after_enqueue(self, broker: Broker, message: Message[None], delay: int | None) -> None:
        """Note a ring, which was perhaps answered already."""
        with self._changed:
            self._sent.add(message.message_id)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        """Note an answer."""
        with self._changed:
            self._answered.add(message.message_id)
            if exception is not None:
                self.failed.append(exception)
            self._changed.notify_all()
