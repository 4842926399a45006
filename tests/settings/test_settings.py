"""config.json: what it means."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from audit_core.errors import ConfigError
from audit_core.settings import PasswordComplexity, load_settings
from audit_core.settings.source import ExportsSettings, SampleSettings
from tests.configs import config, read, reopened

ROOT = Path(__file__).parents[2]


def test_two_keys_are_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, config())
    assert settings.data_dir == tmp_path / "data"
    assert settings.source == SampleSettings(kind="sample")
    assert settings.zone == ZoneInfo("America/Chicago")
    assert (settings.backup.schedule, settings.jobs.sync_every_minutes, settings.dashboard.host) == (
        "02:00",
        15,
        "127.0.0.1",
    )


def test_the_project_comes_with_a_config_that_works() -> None:
    assert load_settings(ROOT / "config.json").data_dir == ROOT / "data"


def test_settings_are_a_value(tmp_path: Path) -> None:
    settings = read(tmp_path, reopened())
    assert settings == read(tmp_path, reopened())
    with pytest.raises(ValidationError):
        settings.dashboard.port = 1  # type: ignore[misc]


def test_relative_paths_count_from_the_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    source = {"kind": "exports", "path": "../in"}
    settings = read(tmp_path, config(data_dir="/var/audit", source=source, rates="prices/rates.csv"))
    assert isinstance(settings.source, ExportsSettings)
    assert settings.source.path == tmp_path.parent / "in"
    assert settings.source.row_id == "Row ID"
    assert (settings.data_dir, settings.rates_path) == (Path("/var/audit"), tmp_path / "prices" / "rates.csv")


def test_only_the_sample_has_a_price_list_of_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, config()).rates_path == ROOT / "sample_data" / "rates.csv"
    assert read(tmp_path, config(rates="r.csv")).rates_path == tmp_path / "r.csv"
    assert read(tmp_path, config(source={"kind": "exports", "path": "in"})).rates_path is None


def test_a_week_can_be_reopened(tmp_path: Path) -> None:
    (reopening,) = read(tmp_path, reopened(opened="2026-07-06T08:00:00Z")).weeks.reopenings
    assert reopening.week_ending == date(2026, 7, 5)
    assert reopening.opened == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert reopening.until == datetime(2026, 7, 8, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "meant", "shortest"),
    [(True, True, 12), (False, False, 8), ({"min_length": 16}, PasswordComplexity(min_length=16), 16)],
)
def test_password_complexity_has_two_spellings(tmp_path: Path, found: object, meant: object, shortest: int) -> None:
    security = read(tmp_path, config(security={"password_complexity": found})).security
    assert (security.password_complexity, security.min_password_length) == (meant, shortest)


def test_daily_is_two_in_the_morning(tmp_path: Path) -> None:
    assert read(tmp_path, config(backup={"schedule": "daily"})).backup.schedule == "02:00"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/mnt/backups", "/mnt/backups"),
        ("file:///mnt/my%20backups", "/mnt/my backups"),
        ("file://localhost/mnt/backups/", "/mnt/backups"),
        ("second", "{folder}/second"),
        ("s3://redline-backups", "s3://redline-backups"),
        ("s3://redline-backups/north/2026/", "s3://redline-backups/north/2026"),
    ],
)
def test_a_second_place_is_a_folder_or_a_bucket(tmp_path: Path, given: str, meant: str) -> None:
    place = read(tmp_path, config(backup={"second_place": {"url": given}})).backup.second_place
    assert place is not None
    assert (place.url, place.endpoint) == (meant.format(folder=tmp_path), None)


@pytest.mark.parametrize(
    "given",
    ["s3://", "s3://B", "s3://bucket//x", "s3://bucket/../x y", "http://x", "file://host/x", "", "a\0b", 5, None],
)
def test_what_is_no_second_place_is_refused(tmp_path: Path, given: object) -> None:
    with pytest.raises(ConfigError, match=r"backup\.second_place\.url: found"):
        read(tmp_path, config(backup={"second_place": {"url": given}}))


def test_windows_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + config()).dashboard.port == 8501
