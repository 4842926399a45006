"""What stands around an event: its row at any look, its row's and its sheet's story, and what else happened then."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.detail import Detail, around, detail, row_between, timeline
from audit_core.errors import VerificationFailed
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace
from tests.emulator import Tenant, billing_sheet
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line
from tests.live import live


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Twelve rows; at the second look rows 3, 5 and 12 changed, at the third row 5 again, and a column came."""
    desk = Desk(tmp_path)
    rows = [line(n) for n in range(1, 13)]
    second = [edited(row, quantity="9") if row["Row ID"] in ("3", "5", "12") else row for row in rows]
    third = [edited(row, foreman="Foreman 23") if row["Row ID"] == "5" else row for row in second]
    desk.look(FIRST, rows)
    desk.look(SECOND, second)
    desk.look(THIRD, [row | {"Note": "n/a"} for row in third])
    desk.sync()
    return desk


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    yield opened
    opened.store.database.close()


def of_row(desk: Desk, workspace: Workspace, row: str, look: str) -> Detail:
    """The first change of a row in a look."""
    first, *_ = [each for each in desk.events() if (each["row_id"], each["look"]) == (row, look)]
    found = detail(workspace, first["event_id"])
    assert found is not None
    return found


def test_the_row_can_be_seen_at_any_look_that_is_kept(desk: Desk, workspace: Workspace) -> None:
    found = of_row(desk, workspace, "5", SECOND)
    assert list(found.kept) == [FIRST, SECOND, THIRD]
    assert (found.around, found.thinned) == ((FIRST, SECOND), False)
    shown = row_between(workspace, found.event, FIRST, SECOND)
    assert shown.row(0) == ("Quantity", "2", "9", True)
    assert shown["differs"].sum() == 1
    later = row_between(workspace, found.event, FIRST, THIRD).filter(differs=True)
    assert set(later["column"]) == {"Quantity", "Foreman", "Note"}
    assert row_between(workspace, found.event, THIRD, THIRD)["differs"].sum() == 0


def test_an_altered_snapshot_is_told(desk: Desk, workspace: Workspace) -> None:
    found = of_row(desk, workspace, "5", SECOND)
    for path in (desk.root / "data" / "snapshots").rglob("*.parquet"):
        path.write_bytes(b"x" + path.read_bytes())
    with pytest.raises(VerificationFailed):
        row_between(workspace, found.event, FIRST, SECOND)


def test_the_story_begins_with_the_first_sight_and_has_the_locks(desk: Desk, workspace: Workspace) -> None:
    moments = timeline(workspace, of_row(desk, workspace, "5", SECOND))
    assert [each.kind for each in moments] == ["lock", "seen", "change", "change"]
    assert moments[0].text == "Week 2025-07-20 locked."


def test_what_else_happened_is_counted_as_the_table_counts_it(desk: Desk, workspace: Workspace) -> None:
    seen = around(workspace, of_row(desk, workspace, "5", SECOND))
    ask = Queries(workspace.store.database)
    assert [each.words for each in seen.others] == [
        "With the same work request in the same look",
        "In the same sheet in the same look",
        "In the same look",
    ]
    for each in seen.others:
        assert each.totals == ask.totals(each.chosen)
        assert each.totals.rows == 3


def test_rows_beside_it_that_changed_in_the_same_look(desk: Desk, workspace: Workspace) -> None:
    beside = around(workspace, of_row(desk, workspace, "5", SECOND)).beside
    assert beside is not None
    (above,) = beside  # row 12 is seven rows below
    assert (above.places, above.row_id, above.text) == (-2, "3", "Quantity: 2 → 9")
    assert around(workspace, of_row(desk, workspace, "5", THIRD)).beside == ()


def test_in_smartsheet_a_row_has_an_address_and_its_sheet_a_story(tmp_path: Path) -> None:
    tenant = Tenant(seed=5)
    tenant.tick((datetime.now(UTC) - tenant.now).total_seconds())
    north = billing_sheet(tenant, "North", 4, seed=1)
    with live(tmp_path, tenant) as desk:
        desk.sync()
        for row in north.rows[:2]:
            tenant.edit(north, row.id, "Quantity", 9, "ann@example.com")
            tenant.tick(300)
        desk.sync()
        tenant.rename_column(north, "Foreman", "Lead", "ann@example.com")
        desk.sync()
        workspace = desk.open()
        first = desk.events("AND column_name = 'Quantity' AND kind = 'change' ORDER BY event_id")[0]
        found = detail(workspace, first["event_id"])
        assert found is not None
        assert found.link == f"https://app.smartsheet.com/sheets/{north.id:x}?rowId={first['row_id']}"
        near = around(workspace, found).others[0]
        assert near.words == "By the same person within 10 minutes"
        assert near.totals.rows == 2
        assert [each.text for each in timeline(workspace, found) if each.kind == "sheet"] == [
            "Column 'Foreman' is called 'Lead' now."
        ]
        workspace.store.database.close()
