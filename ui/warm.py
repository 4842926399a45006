"""What the first visitor would wait for, done when the server starts: its modules, and what is held of the record."""

import gc
import importlib
import inspect
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from threading import Thread

import altair as alt
import polars as pl
from altair.utils import schemapi
from anyio import create_task_group, sleep, to_thread
from streamlit import App

import ui
from audit_core import logs
from audit_core.access.refusals import KINDS, refusals
from audit_core.errors import AuditError
from audit_core.filters import EventFilter
from audit_core.monitoring.banner import announce
from audit_core.settings.environment import secrets_set
from ui.opened import config, queries, workspace

log = logging.getLogger("redline.app")
_TELL_EVERY_S = 20
_SCRIPT = "ui.router"
"""Is run by Streamlit for each session, and does nothing of use before."""


@asynccontextmanager
async def warmed(_app: App) -> AsyncIterator[None]:
    """The server's life: it answers once all is there that pages draw with, and what is in force is in its log.

    No refusal is left untold.
    """
    await to_thread.run_sync(_announce)
    await to_thread.run_sync(_warm)
    async with create_task_group() as beside:
        beside.start_soon(_tell_refusals)
        yield
        beside.cancel_scope.cancel()
    await to_thread.run_sync(lambda: _told(all_of_it=True))


async def _tell_refusals() -> None:
    while True:
        await sleep(_TELL_EVERY_S)
        await to_thread.run_sync(_told)


def _told(*, all_of_it: bool = False) -> None:
    """What was refused at the door and is only counted so far."""
    try:
        store = workspace().store
        for kind in KINDS:
            refusals(store, kind).tell(store, datetime.now(UTC), all_of_it=all_of_it)
    except AuditError:
        return  # it is told with the next


def _announce() -> None:
    logs.set_up("auto", lambda: secrets_set(config()))
    try:
        here = workspace()
    except AuditError as error:
        log.error("%s", error)
        return
    logs.set_up(here.settings.log.format, lambda: secrets_set(here.config))
    announce(here, "app", datetime.now(UTC))


def _warm() -> None:
    read = Thread(target=_read, name="warm", daemon=True)  # what stops it is said there, and does not stop the server
    read.start()
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        if module.name != _SCRIPT:
            importlib.import_module(module.name)
    # a chart is checked against its schema when it is drawn: not each part of it when it is made, too
    schemapi.DEBUG_MODE = False
    # Streamlit asks once for the stack, for which Python looks at every module: a third of a second
    inspect.stack()
    # the first chart and the first table take some tenths of a second more than all after them
    alt.Chart(pl.DataFrame({"n": [1]})).mark_bar().encode(x="n:Q").to_dict()
    pl.DataFrame({"n": [1]}).to_pandas()
    read.join()
    # Streamlit collects garbage after each run of the script: without this, a tenth of a second over all modules
    gc.collect()
    gc.freeze()


def _read() -> None:
    """What is held of the record, and what it comes to as a whole. Where there is none to read, the pages say so."""
    # its caches are those of a running server
    from ui.changes.asked import counted_over_time, facets, totals  # noqa: PLC0415

    try:
        with closing(workspace().store.database):
            ask = queries()
            totals(ask, EventFilter())
            facets(ask, EventFilter())
            counted_over_time(ask, EventFilter(), None, workspace().settings.zone)
    except AuditError:
        return
