"""A folder of exports: what is listed, what is refused, and when a day ends."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import ConfigError, SnapshotRefused, SourceUnavailable
from audit_core.sources import ExportsSource
from tests.sources.conformance import are_sentences, is_sentence
from tests.sources.workspaces import csv_bytes, put, xlsx_bytes

CHICAGO = ZoneInfo("America/Chicago")


def exports(root: Path, zone: str = "America/Chicago", row_id: str = "Row ID") -> ExportsSource:
    return ExportsSource(root, ZoneInfo(zone), row_id)


def spots_of(root: Path) -> list[BlindSpot]:
    spots = exports(root).listing({}).blind_spots
    assert are_sentences(spots)
    assert all(spot.unread for spot in spots)
    return list(spots)


def looks_of(root: Path) -> list[str]:
    return [version.location for version in exports(root).listing({}).versions]


def test_sub_folders_are_sheets_and_dated_files_snapshots(tmp_path: Path) -> None:
    put(tmp_path, "South/South 2025-08-16 (final).XLSX", xlsx_bytes())
    put(tmp_path, "North/2025-08-16.csv", csv_bytes())
    put(tmp_path, "South/2025-07-31.Csv", csv_bytes())
    listing = exports(tmp_path).listing({})
    assert [(v.look, v.sheet_id, v.sheet_name, v.location) for v in listing.versions] == [
        ("2025-07-31", "South", "South", "South/2025-07-31.Csv"),
        ("2025-08-16", "North", "North", "North/2025-08-16.csv"),
        ("2025-08-16", "South", "South", "South/South 2025-08-16 (final).XLSX"),
    ]
    assert listing.blind_spots == ()
    assert listing.versions[0].version == f"{len(csv_bytes())}-1755000000000000000"


@pytest.mark.parametrize("name", [".2025-07-31.csv", "~$2025-07-31.xlsx", "2025-07-31.txt", "readme.md", "2025-07-31"])
def test_files_that_are_no_snapshots_are_none_of_our_business(tmp_path: Path, name: str) -> None:
    put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    put(tmp_path, f"North/{name}", b"x")
    put(tmp_path, ".hidden/2025-08-01.csv", b"x")
    put(tmp_path, "rates.csv", b"CU,Work Type,Unit Price\n")
    assert spots_of(tmp_path) == []
    assert looks_of(tmp_path) == ["North/2025-08-01.csv"]


@pytest.mark.parametrize("suffix", [".xls", ".XLSM", ".xlsb", ".ods", ".zip"])
def test_almost_a_snapshot_is_named(tmp_path: Path, suffix: str) -> None:
    put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    put(tmp_path, f"North/2025-08-02{suffix}", b"x")
    (spot,) = spots_of(tmp_path)
    assert (spot.sheet, spot.reason) == ("North", Reason.SNAPSHOT_REFUSED)
    assert "save as .xlsx or .csv" in spot.detail


@pytest.mark.parametrize(
    "name",
    [
        "latest",
        "2025-02-30",
        "2025-08-01 to 2025-08-02",
        "20250801",
        "12025-08-01",
        "2025-8-1",
        "2025-13-01",
        "0001-01-01",
        "9999-12-31",
    ],
)
def test_a_name_without_one_real_date_is_reported(tmp_path: Path, name: str) -> None:
    put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    put(tmp_path, f"North/{name}.csv", csv_bytes())
    (spot,) = spots_of(tmp_path)
    assert (spot.sheet, spot.reason) == ("North", Reason.SNAPSHOT_UNDATED)
    assert name in spot.detail
    assert looks_of(tmp_path) == ["North/2025-08-01.csv"]


def test_of_two_snapshots_of_one_date_neither_is_read(tmp_path: Path) -> None:
    put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    put(tmp_path, "North/copy 2025-08-01.xlsx", xlsx_bytes())
    put(tmp_path, "South/2025-08-01.csv", csv_bytes())
    (spot,) = spots_of(tmp_path)
    assert (spot.sheet, spot.reason) == ("North", Reason.SNAPSHOT_AMBIGUOUS)
    assert "'North/2025-08-01.csv' and 'North/copy 2025-08-01.xlsx'" in spot.detail
    assert looks_of(tmp_path) == ["South/2025-08-01.csv"]


def test_a_sheet_without_a_snapshot_is_reported(tmp_path: Path) -> None:
    (tmp_path / "North").mkdir()
    assert [(spot.sheet, spot.reason) for spot in spots_of(tmp_path)] == [("North", Reason.SHEET_EMPTY)]


def test_a_folder_without_sheets_is_reported_with_what_lies_there(tmp_path: Path) -> None:
    put(tmp_path, "North 2025-08-01.csv", csv_bytes())
    spots = spots_of(tmp_path)
    assert [(spot.sheet, spot.reason) for spot in spots] == [
        ("", Reason.SNAPSHOT_REFUSED),
        ("", Reason.SHEET_EMPTY),
    ]
    assert "North 2025-08-01.csv" in spots[0].detail


@pytest.mark.parametrize("place", ["nowhere", "a file"])
def test_without_its_folder_there_is_no_source(tmp_path: Path, place: str) -> None:
    put(tmp_path, "a file", b"x")
    with pytest.raises(ConfigError, match=r"^source\.path: ") as refusal:
        exports(tmp_path / place).listing({})
    assert is_sentence(str(refusal.value))


def test_a_folder_that_cannot_be_read_now_may_be_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_: Path) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", unreadable)
    with pytest.raises(SourceUnavailable, match="Permission denied") as refusal:
        exports(tmp_path).listing({})
    assert is_sentence(str(refusal.value))


def test_one_unreadable_sheet_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    put(tmp_path, "South/2025-08-01.csv", csv_bytes())
    iterdir = Path.iterdir

    def half_readable(folder: Path) -> object:
        if folder.name == "North":
            raise PermissionError(13, "Permission denied")
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", half_readable)
    (spot,) = spots_of(tmp_path)
    assert (spot.sheet, spot.reason) == ("North", Reason.SNAPSHOT_REFUSED)
    assert looks_of(tmp_path) == ["South/2025-08-01.csv"]


def _file_link(root: Path, outside: Path) -> None:
    (root / "North/2025-08-02.csv").symlink_to(put(outside, "secret.csv", csv_bytes()))


def _folder_link(root: Path, outside: Path) -> None:
    put(outside, "Elsewhere/2025-08-02.csv", csv_bytes())
    (root / "Elsewhere").symlink_to(outside / "Elsewhere")


def _broken_link(root: Path, outside: Path) -> None:
    (root / "North/2025-08-02.csv").symlink_to(outside / "nothing.csv")


def _loop(root: Path, outside: Path) -> None:
    (root / "North/2025-08-02.csv").symlink_to(root / "North/2025-08-02.csv")


def _pipe(root: Path, outside: Path) -> None:
    os.mkfifo(root / "North/2025-08-02.csv")


def _folder(root: Path, outside: Path) -> None:
    (root / "North/2025-08-02.csv").mkdir()


def _not_text(root: Path, outside: Path) -> None:
    put(root, os.fsdecode(b"North/2025-08-02 \xff.csv"), csv_bytes())


@pytest.mark.parametrize("make", [_file_link, _folder_link, _broken_link, _loop, _pipe, _folder, _not_text])
def test_what_is_no_plain_file_of_this_folder_is_refused(tmp_path: Path, make: Callable[[Path, Path], None]) -> None:
    root = tmp_path / "exports"
    put(root, "North/2025-08-01.csv", csv_bytes())
    make(root, tmp_path / "outside")
    (spot,) = spots_of(root)
    assert spot.reason is Reason.SNAPSHOT_REFUSED
    assert looks_of(root) == ["North/2025-08-01.csv"]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    original = put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    (tmp_path / "South").mkdir()
    (tmp_path / "South/2025-08-01.csv").symlink_to(original)
    assert looks_of(tmp_path) == ["North/2025-08-01.csv", "South/2025-08-01.csv"]


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("America/Chicago", "2025-07-31", datetime(2025, 8, 1, 5, tzinfo=UTC)),
        ("America/Chicago", "2025-12-31", datetime(2026, 1, 1, 6, tzinfo=UTC)),
        ("America/Chicago", "2025-03-09", datetime(2025, 3, 10, 5, tzinfo=UTC)),  # a day of 23 hours
        ("America/Chicago", "2025-11-02", datetime(2025, 11, 3, 6, tzinfo=UTC)),  # a day of 25 hours
        ("Asia/Beirut", "2025-03-29", datetime(2025, 3, 29, 22, tzinfo=UTC)),  # midnight itself is skipped
        ("America/Havana", "2025-11-01", datetime(2025, 11, 2, 4, tzinfo=UTC)),  # midnight comes twice
        ("UTC", "2024-02-29", datetime(2024, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_look_is_the_end_of_its_day_in_the_time_zone(tmp_path: Path, zone: str, day: str, end: datetime) -> None:
    put(tmp_path, f"North/{day}.csv", csv_bytes())
    (version,) = exports(tmp_path, zone).listing({}).versions
    assert (version.look, version.look_at) == (day, end)


def test_a_file_that_grew_after_it_was_listed_is_refused(tmp_path: Path) -> None:
    file = put(tmp_path, "North/2025-08-01.csv", csv_bytes())
    source = exports(tmp_path)
    (version,) = source.listing({}).versions
    file.write_bytes(csv_bytes() + b"104,71891012,X,1,\r\n")
    with pytest.raises(SnapshotRefused, match="changed after it was listed"):
        source.read(version)
    file.unlink()
    with pytest.raises(SnapshotRefused, match="no snapshot of this source"):
        source.fingerprint(version)


def test_what_was_read_with_loss_names_its_sheet(tmp_path: Path) -> None:
    put(tmp_path, "North/2025-08-01.csv", b"Row ID,CU,cu,\n1,a,b,c\n")
    source = exports(tmp_path)
    read = source.read(source.listing({}).versions[0])
    assert read.frame.columns == ["row_id", "CU (column 2)", "cu (column 3)", "Column 4"]
    assert [(spot.sheet, spot.reason, spot.unread) for spot in read.blind_spots] == [
        ("North", Reason.COLUMN_AMBIGUOUS, False),
        ("North", Reason.COLUMN_AMBIGUOUS, False),
        ("North", Reason.COLUMN_UNMAPPED, False),
    ]
    assert are_sentences(read.blind_spots)
