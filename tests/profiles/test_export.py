"""Who may see profiles, and everything on record about one person in a folder for that person."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import ConfigError, NotAllowed
from audit_core.profiles import export_person, profiles_for
from audit_core.records.folders import check_sums
from audit_core.workspace import Workspace
from jobs.__main__ import main
from tests.exports import FIRST, SECOND, Desk, Line, line

NOW = datetime(2025, 8, 20, tzinfo=UTC)
ANN, JOANN = "ann@x.co", "joann@x.co"


def written(row: Line, who: str, at: str) -> Line:
    return row | {"Modified By": who, "Modified Date": at, "Created By": "bea@x.co", "Created Date": "07/20/25 9:00 AM"}


def desk_of(root: Path) -> Desk:
    """Ann edited two cells of the first line, Joann one of the second; one of Ann's is a text like a formula."""
    desk = Desk(root)
    rows = [written(line(number), "bea@x.co", "07/20/25 9:00 AM") for number in (1, 2)]
    desk.look(FIRST, rows)
    first = written(line(1, quantity="3", foreman="=2+5"), ANN, "08/05/25 4:12 PM")
    desk.look(SECOND, [first, written(line(2, quantity="3"), JOANN, "08/05/25 5:00 PM")])
    desk.sync()
    return desk


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_of(tmp_path_factory.mktemp("people")).root


@pytest.fixture
def desk(synced: Path, tmp_path: Path) -> Desk:
    shutil.copytree(synced, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path, people={"min_edits": 2})


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def actor(role: Role) -> Actor:
    return Actor("1", "someone@x.co", role)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_admins_and_auditors_see_profiles(workspace: Workspace, role: Role) -> None:
    assert [each.who for each in profiles_for(workspace, actor(role), NOW)] == [ANN, JOANN]


def test_nobody_else_does(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed, match="This needs the role Auditor or Admin"):
        profiles_for(workspace, actor(Role.USER), NOW)


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (["Admin"], r"visible to the role Admin here \(people.visible_to\), not to someone@x.co"),
        ([], "visible to nobody here"),
    ],
    ids=["Admin only", "nobody"],
)
def test_the_settings_can_narrow_it(tmp_path: Path, roles: list[str], sentence: str) -> None:
    workspace = Desk(tmp_path, people={"visible_to": roles}).workspace()
    with pytest.raises(NotAllowed, match=sentence):
        profiles_for(workspace, actor(Role.AUDITOR), NOW)
    workspace.store.database.close()


def test_profiles_look_back_so_far_and_no_further(desk: Desk) -> None:
    workspace = Desk(desk.root, people={"keep_days": 5}).workspace()
    assert profiles_for(workspace, actor(Role.ADMIN), NOW) == []
    assert len(profiles_for(workspace, actor(Role.ADMIN), datetime(2025, 8, 9, tzinfo=UTC))) == 2
    workspace.store.database.close()


def test_the_export_holds_what_names_the_person_and_nobody_elses(workspace: Workspace, tmp_path: Path) -> None:
    made = export_person(workspace, "Ann@X.co", tmp_path / "ann", OPERATOR, "run-9", NOW)
    with (made.path / "events.csv").open(newline="") as stream:
        events = list(csv.DictReader(stream))
    assert {(each["changed_by"], each["column_name"], each["new_value"]) for each in events} == {
        (ANN, "Quantity", "3"),
        (ANN, "Foreman", "'=2+5"),
    }
    assert made.events == 2
    profile = json.loads((made.path / "profile.json").read_text())
    assert (profile["who"], profile["edits"], profile["evidence"]) == (ANN, 2, {"row writer": 2})
    assert json.loads((made.path / "account.json").read_text())["account"]["email"] == ANN
    readme = (made.path / "README.txt").read_text()
    assert "2 events that name you" in readme
    assert "joann" not in readme
    check_sums(made.path)


def test_an_export_is_itself_an_action_in_the_trail(desk: Desk, workspace: Workspace, tmp_path: Path) -> None:
    export_person(workspace, ANN, tmp_path / "ann", OPERATOR, "run-9", NOW)
    (action,) = desk.rows("SELECT * FROM audit_events WHERE action = 'person_exported'")
    assert action["issue_description"] == f"Everything on record about {ANN} was exported: 2 events."
    assert (action["audit_run_id"], action["changed_by"]) == ("run-9", "system:operator")
    # and so part of the next one
    assert export_person(workspace, ANN, tmp_path / "again", OPERATOR, "run-10", NOW).events == 3


def test_somebody_who_is_not_on_record_gets_a_sentence_and_no_folder(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Nothing on record names an@x\.co"):
        export_person(workspace, "an@x.co", tmp_path / "an", OPERATOR, "run-9", NOW)
    assert not (tmp_path / "an").exists()


def test_from_the_command_line(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    assert main(["person", JOANN, "--export", str(tmp_path / "joann"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["job"], result["status"], result["events"]) == ("person", "ok", 1)
    assert Path(result["path"]) == tmp_path / "joann"
    (run,) = desk.rows("SELECT status FROM job_runs WHERE job = 'person'")
    assert run == {"status": "ok"}
    assert main(["person", JOANN, "--export", str(tmp_path / "joann")]) == 2
    assert "is in use" in capsys.readouterr().err
