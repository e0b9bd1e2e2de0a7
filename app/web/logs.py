"""The form of the service's log lines, which go to standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog


def configure(form: str) -> None:
    """Set how later log lines of this process are written: `auto`, `console` or `json`."""
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    level = structlog.make_filtering_bound_logger(logging.INFO)
    person = form == "console" or (form == "auto" and sys.stderr.isatty())
    if not person:
        structlog.configure(
            processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
            wrapper_class=level,
            logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
            cache_logger_on_first_use=True,
        )
    else:
        structlog.configure(
            processors=[*shared, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())],
            wrapper_class=level,
            logger_factory=structlog.WriteLoggerFactory(sys.stderr),
            cache_logger_on_first_use=True,
        )


def _dumps(event: object, **options: object) -> bytes:
    return orjson.dumps(event, default=str)
