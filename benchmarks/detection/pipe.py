"""A trial through the real pipe: exports written look by look, synced week by week, the model retrained once."""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from audit_core.sources.snapshot_files import end_of_day
from audit_core.workspace import Workspace
from benchmarks.detection.people import ZONE
from benchmarks.detection.trial import Trial
from jobs.tasks import JOBS, Request

_LOOKS_A_SYNC = 3
_TOLD = {"event_id": pl.Int64, **dict.fromkeys(("old_value", "new_value", "changed_at", "broken"), pl.String)}
_EVENTS = """SELECT event_id, old_value, new_value, changed_at, (SELECT group_concat(rule, ' ') FROM rule_hits h
    WHERE h.event_id = e.event_id) FROM audit_events e WHERE kind = 'change' ORDER BY event_id"""


def record(trial: Trial, folder: Path) -> Path:
    """Take every look of the trial into a new workspace in `folder`; returns its config file."""
    config = folder / "config.json"
    source = {"kind": "exports", "path": "exports"}
    config.write_text(json.dumps({"data_dir": "data", "source": source, "rates": "rates.csv"}))
    stops = _stops(trial)
    for look, sheets in trial.frames():
        (folder / "rates.csv").write_text(trial.lists[look])
        for sheet, frame in sheets.items():
            path = folder / "exports" / sheet / f"{look}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.write_csv(path)
        if look in stops:
            _run(config, "sync", end_of_day(look, ZONE))
        if look == trial.split:
            _run(config, "retrain", end_of_day(look, ZONE))
    return config


def recorded(config: Path) -> pl.DataFrame:
    """Every recorded change as `store.features.history()` tells it, with `day` and more of its event: `old_value,
    new_value, changed_at`, and `broken`, its rules with spaces between them."""
    store = Workspace.open(config).store
    with closing(store.database):
        events = store.database.connection().execute(_EVENTS).fetchall()
        history = store.features.history()
    told = pl.DataFrame([tuple(row) for row in events], _TOLD, orient="row")
    assert told["event_id"].to_list() == history["event_id"].to_list(), "every change has its features"
    return history.hstack(told.drop("event_id")).with_columns(day=pl.col("look").str.to_date())


def _stops(trial: Trial) -> set[date]:
    """The looks after which there is a sync: once a week, and wherever the model or the price list is another next."""
    following = [*(trial.lists[look] for look in trial.looks[1:]), None]
    return {
        look
        for place, (look, prices) in enumerate(zip(trial.looks, following, strict=True))
        if place % _LOOKS_A_SYNC == 0 or look == trial.split or prices != trial.lists[look]
    }


def _run(config: Path, job: str, at: datetime) -> None:
    workspace = Workspace.open(config)
    with closing(workspace.store.database):
        if JOBS[job].creates_store:
            workspace.store.create()
        outcome = JOBS[job].task(workspace, Request(f"{job} {at:%Y-%m-%d}", now=lambda: _after(at)))
    assert outcome.status == "ok", outcome


def _after(at: datetime) -> datetime:
    return at.astimezone(UTC) + timedelta(hours=1)
