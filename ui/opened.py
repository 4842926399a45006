"""The workspace that the app works on, which AUDIT_CONFIG names: opened once a process, and as each person sees it.

What a page asks through `workspace` and `queries` is limited to what its reader may see, whatever it asks.
"""

import functools
import os
from pathlib import Path

from streamlit.runtime.scriptrunner import get_script_run_ctx

from audit_core.actors import Actor, Role, Scope
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

_ROOT = Path(__file__).resolve().parents[1]
_NOBODY = Actor("nobody", "nobody", Role.USER, scope=Scope(()))


@functools.lru_cache(maxsize=1)
def whole_workspace() -> Workspace:
    """Settings and store, for what the server does itself: the door, webhooks, accounts. Raises ConfigError."""
    return Workspace.open(Path(os.environ.get("AUDIT_CONFIG") or _ROOT / "config.json"))


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


def _seen_by(whole: Workspace, actor: Actor) -> Workspace:
    return _limited(whole.config, actor.email, actor.scope)


@functools.lru_cache(maxsize=64)
def _limited(_config: Path, email: str, scope: Scope | None) -> Workspace:
    """One for each person and scope, so that what is kept of it is kept once."""
    return whole_workspace().seen_by(Actor("", email, Role.USER, scope=scope))
