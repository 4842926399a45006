"""Editors side by side and one from near: what is said of whom, from how much, and what was decided about it."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.profiles import Portrait, editors, portrait
from audit_core.profiles.editors import editors_table, export_editors, hour_words, size_words
from audit_core.profiles.export import hand_out_person
from audit_core.review.deciding import withdraw
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import Verdict
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, Desk, Line, edited, line, open_week

NOW = datetime(2025, 8, 20, tzinfo=UTC)
ANN, BEA, CARL, DEE = (f"{name}@x.co" for name in ("ann", "bea", "carl", "dee"))
UTC_ZONE = ZoneInfo("UTC")
AUDITOR = Actor("1", "auditor@x.co", Role.AUDITOR, "s")
ADMIN = Actor("2", "admin@x.co", Role.ADMIN, "s")


def by(who: str, at: str, row: Line) -> Line:
    return row | {"Modified By": who, "Modified Date": at, "Created By": "old@x.co", "Created Date": "07/15/25 9:00 AM"}


def desk_of(root: Path, **settings: object) -> Desk:
    """Three people with three edits of quantities each; Ann's on a Tuesday afternoon, of a week that had locked.

    Of Dee one edit alone is known.
    """
    desk = Desk(root, **settings)
    rows = [by("old@x.co", "07/15/25 9:00 AM", line(n) if n < 4 else open_week(n)) for n in range(1, 11)]
    when = {ANN: "08/05/25 4:12 PM", BEA: "08/06/25 9:05 AM", CARL: "08/06/25 9:30 AM"}
    people = [ANN] * 3 + [BEA] * 3 + [CARL] * 3
    after = [
        by(who, when[who], edited(row, quantity="20" if who == ANN else "3"))
        for who, row in zip(people, rows, strict=False)
    ]
    after.append(by(DEE, "08/06/25 10:00 AM", edited(rows[9], quantity="4")))
    desk.look(FIRST, rows)
    desk.look(SECOND, after)
    desk.sync()
    return desk


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_of(tmp_path_factory.mktemp("portraits")).root


@pytest.fixture
def desk(synced: Path, tmp_path: Path) -> Desk:
    shutil.copytree(synced, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path, people={"min_edits": 2})


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def number_of(desk: Desk, who: str) -> int:
    return int(desk.rows("SELECT min(event_id) n FROM audit_events WHERE changed_by = ?", [who])[0]["n"])


def near(workspace: Workspace, who: str) -> Portrait:
    found = editors(workspace, AUDITOR, NOW).people
    return portrait(workspace, AUDITOR, next(each for each in found if each.profile.who == who), NOW)


def test_everybody_stands_side_by_side_by_name_with_a_number_that_stays(workspace: Workspace, desk: Desk) -> None:
    found = editors(workspace, AUDITOR, NOW)
    assert [each.profile.who for each in found.people] == [ANN, BEA, CARL, DEE]
    assert [each.number for each in found.people] == [number_of(desk, who) for who in (ANN, BEA, CARL, DEE)]
    assert found.machines == ()


def test_the_table_says_nothing_of_who_edited_too_little(workspace: Workspace) -> None:
    ann, _, _, dee = editors_table(editors(workspace, AUDITOR, NOW)).to_dicts()
    assert (ann["Changes"], ann["Hour"], ann["After lock"], ann["Size"]) == (3, "16:12", 1.0, "×10")
    assert dee["Beside the others"] == "Too few edits to say anything: 1, and it takes 2."
    assert [dee[name] for name in ("Per week", "Hour", "After lock", "Size", "Rounded up", "moved_cents")] == [None] * 6


def test_what_was_decided_counts_for_whose_change_it_is(workspace: Workspace, desk: Desk) -> None:
    (mine,) = desk.rows("SELECT event_id, incident_id FROM audit_events WHERE event_id = ?", [number_of(desk, ANN)])
    subject = f"event:{mine['event_id']}"
    (given,) = decide_now(workspace, {subject: None}, Verdict.CONFIRMED, "wrong_quantity", "", AUDITOR, NOW)
    told = {each.profile.who: dict(each.decided) for each in editors(workspace, AUDITOR, NOW).people}
    assert told == {ANN: {"confirmed": 1}, BEA: {}, CARL: {}, DEE: {}}
    (row,) = near(workspace, ANN).decided.to_dicts()
    assert (row["subject"], row["words"], row["changes"], row["by"]) == (
        subject, "confirmed: the quantity is wrong", 1, "auditor@x.co",
    )  # fmt: skip
    withdraw(workspace.store, subject, actor=AUDITOR, now=NOW, seen=given.decision_id)
    assert {each.profile.who for each in editors(workspace, AUDITOR, NOW).people if each.decided} == set()


def test_one_from_near(workspace: Workspace) -> None:
    seen = near(workspace, ANN)
    assert seen.rhythm.rows() == [(2, 16, 3)]
    (month,) = seen.months.to_dicts()
    assert (month["month"], month["n"], month["after_lock"], month["share"]) == ("2025-08", 3, 3, 1.0)
    assert (month["median"], month["others"]) == (None, None)  # two others are too few to compare with
    assert [row["n"] for row in seen.sizes.to_dicts()] == [0, 0, 0, 0, 3, 0]
    assert [(row["name"], row["n"], row["after_lock"]) for row in seen.columns.to_dicts()] == [("Quantity", 3, 3)]


def test_of_too_few_edits_there_is_no_picture(workspace: Workspace) -> None:
    seen = near(workspace, DEE)
    assert seen.editor.profile.figures == ()
    assert all(frame.is_empty() for frame in (seen.rhythm, seen.months, seen.sizes, seen.sheets, seen.columns))


def test_who_may_not_see_profiles_gets_none_of_it(desk: Desk) -> None:
    workspace = Desk(desk.root, people={"visible_to": ["Admin"]}).workspace()
    found = editors(workspace, ADMIN, NOW)
    frame = editors_table(found)
    for ask in (
        lambda: editors(workspace, AUDITOR, NOW),
        lambda: portrait(workspace, AUDITOR, found.people[0], NOW),
        lambda: export_editors(workspace, AUDITOR, frame, "", UTC_ZONE, NOW),
        lambda: hand_out_person(workspace, AUDITOR, ANN, NOW),
    ):
        with pytest.raises(NotAllowed, match="visible to the role Admin here"):
            ask()
    workspace.store.database.close()


def test_the_list_leaves_as_it_stands_and_is_recorded(workspace: Workspace, desk: Desk) -> None:
    frame = editors_table(editors(workspace, AUDITOR, NOW))
    made = export_editors(workspace, AUDITOR, frame, "of fewer than 2 nothing is said", UTC_ZONE, NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made.content))["Table"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header[:3] == ("Editor", "Beside the others", "Changes")
    assert [row[0] for row in rows] == frame["Editor"].to_list()
    (action,) = desk.rows("SELECT changed_by FROM audit_events WHERE action = 'exported'")
    assert action["changed_by"] == "auditor@x.co"


def test_an_admin_takes_what_is_on_record_for_the_person_concerned(workspace: Workspace, desk: Desk) -> None:
    content = hand_out_person(workspace, ADMIN, ANN, NOW)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == ["README.txt", "SHA256SUMS", "account.json", "events.csv", "profile.json"]
    (action,) = desk.rows("SELECT changed_by, issue_description FROM audit_events WHERE action = 'person_exported'")
    assert action["changed_by"] == "admin@x.co"
    assert ANN in action["issue_description"]
    with pytest.raises(NotAllowed, match="This needs the role Admin"):
        hand_out_person(workspace, AUDITOR, ANN, NOW)


def test_the_words_of_numbers() -> None:
    assert (size_words(None), hour_words(None)) == (None, None)
    assert (size_words(0.0), hour_words(9.75), hour_words(23.999)) == ("×1", "09:45", "24:00")
