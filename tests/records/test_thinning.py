"""Snapshots of long ago are thinned to one a day, and nothing that needs an older one notices."""

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit_core import records
from audit_core.detail import Detail, detail, timeline
from audit_core.records import Thinned, thin
from audit_core.records.thinning import superfluous
from audit_core.store.database import StoreFailure
from audit_core.store.past import read_past
from audit_core.store.snapshots import TakenSnapshot
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS, Request, run_backup
from tests.emulator import Tenant, billing_sheet
from tests.exports import line, two_looks
from tests.jobs.processes import leased
from tests.live import Live, live
from tests.records.desks import LATER, opened

pytestmark = pytest.mark.in_turn(3)

ANN = "ann@example.com"
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A sheet that was read four times on each of three days, and changed each time. Not to be altered."""
    tenant = Tenant(seed=5)
    tenant.rate_limit = False
    north = billing_sheet(tenant, "North", 12, seed=1)
    with live(tmp_path_factory.mktemp("grown"), tenant) as made:
        for day in range(3):
            for step in range(4):
                tenant.edit(north, north.rows[0].id, "Quantity", 10 * day + step, ANN)
                made.sync()
                tenant.tick(1800)
            tenant.tick(86_400 - 4 * 1800)
        yield made


@pytest.fixture
def desk(grown: Live, tmp_path: Path) -> Live:
    """A copy of it."""
    shutil.copytree(grown.root, tmp_path, dirs_exist_ok=True)
    return Live(tmp_path, grown.tenant, grown.emulator, grown.time)


def thinned(desk: Live, days_later: int) -> Thinned:
    """Thin so many days after the last look, then verify everything."""
    workspace = desk.open()
    try:
        done = thin(workspace, "backup-1", newest(workspace) + timedelta(days=days_later))
        store = workspace.store
        verify(store.database, store.snapshots, store.anchor_file, [])
        return done
    finally:
        workspace.store.database.close()


def newest(workspace: Workspace) -> datetime:
    return max(each.look_at for each in workspace.store.snapshots.all())


def looks(desk: Live) -> list[str]:
    workspace = desk.open()
    taken = [each.look for each in workspace.store.snapshots.all()]
    workspace.store.database.close()
    return taken


def files(desk: Live) -> int:
    return sum(path.is_file() for path in (desk.root / "data" / "snapshots").rglob("*"))


def test_after_the_dense_days_the_last_of_each_day_is_kept_and_the_first_of_all(desk: Live) -> None:
    before = looks(desk)
    assert thinned(desk, 80) == Thinned()
    done = thinned(desk, 100)
    assert looks(desk) == [before[0], before[3], before[7], before[11]]
    assert (done.snapshots, done.files) == (8, 8)
    assert files(desk) == 4
    assert thinned(desk, 100) == Thinned()


def test_the_next_sync_finds_what_changed_and_nothing_else(desk: Live) -> None:
    before = len(desk.events("AND kind = 'change'"))
    thinned(desk, 100)
    desk.sync()
    assert len(desk.events("AND kind = 'change'")) == before
    north = next(iter(desk.tenant.sheets.values()))
    desk.tenant.edit(north, north.rows[1].id, "Foreman", "Somebody", ANN)
    desk.sync()
    assert [each["column_name"] for each in desk.events("AND kind = 'change' ORDER BY event_id")[before:]] == [
        "Foreman"
    ]


def test_what_models_learn_from_is_not_thinned(desk: Live) -> None:
    workspace = desk.open()
    before = workspace.store.features.history()
    thinned(desk, 100)
    assert before.height
    assert workspace.store.features.history().equals(before)
    workspace.store.database.close()


def test_how_common_changes_are_is_counted_over_the_looks_that_are_kept(desk: Live) -> None:
    def counted() -> tuple[int, int]:
        workspace = desk.open()
        store, day = workspace.store, newest(workspace).date()
        past = read_past(store.columnar, store.snapshots, day, CHICAGO)
        store.database.close()
        return int(past.kinds["past"].sum()), past.rows

    changes = desk.events("AND kind = 'change'")
    assert counted() == (len(changes), 12 * 12)
    thinned(desk, 100)
    kept = looks(desk)
    assert counted() == (sum(each["look"] in kept for each in changes), len(kept) * 12)
    assert 0 < counted()[0] < len(changes)


def test_an_event_whose_snapshots_were_thinned_says_so_and_when_it_was_seen(desk: Live) -> None:
    second, *_, last = desk.events("AND column_name = 'Quantity' AND kind = 'change' ORDER BY event_id")
    workspace = desk.open()

    def told(event: Mapping[str, Any]) -> tuple[Detail, int]:
        found = detail(workspace, event["event_id"])
        assert found is not None
        return found, len(timeline(workspace, found))

    before = [told(each) for each in (second, last)]
    thinned(desk, 100)
    after = [told(each) for each in (second, last)]
    workspace.store.database.close()
    for (found, moments), (was, moments_then) in zip(after, before, strict=True):
        assert (found.thinned, was.thinned) == (True, False)
        assert found.around == was.around
        assert set(found.kept) < set(was.kept)
        assert found.look_at is not None
        assert was.look_at is not None
        assert abs(found.look_at - was.look_at) < timedelta(seconds=5)
        assert found.previous_look_at is not None
        assert moments == moments_then


def test_what_a_crashed_run_left_goes_after_a_day(desk: Live) -> None:
    folder = desk.root / "data" / "snapshots" / "ab"
    folder.mkdir(exist_ok=True)
    old, new, torn = folder / f"{'ab' * 32}.parquet", folder / f"{'ac' * 32}.parquet", folder / ".x.part"
    for each in (old, new, torn):
        each.write_bytes(b"left")
    workspace = desk.open()
    now = newest(workspace) + timedelta(days=1)
    workspace.store.database.close()
    for path in desk.root.rglob("*.p*"):
        os.utime(path, (now.timestamp() - 90_000,) * 2)
    os.utime(new, (now.timestamp() - 80_000,) * 2)
    assert thinned(desk, 1) == Thinned(orphans=2)
    assert [each.exists() for each in (old, new, torn)] == [False, True, False]


def test_while_a_sync_is_under_way_nothing_is_thinned(desk: Live) -> None:
    with leased(desk.root / "data", "sync"):
        done = thinned(desk, 100)
    assert done == Thinned(waiting=True)
    assert "a sync is under way" in done.words()
    assert len(looks(desk)) == 12


def test_a_dry_run_removes_no_file(desk: Live) -> None:
    before = files(desk)
    workspace = desk.open()
    with workspace.scratch() as copy:
        done = thin(copy, "backup-1", newest(workspace) + timedelta(days=100))
        assert len(copy.store.snapshots.all()) == 4
    workspace.store.database.close()
    assert done.snapshots == 8
    assert files(desk) == before
    assert len(looks(desk)) == 12


def test_exports_are_never_thinned(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [line(1)], [line(1, quantity="3")])
    with opened(desk) as workspace:
        assert thin(workspace, "backup-1", LATER) == Thinned()
        assert len(workspace.store.snapshots.all()) == 2


def test_null_keeps_them_all(desk: Live) -> None:
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"retention": {"snapshots_dense_days": None}}))
    assert thinned(desk, 5_000) == Thinned()


def test_the_backup_thins_when_it_has_everything(desk: Live) -> None:
    workspace = desk.open()
    now = newest(workspace) + timedelta(days=100)
    done = run_backup(workspace, Request("backup-1", now=lambda: now))
    workspace.store.database.close()
    assert (done.counters["snapshots_thinned"], done.counters["files_removed"]) == (8, 8), done
    assert "8 snapshots thinned (8 files)" in done.message
    assert len(list(Path(done.counters["path"]).glob("snapshots/*/*"))) == 12
    assert files(desk) == 4


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), StoreFailure("database is locked")])
def test_a_backup_that_was_made_does_not_fail_with_the_thinning(
    desk: Live, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_given: object) -> Thinned:
        raise error

    monkeypatch.setattr(records, "thin", failing)
    workspace = desk.open()
    result = execute(workspace, JOBS["backup"])
    workspace.store.database.close()
    assert (result.status, result.exit_code) == ("partial", 3)
    assert f"Thinning snapshots failed ({error})" in result.message
    assert (Path(result.counters["path"]) / "manifest.json").is_file()


def test_the_newest_with_each_column_is_kept() -> None:
    start = datetime(2026, 1, 5, 12, tzinfo=UTC)
    taken = [
        TakenSnapshot(
            "1", "North", f"2026-01-05T{12 + hour}:00:00Z", start + timedelta(hours=hour), "1", "c", "l", 1,
            ("CU", "Foreman") if hour == 2 else ("CU",), {}, "f", "f", (),
        )
        for hour in range(5)
    ]  # fmt: skip
    gone = superfluous(taken, start + timedelta(days=90), CHICAGO)
    assert [each.look for each in gone] == ["2026-01-05T13:00:00Z", "2026-01-05T15:00:00Z"]
    two = [*taken, *(replace(each, sheet_id="2") for each in taken)]
    assert len(superfluous(two, start + timedelta(days=90), CHICAGO)) == 4
    assert not superfluous(two, start, CHICAGO)
