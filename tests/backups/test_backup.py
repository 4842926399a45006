"""A backup holds everything, is verified before it counts, and says when it could not be made."""

import errno
import hashlib
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import zstandard

from audit_core.actors import SYNC
from audit_core.backups import Backup, backup, restore
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.backups.retention import remove_old
from audit_core.errors import AuditError, StoreNotReady, VerificationFailed
from audit_core.store.actions import Action
from audit_core.store.database import journal_mode
from audit_core.store.schema import migrations
from audit_core.store.store import Store
from tests.backups.stores import NAME, NOW, back_up, change, logs, opened, small_store, tree, verified
from tests.exports import FIRST, Desk, line
from tests.faults.full_disk import full_disk

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_store(tmp_path_factory.mktemp("original")).root


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Desk:
    """A small store, all the test's own."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def backups(desk: Desk) -> list[str]:
    """The names of what lies in `backups/`, hidden or not."""
    return sorted(path.name for path in (desk.root / "data" / "backups").glob("*"))


def test_a_backup_holds_everything_and_says_so(desk: Desk) -> None:
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
    assert (made.path / "config.json").read_bytes() == desk.config.read_bytes()
    assert set(stored) == {name for name, content in tree(made.path).items() if content is not None} - {MANIFEST}
    for name, item in stored.items():
        content = (made.path / name).read_bytes()
        assert (item.size, item.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    whole = verified(desk)
    assert (manifest.events, manifest.head, manifest.run_id) == (whole.events, whole.head, "run-b")
    assert manifest.migrations == tuple(item.name for item in migrations._migrations)
    assert (made.path, made.events, made.files, made.removed) == (data / "backups" / NAME, 104, len(stored), ())
    assert made.size == sum(item.size for item in manifest.files)


def test_a_backup_that_was_made_is_logged(desk: Desk) -> None:
    made = back_up(desk)
    (row,) = logs(desk)
    seal = hashlib.sha256((made.path / MANIFEST).read_bytes()).hexdigest()
    assert (row["status"], row["verified"], row["events"], row["sha256"]) == ("ok", 1, made.events, seal)
    assert (row["path"], row["size_bytes"], row["started_at"]) == (str(made.path), made.size, NOW.isoformat())
    assert made.message.startswith(row["message"])
    assert datetime.fromisoformat(row["finished_at"]) >= NOW


def test_a_backup_leaves_the_store_as_it_was(desk: Desk) -> None:
    data = desk.root / "data"
    others, whole = tree(data), verified(desk)
    back_up(desk)
    after = {name: content for name, content in tree(data).items() if not name.startswith("backups")}
    assert after.keys() == others.keys()
    assert [name for name in after if after[name] != others[name]] == ["audit.db"]  # its row in backup_logs
    assert verified(desk) == whole


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
        assert copy.execute("SELECT count(*), max(event_id) FROM audit_events").fetchone() == (104, 104)


def test_snapshots_and_models_are_linked_and_everything_else_is_copied(desk: Desk) -> None:
    made = back_up(desk)
    for item in Manifest.read(made.path / MANIFEST).files:
        linked = item.name.startswith(("snapshots/", "models/"))
        assert (made.path / item.name).stat().st_nlink == (2 if linked else 1)
        assert not linked or (made.path / item.name).samefile(desk.root / "data" / item.name)


def test_where_the_disk_allows_no_links_everything_is_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def across_disks(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(target))

    monkeypatch.setattr(Path, "hardlink_to", across_disks)
    made = back_up(desk)
    assert {(made.path / item.name).stat().st_nlink for item in Manifest.read(made.path / MANIFEST).files} == {1}
    assert restore(made.path, desk.root / "restored").events == made.events


def test_an_empty_store_can_be_backed_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.workspace().store.database.close()
    made = back_up(desk)
    assert (made.events, made.files) == (0, 2)
    assert restore(made.path, tmp_path / "restored").events == 0


def test_without_a_store_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(StoreNotReady, match="There is no store"):
        back_up(desk)
    assert not (tmp_path / "data").exists()


def test_beside_a_writer_a_backup_is_of_one_moment(desk: Desk) -> None:
    """Events and anchors are written all the time, as a sync does; each backup taken meanwhile is whole."""
    enough, wrote = threading.Event(), threading.Event()
    made: list[Backup] = []

    def write_on_and_on() -> int:
        store = Store(desk.root / "data")
        while not enough.is_set():
            with store.database.write() as connection:
                store.seal(connection, Action("looked", "Somebody looked.", SYNC), NOW)
            store.keep_anchor("run-w", NOW)
            wrote.set()
        written = store.events()
        store.database.close()
        return written

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on_and_on)
        try:
            for number in range(4):
                assert wrote.wait(60)
                wrote.clear()
                made.append(back_up(desk, NOW + timedelta(seconds=number)))
        finally:
            enough.set()
        last = writing.result()
    sizes = [each.events for each in made]
    assert sizes == sorted(sizes)
    assert 104 < sizes[0] < sizes[-1] <= last
    for each in made:
        assert restore(each.path, desk.root / each.path.name).events == each.events


def test_an_event_written_between_any_two_files_is_no_contradiction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just before each file is copied, another process commits an event and keeps its anchor."""
    other, copyfile, hardlink_to = Store(desk.root / "data"), shutil.copyfile, Path.hardlink_to

    def write() -> None:
        with other.database.write() as connection:
            other.seal(connection, Action("looked", "Somebody looked.", SYNC), NOW)
        other.keep_anchor("run-w", NOW)

    def busy_copyfile(source: Path, target: Path) -> object:
        write()
        return copyfile(source, target)

    def busy_hardlink_to(self: Path, target: Path) -> None:
        write()
        hardlink_to(self, target)

    monkeypatch.setattr(shutil, "copyfile", busy_copyfile)
    monkeypatch.setattr(Path, "hardlink_to", busy_hardlink_to)
    made = back_up(desk)
    monkeypatch.undo()
    assert 104 < made.events < other.events() == 109
    other.database.close()
    assert restore(made.path, desk.root / "restored").events == made.events


def test_what_a_writer_takes_back_is_in_no_backup(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it writes, the database file itself holds half of what it writes: copying that file would not do."""
    copyfile = shutil.copyfile
    path = desk.root / "data" / "audit.db"
    before, half_done = path.read_bytes(), []
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    taken_back = threading.Timer(0.2, lambda: writer.execute("ROLLBACK"))

    def write_before_the_database_is_copied(source: Path, target: Path) -> object:
        if source == desk.config:
            writer.execute("PRAGMA cache_size = 1")  # so that pages are written before anything is committed
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE incidents SET events = events + 1")
            writer.execute("UPDATE snapshots SET blind_spots = hex(randomblob(500000))")
            half_done.append(path.read_bytes() != before)
            taken_back.start()
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", write_before_the_database_is_copied)
    made = back_up(desk)
    taken_back.join()
    writer.close()
    assert half_done == [journal_mode(sqlite3.sqlite_version_info) == "DELETE"]
    assert restore(made.path, desk.root / "restored").events == made.events == 104


def test_what_is_not_committed_yet_is_in_no_backup(desk: Desk) -> None:
    with opened(desk) as workspace, closing(sqlite3.connect(desk.root / "data" / "audit.db")) as other:
        other.execute("UPDATE incidents SET summary = 'half done'")  # holds the write lock from here on
        # the log of the backup is what has to wait for it
        workspace.store.database.connection().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(AuditError, match="cannot be written to now"):
            backup(workspace, "run-b", NOW)
        other.rollback()
    assert restore(desk.root / "data" / "backups" / NAME, desk.root / "restored").events == 104
    with closing(sqlite3.connect(desk.root / "restored" / "audit.db")) as copy:
        assert copy.execute("SELECT count(*) FROM incidents WHERE summary = 'half done'").fetchone() == (0,)


# --- failures ---


def altered(pattern: str) -> Callable[[Desk], None]:
    def alter(desk: Desk) -> None:
        path = next((desk.root / "data").glob(pattern))
        path.write_bytes(path.read_bytes()[:-1] + b"?")

    return alter


def gone(pattern: str) -> Callable[[Desk], None]:
    return lambda desk: next((desk.root / "data").glob(pattern)).unlink()


def changed(*statements: str) -> Callable[[Desk], None]:
    return lambda desk: change(desk, *statements)


def folder_in_the_way(desk: Desk) -> None:
    path = desk.root / "data" / "anchors.jsonl"
    path.unlink()
    path.mkdir()


FAILURES: dict[str, tuple[Callable[[Desk], None], type[AuditError], str]] = {
    "a snapshot is gone": (gone("snapshots/*/*"), VerificationFailed, "is gone: restore it from an older backup"),
    "a snapshot was altered": (altered("snapshots/*/*"), VerificationFailed, "is not the file that was taken"),
    "an event was altered": (
        changed("UPDATE audit_events SET new_value = '9' WHERE event_id = 7"), VerificationFailed, "Event 7 was altered"
    ),
    "events were cut off": (
        changed("DELETE FROM rule_hits WHERE event_id > 100", "DELETE FROM audit_events WHERE event_id > 100"),
        VerificationFailed, "Event 101 is missing",
    ),
    "a row points nowhere": (
        changed("INSERT INTO rule_hits VALUES (900, 'x')"), VerificationFailed, "audit.db is damaged"
    ),
    "a model's card is gone": (gone("models/*/card.json"), VerificationFailed, "is gone"),
    "a model's card was altered": (altered("models/*/card.json"), VerificationFailed, "The card of the model"),
    "a model's features were altered": (
        altered("models/*/features.parquet"), VerificationFailed, "The features of the model"
    ),
    "an anchor was altered": (
        altered("anchors.jsonl"), VerificationFailed, "Line 2 of"
    ),
    "the anchors are a folder": (folder_in_the_way, AuditError, "No backup was made"),
    "a name leads out of the folder": (
        changed("UPDATE snapshots SET file = '../../outside'"), VerificationFailed, "which is no file of a backup"
    ),
    "a model's name leads out of the folder": (
        changed("UPDATE models SET folder = '../../..'"), VerificationFailed, "which is no file of a backup"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("breaks", "error", "why"), FAILURES.values(), ids=FAILURES)
def test_what_cannot_be_verified_becomes_no_backup(
    desk: Desk, breaks: Callable[[Desk], None], error: type[AuditError], why: str
) -> None:
    old = back_up(desk, NOW - 90 * DAY)
    (desk.root / "outside").write_text("a file that is none of ours")
    breaks(desk)
    before = tree(desk.root / "data" / "backups")
    with pytest.raises(error, match=why) as raised:
        back_up(desk)
    assert type(raised.value) is error
    row = logs(desk)[-1]
    assert (row["status"], row["verified"], row["path"], row["sha256"]) == ("failed", 0, None, None)
    assert (row["message"], row["started_at"]) == (str(raised.value), NOW.isoformat())
    # nothing half is left, nowhere, and the old one stays although its time is over
    assert tree(desk.root / "data" / "backups") == before
    assert backups(desk) == [old.path.name]


def test_a_file_in_the_place_of_the_folder_is_told(desk: Desk) -> None:
    (desk.root / "data" / "backups").write_text("")
    with pytest.raises(AuditError, match="No backup was made"):
        back_up(desk)
    assert [row["status"] for row in logs(desk)] == ["failed"]


def test_a_configuration_that_went_away_is_told(desk: Desk) -> None:
    with opened(desk) as workspace:
        desk.config.unlink()
        with pytest.raises(AuditError, match=r"No backup was made .*config\.json"):
            backup(workspace, "run-b", NOW)
    assert (backups(desk), [row["status"] for row in logs(desk)]) == ([], ["failed"])


def test_on_a_disk_that_fills_up_nothing_is_left_and_the_failure_is_logged(desk: Desk) -> None:
    database, anchors = desk.root / "data" / "audit.db", desk.root / "data" / "anchors.jsonl"
    anchors.write_text(anchors.read_text() * 4_000)
    with full_disk(at=database.stat().st_size), pytest.raises(AuditError, match=r"No backup was made .*too large"):
        back_up(desk)
    assert backups(desk) == []
    (row,) = logs(desk)
    assert (row["status"], "too large" in row["message"]) == ("failed", True)


def test_on_a_full_disk_the_error_still_reaches_the_person(desk: Desk) -> None:
    with opened(desk) as workspace:
        workspace.store.database.require_current()
        with full_disk(at=0), pytest.raises(AuditError, match="No backup was made") as raised:
            backup(workspace, "run-b", NOW)
    assert "could not be recorded" in raised.value.__notes__[0]
    assert (backups(desk), logs(desk)) == ([], [])
    assert back_up(desk).events == 104


def test_two_backups_of_one_second_are_refused(desk: Desk) -> None:
    made = back_up(desk)
    before = tree(made.path)
    with pytest.raises(AuditError, match="wait a second"):
        back_up(desk, NOW + timedelta(milliseconds=900))
    assert (backups(desk), tree(made.path) == before) == ([NAME], True)
    assert [row["status"] for row in logs(desk)] == ["ok", "failed"]


# --- retention ---


def test_backups_past_their_time_are_removed_and_no_others(desk: Desk) -> None:
    Desk(desk.root, backup={"retention_days": 30})
    for age in (31, 30, 29):
        assert back_up(desk, NOW - age * DAY).removed == ()
    made = back_up(desk)
    assert made.removed == ("20251201T080000Z",)
    assert made.message.endswith("1 older than 30 days removed.")
    assert backups(desk) == ["20251202T080000Z", "20251203T080000Z", NAME]
    assert restore(desk.root / "data" / "backups" / "20251202T080000Z", desk.root / "restored").events == 104


def test_the_newest_backup_stays_however_old_it_is(desk: Desk) -> None:
    for age in (91, 60):
        back_up(desk, NOW - age * DAY)
    assert backups(desk) == ["20251102T080000Z"]
    folder = desk.root / "data" / "backups"
    assert remove_old(folder, folder / "another", NOW + 9_000 * DAY) == ()
    assert backups(desk) == ["20251102T080000Z"]


def test_after_a_clock_was_set_back_neither_the_newest_nor_the_one_just_made_is_removed(desk: Desk) -> None:
    for year in (2027, 2025, 2026):
        back_up(desk, datetime(year, 6, 1, tzinfo=UTC))
    assert backups(desk) == ["20260601T000000Z", "20270601T000000Z"]
    folder = desk.root / "data" / "backups"
    assert remove_old(folder, folder / "20260601T000000Z", NOW + 9_000 * DAY) == ()


def test_what_is_no_finished_backup_of_ours_is_never_removed(desk: Desk) -> None:
    folder = desk.root / "data" / "backups"
    kept = ["notes", "20200101", "20200101T000000Z copy", "20209999T999999Z", "x20200101T000000Z"]
    for name in kept:
        (folder / name).mkdir(parents=True)
        (folder / name / MANIFEST).write_text("{}")
    (folder / "20200102T000000Z").mkdir()  # without a manifest it is no backup
    (folder / "20200103T000000Z").write_text("a file")
    (desk.root / "elsewhere").mkdir()
    (desk.root / "elsewhere" / MANIFEST).write_text("{}")
    (folder / "20200104T000000Z").symlink_to(desk.root / "elsewhere")
    (folder / "20200105T000000Z").mkdir()
    (folder / "20200105T000000Z" / MANIFEST).write_text("{}")
    before = backups(desk)
    assert back_up(desk).removed == ("20200105T000000Z",)
    assert backups(desk) == sorted({*before, NAME} - {"20200105T000000Z"})


def test_what_killed_runs_left_is_removed_after_a_day(desk: Desk) -> None:
    folder = desk.root / "data" / "backups"
    over = [".20251231T075959Z-abc_1234.part", ".20250101T000000Z-removed.part"]
    under_way = [".20251231T080001Z-abc_1234.part", ".20260101T075959Z-x.part"]
    foreign = [".mine.part", ".20250101T000000Z.part", ".20250101T000000Z-a b.part", "20250101T000000Z-x.part"]
    for name in (*over, *under_way, *foreign):
        (folder / name / "inside").mkdir(parents=True)
    (folder / ".20250102T000000Z-link.part").symlink_to(desk.root / "exports")
    back_up(desk)
    assert backups(desk) == sorted([*under_way, *foreign, ".20250102T000000Z-link.part", NAME])
    assert (desk.root / "exports").is_dir()


def test_left_overs_are_removed_before_a_backup_that_fails_too(desk: Desk) -> None:
    """Else a full disk would stay full."""
    folder = desk.root / "data" / "backups"
    (folder / ".20250101T000000Z-abc.part").mkdir(parents=True)
    gone("snapshots/*/*")(desk)
    with pytest.raises(VerificationFailed, match="is gone"):
        back_up(desk)
    assert backups(desk) == []


# --- what a backup is for ---


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
    restore(saved, desk.root / "data")
    assert verified(desk).events == 104
    assert model_of(desk) == model is not None
    assert desk.sync().events_recorded == 0
    desk.look("2025-08-20", [line(n, quantity="3", units_total_price="170.52") for n in range(1, 51)])
    counters = desk.sync()
    assert (counters.rows_removed, counters.cells_changed, counters.rows_added) == (1, 0, 0)
    assert desk.rows("SELECT look FROM snapshots ORDER BY look")[0]["look"] == FIRST
    assert verified(desk).events > 104
