"""The workspace that the app works on: the one that AUDIT_CONFIG names, opened once a process."""

import functools
import os
from pathlib import Path

from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

_ROOT = Path(__file__).resolve().parents[1]


@functools.lru_cache(maxsize=1)
def workspace() -> Workspace:
    """Settings and store. Raises ConfigError with one sentence."""
    return Workspace.open(Path(os.environ.get("AUDIT_CONFIG") or _ROOT / "config.json"))


def queries(upto: int | None = None) -> Queries:
    """Questions to the store, as it was when it held `upto` events. Raises StoreNotReady while there is none."""
    database = workspace().store.database
    database.require_current()
    return Queries(database, upto)
