"""The parts of Sources as they are drawn."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from audit_core.actors import Actor, Role
from audit_core.errors import ConfigError
from audit_core.price_lists.decide import as_file, compared, upload
from tests.emulator import Tenant, billing_sheet
from tests.exports import FIRST, NORTH, Desk
from tests.hooks import app_on
from tests.live import live
from tests.mappings.desks import ADA, LINES, opened, renamed
from tests.price_lists.lists import NEWER

pytestmark = pytest.mark.in_turn(3)

BEA = Actor("u-2", "bea@example.com", Role.ADMIN, "fedcba9876543210")
PARTS = """
from audit_core.actors import Actor, Role
from ui.sources.lock_choice import lock_part
from ui.sources.prices import prices_part
from ui.recorded import what_was_recorded
from ui.sources.rules import rules_part
from ui.sources.sheets import sheets_part
what_was_recorded()
{part}
"""
ADA_HERE = 'Actor("u-1", "ada@example.com", Role.ADMIN, "0123456789abcdef")'


@pytest.fixture
def acting() -> Iterator[None]:
    """Whoever clicks is Ada."""
    with (
        patch("ui.recorded.current_actor", lambda: replace(ADA, confirmed_at=datetime.now(UTC))),
        patch("ui.sources.sheets.current_actor", lambda: ADA),
    ):
        yield


def shown(part: str, **address: str) -> AppTest:
    """A part as it is drawn at an address."""
    drawn = AppTest.from_string(PARTS.format(part=part), default_timeout=30)
    for name, value in address.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception
    return drawn


def text(drawn: AppTest) -> str:
    """What it says, without the escapes of Markdown."""
    told = [*drawn.markdown, *drawn.caption, *drawn.success, *drawn.error, *drawn.warning, *drawn.info]
    return "\n".join(each.value for each in told).replace("\\", "").replace("\u2060", "")


def pressed(drawn: AppTest, label: str) -> AppTest:
    """The screen after a button."""
    next(each for each in drawn.button if each.label == label).click().run()
    assert not drawn.exception
    return drawn


def field(drawn: AppTest, begins: str, ends: str = "-reason") -> TextInput:
    """The text field whose key begins and ends so."""
    return next(
        each for each in drawn.text_input if (each.key or "").startswith(begins) and (each.key or "").endswith(ends)
    )


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A sheet whose Quantity has an odd title. Not to be altered."""
    desk = Desk(tmp_path_factory.mktemp("odd"))
    desk.look(FIRST, [each | {"Notes": "n/a"} for each in renamed(LINES, "Quantity", "Stück")])
    desk.sync_as_job()
    return desk


@pytest.fixture
def seen(looked: Desk) -> Iterator[Desk]:
    """The app on it, only to look at."""
    with app_on(looked.config):
        yield looked


@pytest.fixture
def odd(looked: Desk, tmp_path: Path) -> Iterator[Desk]:
    """The app on a copy of it."""
    shutil.copytree(looked.root, tmp_path, dirs_exist_ok=True)
    desk = Desk(tmp_path)
    with app_on(desk.config):
        yield desk


def test_before_the_first_look_it_says_what_to_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.workspace().store.database.close()
    with app_on(desk.config):
        assert "No sheet was read yet: run `python -m jobs run sync`." in text(shown(f"sheets_part({ADA_HERE})"))


@pytest.mark.usefixtures("acting")
def test_a_title_is_previewed_decided_and_withdrawn(odd: Desk) -> None:
    drawn = shown(f"sheets_part({ADA_HERE})", title="Stück", column="Quantity")
    told = text(drawn)
    assert "No column for 'Quantity': rules that need it cannot run." in told
    assert "Map the column that holds it by hand" in told
    assert "30 of 30 values can be read as quantity · 0 blank cells of 30 lines · compared with look" in told.replace(
        "*", ""
    )
    pressed(drawn, "Read it as Quantity")
    assert "needs a reason" in text(drawn)
    field(drawn, "map-").set_value("Pieces.")
    pressed(drawn, "Read it as Quantity")
    assert f"Column 'Stück' of '{NORTH}' is read as 'Quantity': Pieces." in text(drawn)
    assert "column" not in drawn.query_params
    field(drawn, "withdraw-").set_value("No.")
    pressed(drawn, "Withdraw it")
    assert "is read by its spelling again: No." in text(drawn)


@pytest.mark.usefixtures("acting")
def test_a_title_is_set_aside(odd: Desk) -> None:
    drawn = shown(f"sheets_part({ADA_HERE})", title="Notes", column="(no billing column)")
    field(drawn, "map-").set_value("Scribbles.")
    pressed(drawn, "Set it aside")
    assert "Column 'Notes' of 'Field Billing North' is no billing column: Scribbles." in text(drawn)


def test_nonsense_in_an_address_is_left_out(seen: Desk) -> None:
    for part in (
        f"sheets_part({ADA_HERE})",
        f"lock_part({ADA_HERE})",
        f"rules_part({ADA_HERE})",
        f"prices_part({ADA_HERE})",
    ):
        shown(part, sheet="x", title="<b>", column="y", rule="z", grace="-1", time_zone="Mars/Base")


def test_values_that_are_nothing_of_the_kind_are_warned_about(seen: Desk) -> None:
    told = text(shown(f"sheets_part({ADA_HERE})", title="Notes", column="Quantity"))
    assert "0 of 30 values" in told
    assert "Not every value can be read: is it really this column?" in told


@pytest.mark.usefixtures("acting")
def test_the_token_is_tested_and_not_shown(tmp_path: Path) -> None:
    tenant = Tenant(seed=31)
    billing_sheet(tenant, "North", 4, seed=1)
    with live(tmp_path, tenant) as desk, app_on(desk.config):
        desk.sync()
        drawn = pressed(shown(f"sheets_part({ADA_HERE})"), "Test the token")
        assert "SMARTSHEET_ACCESS_TOKEN is of auditor@example.com" in text(drawn).replace("*", "")
        assert "it reaches 1 sheet in all, and all 1 that are to be read." in text(drawn)
        tenant.token.state = "revoked"
        assert "was revoked" in text(pressed(drawn, "Test the token"))


def test_a_list_waits_for_another_person(odd: Desk) -> None:
    with opened(odd) as workspace, as_file("../../newer <b>.csv", NEWER.encode()) as path:
        kept, _ = upload(workspace, ADA, path, date(2025, 7, 1), "New contract.", datetime.now(UTC))
    assert kept.name == "newer _b_.csv"
    own = shown(f"prices_part({ADA_HERE})")
    assert "You uploaded it: another person approves it" in text(own)
    assert not [each for each in own.button if each.label == "Approve it"]
    with patch("ui.recorded.current_actor", lambda: replace(BEA, confirmed_at=datetime.now(UTC))):
        drawn = shown(f"prices_part({ADA_HERE.replace('ada', 'bea')})")
        field(drawn, "approve-").set_value("Checked.")
        pressed(drawn, "Approve it")
    assert f"Price list {kept.number} counts from its day on." in text(drawn)
    assert [each["decided_by"] for each in odd.rows("SELECT decided_by FROM decisions")] == [ADA.email, BEA.email]


def test_a_list_that_cannot_be_is_named_as_it_was_sent(seen: Desk) -> None:
    with opened(seen) as workspace, pytest.raises(ConfigError, match=r"^prices: 'bad\.csv' has no column 'CU'"):  # noqa: SIM117
        with as_file("bad.csv", b"Code,Price\nA,1\n") as path:
            compared(workspace, path, date(2025, 7, 1))


@pytest.mark.usefixtures("acting")
def test_an_exemption_is_made_and_ended(odd: Desk) -> None:
    drawn = shown(f"rules_part({ADA_HERE})", rule="late_entry")
    sheets = next(
        each for each in drawn.multiselect if (each.key or "").startswith("exempt-") and each.label == "Sheets"
    )
    sheets.set_value([NORTH]).run()
    pressed(drawn, "Make it")
    assert "needs its first and its last day" in text(drawn)
    until = next(each for each in drawn.date_input if each.label == "Last day")
    until.set_value(datetime.now(UTC).date()).run()
    field(drawn, "exempt-").set_value("Agreed with billing.")
    pressed(drawn, "Make it")
    assert "Agreed with billing." in text(drawn)
    field(drawn, "end-").set_value("Over.")
    pressed(drawn, "End it now")
    assert "ended early: Over." in text(drawn)
    assert "There is none." in text(drawn)


def test_another_lock_is_shown_beside_the_one_in_force(seen: Desk) -> None:
    drawn = shown(f"lock_part({ADA_HERE})", grace="24", time_zone="America/Denver")
    assert "In force: America/Chicago, no grace." in text(drawn)
    assert drawn.code[0].value == '"time_zone": "America/Denver",\n"weeks": {"lock_grace_hours": 24}'
    assert list(drawn.dataframe[0].value.columns) == ["Week", "Locks", "Would lock"]
    assert list(shown(f"lock_part({ADA_HERE})").dataframe[0].value.columns) == ["Week", "Locks"]


@pytest.mark.usefixtures("seen")
def test_each_table_can_be_taken_along() -> None:
    for part, tables in ((f"sheets_part({ADA_HERE})", 2), (f"rules_part({ADA_HERE})", 1)):
        taken = [each for each in shown(part).get("download_button") if each.proto.label == "Export"]
        assert len(taken) == tables
