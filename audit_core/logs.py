"""Logs: one line an event on standard error, as JSON for machines or as text for a terminal.

What is bound (`bound(job="sync")`) stands in every line until the block ends. No line carries a secret of the
environment, and nothing that a line quotes can begin a line of its own.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Secrets: TypeAlias = Callable[[], Mapping[str, str]]
"""What to hide, by the name of its variable: asked each time, since it can change."""

HIDDEN: Final = "(a secret, not shown)"
_SHORTEST_SECRET: Final = 6
_CREDENTIALS: Final = re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[A-Za-z0-9+/=]{8,}|(?<=://)[^/\s@:]*:[^/\s@]+(?=@)")
"""What is a credential by its shape, whoever wrote it."""

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BOUND: Final[ContextVar[Mapping[str, Any]]] = ContextVar("bound", default=MappingProxyType({}))


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Every line written in the block carries these fields beside its own."""
    token = _BOUND.set({**_BOUND.get(), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def bind(**fields: Any) -> None:
    """As `bound`, until the block around it ends: for what is only known in the middle of one."""
    _BOUND.set({**_BOUND.get(), **fields})


def event(logger: logging.Logger, level: int, name: str, message: str, **fields: Any) -> None:
    """Write one line that has a name and fields of its own: `event(log, INFO, "job_ended", "…", duration_ms=5)`."""
    logger.log(level, "%s", message, extra={"fields": {"event": name, **fields}})


class Lines(logging.Formatter):
    """A record as one line."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        """What a line says, in its order, with secrets hidden."""
        own = getattr(record, "fields", {})
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts = {"ts": at, "level": record.levelname, "logger": record.name, **_BOUND.get(), **own}
        parts["message"] = record.getMessage()
        if record.exc_info:
            parts["traceback"] = self.formatException(record.exc_info)
        told = {piece for each in self._secrets().values() for piece in (each, *re.split(r"[,\s]+", each))}
        values = sorted((each for each in told if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)
        return {name: _without(values, value) for name, value in parts.items()}


class JsonLines(Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record), ensure_ascii=True)


class TextLines(Lines):
    """Words for a person; a traceback follows, each of its lines indented."""

    def format(self, record: logging.LogRecord) -> str:
        parts = self.parts(record)
        fixed = [parts.pop(name) for name in ("ts", "level", "logger", "message")]
        trace = parts.pop("traceback", "")
        parts.pop("event", None)
        more = [f"{name}={value}" for name, value in parts.items() if value is not None]
        line = _on_one_line(" ".join([fixed[0][:19] + "Z", *fixed[1:], *([f"({' '.join(more)})"] if more else [])]))
        return "\n    ".join([line, *(_on_one_line(each) for each in trace.splitlines())])


def set_up(style: str, secrets: Secrets) -> None:
    """Let everything that is logged in this process go to standard error. `style`: auto, json or text (`log.format`).

    Where something else listens already, as under a test, that stays as it is; a second call changes the form alone.
    """
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    form = JsonLines(secrets) if as_json else TextLines(secrets)
    ours = [each for each in logging.root.handlers if isinstance(each.formatter, Lines)]
    if not ours:
        ours = [logging.StreamHandler(sys.stderr)]
        logging.basicConfig(level=logging.INFO, handlers=ours)
    for handler in ours:
        handler.setFormatter(form)


def _without(secrets: list[str], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for secret in secrets:
        value = value.replace(secret, HIDDEN)
    return _CREDENTIALS.sub(HIDDEN, value)


def _on_one_line(text: str) -> str:
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
