"""The units of deploy/systemd: systemd itself reads them, and they are as closed as they say."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.processes import ROOT

UNITS = ROOT / "deploy" / "systemd"
PROGRAMS = ("redline-app.service", "redline-jobs.service")
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with programs that are there: systemd looks for what it is to start."""
    if ANALYZE is None:
        pytest.skip("no systemd-analyze on this machine (Debian: package systemd)")
    for unit in UNITS.iterdir():
        text = re.sub(r"^(ExecStart=)\S+", rf"\g<1>{sys.executable}", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def judged(*words: str) -> "subprocess.CompletedProcess[str]":
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_to_say(installed: Path) -> None:
    told = judged("verify", *map(str, sorted(installed.iterdir())))
    assert (told.returncode, told.stderr) == (0, "")


def test_and_would_if_there_was(installed: Path) -> None:
    unit = installed / "redline-jobs.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=perhaps"))
    assert "Failed to parse protect system value" in judged("verify", str(unit)).stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_can_do_little(installed: Path, name: str) -> None:
    """systemd's own measure of exposure, from 0 to 10; a service without any of it has 9.6."""
    told = judged("security", "--offline=true", "--threshold=25", "--no-pager", str(installed / name))
    assert told.returncode == 0, told.stdout[-200:]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_run_as_the_docs_say(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNITS / name)
    service = unit["Service"]
    assert (service["User"], service["UMask"], service["TimeoutStopSec"]) == ("redline", "0077", "60")
    assert (service["Restart"], service["NoNewPrivileges"], service["PrivateTmp"]) == ("on-failure", "yes", "yes")
    assert service["ReadWritePaths"].split()[0] == "/var/lib/redline"
    assert "EnvironmentFile" not in service, "commands by hand read the .env beside the config, and nothing else"
    assert "AUDIT_CONFIG=/etc/redline/config.json" in service["Environment"].split()
    assert "WatchdogSec" not in service, "nothing here notifies systemd"
    words = service["ExecStart"].split()
    assert words[:2] == ["/opt/redline/.venv/bin/python", "-m"]
    assert words[2:] == ["jobs", "start"] or words[2:5] == ["streamlit", "run", "streamlit_app.py"]
