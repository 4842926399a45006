"""The workspace that the app works on, which AUDIT_CONFIG names: one a process, and as each person sees it.

Its settings follow their file. What a page asks through `workspace` and `queries` is limited to what its reader may
see, whatever it asks.
"""

import functools
import logging
import os
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from streamlit.runtime.scriptrunner import get_script_run_ctx

from audit_core.actors import Actor, Role, Scope
from audit_core.errors import ConfigError
from audit_core.store.queries import Queries
from audit_core.store.store import Store
from audit_core.workspace import Workspace

log = logging.getLogger("redline.app")
_ROOT = Path(__file__).resolve().parents[1]
_Mark: TypeAlias = tuple[Path, int, int] | None


def config() -> Path:
    """The config file: the one that AUDIT_CONFIG names, else the one beside the program."""
    return Path(os.environ.get("AUDIT_CONFIG") or _ROOT / "config.json")


class _Opened:
    """One workspace a process. Once the file has changed its settings are read anew, so that what is switched off or
    scheduled counts without a restart; a file that became wrong is logged, and what it said before holds.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._workspace: Workspace | None = None
        self._mark: _Mark = None

    def __call__(self) -> Workspace:
        """Settings and store. Raises ConfigError with one sentence."""
        path = config()
        mark = _mark(path)
        with self._lock:
            if self._workspace is None or mark != self._mark:
                self._workspace, self._mark = _read(path, self._workspace), mark
            return self._workspace

    def cache_clear(self) -> None:
        """Open it anew the next time."""
        with self._lock:
            self._workspace = self._mark = None


whole_workspace = _Opened()
"""For what the server does itself: the door, webhooks, accounts."""
_NOBODY = Actor("nobody", "nobody", Role.USER, scope=Scope(()))


def workspace() -> Workspace:
    """As whoever's session this is sees it; of a session that has ended, nothing. Raises as `whole_workspace`.

    What runs in another thread, such as a download, is given the one of the page that it was offered on.
    """
    whole = whole_workspace()
    if get_script_run_ctx(suppress_warning=True) is None:
        return whole
    from ui.guard import onlooker, session_token  # noqa: PLC0415  (the guard opens the whole)

    actor = onlooker()
    if actor is None:
        return _seen_by(whole, _NOBODY) if session_token() is not None else whole
    return whole if actor.scope is None else _seen_by(whole, actor)


def queries(upto: int | None = None) -> Queries:
    """Questions to the store, as it was when it held `upto` events. Raises StoreNotReady while there is none."""
    database = workspace().store.database
    database.require_current()
    return Queries(database, upto)


def _mark(path: Path) -> _Mark:
    """What moves when the file is written anew; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return path, found.st_mtime_ns, found.st_ino


def _read(path: Path, before: Workspace | None) -> Workspace:
    if before is None or before.config != path:
        return Workspace.open(path)
    try:
        now = Workspace.open(path)
    except ConfigError as error:
        log.warning("the settings of before stay in force: %s", error)
        return before
    # connections and what is held in memory stay with the store
    return replace(now, store=before.store) if now.settings.data_dir == before.settings.data_dir else now


def _seen_by(whole: Workspace, actor: Actor) -> Workspace:
    return replace(whole, store=_limited(whole.store, actor.email, actor.scope))


@functools.lru_cache(maxsize=64)
def _limited(_whole: Store, email: str, scope: Scope | None) -> Store:
    """One for each person and scope, so that what is kept of it is kept once."""
    return whole_workspace().seen_by(Actor("", email, Role.USER, scope=scope)).store
