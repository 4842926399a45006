"""Whether the runner gave a sign of life lately: asked by containers and monitors, so it loads as little as it can."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from audit_core.errors import AuditError
from audit_core.heartbeat import FRESH, last_beat
from audit_core.settings import load_settings


def health(data_dir: Path, now: datetime) -> tuple[int, str]:
    """Exit code 0 or 1 and the sentence. Reads one small file."""
    sign = last_beat(data_dir)
    if sign is None:
        return 1, "No runner is alive: start one with 'python -m jobs start'."
    age = round(sign.age(now).total_seconds())
    if sign.alive(now):
        return 0, f"The runner (process {sign.pid}) was seen {age:,} s ago."
    if sign.gone():
        return 1, f"The runner (process {sign.pid}) is gone, last seen {age:,} s ago: start it again."
    return 1, f"The runner (process {sign.pid}) was last seen {age:,} s ago (limit {FRESH.seconds} s): start it again."


def answer() -> int:
    """The command by itself: the sentence, and the exit code."""
    try:
        settings = load_settings(Path(os.environ.get("AUDIT_CONFIG", "config.json")))
        code, told = health(settings.data_dir, datetime.now(UTC))
    except AuditError as error:
        code, told = error.exit_code, str(error)
    print(f"health: {'failed' if code else 'ok'}. {told}", file=sys.stderr if code else sys.stdout)
    return code
