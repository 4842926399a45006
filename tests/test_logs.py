"""Logs: one line an event whatever it quotes, with what is bound to it, and never a secret."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit_core import logs
from audit_core.logs import HIDDEN, JsonLines, Lines, TextLines
from audit_core.settings.environment import secrets_set
from tests.exports import FIRST, SECOND, Desk, edited, line
from tests.jobs.processes import LONG_S, ROOT

SECRETS = {"SMARTSHEET_ACCESS_TOKEN": "tok-canary-1", "REDLINE_BACKUP_KEY": "AGE-KEY-ONE, AGE-KEY-TWO", "PIN": "12"}
EVIL = "first\nlevel=ERROR second\r\x1b[31mred\u2028third \u202eturned"


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


def said(form: type[Lines], written: io.StringIO, message: str, *args: object, error: bool = False) -> str:
    """What one call writes."""
    logger = logging.Logger("redline.test")  # noqa: LOG001  (one that nobody else listens to)
    handler = logging.StreamHandler(written)
    handler.setFormatter(form(lambda: SECRETS))
    logger.addHandler(handler)
    if error:
        try:
            raise ValueError("the token tok-canary-1\nis wrong")
        except ValueError:
            logger.exception(message)
    else:
        logger.info(message, *args)
    return written.getvalue()


def test_a_line_of_json_says_when_what_and_for_which_job(written: io.StringIO) -> None:
    with logs.bound(job="sync", slot="2026-06-10T17:00:00+00:00"):
        logs.bind(run_id="sync-1")
        told = json.loads(said(JsonLines, written, "%d sheets", 3))
    assert told.pop("ts").endswith("+00:00")
    assert told == {
        "level": "INFO", "logger": "redline.test", "job": "sync", "slot": "2026-06-10T17:00:00+00:00",
        "run_id": "sync-1", "message": "3 sheets",
    }  # fmt: skip
    written.truncate(0)
    written.seek(0)
    assert "job" not in json.loads(said(JsonLines, written, "outside"))


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_nothing_that_is_quoted_begins_a_line_of_its_own(form: type[Lines], written: io.StringIO) -> None:
    told = said(form, written, "a cell said %s", EVIL)
    assert told.count("\n") == 1
    assert len(told.splitlines()) == 1
    assert not {"\x1b", "\u202e", "\r"} & set(told)
    if form is JsonLines:
        assert json.loads(told)["message"] == f"a cell said {EVIL}"


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_a_traceback_belongs_to_its_line(form: type[Lines], written: io.StringIO) -> None:
    lines = said(form, written, "it failed", error=True).splitlines()
    assert "ValueError" in "".join(lines)
    assert all(each.startswith("    ") for each in lines[1:])
    assert (len(lines) == 1) is (form is JsonLines)


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_secrets_are_hidden_wherever_they_stand(form: type[Lines], written: io.StringIO) -> None:
    told = said(form, written, "failed", error=True)
    told += said(form, written, "%s and %s", "tok-canary-1", "AGE-KEY-TWO")
    told += said(form, written, "Authorization: Bearer abc.def, smtp://user:hunter2@mail, pin 12")
    assert not [each for each in ("canary", "AGE-KEY", "abc.def", "hunter2") if each in told]
    assert told.count(HIDDEN) >= 5
    assert "pin 12" in told  # what is so short would blot out half of the log


def test_which_secrets_are_set_is_read_from_both_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_SMTP_PASSWORD", "from the environment")
    monkeypatch.setenv("REDLINE_TRUSTED_KEYS", "public")
    monkeypatch.setenv("REDLINE_SEED", "7")
    kept = tmp_path / ".env"
    kept.write_text("REDLINE_SMTP_PASSWORD=from the file\nANYTHING=else that stands there\n")
    kept.chmod(0o600)
    found = secrets_set(tmp_path / "config.json")
    assert found["REDLINE_SMTP_PASSWORD"] == "from the environment"
    assert found["ANYTHING"] == "else that stands there"
    assert not {"REDLINE_TRUSTED_KEYS", "REDLINE_SEED"} & found.keys()
    kept.chmod(0o644)  # refused where a secret is used; a log goes on without it
    assert "ANYTHING" not in secrets_set(tmp_path / "config.json")


def test_a_real_run_logs_json_and_neither_secret_nor_cell(tmp_path: Path) -> None:
    """A sync of hostile cells, then a delivery whose mail server is not there, in a process like the runner's."""
    smtp = {"host": "127.0.0.1", "port": 9, "security": "none", "user": "redline", "sender": "a@example.com"}
    weekly = {"name": "all", "what": "packets", "first_week": "2025-07-20", "to": ["b@example.com"]}
    desk = Desk(tmp_path, delivery={"smtp": smtp, "subscriptions": [weekly]})
    desk.look(FIRST, [line(n) for n in range(1, 9)])
    desk.look(SECOND, [edited(line(1), foreman="CANARY-CELL\nlevel=ERROR"), *(line(n) for n in range(2, 9))])
    secrets = {"REDLINE_SMTP_PASSWORD": "canary-password", "SMARTSHEET_ACCESS_TOKEN": "canary-token"}
    words = (["run", "sync"], ["run", "weekly", "--week", "2025-07-20"], ["run", "deliver"])
    log = subprocess.run(
        [sys.executable, "-c", f"from jobs.__main__ import main\nfor words in {words}: main(words)"],
        cwd=ROOT, env=os.environ | secrets | {"AUDIT_CONFIG": str(desk.config)}, capture_output=True, text=True,
        timeout=LONG_S, check=True,
    ).stderr  # fmt: skip
    told = [json.loads(each) for each in log.splitlines()]
    ends = [each for each in told if each.get("event") == "job_ended"]
    assert [(each["job"], each["status"]) for each in ends] == [
        ("sync", "ok"),
        ("weekly", "ok"),
        ("deliver", "partial"),
    ]
    assert all(each["run_id"].startswith(each["job"]) and each["duration_ms"] > 0 for each in ends)
    assert not [each for each in ("CANARY-CELL", "canary-password", "canary-token") if each in log]
