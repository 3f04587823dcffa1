"""Structured logging by structlog: one JSON line per event on standard error, ours and the libraries' alike."""

import logging
import sys
from collections.abc import Iterable

import structlog
from structlog.typing import Processor


def configure_logs(level: str, *, quiet: Iterable[str] = (), silent: Iterable[str] = ()) -> None:
    """Sets up structlog and the standard library's logging for this process.

    Parameters
    ----------
    level
        The least level that is written, such as ``INFO``.
    quiet
        Loggers of libraries that tell of each call; of them, warnings are written.
    silent
        Loggers of libraries whose errors we log by ourselves, without the traceback that anybody could provoke.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_lines(shared))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in silent:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _json_lines(shared: list[Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("action"),
            structlog.processors.JSONRenderer(),
        ],
    )
