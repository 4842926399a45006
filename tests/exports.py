"""Small export folders for tests: a line is a dictionary, a look is a list of lines."""

import copy
import csv
import json
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit_core.syncing.counters import Counters
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS

Line = dict[str, str]
NORTH = "Field Billing North"
RATES = "CU,Work Type,Unit Price\nPOL-40-2,Inst,423.85\nANC-10,Inst,56.84\nCON-2,Rem,0.82\n"

FIRST = "2025-07-31"  # a Thursday: weeks up to 07-27 are locked
SECOND = "2025-08-07"
THIRD = "2025-08-12"


def line(row_id: object, **changed: str) -> Line:
    """One billed line of a locked week (2025-07-20), with what the test wants to be different."""
    base = {
        "Row ID": str(row_id),
        "Work Request #": "71891012",
        "Weekly Reference Logged Date": "2025-07-20",
        "Snapshot Date": "2025-07-16",
        "Foreman": "Foreman 22",
        "Pole #": f"Point {row_id}",
        "CU": "ANC-10",
        "Work Type": "Inst",
        "Quantity": "2",
        "Units Total Price": "113.68",
        "Units Completed?": "true",
    }
    return edited(base, **changed)


def edited(base: Line, **changed: str) -> Line:
    """The line with some cells changed: `units_total_price="0"` for the column "Units Total Price"."""
    names = {name.lower().rstrip("#? ").replace(" ", "_"): name for name in base}
    return base | {names[key]: value for key, value in changed.items()}


def open_week(row_id: object, **changed: str) -> Line:
    """A line of a week that is still open at the second look (2025-08-10)."""
    return line(row_id, **{"weekly_reference_logged_date": "2025-08-10", "snapshot_date": "2025-08-05"} | changed)


def write_look(folder: Path, look: str, lines: Sequence[Mapping[str, str]], sheet: str = NORTH) -> Path:
    """One snapshot of one sheet as CSV."""
    path = folder / sheet / f"{look}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    titles = list(dict.fromkeys(title for each in lines for title in each))
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, titles, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


class Desk:
    """A workspace over an exports folder, with the verbs a test needs."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        self.exports = root / "exports"
        self.exports.mkdir(parents=True, exist_ok=True)
        (root / "rates.csv").write_text(RATES)
        self.config = root / "config.json"
        source = {"kind": "exports", "path": "exports"}
        self.config.write_text(json.dumps({"data_dir": "data", "source": source, "rates": "rates.csv"} | settings))
        self._runs = 0

    def copy(self, root: Path) -> "Desk":
        """The same settings, exports and store in another folder: a sync takes long beside a copy of what it made."""
        made = copy.copy(self)
        made.root, made.exports, made.config = root, root / "exports", root / "config.json"
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return made

    def look(self, look: str, lines: Sequence[Mapping[str, str]], sheet: str = NORTH) -> Path:
        """Put a snapshot into the folder."""
        return write_look(self.exports, look, lines, sheet)

    def workspace(self) -> Workspace:
        """The workspace, opened anew."""
        workspace = Workspace.open(self.config)
        workspace.store.create()
        return workspace

    def sync(self) -> Counters:
        """Take every new look."""
        self._runs += 1
        workspace = self.workspace()
        try:
            return Sync(workspace, f"run-{self._runs}", lambda: datetime(2026, 1, 1, tzinfo=UTC)).run()
        finally:
            workspace.store.database.close()

    def sync_as_job(self) -> None:
        """Take every new look as the command line does, so that the run is on record."""
        workspace = Workspace.open(self.config)
        result = execute(workspace, JOBS["sync"])
        workspace.store.database.close()
        assert result.exit_code == 0, result

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[dict[str, Any]]:
        """What the store answers."""
        with closing(sqlite3.connect(self.root / "data" / "audit.db")) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, tuple(values))]

    def events(self, kind: str = "change") -> list[dict[str, Any]]:
        """Events of a kind, in order."""
        return self.rows("SELECT * FROM audit_events WHERE kind = ? ORDER BY event_id", (kind,))

    def incidents(self) -> list[dict[str, Any]]:
        """All incidents."""
        return self.rows("SELECT * FROM incidents ORDER BY incident_id")


def two_looks(root: Path, before: Sequence[Line], after: Sequence[Line], **settings: Any) -> Desk:
    """A desk that has taken FIRST and SECOND."""
    desk = Desk(root, **settings)
    desk.look(FIRST, before)
    desk.look(SECOND, after)
    desk.sync()
    return desk
