"""What can happen to a backup's files, by itself or by somebody who seals it again; and that nothing else happens."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.backups.totals import row_counts
from audit_core.store.files import sha256_of
from tests.backups.stores import tree


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def flipped_at_the_end(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 128]))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def gone(path: Path) -> None:
    path.unlink()


def linked(path: Path) -> None:
    """A link to exactly the right bytes is refused too: what it leads to can change after it was checked."""
    target = path.rename(path.parent / "moved")
    path.symlink_to(target)


def in_a_linked_folder(path: Path) -> None:
    folder = path.parent
    target = folder.rename(folder.parent / "moved")
    folder.symlink_to(target, target_is_directory=True)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def seal_again(backup: Path, **fields: object) -> None:
    """Make the manifest anew over the files as they are, as somebody would who can write to the backup."""
    manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    files = tuple(
        item.model_copy(update={"size": (backup / item.name).stat().st_size, "sha256": sha256_of(backup / item.name)})
        for item in manifest.files
        if (backup / item.name).is_file()
    )
    if (backup / "audit.db").is_file():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(backup / "audit.db")) as connection:
            fields = {"rows": row_counts(connection)} | fields
    (backup / MANIFEST).write_bytes(manifest.model_copy(update={"files": files, **fields}).sealed())


def change_backup(backup: Path, *statements: str) -> None:
    """Alter the database of a backup that is not packed, and seal it again."""
    with closing(sqlite3.connect(backup / "audit.db")) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"{statement} changed nothing"
        for _, made_by in triggers:
            with suppress(sqlite3.OperationalError):  # its table is what was taken away
                connection.execute(made_by)
        connection.commit()
    seal_again(backup)


@contextmanager
def nothing_happens(folder: Path) -> Iterator[None]:
    """Everything in `folder` (the backup, the target, what lies around them) is afterwards as it was before."""
    before = tree(folder)
    yield
    assert tree(folder) == before
