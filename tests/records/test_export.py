"""Everything on record leaves in open formats, and is checked without the program."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role, Where
from audit_core.errors import AuditError, ConfigError
from audit_core.records import Export, export
from audit_core.records import pages as pages_module
from audit_core.records.readme import BY_HAND
from audit_core.store.accounts import Accounts
from audit_core.store.sessions import Proof, Sessions
from jobs.__main__ import main
from tests.exports import Desk
from tests.records.desks import LATER, opened, three_years, verified

ADDRESS = "203.0.113.77"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A store with people, a session and a failed sign-in. Tests only export it."""
    desk = three_years(tmp_path_factory.mktemp("desk"))
    with opened(desk) as workspace:
        add_person(workspace, OPERATOR, "ann@example.com", Role.ADMIN, "a long password", LATER)
        accounts = Accounts(workspace.store)
        person = next(each for each in accounts.everybody() if each.role)
        Sessions(workspace.store).open(person, "ab" * 32, Where(), Proof(), LATER)
        with workspace.store.database.write() as connection:
            connection.execute("INSERT INTO sign_in_attempts VALUES ('ann@example.com', 't', ?, 1)", (ADDRESS,))
    return desk


def exported(desk: Desk, to: Path) -> Export:
    with opened(desk) as workspace:
        return export(workspace, to, "export-1", LATER)


@pytest.fixture(scope="module")
def made(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Export:
    return exported(desk, tmp_path_factory.mktemp("out") / "export")


def lines(folder: Path, table: str) -> list[dict[str, object]]:
    return [json.loads(each) for each in (folder / "tables" / f"{table}.jsonl").read_text().splitlines()]


def test_every_table_is_there_twice_with_its_types_and_rows(desk: Desk, made: Export) -> None:
    tables = {
        row["name"]
        for row in desk.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    }
    told = json.loads((made.path / "tables.json").read_text())
    assert set(told) == tables - {"credentials", "sessions"}
    for name, each in told.items():
        frame = pl.read_parquet(made.path / "tables" / f"{name}.parquet")
        assert frame.to_dicts() == lines(made.path, name)
        assert frame.columns == list(each["columns"])
        assert frame.height == each["rows"] == made.rows[name]
    assert told["audit_events"]["columns"]["risk_score"] == "REAL"
    assert pl.read_parquet_schema(made.path / "tables" / "audit_events.parquet")["risk_score"] == pl.Float64()


def test_events_are_those_of_the_ledger_with_their_hashes_as_digits(desk: Desk, made: Export) -> None:
    inside = desk.rows("SELECT * FROM audit_events WHERE action IS NOT 'exported' ORDER BY event_id")
    for each in inside:
        each["hash"], each["prev_hash"] = each["hash"].hex(), each["prev_hash"].hex()
    assert lines(made.path, "audit_events") == inside


def test_what_would_help_a_burglar_stays_here(desk: Desk, made: Export) -> None:
    (secret,) = desk.rows("SELECT password_hash FROM credentials")
    everything = b"".join(path.read_bytes() for path in made.path.rglob("*") if path.is_file())
    assert ADDRESS.encode() not in everything
    assert secret["password_hash"].encode() not in everything
    assert {"email", "at", "failed"} == set(lines(made.path, "sign_in_attempts")[0])
    assert "password hashes" in (made.path / "README.txt").read_text()


def test_snapshots_anchors_and_settings_are_there_as_they_are(desk: Desk, made: Export) -> None:
    for name in ("anchors.jsonl", *(f"snapshots/{row['file']}" for row in desk.rows("SELECT file FROM snapshots"))):
        assert (made.path / name).read_bytes() == (desk.root / "data" / name).read_bytes()
    assert (made.path / "config.json").read_bytes() == desk.config.read_bytes()


def test_a_stranger_checks_the_files_and_every_hash_with_what_the_readme_says(made: Export, tmp_path: Path) -> None:
    listed = {line[66:]: line[:64] for line in (made.path / "SHA256SUMS").read_text().splitlines()}
    files = {path.relative_to(made.path).as_posix() for path in made.path.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert set(listed) == files
    assert all(hashlib.sha256((made.path / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())
    readme = (made.path / "README.txt").read_text()
    assert readme.endswith(BY_HAND)
    program = readme[readme.index("import hashlib") :]
    run = [sys.executable, "-I", "-c", program]
    assert subprocess.run(run, cwd=made.path, check=False).returncode == 0
    altered = tmp_path / "tables" / "audit_events.jsonl"
    altered.parent.mkdir()
    altered.write_text((made.path / "tables" / "audit_events.jsonl").read_text().replace("Foreman 22", "Foreman 21"))
    again = subprocess.run(run, cwd=tmp_path, check=False, capture_output=True)
    assert b"AssertionError" in again.stderr


def test_the_export_is_an_event_of_the_ledger(desk: Desk, made: Export) -> None:
    last = desk.rows("SELECT * FROM audit_events WHERE action = 'exported' ORDER BY event_id")[0]
    digest = hashlib.sha256((made.path / "SHA256SUMS").read_bytes()).hexdigest()
    assert json.loads(last["evidence"])["list_sha256"] == digest
    verified(desk)


def test_pages_make_no_difference(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "PAGE", 2)
    again = exported(desk, tmp_path / "again")
    assert lines(again.path, "snapshots") == lines(again.path, "snapshots")
    assert len(lines(again.path, "audit_events")) == again.rows["audit_events"] > 10


def test_an_export_is_there_whole_or_not_at_all(desk: Desk, tmp_path: Path) -> None:
    busy = tmp_path / "busy"
    busy.mkdir()
    (busy / "mine").touch()
    with pytest.raises(ConfigError, match="is in use"):
        exported(desk, busy)
    (file,) = desk.rows("SELECT file FROM snapshots LIMIT 1")
    path = desk.root / "data" / "snapshots" / file["file"]
    aside = path.rename(path.with_suffix(".aside"))
    with pytest.raises(AuditError, match="Nothing was exported"):
        exported(desk, tmp_path / "out" / "export")
    aside.rename(path)
    assert not any((tmp_path / "out").iterdir())


def test_the_command(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                     capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    assert main(["export", "--to", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["path"] == str(tmp_path / "out")
    assert said["rows"]["user_permissions"] == 1
    assert main(["export", "--to", str(tmp_path / "out")]) == 2
