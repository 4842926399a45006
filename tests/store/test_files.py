"""Files that appear whole or not at all, also on a full disk and beside other processes."""

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit_core.store.files import append_line, sha256_of, sync_folder, write_whole
from tests.faults.full_disk import full_disk

OLD, NEW = b"old" * 40_000, b"new" * 40_000


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"abc", os.urandom(300_000)], ids=len)
def test_the_sha256_is_that_of_the_bytes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_file_is_written_into_a_folder_that_was_not_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "file", NEW)
    assert (tmp_path / "a" / "b" / "file").read_bytes() == NEW
    assert names(tmp_path / "a" / "b") == ["file"]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    for content in (OLD, NEW, b""):
        write_whole(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
        assert names(tmp_path) == ["file"]


def test_on_a_full_disk_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", OLD)
    with full_disk(at=10_000), pytest.raises(OSError, match="too large"):
        write_whole(tmp_path / "file", NEW)
    with full_disk(at=10_000), pytest.raises(OSError, match="too large"):
        write_whole(tmp_path / "other", NEW)
    assert (tmp_path / "file").read_bytes() == OLD
    assert names(tmp_path) == ["file"]


def test_where_a_folder_lies_in_the_way_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file", NEW)
    assert names(tmp_path) == ["file"]


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, enough = tmp_path / "file", threading.Event()
    write_whole(path, OLD)

    def write_on_and_on() -> None:
        while not enough.is_set():
            write_whole(path, NEW)
            write_whole(path, OLD)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on_and_on)
        try:
            seen = [path.read_bytes() for _ in range(300)]
        finally:
            enough.set()
        writing.result()
    assert set(seen) <= {OLD, NEW}


def test_a_file_is_forced_to_disk_before_its_name_and_then_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut cannot be had in a test; the order that outlives one can be watched."""
    write_whole(tmp_path / "file", OLD)
    steps: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(handle: int) -> None:
        steps.append(("synced", os.fstat(handle).st_ino))
        fsync(handle)

    def watched_replace(source: Path, target: Path) -> None:
        steps.append(("renamed", source.stat().st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_whole(tmp_path / "file", NEW)
    file, folder = (tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino
    assert steps == [("synced", file), ("renamed", file), ("synced", folder)]
    steps.clear()
    append_line(tmp_path / "lines", "one")
    lines = (tmp_path / "lines").stat().st_ino
    assert steps == [("synced", lines), ("synced", folder)]
    steps.clear()
    append_line(tmp_path / "lines", "two")
    assert steps == [("synced", lines)]


def test_lines_are_appended_in_order(tmp_path: Path) -> None:
    for text in ("one", "zwei – ü", "", "three"):
        append_line(tmp_path / "a" / "lines", text)
    assert (tmp_path / "a" / "lines").read_text() == "one\nzwei – ü\n\nthree\n"


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (b"one\n", b"one\n"),
        (b"one\ntw", b"one\n"),
        (b"on", b""),
        (b"one\n\n\xff\xc3", b"one\n\n"),
        (b"", b""),
    ],
)
def test_what_a_crash_left_of_a_line_is_dropped(tmp_path: Path, found: bytes, kept: bytes) -> None:
    (tmp_path / "lines").write_bytes(found)
    append_line(tmp_path / "lines", "next")
    assert (tmp_path / "lines").read_bytes() == kept + b"next\n"


def test_a_line_that_did_not_fit_on_the_disk_is_dropped_by_the_next_one(tmp_path: Path) -> None:
    append_line(tmp_path / "lines", "one")
    with full_disk(at=8), pytest.raises(OSError, match="too large"):
        append_line(tmp_path / "lines", "a second line")
    assert (tmp_path / "lines").read_bytes() == b"one\na se"
    append_line(tmp_path / "lines", "two")
    assert (tmp_path / "lines").read_bytes() == b"one\ntwo\n"


def test_lines_appended_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    texts = [f"{number:03}" * 20 for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: append_line(tmp_path / "lines", text), texts))
    assert sorted((tmp_path / "lines").read_text().splitlines()) == texts


def test_a_folder_that_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "gone")
