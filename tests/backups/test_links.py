"""What is unchanged is linked from the backup before, never from the live folder, and only if it is what it was."""

import errno
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.backups.manifest import MANIFEST
from audit_core.errors import VerificationFailed
from tests.backups.damages import flipped
from tests.backups.stores import EVENTS, KEYS, NOW, back_up, logs, manifest_of, restored, tree, with_keys
from tests.exports import Desk

DAY = timedelta(days=1)
STABLE = ("snapshots/", "models/", "sheets/", "config.json")


def shared(one: Path, other: Path) -> set[str]:
    """The names of files that are the same file on the disk in both folders."""
    return {
        name
        for name, content in tree(one).items()
        if content is not None and (other / name).exists() and (one / name).samefile(other / name)
    }


def test_the_first_backup_shares_nothing_with_the_live_folder(desk: Desk) -> None:
    made = back_up(desk)
    assert {(made.path / item.name).stat().st_nlink for item in manifest_of(made).files} == {1}


@pytest.mark.parametrize("encryption", [False, True])
def test_unchanged_files_are_linked_from_the_backup_before(desk: Desk, encryption: bool) -> None:
    Desk(desk.root, backup={"encryption": encryption})
    with_keys(desk, **KEYS)
    first, second = back_up(desk), back_up(desk, NOW + DAY)
    stable = {item.name for item in manifest_of(first).files if item.name.startswith(STABLE)}
    assert len(stable) == 6
    assert stable <= shared(first.path, second.path)
    assert not {name for name in shared(first.path, second.path) if name.startswith(("audit.db", MANIFEST))}
    assert not shared(desk.root / "data", second.path)
    first_bytes, second_bytes = (row["new_bytes"] for row in logs(desk))
    assert first_bytes == first.size
    assert second_bytes == second.size - sum(item.size for item in manifest_of(first).files if item.name in stable) or (
        # the anchors did not change either, so that they are linked too
        second_bytes < second.size
    )
    for made in (first, second):
        assert restored(made.path, desk.root / made.path.name, desk.config).events == made.events


def test_a_bit_flipped_in_the_live_folder_reaches_no_backup(desk: Desk) -> None:
    """Neither the one that was made, nor the next one, which is refused until the live file is put right."""
    first = back_up(desk)
    live = next((desk.root / "data" / "snapshots").glob("*/*"))
    name = live.relative_to(desk.root / "data").as_posix()
    flipped(live)
    with pytest.raises(VerificationFailed, match="is not the file that was taken"):
        back_up(desk, NOW + DAY)
    live.write_bytes((first.path / name).read_bytes())  # as it says: restored from a backup
    assert name in shared(first.path, back_up(desk, NOW + 2 * DAY).path)


@pytest.mark.parametrize("encryption", [False, True])
def test_a_bit_flipped_in_a_backup_reaches_neither_the_next_one_nor_the_live_folder(
    desk: Desk, encryption: bool
) -> None:
    Desk(desk.root, backup={"encryption": encryption})
    with_keys(desk, **KEYS)
    first = back_up(desk)
    for item in manifest_of(first).files:
        flipped(first.path / item.name)
    second = back_up(desk, NOW + DAY)
    assert not shared(first.path, second.path)
    assert restored(second.path, desk.root / "restored", desk.config).events == EVENTS + 1


def test_what_is_gone_from_the_backup_before_or_whose_manifest_is_none_is_copied(desk: Desk) -> None:
    first = back_up(desk)
    next(first.path.glob("snapshots/*/*")).unlink()
    second = back_up(desk, NOW + DAY)
    assert len([name for name in shared(first.path, second.path) if name.startswith("snapshots/")]) == 1
    (second.path / MANIFEST).write_text("{}")
    third = back_up(desk, NOW + 2 * DAY)  # linked from the newest one whose manifest is whole: the first
    assert not shared(second.path, third.path) - shared(first.path, third.path)
    assert restored(third.path, desk.root / "restored").events == third.events


def test_another_key_or_none_links_nothing_that_the_other_cannot_open(desk: Desk) -> None:
    plain = back_up(desk)
    Desk(desk.root, backup={"encryption": True})
    with_keys(desk, **KEYS)
    locked = back_up(desk, NOW + DAY)
    Desk(desk.root)
    again = back_up(desk, NOW + 2 * DAY)
    assert not shared(plain.path, locked.path)
    assert not shared(locked.path, again.path)


def test_where_the_disk_allows_no_links_everything_is_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def across_disks(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(target))

    monkeypatch.setattr(Path, "hardlink_to", across_disks)
    for made in (back_up(desk), back_up(desk, NOW + DAY)):
        assert {(made.path / item.name).stat().st_nlink for item in manifest_of(made).files} == {1}
        assert restored(made.path, desk.root / made.path.name).events == made.events
