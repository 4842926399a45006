"""What cannot be verified becomes no backup, leaves nothing behind, and is recorded."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from audit_core.backups import backup
from audit_core.errors import AuditError, VerificationFailed
from tests.backups.stores import EVENTS, KEYS, NAME, NOW, actions, back_up, change, logs, opened, tree, with_keys
from tests.exports import Desk
from tests.faults.full_disk import full_disk

DAY = timedelta(days=1)


def backups(desk: Desk) -> list[str]:
    """The names of what lies in `backups/`, hidden or not."""
    return sorted(path.name for path in (desk.root / "data" / "backups").glob("*"))


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
    assert back_up(desk).events == EVENTS


def test_two_backups_of_one_second_are_refused(desk: Desk) -> None:
    made = back_up(desk)
    before = tree(made.path)
    with pytest.raises(AuditError, match="wait a second"):
        back_up(desk, NOW + timedelta(milliseconds=900))
    assert (backups(desk), tree(made.path) == before) == ([NAME], True)
    assert [row["status"] for row in logs(desk)] == ["ok", "failed"]


def test_a_failure_is_an_event_of_the_ledger_too(desk: Desk) -> None:
    gone("snapshots/*/*")(desk)
    with pytest.raises(VerificationFailed) as raised:
        back_up(desk)
    (told,) = actions(desk, "backup_failed")
    assert (told["issue_description"], told["audit_run_id"]) == (str(raised.value), "run-b")
    assert desk.rows("SELECT count(*) n FROM audit_events")[0]["n"] == EVENTS + 1


def test_without_enough_room_nothing_is_begun(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times the database for its copy, its packed form and the check; the files that no backup has yet."""
    database = (desk.root / "data" / "audit.db").stat().st_size
    files = sum(
        path.stat().st_size for name in ("snapshots", "models") for path in (desk.root / "data" / name).rglob("*.*")
    )
    with free_space(monkeypatch, 3 * database + files - 1), pytest.raises(AuditError) as raised:
        back_up(desk)
    assert str(raised.value).startswith("A backup needs about 1 MB on the disk of ")
    assert (backups(desk), raised.value.exit_code) == ([], 1)
    with free_space(monkeypatch, 3 * database + files + 8192):  # the failure's own row may have needed a page
        back_up(desk)
    with free_space(monkeypatch, 3 * database + 20_000):  # what the first one has needs no room any more
        assert back_up(desk, NOW + DAY).events


@contextmanager
def free_space(monkeypatch: pytest.MonkeyPatch, free: int) -> Iterator[None]:
    """The disk says that so many bytes are free."""
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**12, 10**12 - free, free))
        yield


@pytest.mark.parametrize("encryption", [False, True])
def test_whichever_file_the_disk_is_full_for_nothing_is_left(desk: Desk, encryption: bool) -> None:
    """Each limit stops another file: the copy of the database, its packed or encrypted form, a workbook, the check."""
    Desk(desk.root, backup={"encryption": encryption})
    with_keys(desk, **KEYS)
    largest = (desk.root / "data" / "audit.db").stat().st_size
    stopped = 0
    for at in range(0, largest, largest // 12):
        with full_disk(at), pytest.raises(AuditError, match=r"No backup was made|cannot be read now"):
            back_up(desk)
        assert backups(desk) == []
        stopped += 1
    assert stopped > 10
    assert back_up(desk).events >= EVENTS
