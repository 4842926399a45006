"""The job `weekly` and `why ROW` as the command line runs them, over the real snapshots of the sample."""

import csv
import json
import shutil
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.exports import Desk, edited, line
from tests.jobs.shell import Shell
from tests.packets.desks import billed_desk, lines, sealed
from tests.reports.books import table

pytestmark = pytest.mark.in_turn(3)

SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The newest snapshots of the sample's two sheets, taken; the smallest weeks keep the tests short."""
    desk = Desk(tmp_path_factory.mktemp("sample"))
    for sheet in (SAMPLE / "field_billing").iterdir():
        newest = max(sheet.iterdir())
        folder = desk.exports / sheet.name
        folder.mkdir()
        shutil.copy(newest, folder / newest.name)
    desk.sync_as_job()
    return desk


@pytest.fixture
def jobs(sampled: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(sampled.config, monkeypatch, capsys)


def source_rows() -> list[dict[str, str]]:
    """The rows of the newest snapshots, read by the standard library and openpyxl alone."""
    rows: list[dict[str, str]] = []
    for sheet in sorted((SAMPLE / "field_billing").iterdir()):
        newest = max(sheet.iterdir())
        if newest.suffix == ".csv":
            with newest.open(newline="", encoding="utf-8") as stream:
                rows += csv.DictReader(stream)
        else:
            rows += [
                {name: "" if value is None else str(value) for name, value in row.items()}
                for row in table(openpyxl.load_workbook(newest).worksheets[0])
            ]
    return rows


def source_cents(row: dict[str, str]) -> int:
    return int(Decimal(row["Units Total Price"]).quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))


def test_packets_of_a_week_are_the_rows_of_the_source_to_the_cent(jobs: Shell) -> None:
    week = "2025-07-06"
    there = [row for row in source_rows() if row["Weekly Reference Logged Date"][:10] == week]
    result = jobs("run", "weekly", "--week", week, "--json").json
    assert (result["status"], result["exit_code"], result["week_ending"]) == ("ok", 0, week)
    assert sum(each["lines"] for each in result["packets"]) + sum(result["excluded"].values()) == len(there)
    expected: dict[str, int] = defaultdict(int)
    for row in there:
        expected[row["Work Request #"]] += source_cents(row)
    assert result["excluded"] == {}
    assert {each["work_request"]: round(each["total"] * 100) for each in result["packets"]} == expected
    seen: dict[str, int] = {}
    for each in result["packets"]:
        assert {type(each[name]) for name in ("work_request", "week_ending", "variant")} == {str}
        xlsx, pdf = map(Path, each["paths"])
        assert (xlsx.suffix, pdf.suffix, xlsx.is_absolute()) == (".xlsx", ".pdf", True)
        assert pdf.read_bytes().startswith(b"%PDF-")
        for held in table(openpyxl.load_workbook(xlsx)["Lines"]):
            assert held["Row"] not in seen, "in two packets"
            seen[held["Row"]] = round(held["Price (USD)"] * 100)
    assert seen == {row["Row ID"]: source_cents(row) for row in there}
    assert result["paths"] == [path for each in result["packets"] for path in each["paths"]]


def test_run_twice_no_packet_is_written_again(jobs: Shell) -> None:
    first = jobs("run", "weekly", "--week", "2025-06-29", "--json").json
    stamps = {path: Path(path).stat().st_mtime_ns for path in first["paths"]}
    again = jobs("run", "weekly", "--week", "2025-06-29", "--json").json
    assert (again["made"], again["skipped"]) == (0, len(first["packets"]))
    assert again["packets"] == [each | {"made": False} for each in first["packets"]]
    assert stamps == {path: Path(path).stat().st_mtime_ns for path in again["paths"]}


MISTAKES = {
    ("run", "weekly", "--week", "2025-08-12"): "a week is named by its Sunday: that is 2025-08-17.",
    ("run", "sync", "--week", "2025-08-17"): "--week is for the job 'weekly'; 'sync' is about no single week.",
    ("run", "weekly", "--week", "2025-02-30"): "argument --week: found '2025-02-30', expected a date like 2026-07-05",
    ("why", "no such row"): "No row 'no such row' stands on any sheet as it was last seen, and the trail tells of none",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_one_sentence(jobs: Shell, words: tuple[str, ...]) -> None:
    answer = jobs(*words, "--json")
    assert answer.code == (1 if words[0] == "why" else 2)
    assert MISTAKES[words] in answer.json["message"]


def test_a_week_without_rows_has_no_packet(jobs: Shell) -> None:
    result = jobs("run", "weekly", "--week", "2024-08-18", "--json").json
    assert (result["exit_code"], result["packets"], result["excluded"], result["paths"]) == (0, [], {}, [])
    assert result["message"] == "No row carries the week 2024-08-18: it has no packet."


# --- why ---


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[Desk, Shell]:
    """Good lines, one that is not completed, a slip of a work request, and a row on two sheets."""
    rows = [*lines(4), line(8, units_completed="no"), line(9, work_request="7189101")]
    desk = billed_desk(tmp_path, rows, South=[edited(line(1), units_total_price="0")])
    return desk, Shell(desk.config, monkeypatch, capsys)


def answers(jobs: Shell, row: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = jobs("why", row, "--json").json["answers"]
    return found


def test_a_row_in_a_packet_says_in_which(asked: tuple[Desk, Shell]) -> None:
    desk, jobs = asked
    (before,) = answers(jobs, "2")
    assert (before["in_packet"], before["reason"], before["event_id"]) == (True, None, None)
    assert before["answer"].endswith(
        "is in the packet of WR 71891012, week 2025-07-20, primary; 'python -m jobs run weekly --week 2025-07-20' "
        "makes it."
    )
    jobs("run", "weekly", "--week", "2025-07-20")
    (event,) = sealed(desk)
    (after,) = answers(jobs, "2")
    assert after["event_id"] == event["event_id"]
    assert jobs("why", "2").out == (
        "why: ok. On Field Billing North (look 2025-07-31) row 2 is in the packet of WR 71891012, week 2025-07-20, "
        f"primary; last made by event {event['event_id']}.\n"
    )


def test_a_row_in_none_says_why_and_what_to_do(asked: tuple[Desk, Shell]) -> None:
    _, jobs = asked
    (open_one,) = answers(jobs, "8")
    assert (open_one["reason"], open_one["variant"]) == ("not completed", None)
    assert open_one["answer"].endswith(
        "row 8 is in no packet because the unit is not ticked as completed. Nothing while the work is open; consider "
        "ticking it once it is done."
    )
    (held,) = answers(jobs, "9")
    assert held["reason"] == "quarantined"
    assert "Was WR 71891012 meant? It has 6 lines; 7189101 has one." in held["answer"]


def test_a_row_on_two_sheets_has_an_answer_for_each(asked: tuple[Desk, Shell]) -> None:
    _, jobs = asked
    assert [(each["sheet"], each["reason"]) for each in answers(jobs, "1")] == [
        ("Field Billing North", None), ("South", "price is zero"),
    ]  # fmt: skip
    said = jobs("why", "1").out.splitlines()
    assert len(said) == 3
    assert said[-1] == "why: ok. Row 1 stands on 2 sheets."


def test_a_row_that_was_deleted_says_where_it_was_last_seen(asked: tuple[Desk, Shell]) -> None:
    desk, jobs = asked
    desk.look("2025-08-07", [*lines(2), *lines(1, 4), line(8), line(9)])
    desk.sync()
    answer = jobs("why", "3", "--json")
    assert answer.code == 1
    assert answer.json["message"] == (
        "No row '3' stands on any sheet as it was last seen; the trail last tells of it on Field Billing North, look "
        "2025-08-07: see its events in Changes."
    )


def test_the_event_of_a_packet_is_all_that_a_reader_needs(asked: tuple[Desk, Shell]) -> None:
    desk, jobs = asked
    jobs("run", "weekly", "--week", "2025-07-20")
    (row,) = desk.rows("SELECT * FROM audit_events WHERE action = 'packet_made'")
    assert row["issue_description"] == "Packet of WR 71891012, week 2025-07-20, primary made: 4 lines, $454.72."
    assert set(json.loads(row["evidence"])) == {
        "files", "variant", "lines", "total_cents", "content_sha256", "lines_sha256", "ledger_size",
    }  # fmt: skip
    assert jobs("verify").code == 0


def test_a_dry_run_says_what_would_be_made_and_names_no_file_of_it(asked: tuple[Desk, Shell]) -> None:
    desk, jobs = asked
    foreseen = jobs("run", "weekly", "--dry-run", "--json").json
    assert [each["made"] for each in foreseen["packets"]] == [True]
    assert (foreseen["paths"], sealed(desk)) == ([], [])
    done = jobs("run", "weekly", "--json").json
    assert foreseen["message"] == f"Dry run, nothing was changed. {done['message']}"
    known = jobs("run", "weekly", "--dry-run", "--json").json
    assert (known["made"], known["paths"]) == (0, done["paths"])
    assert len(sealed(desk)) == 1
