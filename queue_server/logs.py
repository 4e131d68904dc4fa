"""The process's log: one line per record, `key=value`, so that both a person and a program can read it.

2026-03-02T06:30:00.123Z INFO queue_server.app ready action=ready port=8420
"""

import json
import logging
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """Writes what was given in `extra` as `key=value`; values with blanks are quoted as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, with the traceback, if there is one, on further lines."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extras = " ".join(
            f"{key}={_value(value)}" for key, value in vars(record).items() if key not in _STANDARD
        )
        line = f"{at.removesuffix('+00:00')}Z {record.levelname} {record.name} {record.getMessage()}"
        line = f"{line} {extras}" if extras else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def start(level: str) -> None:
    """Log to standard error from `level` (`debug` to `error`) on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Libraries speak up only when somebody should look: asyncio and websockets would log frames at DEBUG.
    for library in ("asyncio", "websockets", "sqlalchemy", "alembic", "httpx", "httpcore", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _value(value: object) -> str:
    text = str(value)
    return (
        text
        if text and not any(sign in text for sign in ' "=\n\r\t')
        else json.dumps(text, ensure_ascii=False)
    )
