"""
What a REST method may answer instead of a result.

SandboxError
├── RestError           a documented refusal: code, description, HTTP status
└── ConnectionDropped   the request was cut off: no answer at all
"""


class SandboxError(Exception):
    """Root of everything the sandbox raises on purpose."""


class RestError(SandboxError):
    """A refusal, answered as ``{"error": code, "error_description": description}``."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status


class ConnectionDropped(SandboxError):
    """The portal died on the way: the connection closes and nothing is answered."""


def access_denied(description: str = "Access denied") -> RestError:
    """Return the refusal for "no right to this object"."""
    return RestError("ACCESS_DENIED", description, status=403)
