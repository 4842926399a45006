"""Operations: did everything run, what could not be seen, is the record whole, and what was done here."""

import polars as pl
import streamlit as st

from audit_core.permissions import Permission
from audit_core.settings.source import SmartsheetSettings
from audit_core.store.runs import Run
from ui.clock import zone
from ui.frame import page_head
from ui.freshness import ALL_SEEN, blind_spots, last_sync
from ui.guard import guard
from ui.opened import queries, workspace
from ui.operations.backups import backups_section
from ui.operations.model import model_section
from ui.operations.record import record_section
from ui.smartsheet_access import smartsheet_section
from ui.words import ago, moment, plain

_JOBS = ("sync", "verify", "backup", "retrain", "forecast", "weekly")
_STATUS = {
    "ok": ":green-badge[:material/check: ok]",
    "partial": ":orange-badge[:material/visibility_off: partial]",
    "failed": ":red-badge[:material/error: failed]",
    "timeout": ":red-badge[:material/timer_off: timeout]",
    "cancelled": ":orange-badge[:material/cancel: cancelled]",
    "skipped": ":gray-badge[:material/skip_next: skipped]",
    "abandoned": ":red-badge[:material/power_off: abandoned]",
    "running": ":blue-badge[:material/sync: running]",
}

actor = guard(Permission.READ_OPERATIONS)
ask, store, source = queries(), workspace().store, workspace().settings.source
writes = isinstance(source, SmartsheetSettings) and source.write_back.wanted
sends = bool(workspace().settings.delivery.subscriptions)
jobs = (*_JOBS, *(("write_back",) if writes else ()), *(("deliver",) if sends else ()))


def job_card(name: str) -> None:
    """The newest run of one job."""
    newest = next(iter(store.runs.recent(name, limit=1)), None)
    with st.container(border=True, height="stretch", key=f"job-{name}"):
        st.markdown(f"**{name}** {_STATUS[newest.status] if newest else ':gray-badge[never ran]'}")
        if newest:
            st.caption(f"{ago(newest.started_at)} · {plain(newest.message)}")


def runs_table(runs: list[Run]) -> pl.DataFrame:
    """Runs as a table, newest first."""
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


page_head("operations", ask.headline())

with st.container(key="wrap-jobs"):
    for column, job in zip(st.columns(len(jobs)), jobs, strict=True):
        with column:
            job_card(job)

st.header("What was not seen")
spots = blind_spots(last_sync())
if spots:
    st.dataframe(
        pl.DataFrame(
            [(spot.sheet or "everywhere", spot.reason.value, spot.detail) for spot in spots],
            schema=dict.fromkeys(("Sheet", "Reason", "What"), pl.String),
            orient="row",
        ).to_pandas(),
        hide_index=True,
        width="stretch",
    )
else:
    st.markdown(f":material/check_circle: {ALL_SEEN}")

with st.container(key="split-record"):
    whole, saved = st.columns(2, gap="large")
with whole:
    record_section(workspace())
with saved:
    backups_section(workspace())

model_section(workspace(), actor)

if isinstance(source, SmartsheetSettings):
    smartsheet_section(workspace(), source)

runs, rules, earlier, actions = st.tabs(
    ["Runs", "What each rule looked at", "What earlier looks could not see", "What was done here"]
)
with runs:
    st.dataframe(runs_table(store.runs.recent(limit=200)).to_pandas(), hide_index=True, width="stretch")
with rules:
    st.caption(
        "Counts over the newest look of each sheet. Skipped: not understood. Out of scope: not to be judged. Exempt: "
        "hits that raise nothing, for a reason on record. A rule in shadow is counted and raises nothing."
    )
    st.dataframe(
        ask.rule_counts().with_columns(pl.col("rule").replace(workspace().titles())).to_pandas(),
        hide_index=True,
        width="stretch",
    )
with earlier:
    st.dataframe(ask.blind_spots_of_looks().to_pandas(), hide_index=True, width="stretch")
with actions:
    st.dataframe(
        ask.actions()
        .select("timestamp", "action", "changed_by", "issue_description", "ip_address", "event_id")
        .to_pandas(),
        hide_index=True,
        width="stretch",
    )
