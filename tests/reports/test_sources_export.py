"""The tables of Sources leave like every other, and only for who may manage sources."""

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.reports.sources_export import export_sources
from tests.exports import line, two_looks

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FRAME = pl.DataFrame({"Rule": ["Late entry", "=1+1"], "moves_cents": [1_250, None]})


def test_a_table_of_sources_is_a_workbook_on_record_and_for_admins_alone(tmp_path: Path) -> None:
    desk = two_looks(tmp_path, [line(1)], [line(1, quantity="3")])
    workspace, zone = desk.workspace(), ZoneInfo("UTC")
    admin, auditor = (Actor("u", f"{role.value}@x", role, "s") for role in (Role.ADMIN, Role.AUDITOR))
    made = export_sources(workspace, admin, "rules", "Rules", FRAME, zone, NOW)
    with pytest.raises(NotAllowed):
        export_sources(workspace, auditor, "rules", "Rules", FRAME, zone, NOW)
    workspace.store.database.close()
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    assert [row[0] for row in book["Table"].iter_rows(min_row=2, values_only=True)] == ["Late entry", "=1+1"]
    about = " ".join(str(cell) for row in book["About"].iter_rows(values_only=True) for cell in row if cell)
    assert "/sources?part=rules" in about
    assert len(desk.rows("SELECT * FROM audit_events WHERE action = 'exported'")) == 1
