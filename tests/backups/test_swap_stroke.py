"""The stroke of `restore --swap`: two folders change places, whatever the system can do."""

import ctypes
import errno
import itertools
import threading
import time
from pathlib import Path

import pytest

from audit_core.backups import swap
from audit_core.errors import AuditError
from tests.backups.stores import verified
from tests.backups.swaps import swapped
from tests.exports import Desk
from tests.jobs.processes import LONG_S


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """(new, at, aside), the first two with one file."""
    for name in ("new", "at"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
    return tmp_path / "new", tmp_path / "at", tmp_path / "aside"


def what(*folders: Path) -> list[str | None]:
    """What each folder holds."""
    return [next((path.name for path in folder.iterdir()), "") if folder.exists() else None for folder in folders]


def without(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The system's call fails with this error."""

    class Library:
        @staticmethod
        def renameat2(*_words: object) -> int:
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_words, **_more: Library)


def test_the_two_folders_change_places(folders: tuple[Path, Path, Path]) -> None:
    swap.exchange(*folders)
    assert what(*folders) == [None, "new", "at"]


def test_linux_does_it_at_one_stroke(folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """While another thread looks all the time, there is always one of both, never nothing."""
    new, at, aside = folders
    seen, enough = set(), threading.Event()

    def look() -> None:
        while not enough.is_set():
            seen.add(tuple(what(at)))

    looking = threading.Thread(target=look)
    looking.start()
    deadline = time.monotonic() + LONG_S
    for count in itertools.count():
        swap.exchange(new, at, aside)
        aside.rename(new)
        if (count > 200 and len(seen) > 1) or time.monotonic() > deadline:
            break
    enough.set()
    looking.join(LONG_S)
    assert seen == {("new",), ("at",)}


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL])
def test_where_the_system_cannot_two_renames_do(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    without(monkeypatch, code)
    swap.exchange(*folders)
    assert what(*folders) == [None, "new", "at"]


def test_of_two_renames_the_first_is_taken_back(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, errno.ENOSYS)
    new, at, _ = folders
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if (self, target) == (new, at):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Input/output error"):
        swap.exchange(*folders)
    assert what(*folders) == ["new", "at", None]


def test_a_stroke_that_is_refused_leaves_everything(
    lived: Desk, folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a data folder that is a disk of its own."""
    without(monkeypatch, errno.EBUSY)
    with pytest.raises(OSError, match="busy"):
        swap.exchange(*folders)
    assert what(*folders) == ["new", "at", None]
    before = verified(lived)
    with pytest.raises(AuditError, match="could not be swapped and is as it was"):
        swapped(lived)
    assert verified(lived) == before
    assert not list(lived.root.glob("data.*"))
