"""A backup holds everything, and is verified before it counts."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import zstandard

from audit_core.backups.manifest import MANIFEST, Manifest, Totals
from audit_core.errors import StoreNotReady
from audit_core.store.schema import migrations
from jobs.tasks import Request, run_forecast, run_weekly
from tests.backups.stores import (
    EVENTS,
    NAME,
    NOW,
    back_up,
    logs,
    manifest_of,
    opened,
    restored,
    second_line,
    tree,
    verified,
)  # fmt: skip
from tests.exports import FIRST, Desk, line, two_looks

pytestmark = pytest.mark.in_turn(3)

DAY = timedelta(days=1)


def test_a_backup_holds_everything_and_says_so(desk: Desk) -> None:
    whole = verified(desk)
    made = back_up(desk)
    data = desk.root / "data"
    manifest = Manifest.read(made.path / MANIFEST)
    stored = {item.name: item for item in manifest.files}
    # every file of the data folder is there, byte for byte; the database is packed, and config.json lies beside it
    for name, content in tree(data).items():
        if content is not None and not name.startswith(("audit.db", "backups/")):
            assert (made.path / name).read_bytes() == content
            assert name in stored
    assert sum(name.startswith("snapshots/") for name in stored) == 2
    assert sum(name.startswith("models/") for name in stored) == 2
    assert sum(name.startswith("sheets/") for name in stored) == 1
    assert (made.path / "config.json").read_bytes() == desk.config.read_bytes()
    assert set(stored) == {name for name, content in tree(made.path).items() if content is not None} - {MANIFEST}
    for name, item in stored.items():
        content = (made.path / name).read_bytes()
        assert (item.size, item.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (manifest.events, manifest.head, manifest.run_id) == (whole.events, whole.head, "run-b")
    assert manifest.migrations == tuple(item.name for item in migrations._migrations)
    assert (made.path, made.events, made.files, made.removed) == (data / "backups" / NAME, EVENTS, len(stored), ())
    assert made.size == sum(item.size for item in manifest.files)


def test_a_backup_that_was_made_is_logged(desk: Desk) -> None:
    made = back_up(desk)
    (row,) = logs(desk)
    seal = hashlib.sha256((made.path / MANIFEST).read_bytes()).hexdigest()
    assert (row["status"], row["verified"], row["events"], row["sha256"]) == ("ok", 1, made.events, seal)
    assert (row["path"], row["size_bytes"], row["started_at"]) == (str(made.path), made.size, NOW.isoformat())
    assert made.message.startswith(row["message"])
    assert datetime.fromisoformat(row["finished_at"]) >= NOW


def test_a_backup_leaves_the_store_as_it_was_but_for_the_event_that_tells_of_it(desk: Desk) -> None:
    data = desk.root / "data"
    others, before = tree(data), desk.rows("SELECT * FROM audit_events")
    made = back_up(desk)
    after = {name: content for name, content in tree(data).items() if not name.startswith("backups")}
    assert after.keys() == others.keys()
    assert [name for name in after if after[name] != others[name]] == ["audit.db"]
    *kept, told = desk.rows("SELECT * FROM audit_events")
    assert kept == before
    assert (told["action"], told["changed_by"], told["audit_run_id"]) == ("backup_made", "system:jobs", "run-b")
    sealed = json.loads(told["evidence"])
    assert (sealed["backup"], sealed["events"]) == (NAME, EVENTS)
    assert sealed["manifest_sha256"] == hashlib.sha256((made.path / MANIFEST).read_bytes()).hexdigest()
    assert verified(desk).events == EVENTS + 1


def test_a_manifest_says_what_the_ledger_was(desk: Desk) -> None:
    """The anchor of the copy, the rows of every table, and the totals that a report over it gives."""
    report = desk.rows("SELECT sum(kind = 'change') c, count(severity) f, sum(money_cents) m FROM audit_events")[0]
    incidents = desk.rows("SELECT count(*) n FROM incidents")[0]["n"]
    before = verified(desk)
    manifest = manifest_of(back_up(desk))
    anchor = {"size": EVENTS, "head": before.head, "root": before.root, "at": NOW.isoformat(), "run_id": "run-b"}
    assert manifest.anchor == anchor
    assert manifest.rows is not None
    assert (manifest.rows["audit_events"], manifest.rows["snapshots"], manifest.rows["sessions"]) == (EVENTS, 2, 0)
    assert manifest.totals == Totals(
        changes=report["c"], flagged=report["f"], incidents=incidents, money_cents=report["m"], rows=51
    )
    assert report["c"] == 102
    assert (manifest.encryption, manifest.key_id, manifest.signature) == (None, None, None)


def test_a_snapshot_that_waits_to_be_believed_is_in_the_backup(tmp_path: Path) -> None:
    """Without it, the sync after a restore could not compare the next look with it."""
    lines = [line(n) for n in range(1, 60)]
    desk = two_looks(tmp_path, lines, lines[:20])  # it lost most of its rows: refused until the next one says so too
    waiting = desk.rows("SELECT file FROM refused_snapshots")[0]["file"]
    made = back_up(desk)
    assert (made.path / "snapshots" / waiting).is_file()
    shutil.copytree(made.path, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "data")
    restored(tmp_path / "elsewhere", tmp_path / "data")
    desk.look("2025-08-12", lines[:20])
    assert desk.sync().rows_removed == 39


def test_forecasts_are_in_the_backup_and_come_back(desk: Desk, tmp_path: Path) -> None:
    with opened(desk) as workspace:
        path = Path(run_forecast(workspace, Request("forecast", now=lambda: NOW)).counters["path"])
    made = back_up(desk)
    restored(made.path, tmp_path / "restored")
    assert (tmp_path / "restored" / "forecasts" / path.name).read_bytes() == path.read_bytes()


def test_the_lines_of_packets_are_in_the_backup_and_come_back(desk: Desk, tmp_path: Path) -> None:
    with opened(desk) as workspace:
        made = run_weekly(workspace, Request("weekly", now=lambda: NOW))
    assert made.counters["made"] > 0
    (kept, *_) = sorted((desk.root / "data" / "packets" / "lines").iterdir())
    restored(back_up(desk).path, tmp_path / "restored")
    assert (tmp_path / "restored" / "packets" / "lines" / kept.name).read_bytes() == kept.read_bytes()


def test_a_backup_is_named_by_its_moment_in_utc(desk: Desk) -> None:
    there = timezone(timedelta(hours=-6))
    assert back_up(desk, datetime(2025, 12, 31, 20, 30, 5, 999_999, tzinfo=there)).path.name == "20260101T023005Z"


@pytest.mark.parametrize("compression", [True, False])
def test_the_database_is_packed_or_not(desk: Desk, compression: bool) -> None:
    Desk(desk.root, backup={"compression": compression})
    made = back_up(desk)
    packed, plain = made.path / "audit.db.zst", made.path / "audit.db"
    assert (packed.exists(), plain.exists()) == (compression, not compression)
    if compression:
        plain.write_bytes(zstandard.ZstdDecompressor().decompress(packed.read_bytes()))
    with closing(sqlite3.connect(plain)) as copy:
        assert copy.execute("SELECT count(*), max(event_id) FROM audit_events").fetchone() == (EVENTS, EVENTS)


def test_an_empty_store_can_be_backed_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.workspace().store.database.close()
    made = back_up(desk)
    assert (made.events, made.files) == (0, 2)
    assert restored(made.path, tmp_path / "restored").events == 0


def test_without_a_store_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(StoreNotReady, match="There is no store"):
        back_up(desk)
    assert not (tmp_path / "data").exists()


def model_of(desk: Desk) -> str | None:
    with opened(desk) as workspace:
        model = workspace.model()
        return model.model_id if model else None


def test_the_trail_goes_on_from_a_backup_as_if_nothing_had_happened(desk: Desk) -> None:
    """The data folder is lost; from the backup the next look is compared with the last one that was taken."""
    made = back_up(desk)
    model = model_of(desk)
    saved = shutil.copytree(made.path, desk.root / "another machine")
    shutil.rmtree(desk.root / "data")
    restored(saved, desk.root / "data")
    assert verified(desk).events == EVENTS
    assert model_of(desk) == model is not None
    assert desk.sync().events_recorded == 0
    desk.look("2025-08-20", [second_line(n) for n in range(1, 51)])
    counters = desk.sync()
    assert (counters.rows_removed, counters.cells_changed, counters.rows_added) == (1, 0, 0)
    assert desk.rows("SELECT look FROM snapshots ORDER BY look")[0]["look"] == FIRST
    assert verified(desk).events > EVENTS
