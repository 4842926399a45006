"""A small office: people of each role, and sheets whose editors are known."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Actor, Role
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, Desk, edited, line

LET_IN = datetime(2026, 11, 2, 15, tzinfo=UTC)
RITA = Actor("u-1", "rita@x.co", Role.ADMIN, "s1")
SAM = Actor("u-2", "sam@x.co", Role.AUDITOR, "s2")
UMA = Actor("u-3", "uma@x.co", Role.USER, "s3")
PASSWORD = "correct horse battery staple"


def edits(root: Path, **settings: object) -> Desk:
    """Uma changed six lines after the lock, of four the quantity; Sam one, and an automation another."""
    desk = Desk(root, people={"min_edits": 5}, **settings)
    writers = [UMA.email] * 6 + [SAM.email, "automation@smartsheet.com"]
    base = [line(n) | {"Modified By": "old@x.co", "Modified Date": "2025-07-16T10:00:00-05:00"} for n in range(8)]
    after = []
    for number, (each, who) in enumerate(zip(base, writers, strict=True)):
        new = edited(each, quantity="12", units_total_price="682.08") if number in (0, 1, 2, 3, 6, 7) else edited(
            each, foreman="Foreman 7"
        )  # fmt: skip
        after.append(new | {"Modified By": who, "Modified Date": f"2025-08-05T{8 + number:02}:00:00-05:00"})
    desk.look(FIRST, base)
    desk.look(SECOND, after)
    desk.sync()
    return desk


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = edits(tmp_path_factory.mktemp("training"))
    workspace = desk.workspace()
    with closing(workspace.store.database):
        for each in (RITA, SAM, UMA):
            add_person(workspace, OPERATOR, each.email, each.role, PASSWORD, LET_IN)
    return desk


@pytest.fixture
def here(peopled: Desk, tmp_path: Path) -> Iterator[Workspace]:
    workspace = peopled.copy(tmp_path / "own").workspace()
    with closing(workspace.store.database):
        yield workspace
