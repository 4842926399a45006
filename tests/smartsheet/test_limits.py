"""The limits of a token hold for all processes together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.errors import ConfigError
from audit_core.sources.smartsheet.limits import WINDOW_S, Limits, Use
from tests.emulator import Tenant, billing_sheet, serving, worst_minute
from tests.live import FakeTime

ROOT = Path(__file__).resolve().parents[2]


def test_a_minute_has_room_for_so_many_and_then_one_waits(tmp_path: Path) -> None:
    time = FakeTime()
    limits = Limits("token", 3, 1, time.clock, tmp_path)
    assert [limits.take(), limits.take(heavy=True)] == [0, 0]
    assert limits.take(heavy=True) == WINDOW_S
    time.now += 10
    assert limits.take() == 0
    assert limits.use() == Use(3, 1)
    assert limits.take() == WINDOW_S - 10
    time.now += WINDOW_S - 10
    assert limits.take(heavy=True) == 0


def test_two_that_share_a_token_share_its_minute(tmp_path: Path) -> None:
    time = FakeTime()
    one, other = (Limits("token", 4, 2, time.clock, tmp_path) for _ in range(2))
    assert [one.take(), other.take(), one.take(), other.take()] == [0, 0, 0, 0]
    assert one.take() > 0
    assert other.take() > 0
    assert Limits("another", 4, 2, time.clock, tmp_path).take() == 0


def test_a_pause_is_for_everybody_and_ends(tmp_path: Path) -> None:
    time = FakeTime()
    one, other = (Limits("token", 100, 30, time.clock, tmp_path) for _ in range(2))
    one.pause(20)
    assert other.take() == 20
    time.now += 20
    assert other.take() == 0


def test_what_a_crash_or_a_new_start_of_the_machine_left_is_no_obstacle(tmp_path: Path) -> None:
    time = FakeTime()
    Limits("token", 1, 1, time.clock, tmp_path).take()
    [file] = tmp_path.glob("*.limits")
    time.now = 5.0  # the clock begins anew
    assert Limits("token", 1, 1, time.clock, tmp_path).take() == 0
    file.write_text('{"all": [1')
    assert Limits("token", 1, 1, time.clock, tmp_path).take() == 0
    assert "token" not in file.name + file.read_text()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "shared"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(ConfigError, match="TMPDIR"):
        Limits("token", 1, 1, folder=open_to_all)


@given(pauses=st.lists(st.floats(0, 40), min_size=1, max_size=60), most=st.integers(1, 7))
def test_no_sixty_seconds_hold_more(tmp_path_factory: pytest.TempPathFactory, pauses: list[float], most: int) -> None:
    time = FakeTime()
    limits = Limits("token", most, most, time.clock, tmp_path_factory.mktemp("limits"))
    sent = []
    for pause in pauses:
        time.now += pause
        while (wait := limits.take()) > 0:
            time.now += wait
        sent.append(time.now)
    assert all(sum(at - 60 < other <= at for other in sent) <= most for at in sent)


@pytest.mark.soak
def test_two_processes_on_one_token_stay_under_both_limits(tmp_path: Path) -> None:
    """In real time: together they need more than a minute holds, and the tenant refuses nothing."""
    tenant = Tenant(seed=8)
    sheets = [billing_sheet(tenant, f"Billing {number:03}", 4, seed=number) for number in range(170)]
    with serving(tenant) as emulator:
        configs = []
        for name, mine in (("one", sheets[:85]), ("two", sheets[85:])):
            source = {"kind": "smartsheet", "api_base": emulator.base, "sheet_ids": [each.id for each in mine]}
            config = tmp_path / f"{name}.json"
            config.write_text(json.dumps({"data_dir": name, "source": source}))
            configs.append(config)
        for _ in range(2):
            running = [
                subprocess.Popen(
                    [sys.executable, "-m", "jobs", "run", "sync", "--json"], cwd=ROOT, text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    env=os.environ | {
                        "AUDIT_CONFIG": str(config), "SMARTSHEET_ACCESS_TOKEN": "token", "TMPDIR": str(tmp_path),
                    },
                )
                for config in configs
            ]  # fmt: skip
            told = [json.loads(each.communicate(timeout=400)[0].splitlines()[-1]) for each in running]
            assert [each["exit_code"] for each in told] == [0, 0], told
            for sheet in sheets:
                for row in sheet.rows[:1]:
                    tenant.edit(sheet, row.id, "Quantity", 93, "ann@example.com")
                    tenant.edit(sheet, row.id, "Foreman", "Foreman 93", "bob@example.com")
        assert not [call for call in emulator.log if call.status == 429]
        assert 200 < worst_minute(emulator.log) <= 300
        assert worst_minute(emulator.log, heavy=True) <= 30
