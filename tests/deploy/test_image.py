"""The image: its Dockerfile by hadolint, its context and its compose file by what they must not leave out or let in."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.jobs.processes import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")


def linted(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([HADOLINT, "--no-color", str(path)], capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing_to_say() -> None:
    told = linted(DOCKERFILE)
    assert (told.returncode, told.stdout) == (0, "")


def test_and_would_if_there_was(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text(re.sub(r"FROM python:\S+", "FROM python:latest", DOCKERFILE.read_text()))
    assert "DL3007" in linted(bad).stdout


def test_it_is_not_root_and_asks_after_the_runner() -> None:
    text = DOCKERFILE.read_text()
    last = text.rpartition("FROM ")[2]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
    assert '"jobs", "health"' in last
    assert len(set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))) == 1


def test_whatever_the_program_is_made_of_is_in_it_and_nothing_else() -> None:
    """Every file of the repository that a program reads; no tests, no data, no secrets."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tops = {each.split("/")[0] for each in tracked.split("\0") if each}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        word.rstrip("/")
        for words in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
        for word in words.split()
    }
    assert copied == let_in
    assert let_in <= tops
    left_out = tops - let_in
    assert left_out == {
        ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "Makefile", "README.md", "benchmarks", "config.json",
        "deploy", "docs", "pyproject.toml", "requirements-dev.txt", "tests",
    }  # fmt: skip


def test_there_is_one_of_each_and_none_can_write_outside_of_its_volume() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    assert set(services) == {"jobs", "app"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["init"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["stop_grace_period"] == "60s"
        assert "deploy" not in service, "no replicas"
    assert services["jobs"]["command"] == ["python", "-m", "jobs", "start"]
    assert services["app"]["ports"] == ["127.0.0.1:8501:8501"]
