"""Structured logs: a short constant phrase plus fields; ids always, bodies and secrets never."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TextIO

import structlog

#: From which level on a library is heard; httpx logs whole URLs, which hold secrets, below it. What pika calls
#: an error is said again by whoever needed the broker, in one line.
_LIBRARIES = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "dramatiq": logging.WARNING,
    "pika": logging.CRITICAL,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}


def configure_logging(
    *, json: bool, level: int = logging.INFO, tracebacks: bool = True, for_good: bool = True
) -> None:
    """Send every log line to stderr, as JSON or for a person; lines of libraries too.

    Args:
        json: one object a line, each with the process's id, because several may write to one place.
        tracebacks: also where something failed; without, an event is one line.
        for_good: nothing is going to change it again, which saves a little with every line.
    """
    stream = sys.stderr
    told: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    rendered: list[structlog.typing.Processor] = [] if tracebacks else [_without_traceback]
    if json:
        rendered += [
            structlog.processors.format_exc_info,
            _with_process,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # local variables in a traceback would show bodies and secrets
        traceback = structlog.dev.plain_traceback
        rendered += [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=traceback)]
    structlog.configure(
        processors=[*told, *rendered],
        # the way by the logging module costs four times as much
        logger_factory=lambda *names: _Lines(".".join(names), stream),
        # what is below the level costs nothing, not even its time stamp
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=for_good,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*told, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _LIBRARIES.items():
        logging.getLogger(name).setLevel(least)


class _Lines:
    """Writes the lines of one logger; one that cannot be written is dropped, as the logging module drops it."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def write(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = write


def _without_traceback(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in ("exc_info", "exception", "stack"):
        event.pop(key, None)
    return event


def _with_process(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    event["pid"] = os.getpid()
    return event
