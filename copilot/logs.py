"""Log lines: structured, on standard error, with personal data masked before anything is written."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from copilot.privacy.masking import masked_text

_OWN_ID = re.compile(r"[0-9a-f]{32}")  # a request id of ours, whose digits may look like a phone


def configure(level: str, *, as_json: bool) -> None:
    """Set up the process's log once: coloured lines for people, JSON for machines."""
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json or not sys.stderr.isatty()
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def log() -> structlog.typing.FilteringBoundLogger:
    """Return the process's log."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def mask_event(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Mask personal data in every text of the event, tracebacks included."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if not isinstance(value, str) or _OWN_ID.fullmatch(value):
        return value
    return masked_text(value)


def _level(name: str) -> int:
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)
