"""What the first visitor would wait for, done when the server starts: its modules, and what is held of the record."""

import gc
import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from threading import Thread

from anyio import to_thread
from streamlit import App

import ui
from audit_core.errors import AuditError
from audit_core.filters import EventFilter
from ui.opened import queries, workspace

_SCRIPT = "ui.router"
"""Is run by Streamlit for each session, and does nothing of use before."""


@asynccontextmanager
async def warmed(_app: App) -> AsyncIterator[None]:
    """The server's life: it answers once all is there that pages draw with; the record is read beside that."""
    Thread(target=_read, name="warm", daemon=True).start()
    await to_thread.run_sync(_import)
    yield


def _import() -> None:
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        if module.name != _SCRIPT:
            importlib.import_module(module.name)
    for drawn_with in ("altair", "pandas", "pyarrow"):
        importlib.import_module(drawn_with)
    # Streamlit collects garbage after each run of the script: without this, a tenth of a second over all modules
    gc.collect()
    gc.freeze()


def _read() -> None:
    """What is held of the record, for counts and filters. Where there is none to read, the pages say so."""
    try:
        with closing(workspace().store.database):
            queries().totals(EventFilter())
    except AuditError:
        return
