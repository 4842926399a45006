"""Every run, for Operations, newest first."""

import polars as pl
import streamlit as st

from audit_core.store.runs import Run
from ui.clock import zone
from ui.opened import workspace
from ui.words import counted, moment

_MOST = 200
_LOOKED_AT = 2_000


def runs_part() -> None:
    """The table."""
    newest = workspace().store.runs.recent(limit=_LOOKED_AT)
    runs = [run for run in newest if run.job != "alert" or run.status != "ok"][:_MOST]
    st.caption(f"The newest {counted(len(runs), 'run')}, without the rounds of `alert` that went well")
    st.dataframe(
        _table(runs).to_pandas(), hide_index=True, width="stretch", height=620,
        column_config={"Message": st.column_config.TextColumn(width="large")},
    )  # fmt: skip


def _table(runs: list[Run]) -> pl.DataFrame:
    rows = [
        (
            run.job,
            run.status,
            moment(run.started_at, zone()),
            round((run.finished_at - run.started_at).total_seconds(), 1) if run.finished_at else None,
            run.exit_code,
            run.trigger,
            run.message,
        )
        for run in runs
    ]
    names = ("Job", "Status", f"Started ({zone().key})", "Seconds", "Exit code", "Trigger", "Message")
    types = (pl.String, pl.String, pl.String, pl.Float64, pl.Int64, pl.String, pl.String)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
