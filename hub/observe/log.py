"""Structured logs: a short constant phrase plus fields; ids always, bodies and secrets never."""

from __future__ import annotations

import logging
import sys

import structlog

#: Libraries that log addresses or bodies below this level; httpx logs whole URLs, which hold secrets.
_QUIET = ("httpx", "httpcore", "uvicorn.access", "dramatiq", "pika", "alembic", "sqlalchemy")


def configure_logging(*, json: bool, level: int = logging.INFO, tracebacks: bool = True) -> None:
    """Send every log line to stderr, as JSON or for a person.

    Args:
        tracebacks: also where something failed; without, an event is one line.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        # local variables in a traceback would show bodies and secrets
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    final: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not tracebacks:
        final.append(_without_traceback)
    if json:
        final.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_traceback(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in ("exc_info", "exception", "stack"):
        event.pop(key, None)
    return event
