"""The Merkle tree, the columnar copy and the files of a store, altered, in the place of others or gone."""

from pathlib import Path

import polars as pl
import pytest

from audit_core.errors import VerificationFailed
from audit_core.store.columnar import Columnar
from audit_core.store.database import Database
from audit_core.store.ledger import append
from tests.exports import FIRST, SECOND, Desk, edited
from tests.store.tampering import LINES, Record


def test_a_block_of_the_tree_that_was_altered_is_found(tmp_path: Path) -> None:
    database = Database(tmp_path / "audit.db")
    database.migrate()
    with database.write() as connection:
        append(connection, pl.DataFrame({"kind": ["action"] * 3000, "timestamp": ["t"] * 3000}))
    database.close()
    record = Record(tmp_path)
    record.verify()
    record.tamper("UPDATE merkle_blocks SET root = zeroblob(32) WHERE block = 1")
    with pytest.raises(VerificationFailed, match=r"^Event 1025, or one after it up to event 2048, was replaced"):
        record.verify()
    record.tamper("DELETE FROM merkle_blocks WHERE block = 1")
    with pytest.raises(VerificationFailed, match=r"^Event 1025, or one after it up to event 2048, was replaced"):
        record.verify()


def test_a_columnar_copy_that_was_altered_is_found_and_made_anew(record: Record) -> None:
    """What screens count would else be what somebody wants them to count."""
    database = Database(record.data / "audit.db")
    Columnar(database).extend()
    database.close()
    record.verify()
    (path,) = (record.data / "columnar").glob("*/*.parquet")
    pl.read_parquet(path).with_columns(
        severity=pl.when(pl.col("event_id") == 7).then(pl.lit("CRITICAL")).otherwise("severity")
    ).write_parquet(path)
    with pytest.raises(VerificationFailed, match=r"^The columnar copy had event 7 otherwise .* made anew"):
        record.verify()
    record.verify()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(VerificationFailed, match=r"^The columnar copy had event 1 otherwise"):
        record.verify()
    record.verify()


def test_a_block_of_events_that_there_are_not_is_found(record: Record) -> None:
    """It would be in the way of the real one."""
    record.tamper("INSERT INTO merkle_blocks VALUES (0, zeroblob(32))")
    with pytest.raises(VerificationFailed, match=r"^Block 0 of the Merkle tree stands for event 1 and those after it"):
        record.verify()


def test_a_folder_in_a_files_place_is_found(record: Record) -> None:
    record.anchors.unlink()
    record.anchors.mkdir()
    with pytest.raises(VerificationFailed, match="is a folder, where a file was"):
        record.verify()


@pytest.mark.parametrize("left", [None, b"", b"S"], ids=["gone", "empty", "one byte"])
def test_a_store_that_is_gone_is_not_begun_anew_while_its_anchors_are_there(record: Record, left: bytes | None) -> None:
    path = record.data / "audit.db"
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    for ask in (Database.require_current, Database.migrate):
        database = Database(path)
        with pytest.raises(VerificationFailed, match=r"^Event 1 is missing|cannot be read as a whole"):
            ask(database)
        database.close()


def test_a_tail_that_was_cut_with_its_anchors_is_missed_by_the_record_of_runs(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.sync_as_job()
    desk.look(SECOND, [edited(each, quantity="7") for each in LINES])
    desk.sync_as_job()
    record = Record(tmp_path / "data")
    record.verify()
    record.edit_anchors(lambda text: "".join(text.splitlines(keepends=True)[:1]))
    record.tamper(
        "DELETE FROM audit_events WHERE event_id > 1",
        "DELETE FROM job_runs WHERE started_at = (SELECT min(started_at) FROM job_runs)",
    )
    with pytest.raises(VerificationFailed, match=r"^(Anchors are|The anchor of run .* is) gone"):
        record.verify()
