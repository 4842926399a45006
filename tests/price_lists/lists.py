"""Price lists and the two people who decide about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from audit_core.actors import Actor, Role
from audit_core.price_lists.decide import approve, upload
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2025, 8, 6, 15, tzinfo=UTC)
ANN = Actor("u-1", "ann@example.com", Role.AUDITOR, "0123456789abcdef", confirmed_at=NOW)
BOB = Actor("u-2", "bob@example.com", Role.ADMIN, "fedcba9876543210", confirmed_at=NOW)
FROM = date(2025, 8, 4)

NEWER = "CU,Work Type,Unit Price\nPOL-40-2,Inst,423.85\nANC-10,Inst,60\nNEW-1,Inst,5\n"
"""ANC-10 for $60 instead of $56.84, NEW-1 added, CON-2 gone (see tests.exports.RATES)."""


@contextmanager
def opened(desk: Desk) -> Iterator[Workspace]:
    """The desk's workspace, closed at the end."""
    workspace = desk.workspace()
    try:
        yield workspace
    finally:
        workspace.store.database.close()


def written(desk: Desk, content: str = NEWER, name: str = "newer.csv") -> Path:
    """A price list as a file."""
    path = desk.root / name
    path.write_text(content)
    return path


def decided(desk: Desk, content: str = NEWER, day: date = FROM, *, approved: bool = True) -> int:
    """The number of a list that Ann uploaded and, unless it is to wait, Bob approved."""
    with opened(desk) as workspace:
        made, _ = upload(workspace, ANN, written(desk, content), day, "New contract.", NOW)
        if approved:
            approve(workspace, BOB, made.number, "Checked against the contract.", NOW)
    return made.number
