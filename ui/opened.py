"""The workspace that the app works on: the one that AUDIT_CONFIG names, whose settings follow their file.

What a page asks through `workspace` and `queries` is limited to what its reader may see, whatever it asks.
"""

import logging
import os
from collections import OrderedDict
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
_NOBODY = Actor("nobody", "nobody", Role.USER, scope=Scope(()))
_MOST = 64
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
"""For what the server does itself: the door, webhooks, accounts. Raises ConfigError with one sentence."""


class _Seen:
    """The same as whoever's session this is sees it; of a session that has ended, nothing.

    What runs in another thread, such as a download, is given the one of the page that it was offered on.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Scope | None], tuple[Store, Store]] = OrderedDict()
        self._lock = Lock()

    def __call__(self) -> Workspace:
        """Settings and store. Raises ConfigError with one sentence."""
        whole = whole_workspace()
        if get_script_run_ctx(suppress_warning=True) is None:
            return whole
        from ui.guard import onlooker, session_token  # noqa: PLC0415  (the guard opens the whole)

        actor = onlooker()
        if actor is None:
            return self._by(whole, _NOBODY) if session_token() is not None else whole
        return whole if actor.scope is None else self._by(whole, actor)

    def cache_clear(self) -> None:
        """Open it anew the next time."""
        whole_workspace.cache_clear()
        with self._lock:
            self._kept.clear()

    def _by(self, whole: Workspace, actor: Actor) -> Workspace:
        """One store for each person and scope, so that what is kept of it is kept once."""
        key = actor.email, actor.scope
        with self._lock:
            of, seen = self._kept.pop(key, (None, whole.store))
            if of is not whole.store:
                seen = whole.seen_by(actor).store
            self._kept[key] = whole.store, seen
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return replace(whole, store=seen)


workspace = _Seen()


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
