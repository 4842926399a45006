"""The section of Operations that says how the way into Smartsheet is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.sources.health import recall_health
from audit_core.syncing.sharing import reach
from tests.emulator import Tenant, billing_sheet
from tests.emulator.state import Share
from tests.live import Live, live
from ui.smartsheet_access import rights

pytestmark = pytest.mark.in_turn(3)

SCRIPT = """
from pathlib import Path
from audit_core.workspace import Workspace
from ui.smartsheet_access import smartsheet_section
workspace = Workspace.open(Path({config!r}))
smartsheet_section(workspace, workspace.settings.source)
workspace.store.database.close()
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Live]:
    """Two sheets, one of them shared with a group whose members the token's user may not see."""
    tenant = Tenant(seed=31)
    tenant.me.admin = False
    tenant.tick((datetime.now(UTC) - tenant.now).total_seconds())
    first, _ = (billing_sheet(tenant, name, 4, seed=1) for name in ("North", "South [1]"))
    first.shares.append(Share(tenant.ids.word(), "EDITOR", group=tenant.new_group("Crew leads", ["ann@example.com"])))
    with live(tmp_path, tenant) as made:
        yield made


def shown(desk: Live) -> AppTest:
    """The section as it is drawn."""
    drawn = AppTest.from_string(SCRIPT.format(config=str(desk.config)), default_timeout=30).run()
    assert not drawn.exception
    return drawn


def text(drawn: AppTest) -> str:
    """What it says, without the escapes of Markdown."""
    return "\n".join(each.value for each in drawn.markdown).replace("\\", "").replace("\u2060", "")


def test_before_the_first_sync_it_says_so(desk: Live) -> None:
    desk.open().store.database.close()
    assert "Nothing was asked yet" in shown(desk).info[0].value


def test_it_tells_the_token_the_limits_and_who_reaches_what(desk: Live) -> None:
    desk.sync()
    drawn = shown(desk)
    told = text(drawn)
    assert "Token from SMARTSHEET_ACCESS_TOKEN of auditor@example.com, no system administrator · last worked" in told
    assert f"{len(desk.emulator.log)} of 270 requests were used and 0 of 27 heavy ones" in told
    assert "event reporting is not part of this plan" in told
    assert f"Shares as of {datetime.now(UTC):%Y-}" in told
    assert "not known for" not in told
    assert len(drawn.error) == 0
    (table,) = drawn.dataframe
    rows = {row["Sheet"]: row for row in table.value.to_dict("records")}
    assert rows["North"]["Right of the token"] == "EDITOR"
    assert rows["North"]["Groups, members not visible"] == "Crew leads"
    assert rows["South [1]"]["People"] == rows["South [1]"]["of them may edit"] == 7


def test_a_refused_token_stands_on_top_until_it_works(desk: Live) -> None:
    desk.sync()
    desk.tenant.token.state = "expired"
    assert desk.run().exit_code == 75
    (error,) = shown(desk).error
    assert "The Smartsheet token has expired" in error.value
    desk.tenant.token.state = "ok"
    desk.sync()
    assert len(shown(desk).error) == 0


def test_sheets_whose_shares_are_not_known_are_named(desk: Live) -> None:
    desk.emulator.faults.add("api", "GET /shares", args={"status": 403, "code": 1004})
    desk.sync()
    told = text(shown(desk))
    assert "No shares were read yet · not known for 2 sheets: North, South [1]" in told


def test_shares_of_an_earlier_day_are_told(desk: Live) -> None:
    desk.sync()
    first = next(iter(desk.tenant.sheets.values()))
    desk.tenant.tick(86_400)
    desk.time.sleep(86_400)
    desk.emulator.faults.add("api", "GET /shares", when=1, args={"status": 403, "code": 1004})
    desk.sync()
    assert "of 1 sheet from before" in text(shown(desk))
    store = desk.open().store
    health = recall_health(store.memory)
    assert health is not None
    table = rights(health, reach(store, tuple(health.sheets)))
    assert table["Shares as of"].n_unique() == 2
    assert table["Sheet"].to_list() == [first.name, "South [1]"]
    store.database.close()
