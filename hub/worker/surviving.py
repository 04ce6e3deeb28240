"""What keeps the hub's own threads alive, whatever goes wrong in one turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from dramatiq.errors import BrokerError
from sqlalchemy.exc import SQLAlchemyError

from hub.bitrix24.errors import PortalError
from hub.plugin import HubError

log = structlog.get_logger("hub.worker")

#: The world outside: the database, the broker or the portal is away.
_OUTSIDE = (SQLAlchemyError, BrokerError, PortalError, HubError, OSError)


@contextmanager
def surviving(what: str, **about: object) -> Iterator[None]:
    """Log an error and go on; the rows still say what is to do, and the next turn tries again.

    This is the top of a thread: what is not caught here ends deliveries for the rest of the process's life.
    """
    try:
        yield
    except _OUTSIDE as exc:
        log.error("turn failed", what=what, error=f"{type(exc).__name__}: {exc}", **about)
    except Exception:
        log.exception("turn failed", what=what, **about)
