"""Messages that an operator writes by hand, with ``hub send``."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.plugin import Notification, PermanentFailure, Plugin, PluginSettings, Timer, TimerFired, hookimpl


class Message(BaseModel):
    """What the timer carries; without a title the text is the title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[str, ...]
    title: str = ""
    text: str


class SendPlugin(Plugin[PluginSettings]):
    """Turns a fired timer into a notification.

    A message is a timer that fires at once, so it has a row of its own, is never lost and can be traced.
    """

    api_version = "1.0"

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare the one timer."""
        yield Timer(name="message", handler=_tell)


def _tell(fired: TimerFired) -> Iterable[Notification]:
    try:
        message = Message.model_validate(fired.data)
    except ValidationError as exc:
        raise PermanentFailure("not a message of 'hub send'") from exc
    yield Notification(
        key=f"send:{fired.key}",
        kind="send",
        title=message.title or message.text,
        text=message.text if message.title else "",
        to=message.to,
    )
