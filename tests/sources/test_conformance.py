"""Every source we have passes the same suite."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit_core.errors import ConfigError, SnapshotRefused
from audit_core.settings.source import ExportsSettings, SampleSettings, SmartsheetSettings
from audit_core.sources import ExportsSource, SampleSource, Source, open_source
from audit_core.sources.sample import simulated_month
from tests.emulator import Tenant, billing_sheet
from tests.live import live
from tests.sources.conformance import SourceConformance
from tests.sources.workspaces import ROWS, csv_bytes, put, xlsx_bytes

pytestmark = pytest.mark.in_turn(3)

CHICAGO = ZoneInfo("America/Chicago")


def workspace(root: Path, write: Callable[..., bytes], suffix: str) -> Source:
    later = (*ROWS[:2], ("104", "71891014", "ANC-DHM", "7", " "))
    for sheet in ("North", "Süd 2"):
        put(root, f"{sheet}/2025-07-31{suffix}", write(ROWS))
        put(root, f"{sheet}/Export of 2025-08-16{suffix.upper()}", write(later))
    put(root, f"Empty Sheet/notes {suffix[1:]}.txt", b"nothing")
    return ExportsSource(root, CHICAGO)


class TestCsvExports(SourceConformance):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        return workspace(tmp_path, csv_bytes, ".csv")


class TestXlsxExports(SourceConformance):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        return workspace(tmp_path, xlsx_bytes, ".xlsx")


class TestSmartsheet(SourceConformance):
    """Two live sheets, one with an exported past."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Source]:
        tenant = Tenant(seed=2)
        sheets = [billing_sheet(tenant, name, 6, seed=1) for name in ("Süd", "Nord")]
        for day in ("2025-07-31", "2025-08-16"):
            put(tmp_path, f"past/{day}.csv", csv_bytes(ROWS))
        history = [{"sheet_id": sheets[0].id, "path": "past"}]
        with live(tmp_path, tenant, history=history) as desk:
            workspace = desk.open()
            yield workspace.source()
            workspace.store.database.close()


class TestSample(SourceConformance):
    @pytest.fixture
    def source(self) -> Source:
        return SampleSource(CHICAGO)

    def test_it_holds_two_sheets_with_four_real_snapshots_each(self, source: Source) -> None:
        listing = source.listing({})
        assert listing.blind_spots == ()
        real = [version for version in listing.versions if not version.simulated]
        rows = {version.location: source.read(version).frame.height for version in real}
        assert rows == {
            "Field Billing North/2025-07-31.csv": 1875,
            "Field Billing North/2025-08-16.csv": 3395,
            "Field Billing North/2025-08-18.csv": 4692,
            "Field Billing North/2025-08-26.csv": 3467,
            "Field Billing South/2025-07-31.xlsx": 686,
            "Field Billing South/2025-08-16.xlsx": 1076,
            "Field Billing South/2025-08-18.xlsx": 1653,
            "Field Billing South/2025-08-26.xlsx": 1228,
        }

    def test_both_formats_spell_cells_alike(self, source: Source) -> None:
        for version in source.listing({}).versions:
            if version.simulated:
                continue
            read = source.read(version)
            assert read.blind_spots == ()
            assert read.frame["Weekly Reference Logged Date"].str.contains(r"^\d{4}-\d\d-\d\d$").all()
            assert read.frame["Work Request #"].str.contains(r"^\d{8}$").all()
            assert read.frame["Units Total Price"].str.contains(r"^\d+(\.\d+)?$").all()
            assert set(read.frame["Units Completed?"].drop_nulls()) <= {"true", "false"}

    def test_the_simulated_looks_follow_the_real_ones(self, source: Source) -> None:
        versions = source.listing({}).versions
        assert [version.simulated for version in versions] == [False] * 8 + [True] * 74
        assert (versions[8].location, versions[8].look) == (
            "simulated month/Field Billing North/2025-08-27",
            "2025-08-27",
        )
        assert (versions[-1].location, versions[-1].look) == (
            "simulated month/Field Billing South/2025-11-29",
            "2025-11-29",
        )

    def test_listing_makes_no_month(self, source: Source) -> None:
        simulated_month.cache_clear()
        source.listing({})
        assert simulated_month.cache_info().currsize == 0

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"version": "simulation 0"}, "changed after it was listed"),
            ({"location": "simulated month/Field Billing North/2026-01-01"}, "no look of the simulated month"),
            ({"location": "simulated month/Field Billing North/2025-08-28"}, "no look of the simulated month"),
            ({"sheet_id": "Field Billing South"}, "no look of the simulated month"),
        ],
    )
    def test_a_simulated_look_that_is_not_there_is_refused(
        self, source: Source, changes: dict[str, str], why: str
    ) -> None:
        first = next(version for version in source.listing({}).versions if version.simulated)
        for ask in (source.read, source.fingerprint):
            with pytest.raises(SnapshotRefused, match=why):
                ask(replace(first, **changes))  # type: ignore[arg-type]


class Forgetful:
    """A memory for sources that need none."""

    def recall(self, name: str) -> Any:
        raise AssertionError(name)

    def remember(self, name: str, value: Any) -> None:
        raise AssertionError(name, value)


def test_a_source_is_opened_by_its_settings(tmp_path: Path) -> None:
    put(tmp_path, "North/2025-07-31.csv", csv_bytes((("key", "CU"), ("1", "x"))))
    config, memory = tmp_path / "config.json", Forgetful()
    exports = open_source(ExportsSettings(kind="exports", path=tmp_path, row_id="Key"), CHICAGO, config, memory)
    assert exports.kind == "exports"
    assert exports.read(exports.listing({}).versions[0]).frame.columns == ["row_id", "CU"]
    assert open_source(SampleSettings(kind="sample"), CHICAGO, config, memory).kind == "sample"


def test_smartsheet_needs_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found no sheet_ids, folder_ids or workspace_ids"):
        open_source(SmartsheetSettings(kind="smartsheet"), CHICAGO, tmp_path / "config.json", Forgetful())
