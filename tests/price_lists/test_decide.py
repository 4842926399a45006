"""A price list counts when a second person approved it, and then for the days from its own on."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.backups import backup, restore
from audit_core.errors import AuditError, ConfigError, NotAllowed, VerificationFailed
from audit_core.price_lists.decide import approve, as_file, upload
from audit_core.price_lists.kept import approved_content, uploads
from audit_core.store.kept_files import PRICE_LIST
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, open_week
from tests.meanwhile import meanwhile
from tests.price_lists.lists import ANN, BOB, FROM, NEWER, NOW, decided, opened, written

CYD = replace(BOB, user_id="u-9", email="cyd@example.com")
OTHERS = [open_week(n, snapshot_date="2025-07-30", weekly_reference_logged_date="2025-08-03") for n in range(100, 120)]
"""Lines of days before the new list, at $56.84 a piece."""


def found(desk: Desk) -> list[tuple[str | None, str | None]]:
    """Row and rule of every event that breaks one."""
    rows = [*desk.events(), *desk.events("finding")]
    return [(each["row_id"], each["violation_type"]) for each in rows if each["violation_type"] == "price_mismatch"]


def whole(desk: Desk) -> int:
    with opened(desk) as workspace:
        store = workspace.store
        return verify(store.database, store.snapshots, store.anchor_file, []).events


def test_lines_from_its_day_on_are_priced_by_it_and_earlier_ones_by_the_list_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    decided(desk)
    desk.look(FIRST, OTHERS)
    new = [open_week(1, units_total_price="120"), open_week(2), open_week(3, snapshot_date="2025-08-03")]
    desk.look(SECOND, [*new, *OTHERS])
    desk.sync()
    assert found(desk) == [("2", "price_mismatch")]  # row 3 is of the eve
    assert whole(desk) > 2


def test_until_it_is_approved_the_list_before_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    number = decided(desk, approved=False)
    desk.look(FIRST, OTHERS)
    desk.look(SECOND, [open_week(1, units_total_price="120"), open_week(2), *OTHERS])
    desk.sync()
    assert found(desk) == [("1", "price_mismatch")]
    with opened(desk) as workspace:
        approve(workspace, BOB, number, "Checked.", NOW)
    right = [open_week(1, units_total_price="120"), open_week(2), open_week(4, units_total_price="120")]
    desk.look(THIRD, [*right, *OTHERS])
    desk.sync()
    # what it makes wrong of what stood is a finding, charged to nobody's change
    assert [(each["row_id"], each["look"]) for each in desk.events("finding")] == [("2", THIRD)]


def test_who_approved_later_has_the_last_word_from_its_day_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    decided(desk, NEWER.replace("60", "61"), date(2025, 8, 5))
    decided(desk, NEWER.replace("60", "62"), date(2025, 8, 1))
    with opened(desk) as workspace:
        prices = workspace.prices()
    assert prices is not None
    unit = {str(day): dict(prices.on(day).select("cu", "unit_price").iter_rows())["ANC-10"]
            for day in (date(2025, 7, 31), date(2025, 8, 1), date(2025, 8, 6))}  # fmt: skip
    assert unit == {"2025-07-31": 56.84, "2025-08-01": 62.0, "2025-08-06": 62.0}


def test_a_rate_with_dates_of_its_own_is_cut_at_the_eve(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    head = "CU,Work Type,Unit Price,Effective From,Effective To\n"
    (tmp_path / "rates.csv").write_text(f"{head}ANC-10,Inst,50,,2025-07-31\nANC-10,Inst,56.84,2025-08-01,2025-12-31\n")
    decided(desk, f"{head}ANC-10,Inst,1,,2025-08-03\nANC-10,Inst,60,2025-08-04,\n")
    with opened(desk) as workspace:
        prices = workspace.prices()
    assert prices is not None
    assert [tuple(map(str, row[2:5])) for row in prices.rates.iter_rows()] == [
        ("50.0", "None", "2025-07-31"), ("56.84", "2025-08-01", "2025-08-03"), ("60.0", "2025-08-04", "None"),
    ]  # fmt: skip


def test_the_settings_that_judge_name_it_by_its_digest(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, OTHERS)
    desk.sync()
    decided(desk)
    desk.look(SECOND, OTHERS)
    desk.sync()
    (changed,) = [each for each in desk.events("action") if each["action"] == "settings_changed"]
    with opened(desk) as workspace:
        (kept,) = uploads(workspace.store)
        assert workspace.in_force()["judging"]["price_lists"] == [[kept.sha256, "2025-08-04"]]
    assert kept.sha256 in changed["issue_description"]
    assert (tmp_path / "data" / "price_lists" / f"{kept.sha256}.csv").read_text() == NEWER


def test_both_decisions_are_told_with_what_they_change(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    number = decided(desk)
    told = [each for each in desk.events("action") if each["action"] == "decided"]
    assert [each["changed_by"] for each in told] == [ANN.email, BOB.email]
    assert told[0]["issue_description"].startswith(
        "Price list newer.csv uploaded, from 2025-08-04 on: New contract. 1 codes added, 1 removed, 1 re-priced; 0 past"
    )
    assert told[1]["issue_description"].startswith(f"Price list {number} (newer.csv) approved, from 2025-08-04 on: ")
    assert json.loads(told[1]["evidence"])["content"]["compared"]["repriced"] == 1


def test_of_two_who_approve_at_once_the_first_one_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    number = decided(desk)
    with opened(desk) as workspace:
        (kept,) = uploads(workspace.store)
        again = approved_content(kept, "Checked too.", {})
        workspace.store.decisions.record(PRICE_LIST, PRICE_LIST, again, "Approved.", replace(BOB, email="c@x.co"), NOW)
        assert [(each.number, each.approved_by) for each in uploads(workspace.store)] == [(number, BOB.email)]
        assert workspace.prices() is not None


def test_an_earlier_list_comes_again_to_take_back_a_later_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, later = decided(desk), decided(desk, NEWER.replace("60", "61"))
    again = decided(desk)
    with opened(desk) as workspace:
        assert [each.number for each in uploads(workspace.store)] == [first, later, again]


Act = Callable[[Workspace, int, Path], object]
REFUSED: dict[str, tuple[Act, type[AuditError], str]] = {
    "the same person": (
        lambda ws, number, _: approve(ws, ANN, number, "x", NOW), NotAllowed,
        r"ann@example.com uploaded price list \d+: a second person approves it",
    ),
    "the same person by another session": (
        lambda ws, number, _: approve(ws, replace(ANN, session="another"), number, "x", NOW), NotAllowed, "second",
    ),
    "nobody who signed in": (
        lambda ws, number, _: approve(ws, OPERATOR, number, "x", NOW), NotAllowed, "by people who signed in, not",
    ),
    "an upload by the command line": (
        lambda ws, _, path: upload(ws, OPERATOR, path, FROM, "x", NOW), NotAllowed, "by people who signed in, not",
    ),
    "a user": (
        lambda ws, number, _: approve(ws, Actor("u-3", "u@example.com", Role.USER, "s"), number, "x", NOW), NotAllowed,
        "This needs the role Auditor or Admin",
    ),
    "no such list": (
        lambda ws, number, _: approve(ws, BOB, number + 9, "x", NOW), ConfigError, r"There is no price list \d+: see",
    ),
    "no reason": (lambda ws, number, _: approve(ws, BOB, number, " ", NOW), ConfigError, "needs a reason"),
    "the very same list again": (
        lambda ws, _, path: upload(ws, BOB, path, FROM, "x", NOW), ConfigError, r"it is price list \d+",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, int]:
    """A desk with a list of Ann's that waits, and its number. Tests only try what is refused."""
    desk = Desk(tmp_path_factory.mktemp("waiting"))
    return desk, decided(desk, approved=False)


@pytest.fixture
def waiting_alone(tmp_path: Path) -> tuple[Desk, int]:
    """The same of one's own."""
    desk = Desk(tmp_path)
    return desk, decided(desk, approved=False)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_sentence(waiting: tuple[Desk, int], case: str) -> None:
    act, kind, words = REFUSED[case]
    desk, number = waiting
    with opened(desk) as workspace, pytest.raises(kind, match=words):
        act(workspace, number, written(desk))
    assert len(desk.rows("SELECT * FROM decisions")) == 1


def test_a_list_is_approved_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    number = decided(desk)
    with opened(desk) as workspace, pytest.raises(ConfigError, match=r"was approved before, by bob@example\.com"):
        approve(workspace, BOB, number, "Again.", NOW)


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_file_that_was_tampered_with_is_found_and_prices_nothing(tmp_path: Path, harm: str) -> None:
    desk = Desk(tmp_path)
    decided(desk)
    (path,) = (tmp_path / "data" / "price_lists").iterdir()
    if harm == "gone":
        path.unlink()
    else:
        path.write_text(NEWER.replace("60", "6"))
    with (
        opened(desk) as workspace,
        pytest.raises(VerificationFailed, match=r"The price list .* (is gone|is not the file that was uploaded)"),
    ):
        workspace.prices()
    with pytest.raises(VerificationFailed, match="The price list"):
        whole(desk)


def test_a_backup_brings_it_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [*OTHERS, edited(OTHERS[0], row_id="7", pole="Point 7")])
    desk.sync()
    decided(desk)
    with opened(desk) as workspace:
        made = backup(workspace, "backup-1", NOW)
    restore(str(made.path), tmp_path / "copy", desk.config)
    (path,) = (tmp_path / "data" / "price_lists").iterdir()
    assert (tmp_path / "copy" / "price_lists" / path.name).read_text() == NEWER


def test_a_dry_run_prices_by_it_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    decided(desk)
    with opened(desk) as workspace, workspace.scratch() as copy:
        prices = copy.prices()
    assert prices is not None
    assert dict(prices.on(FROM).select("cu", "unit_price").iter_rows())["ANC-10"] == 60.0


def test_of_two_who_approve_one_list_at_once_the_second_is_told(waiting_alone: tuple[Desk, int]) -> None:
    desk, number = waiting_alone
    with (
        opened(desk) as workspace,
        opened(desk) as other,
        meanwhile(lambda: approve(other, BOB, number, "Checked.", NOW)),
        pytest.raises(ConfigError, match=r"was approved before, by bob@example\.com"),
    ):
        approve(workspace, CYD, number, "Checked too.", NOW)


def test_an_approval_stands_on_the_comparison_with_what_is_in_force_then(waiting_alone: tuple[Desk, int]) -> None:
    desk, number = waiting_alone
    with opened(desk) as workspace, meanwhile(lambda: decided(desk, NEWER.replace("60", "61"))):
        with pytest.raises(AuditError, match="Another price list was approved meanwhile: compare again, then approve"):
            approve(workspace, BOB, number, "Checked.", NOW)
        approve(workspace, BOB, number, "Checked again.", NOW)


def test_of_two_who_upload_one_list_at_once_the_second_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = written(desk)
    with (
        opened(desk) as workspace,
        meanwhile(lambda: decided(desk, approved=False)),
        pytest.raises(ConfigError, match=r"it is price list \d+"),
    ):
        upload(workspace, BOB, path, FROM, "The same.", NOW)


@pytest.mark.parametrize("name", ["价" * 90 + ".csv", "x" * 300 + ".csv", "../../a.csv", "  ", "\ud800.csv"])
def test_a_list_that_is_sent_may_have_any_name(name: str) -> None:
    with as_file(name, b"content") as path:
        assert path.read_bytes() == b"content"
        assert path.suffix == ".csv"
        assert len(path.name.encode()) <= 200
