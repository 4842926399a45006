"""A store that the desk is measured on: a trail of any size over sheets that stand whole in their newest snapshots."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from audit_core.sheets.columns import CU, FOREMAN, POLE, PRICE, QUANTITY, WORK_REQUEST, WORK_TYPE
from audit_core.sheets.sheet import ROW_ID
from audit_core.store.database import Database
from audit_core.workspace import Workspace
from benchmarks.trail_data import LOOKS, ROWS, SEED, SHEETS, batches
from benchmarks.trail_store import fill, tell

EMAIL: Final = "admin@example.com"
PASSWORD: Final = "correct horse battery staple"


def filled(root: Path, size: int) -> Path:
    """The config of a new store in the new folder `root`, with so many events and one Admin."""
    root.mkdir()
    config = root / "config.json"
    config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
    workspace = Workspace.open(config)
    workspace.store.create()
    add_person(workspace, OPERATOR, EMAIL, Role.ADMIN, PASSWORD, datetime.now(UTC))
    workspace.store.database.close()
    with closing(Database(root / "data" / "audit.db")) as database:
        fill(database, batches(size), size)
        tell(database, SEED, LOOKS)
        _write_sheets(workspace, database)
    return config


def _write_sheets(workspace: Workspace, database: Database) -> None:
    """The file of each sheet's newest snapshot."""
    connection = database.connection()
    dice = np.random.default_rng(SEED)
    for sheet in range(SHEETS):
        frame = _sheet(dice, sheet)
        titles = {name: name for name in frame.columns if name != ROW_ID}
        file, sha256 = workspace.store.snapshots.save(frame)
        connection.execute(
            """UPDATE snapshots SET rows = ?, columns = ?, titles = ?, file = ?, file_sha256 = ? WHERE sheet_id = ?
            AND look = (SELECT max(look) FROM snapshots)""",
            (ROWS, json.dumps(list(titles)), json.dumps(titles), file, sha256, str(4_000_000_000_000_000 + sheet)),
        )


def _sheet(dice: np.random.Generator, sheet: int) -> pl.DataFrame:
    place = pl.int_range(ROWS, eager=True)
    columns = {
        ROW_ID: place + 5_000_000_000_000_000 + sheet * ROWS,
        WORK_REQUEST: 70_000_000 + place // 22 * 1_117,
        FOREMAN: dice.integers(40, size=ROWS),
        POLE: place,
        CU: dice.integers(120, size=ROWS),
        WORK_TYPE: dice.integers(3, size=ROWS),
        QUANTITY: dice.integers(1, 40, size=ROWS),
        PRICE: dice.integers(1, 4_000, size=ROWS),
    }
    words = {FOREMAN: "Foreman ", CU: "CU-", WORK_TYPE: "Type "}
    frame = pl.DataFrame(columns)
    return frame.select(
        pl.concat_str(pl.lit(words.get(name, "")), pl.col(name).cast(pl.String)).alias(name) for name in columns
    )
