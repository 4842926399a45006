"""The page Alerts in parts: nothing open is told from nobody watching, and what is open can be taken care of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.actors import OPERATOR
from audit_core.alerts import board
from tests.alerts.tower import Tower, tower

SCRIPT = """
from datetime import datetime
from pathlib import Path
from audit_core.actors import OPERATOR
from audit_core.alerts import board
from audit_core.workspace import Workspace
from ui.alerts.channels import channels_part
from ui.alerts.past import kinds_part, past_part
from ui.alerts.standing import standing_part
from ui.alerts.watcher import watcher_line
workspace, now = Workspace.open(Path({config!r})), datetime.fromisoformat({now!r})
settings, found = workspace.settings, board(workspace, OPERATOR, now)
watched = watcher_line(found, settings, now)
standing_part(found, OPERATOR, now, watched=watched)
past_part(found)
channels_part(found, settings.alerts, OPERATOR)
kinds_part(found, settings.alerts)
workspace.store.database.close()
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Tower]:
    with tower(tmp_path) as made:
        yield made


def drawn(here: Tower) -> str:
    """What the page says, without the escapes of Markdown."""
    return "\n".join(_raw(here)).replace("\\", "").replace("\u2060", "")


def _raw(here: Tower) -> list[str]:
    script = SCRIPT.format(config=str(here.desk.config), now=here.now.isoformat())
    page = AppTest.from_string(script, default_timeout=30).run()
    assert not page.exception
    said = [each.value for kind in (page.error, page.warning, page.info, page.markdown, page.caption) for each in kind]
    return said + [each.label for each in page.button]


def test_before_anybody_looked_nothing_is_known_and_that_is_said(here: Tower) -> None:
    told = drawn(here)
    assert "Nobody has looked yet" in told
    assert "Nothing is open." not in told
    assert "Nothing was open" not in told


def test_nothing_open_is_said_only_while_somebody_watches(here: Tower) -> None:
    here.look()
    told = drawn(here.later(minutes=2))
    assert "Nothing is open." in told
    assert "Looked 2 minutes ago, at 14 kinds of trouble" in told
    told = drawn(here.later(minutes=20))
    assert "Nobody is watching." in told
    assert "Nothing is open." not in told


def test_what_is_open_stands_with_who_knows_and_many_of_a_kind_in_one_box(here: Tower) -> None:
    here.tell(
        quiet_hours=[{"start": "11:00", "end": "13:00"}], escalate_after_minutes=60, escalate_to=["d@example.com"]
    )
    here.unread(*(f"Sheet {n}" for n in range(9)))
    here.verified(whole=False)
    here.look()
    here.take("record", note="I compare it with [the anchor](http://evil.example).")
    told = drawn(here)
    assert "9 open" in told
    assert "I take care of all 9" in told
    assert "quiet until Wed 13:00" in told
    assert "goes on to the second ones at 14:00 if nobody takes it" in told
    assert "system:operator** takes care of it" in told
    assert "told bob@example.com by e-mail (12:00)" not in told, "it is taken care of: who was told is past"
    assert "[the anchor](http" not in "".join(_raw(here)), "what a person wrote is no link"
    assert "Send a test to all of them" in told
    assert len(board(here.workspace, OPERATOR, here.now).open) == 10
