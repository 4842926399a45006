"""A closed year becomes an archive that is checked by itself; whatever is done to its files is found."""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.actors import JOBS
from audit_core.errors import AuditError, ConfigError, VerificationFailed
from audit_core.records import Archive, CheckedArchive, archive, check_archive
from audit_core.records import pages as pages_module
from audit_core.records.folders import SUMS, write_sums
from audit_core.records.pages import SEALED
from audit_core.signing import Keys, Verdict, open_keys
from audit_core.store import anchors, ledger
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor
from audit_core.store.ledger import chain
from jobs.__main__ import main
from tests.exports import FIRST, SECOND, THIRD, Desk
from tests.records.desks import CHANGED, LATER, LINES, MORE, opened, signing, sync_at, three_years, verified

pytestmark = pytest.mark.in_turn(3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Archive]:
    """The archive of 2025 of a store that goes on in 2026. Not to be altered."""
    desk = three_years(tmp_path_factory.mktemp("years"))
    archived(desk, 2024)
    return desk, archived(desk, 2025)


def archived(desk: Desk, year: int, to: str = "archives", now: datetime = LATER) -> Archive:
    with opened(desk) as workspace:
        return archive(workspace, year, desk.root / to, "archive-1", now)


def checked(folder: Path, *given: Anchor, keys: Keys | None = None) -> CheckedArchive:
    return check_archive(folder, given, keys or Keys())


def kept(desk: Desk) -> list[Anchor]:
    return anchors.read(desk.root / "data" / "anchors.jsonl")[0]


def test_an_archive_holds_exactly_the_events_and_snapshots_of_its_year(made: tuple[Desk, Archive]) -> None:
    desk, archive_made = made
    folder = archive_made.path
    assert folder == desk.root / "archives" / "redline-2025"
    events = pl.read_parquet(folder / "events.parquet")
    here = desk.rows("SELECT * FROM audit_events WHERE timestamp LIKE '2025%' ORDER BY event_id")
    assert events.to_dicts() == here
    assert {path.stem for path in folder.glob("snapshots/*/*")} == {
        json.loads(each["evidence"])["file_sha256"] for each in here if each["action"] == "snapshot_taken"
    }
    found = checked(folder)
    assert (found.year, found.first, found.last, found.others) == (2025, here[0]["event_id"], here[-1]["event_id"], 0)
    assert (found.snapshots, found.signature, found.agreed) == (1, None, 0)
    assert "not signed" in found.words()
    assert "not who made it" in found.words()


def test_the_ledger_keeps_every_event_and_seals_that_the_archive_was_made(tmp_path: Path) -> None:
    desk = three_years(tmp_path)
    before = desk.rows("SELECT * FROM audit_events ORDER BY event_id")
    archived(desk, 2024)
    *same, last = desk.rows("SELECT * FROM audit_events ORDER BY event_id")
    assert same == before
    assert last["action"] == "archive_made"
    assert json.loads(last["evidence"])["year"] == 2024
    verified(desk)


def test_anchors_are_compared_where_they_can_be_and_said_where_not(made: tuple[Desk, Archive]) -> None:
    desk, archive_made = made
    first, within, later, *_, own = kept(desk)
    found = checked(archive_made.path, first, within, later, own)
    # the first saw the events up to the archive's first one, the second all of its events, the last is its own
    assert (found.agreed, found.incomparable) == (3, 1)
    assert "1 cannot be compared" in found.words()
    assert checked(archive_made.path, anchors.parse(own.short())).agreed == 1
    for each in (first, within, own):
        for odd in (Anchor(each.size, "00" * 32, "t", "r"), Anchor(each.size, None, "t", "r", root="00" * 32)):
            with pytest.raises(VerificationFailed, match="was replaced"):
                checked(archive_made.path, odd)


def test_a_signature_is_worth_what_the_keys_here_say(tmp_path: Path) -> None:
    desk = three_years(tmp_path)
    with signing():
        folder = archived(desk, 2025).path
        ours = open_keys(desk.config)
    assert checked(folder, keys=ours).signature is Verdict.GOOD
    assert "signed by a key that is known here" in checked(folder, keys=ours).words()
    assert "by a key that is not known here" in checked(folder).words()
    proof = json.loads((folder / "proof.json").read_text())
    proof["anchor"]["at"] = "2020-01-01T00:00:00+00:00"
    (folder / "proof.json").write_text(json.dumps(proof))
    write_sums(folder)
    assert checked(folder).signature is Verdict.UNKNOWN_KEY
    with pytest.raises(VerificationFailed, match="signature of the anchor"):
        checked(folder, keys=ours)


@pytest.mark.parametrize(("year", "said"), [(2026, "a year that is over"), (2099, "over"), (2023, "found no event")])
def test_a_year_that_is_not_over_or_holds_nothing_is_refused(tmp_path: Path, year: int, said: str) -> None:
    desk = three_years(tmp_path)
    with pytest.raises(ConfigError, match=said):
        archived(desk, year)
    assert not (tmp_path / "archives").exists() or not any((tmp_path / "archives").iterdir())


def test_a_year_ends_at_midnight_of_the_business(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    sync_at(desk, datetime(2026, 1, 1, 5, 59, tzinfo=UTC))  # 23:59 in Chicago
    desk.look(SECOND, CHANGED)
    sync_at(desk, datetime(2026, 1, 1, 6, 0, tzinfo=UTC))
    made = archived(desk, 2025)
    assert (made.first, made.last, made.others) == (1, 1, 0)


def test_where_the_clock_went_back_the_range_covers_the_year_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for year, (look, lines) in zip((2025, 2024, 2025), ((FIRST, LINES), (SECOND, CHANGED), (THIRD, MORE)), strict=True):
        desk.look(look, lines)
        sync_at(desk, datetime(year, 6, int(look[-1]), tzinfo=UTC))
    made = archived(desk, 2025)
    assert made.others == 5
    assert "The clock went back: 5 of them" in made.message
    assert "clock went back" in checked(made.path).words()
    assert "went back" in (made.path / "README.txt").read_text()


def test_snapshots_that_were_thinned_since_are_proven_to_be_gone(tmp_path: Path) -> None:
    desk = three_years(tmp_path)
    gone = {"sheet_id": "Field Billing North", "look": "2025-08-07"}
    (file,) = desk.rows("SELECT file FROM snapshots WHERE look = ?", [gone["look"]])
    with opened(desk) as workspace, workspace.store.database.write() as connection:
        connection.execute("DELETE FROM snapshots WHERE look = :look", gone)
        action = Action("snapshots_thinned", "One.", JOBS, fields={"evidence": json.dumps({"snapshots": [gone]})})
        workspace.store.seal(connection, action, LATER)
    (tmp_path / "data" / "snapshots" / file["file"]).unlink()
    verified(desk)
    folder = archived(desk, 2025).path
    assert checked(folder).snapshots == 0
    later = pl.read_parquet(folder / "later.parquet")
    later.with_columns(evidence=pl.lit('{"snapshots": []}')).write_parquet(folder / "later.parquet")
    write_sums(folder)
    with pytest.raises(VerificationFailed, match="is not one that the anchor has seen"):
        checked(folder)


def test_nothing_stays_of_an_archive_that_could_not_be_made(tmp_path: Path) -> None:
    desk = three_years(tmp_path)
    (snapshot,) = desk.rows("SELECT file FROM snapshots WHERE look = '2025-08-07'")
    (tmp_path / "data" / "snapshots" / snapshot["file"]).unlink()
    with opened(desk) as workspace, pytest.raises(AuditError, match="was not archived"):
        archive(workspace, 2025, tmp_path / "archives", "archive-1", LATER)
    assert not any((tmp_path / "archives").iterdir())
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'archive_made'")


def test_an_archive_that_is_there_is_not_written_over(made: tuple[Desk, Archive]) -> None:
    with pytest.raises(ConfigError, match="is in use"):
        archived(made[0], 2025)


def test_the_commands_need_no_store_to_check(
    made: tuple[Desk, Archive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, archive_made = made
    monkeypatch.setenv("AUDIT_CONFIG", str(tmp_path / "nothing.json"))
    given = str(desk.root / "data" / "anchors.jsonl")
    assert main(["verify-archive", str(archive_made.path), "--anchor", given, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["agreed"], said["incomparable"], said["signature"]) == (3, 2, None)
    assert main(["verify-archive", str(tmp_path)]) == 2
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    assert main(["archive", "2024", "--to", str(tmp_path / "archives"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["path"] == str(tmp_path / "archives" / "redline-2024")
    (tmp_path / "archives" / "redline-2024" / "events.parquet").write_bytes(b"")
    assert main(["verify-archive", said["path"]]) == 20


def test_pages_make_no_difference(made: tuple[Desk, Archive], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "PAGE", 2)
    assert checked(made[1].path).last == made[1].last


# --- tampering ---------------------------------------------------------------------------------------------------


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_every_flipped_cut_missing_or_added_file_is_found(
    made: tuple[Desk, Archive], tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    found = 0
    for name in [path.relative_to(made[1].path) for path in files(made[1].path)]:
        for step in range(8):
            folder = shutil.copytree(made[1].path, tmp_path / f"{found}")
            content = bytearray((folder / name).read_bytes())
            if step == 0:
                (folder / name).unlink()
            elif step == 1:
                (folder / name).write_bytes(content[: rng.randrange(len(content))])
            elif step == 2:
                (folder / name).write_bytes(content + b"\0")
            elif step == 3:
                (folder / name.with_name("more")).write_bytes(b"more")
            else:
                place = rng.randrange(len(content))
                content[place] ^= 1 << rng.randrange(8)
                (folder / name).write_bytes(content)
            with pytest.raises((VerificationFailed, ConfigError)):
                checked(folder)
            found += 1
            shutil.rmtree(folder)
    assert found == 8 * len(files(made[1].path))


def rewritten(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Alter the events, and seal the list of files again."""
    path = folder / "events.parquet"
    change(pl.read_parquet(path)).cast(pl.Schema(SEALED)).write_parquet(path)
    write_sums(folder)


def chained(events: pl.DataFrame) -> pl.DataFrame:
    """Seal the events again with our own code, so that they fit together."""
    hashes = chain(events.select(list(ledger.SCHEMA)), events["prev_hash"][0])
    before = [events["prev_hash"][0], *hashes[:-1]]
    return events.with_columns(prev_hash=pl.Series(before), hash=pl.Series(hashes))


def other(name: str, kind: pl.DataType) -> pl.Expr:
    """Another value for the third event's field."""
    value: Any = {pl.Int64(): 7, pl.Float64(): 0.123, pl.String(): "else"}.get(kind, b"\1" * 32)
    return pl.when(pl.col("event_id") == pl.col("event_id").min() + 2).then(pl.lit(value)).otherwise(name).alias(name)


@pytest.mark.parametrize("name", [name for name in SEALED if name != "event_id"])
def test_no_field_of_an_event_can_be_altered(made: tuple[Desk, Archive], tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(made[1].path, tmp_path / "archive")
    rewritten(folder, lambda events: events.with_columns(other(name, SEALED[name])))
    with pytest.raises(VerificationFailed, match=f"Event {made[1].first + 2} (was altered|does not follow)"):
        checked(folder)


def swap(events: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([events[:1], events[2:3], events[1:2], events[3:]])


TAMPERINGS: Sequence[tuple[str, Callable[[pl.DataFrame], pl.DataFrame], str]] = (
    ("delete one", lambda events: pl.concat([events[:2], events[3:]]), "is missing"),
    ("delete the first", lambda events: events[1:], "is missing"),
    ("cut the tail", lambda events: events[:-1], "ends with event"),
    ("nothing left", lambda events: events[:0], "ends with event"),
    ("double one", lambda events: pl.concat([events[:2], events[1:]]), "is missing"),
    ("reorder", swap, "is missing"),
    ("chain anew", lambda events: chained(events.with_columns(other("new_value", pl.String()))), "root of the anchor"),
    ("another past", lambda events: chained(events.with_columns(prev_hash=pl.lit(b"\2" * 32))), "root of the anchor"),
    ("cut and chain", lambda events: chained(events[:-1]), "ends with event"),
    ("no column", lambda events: events.with_columns(hash=pl.lit(None, pl.Binary())), "was altered"),
)


@pytest.mark.parametrize(("change", "said"), [each[1:] for each in TAMPERINGS], ids=[each[0] for each in TAMPERINGS])
def test_whoever_seals_the_list_of_files_again_is_found_by_the_events(
    made: tuple[Desk, Archive], tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
) -> None:
    folder = shutil.copytree(made[1].path, tmp_path / "archive")
    rewritten(folder, change)
    with pytest.raises(VerificationFailed, match=said):
        checked(folder)


PROOFS: Sequence[tuple[str, dict[str, Any]]] = (
    ("another first", {"first": 1}), ("another last", {"last": 4}), ("last before first", {"last": 1, "first": 3}),
    ("another year", {"year": 2024}), ("others", {"others": 1}), ("no zone", {"time_zone": "Mars/Base"}),
    ("far zone", {"time_zone": "../../etc/passwd"}), ("no roots", {"proof": []}), ("odd root", {"proof": ["zz"]}),
    ("wrong roots", {"proof": ["00" * 32] * 9}), ("more", {"more": 1}),
    ("later", {"later": [{"event_id": 9, "proof": []}]}),
    ("no anchor", {"anchor": {}}), ("no root", {"anchor": {"size": 13, "head": "00" * 32}}),
    ("another root", {"anchor": {"size": 13, "head": "00" * 32, "root": "00" * 32}}),
    ("small anchor", {"anchor": {"size": 1, "head": "00" * 32, "root": "00" * 32}}),
)  # fmt: skip


@pytest.mark.parametrize("change", [each[1] for each in PROOFS], ids=[each[0] for each in PROOFS])
def test_a_proof_that_says_something_else_proves_nothing(
    made: tuple[Desk, Archive], tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = shutil.copytree(made[1].path, tmp_path / "archive")
    proof = json.loads((folder / "proof.json").read_text())
    (folder / "proof.json").write_text(json.dumps(proof | change))
    write_sums(folder)
    with pytest.raises(VerificationFailed):
        checked(folder)


def test_another_snapshot_under_the_same_name_is_found(made: tuple[Desk, Archive], tmp_path: Path) -> None:
    for step in ("gone", "other"):
        folder = shutil.copytree(made[1].path, tmp_path / step)
        (snapshot,) = folder.glob("snapshots/*/*")
        if step == "gone":
            snapshot.unlink()
        else:
            snapshot.write_bytes(b"other")
        write_sums(folder)
        with pytest.raises(VerificationFailed, match=snapshot.name):
            checked(folder)


def test_a_file_that_is_none_is_found_though_it_is_listed(made: tuple[Desk, Archive], tmp_path: Path) -> None:
    folder = shutil.copytree(made[1].path, tmp_path / "more")
    (folder / "more.txt").write_text("more")
    write_sums(folder)
    with pytest.raises(VerificationFailed, match="is nothing that the events seal"):
        checked(folder)
    linked = shutil.copytree(made[1].path, tmp_path / "link")
    (linked / "README.txt").unlink()
    (linked / "README.txt").symlink_to(linked / SUMS)
    with pytest.raises(VerificationFailed, match="no ordinary file"):
        checked(linked)


def without_its_last_byte(folder: Path) -> None:
    (folder / SUMS).write_bytes((folder / SUMS).read_bytes()[:-1])


def with_another_last_byte(folder: Path) -> None:
    (folder / SUMS).write_bytes((folder / SUMS).read_bytes()[:-1] + b"\r")


def with_lines_as_windows_ends_them(folder: Path) -> None:
    (folder / SUMS).write_bytes((folder / SUMS).read_bytes().replace(b"\n", b"\r\n"))


def with_an_empty_folder(folder: Path) -> None:
    (folder / "snapshots" / "more").mkdir()


@pytest.mark.parametrize(
    "change",
    [without_its_last_byte, with_another_last_byte, with_lines_as_windows_ends_them, with_an_empty_folder],
)
def test_not_even_the_list_of_files_or_a_folder_can_differ(
    made: tuple[Desk, Archive], tmp_path: Path, change: Callable[[Path], None]
) -> None:
    folder = shutil.copytree(made[1].path, tmp_path / "archive")
    change(folder)
    with pytest.raises(VerificationFailed, match="was altered"):
        checked(folder)


def test_an_archive_of_another_store_is_told_apart_by_an_anchor(made: tuple[Desk, Archive], tmp_path: Path) -> None:
    other_desk = three_years(tmp_path, day=2)
    swapped = archived(other_desk, 2025).path
    assert checked(swapped).year == 2025
    with pytest.raises(VerificationFailed, match="was replaced"):
        checked(swapped, *kept(made[0]))
