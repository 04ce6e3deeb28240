"""What can go wrong between the hub and a plugin; the class says what happens next.

HubError
├── ConfigurationError         the operator has to change something; shown without traceback
└── PluginError                raised by plugins, understood by the hub
    ├── InvalidSignature       answer 401 (or its own status), store nothing
    ├── InvalidPayload         authentic but unreadable; kept for replay, the operator is told
    ├── RetryLater             the same call may work later; carries ``after``
    └── PermanentFailure       never works; show the reason, do not retry
"""

from __future__ import annotations

from datetime import timedelta

from hub.plugin.answer import Answer


class HubError(Exception):
    """Base of every error the hub raises on purpose."""


class ConfigurationError(HubError):
    """The operator has to change something; ``problems`` holds one line for each thing."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PluginError(HubError):
    """Base of what a plugin raises to say what should happen next."""


class InvalidSignature(PluginError):
    """The request does not prove who sent it; nothing is stored.

    Args:
        message: what was missing or wrong, never the credentials themselves.
        status: 401, or 400, 403 or 404 where the sender's convention says so.
        answer: the whole answer, for senders that read its body; wins over *status*.
    """

    def __init__(
        self, message: str = "wrong credentials", *, status: int = 401, answer: Answer | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer


class InvalidPayload(PluginError):
    """The request is authentic but says nothing we understand; it is kept as ``rejected``.

    Args:
        message: names the bad field, never its value.
        status: 400, or 422 for a well-formed body of an unknown schema.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class RetryLater(PluginError):
    """The same call may work later, for example because a service it needs is away.

    Args:
        message: the reason, shown to the operator.
        after: when to try again; ``None`` leaves it to the hub's back-off.
    """

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class PermanentFailure(PluginError):
    """This will never work; the row ends ``failed`` with the message as its reason."""
