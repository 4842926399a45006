"""What names the record moves with what is said of the sheets, and not with how somebody works."""

from audit_core.notebooks.shelf import Notebooks
from audit_core.review.claims import claim
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.store.actions import Action
from audit_core.version import version
from audit_core.views import save_view
from audit_core.workspace import Workspace
from tests.exports import Desk, edited, line
from tests.review.desks import ANN, NOW, zeroing


def test_how_somebody_works_leaves_it_as_it_is(desk: Desk, workspace: Workspace) -> None:
    before, events = version(workspace), desk.rows("SELECT count(*) n FROM audit_events")[0]["n"]
    claim(workspace, zeroing(desk), ANN, NOW)
    Notebooks(workspace.store, ANN).create("Mine", [], NOW)
    save_view(workspace.store, ANN, "changes", "mine", {"sort": ["newest"]}, NOW, shared=False)
    with workspace.store.database.write() as connection:
        workspace.store.seal(connection, Action("table_exported", "Something was taken along.", ANN), NOW)
    assert desk.rows("SELECT count(*) n FROM audit_events")[0]["n"] == events + 4
    assert version(workspace) == before


def test_a_decision_moves_it(desk: Desk, workspace: Workspace) -> None:
    before = version(workspace)
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    assert version(workspace) != before


def test_a_look_moves_it(desk: Desk, workspace: Workspace) -> None:
    before = version(workspace)
    desk.look("2025-08-31", [edited(line(n), quantity="7") for n in range(1, 9)])
    desk.sync()
    assert version(workspace) != before
