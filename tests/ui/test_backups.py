"""The section of Operations that says how backups stand."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.backups import drill
from audit_core.errors import AuditError
from tests.backups.stores import KEYS, back_up, opened, with_keys
from tests.exports import Desk, edited, line, two_looks

pytestmark = pytest.mark.in_turn(3)

SCRIPT = """
from pathlib import Path
from audit_core.workspace import Workspace
from ui.operations.backups import backups_section
workspace = Workspace.open(Path({config!r}))
backups_section(workspace)
workspace.store.database.close()
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    lines = [line(n) for n in range(1, 4)]
    return two_looks(tmp_path, lines, [edited(each, quantity="3") for each in lines])


def shown(desk: Desk) -> AppTest:
    """The section as it is drawn."""
    drawn = AppTest.from_string(SCRIPT.format(config=str(desk.config)), default_timeout=30).run()
    assert not drawn.exception
    return drawn


def text(drawn: AppTest) -> str:
    """What it says, without the escapes of Markdown."""
    return "\n".join(each.value for each in drawn.markdown).replace("\\", "").replace("\u2060", "")


def test_before_the_first_backup_it_says_so(desk: Desk) -> None:
    drawn = shown(desk)
    assert "There is no backup yet" in drawn.info[0].value
    assert "No drill yet" in text(drawn)
    assert "GB are free · 5 events in no verified backup yet" in text(drawn)


def test_it_tells_the_last_backup_the_second_place_and_the_drill(desk: Desk) -> None:
    (desk.root / "second").mkdir()
    Desk(desk.root, backup={"encryption": True, "second_place": {"url": "second"}})
    with_keys(desk, **KEYS)
    now = datetime.now(UTC)
    made = back_up(desk, now - timedelta(hours=3))
    with opened(desk) as workspace:
        passed = drill(workspace, "run-d", now)
    told = text(shown(desk))
    assert f"Last verified backup **{made.path.name}**" in told
    assert "3 hours ago · 5 events" in told
    assert "encrypted, signed" in told
    assert f"Also in {desk.root / 'second'}, read back and compared" in told
    assert "Last drill passed just now" in told
    assert f"back within **{passed.rto_s:,.1f} s** (RTO) · the copy was **3 hours** old (RPO)" in told
    assert "more backups of the last one's size · 3 events in no verified backup yet" in told


def test_what_failed_cannot_be_overlooked(desk: Desk) -> None:
    (desk.root / "second").mkdir()
    Desk(desk.root, backup={"second_place": {"url": "second"}})
    back_up(desk)
    shutil.rmtree(desk.root / "second")
    with opened(desk) as workspace, pytest.raises(AuditError):
        drill(workspace, "run-d", datetime.now(UTC))
    with pytest.raises(AuditError, match="wait a second"):
        back_up(desk)
    drawn = shown(desk)
    assert ["wait a second" in drawn.error[0].value, "Drill failed" in drawn.error[1].value] == [True, True]


def test_a_copy_that_is_missing_is_a_warning(desk: Desk) -> None:
    back_up(desk)
    assert "Only on this machine" in text(shown(desk))
    Desk(desk.root, backup={"second_place": {"url": "second"}})
    assert "is not in" in shown(desk).warning[0].value  # nobody copied it there
    back_up(desk, datetime.now(UTC))
    assert "mount it, or make the folder" in shown(desk).warning[0].value
