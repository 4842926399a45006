"""A title that nobody knows is a blind spot; an Admin maps it by hand, and from the next look on it is read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.blind_spots import CURE, BlindSpot, Reason
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.mappings.decide import decide, withdraw
from audit_core.mappings.kept import Act, TitleDecision, TitleDecisions
from audit_core.mappings.preview import preview
from audit_core.mappings.sheets_now import sheet_lines, sheet_now
from audit_core.records import renew
from audit_core.store.verify import verify
from audit_core.syncing.baseline import Baselines
from audit_core.syncing.counters import Counters
from audit_core.syncing.sync import Sync
from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk, Line, edited, line
from tests.mappings.desks import ADA, FOURTH, LINES, NOW, changed, opened, renamed, said
from tests.meanwhile import meanwhile
from tests.records.desks import LATER, signing, verified

pytestmark = pytest.mark.in_turn(3)

ODD = renamed(LINES, "Quantity", "Stück")


def odd_edit(lines: list[Line], row: int, pieces: str) -> list[Line]:
    return [each | {"Stück": pieces} if each["Row ID"] == str(row) else each for each in lines]


def of(counters: Counters, *reasons: Reason) -> list[str]:
    return [spot.detail for spot in counters.blind_spots if spot.reason in reasons]


def test_a_sheet_with_an_odd_title_is_blind_is_mapped_by_hand_and_the_next_edit_is_judged(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    assert "No column for 'Quantity': rules that need it cannot run." in of(desk.sync(), Reason.COLUMN_MISSING)
    desk.look(SECOND, odd_edit(ODD, 1, "3"))
    blind = desk.sync()
    assert of(blind, Reason.RULE_NOT_RUN)
    assert changed(desk) == [("1", "Stück", "2", "3", None)]  # recorded, and judged by nobody
    said(desk, "Stück", "Quantity")
    desk.look(THIRD, odd_edit(odd_edit(ODD, 1, "3"), 2, "9"))
    seeing = desk.sync()
    assert not of(seeing, Reason.COLUMN_MISSING, Reason.COLUMN_UNMAPPED, Reason.COLUMN_NEW, Reason.RULE_NOT_RUN)
    assert seeing.cells_changed == 1
    (edit,) = [each for each in changed(desk) if each[1] == "Quantity"]
    assert edit[:4] == ("2", "Quantity", "2", "9")
    assert edit[4] is not None
    # what stood wrong unseen is told once, and charged to nobody's change
    assert {(e["row_id"], e["look"]) for e in desk.events("finding")} == {("1", THIRD)}
    with opened(desk) as workspace:
        verify(workspace.store.database, workspace.store.snapshots, workspace.store.anchor_file, [])


def test_nothing_is_lost_of_what_was_edited_while_a_column_had_another_title(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.look(SECOND, odd_edit(ODD, 1, "3"))  # renamed and edited between two looks: neither title can say so
    desk.sync()
    assert changed(desk) == []
    with opened(desk) as workspace:
        assert preview(workspace, ADA, NORTH, "Stück", "Quantity").compared_with == FIRST
    said(desk, "Stück", "Quantity")
    with opened(desk) as workspace:
        assert sheet_now(workspace, ADA, NORTH).how("Stück") == "by hand, from the next look on"
    desk.look(THIRD, odd_edit(odd_edit(ODD, 1, "3"), 2, "9"))
    desk.sync()
    assert [each[:4] for each in changed(desk)] == [("1", "Quantity", "2", "3"), ("2", "Quantity", "2", "9")]


def test_a_line_that_came_meanwhile_is_compared_with_what_stood_under_its_title(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    late = renamed([line(31)], "Quantity", "Stück")
    desk.look(SECOND, [*ODD, *late])
    desk.sync()
    said(desk, "Stück", "Quantity")
    desk.look(THIRD, odd_edit([*ODD, *late], 31, "4"))
    desk.sync()
    assert [each[:4] for each in changed(desk) if each[1] == "Quantity"] == [("31", "Quantity", "2", "4")]


def test_another_of_two_claimants_is_compared_with_itself(tmp_path: Path) -> None:
    both = [each | {"Qty": str(n)} for n, each in enumerate(LINES)]
    desk = Desk(tmp_path)
    desk.look(FIRST, both)
    assert of(desk.sync(), Reason.COLUMN_AMBIGUOUS)
    said(desk, "Qty", "Quantity")
    desk.look(SECOND, [both[0] | {"Qty": "7"}, *both[1:]])
    counters = desk.sync()
    assert [each[:4] for each in changed(desk)] == [("1", "Quantity", "0", "7")]
    assert not of(counters, Reason.COLUMN_AMBIGUOUS)
    assert of(counters, Reason.COLUMN_UNMAPPED) == [
        "Column 'Quantity' is not a known billing column: its changes are recorded, but no rule reads it."
    ]
    said(desk, "Quantity", None)  # and the other one is none of ours
    desk.look(THIRD, [both[0] | {"Qty": "7", "Quantity": "5"}, *both[1:]])
    counters = desk.sync()
    assert not of(counters, Reason.COLUMN_AMBIGUOUS, Reason.COLUMN_UNMAPPED, Reason.COLUMN_MISSING)
    assert changed(desk)[-1][:4] == ("1", "Quantity (not mapped)", "2", "5")


def test_a_column_that_stood_beside_the_one_that_went_is_not_compared_with_it(tmp_path: Path) -> None:
    beside = [each | {"Stück": "5"} for each in LINES]
    desk = Desk(tmp_path)
    desk.look(FIRST, beside)
    desk.look(SECOND, [{name: value for name, value in each.items() if name != "Quantity"} for each in beside])
    desk.sync()
    said(desk, "Stück", "Quantity")
    desk.look(THIRD, odd_edit([{k: v for k, v in each.items() if k != "Quantity"} for each in beside], 3, "6"))
    desk.sync()
    assert [each[:4] for each in changed(desk)] == [("3", "Quantity", "5", "6")]


def test_a_withdrawn_decision_leaves_the_title_to_its_spelling_without_a_flood(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    number = said(desk, "Stück", "Quantity")
    desk.look(SECOND, odd_edit(ODD, 1, "3"))
    desk.sync()
    with opened(desk) as workspace:
        told = withdraw(workspace, ADA, number, "It was pieces of wire.", NOW)
        assert sheet_now(workspace, ADA, NORTH).how("Stück") == "not mapped"
    assert told == f"Column 'Stück' of '{NORTH}' is read by its spelling again: It was pieces of wire."
    desk.look(THIRD, odd_edit(odd_edit(ODD, 1, "3"), 2, "8"))
    counters = desk.sync()
    assert of(counters, Reason.COLUMN_MISSING)
    assert [each[:4] for each in changed(desk)] == [("1", "Quantity", "2", "3"), ("2", "Stück", "2", "8")]
    with opened(desk) as workspace, pytest.raises(ConfigError, match=r"no decision \d+ about a title that could"):
        withdraw(workspace, ADA, number, "Again.", NOW)


def test_the_preview_says_what_can_be_read_and_who_reads_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(
        FIRST,
        [
            *odd_edit(ODD, 1, "a few"),
            ODD[1] | {"Row ID": "40", "Stück": ""},
            ODD[2] | {"Row ID": "41", "Stück": "2 EA"},
        ],
    )
    desk.sync()
    with opened(desk) as workspace:
        sheet = sheet_now(workspace, ADA, NORTH)
        assert sheet.open_titles == ["Stück"]
        assert "Quantity" in sheet.choices("Stück")
        assert "Units Total Price" not in sheet.choices("Stück")
        found = preview(workspace, ADA, NORTH, "Stück", "Quantity")
        assert (found.lines, found.filled, found.understood, found.compared_with) == (32, 31, 30, FIRST)
        assert found.values.rows() == [("a few", 1, None), ("2", 29, "2"), ("2 EA", 1, "2 EA")]
        then = dict(found.rules.rows())
        assert then["Price is not rate × quantity"] == "starts with the next look"
        assert preview(workspace, ADA, NORTH, "Stück", "Modified By").compared_with is None
    assert len(desk.rows("SELECT * FROM decisions")) == 0


def test_every_sheet_is_listed_with_what_it_hides(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.look(FIRST, LINES, sheet="Another")
    spots = [*desk.sync().blind_spots, BlindSpot("Never", Reason.SNAPSHOT_REFUSED, "It is empty.", unread=True)]
    with opened(desk) as workspace:
        lines = {each.name: each for each in sheet_lines(workspace, spots)}
    assert list(lines) == ["Another", NORTH, "Never"]
    assert (lines[NORTH].mapped, lines[NORTH].unmapped, lines[NORTH].kind) == (9, 1, "exported files")
    assert lines["Another"].unmapped == 0
    assert len(lines[NORTH].blind_spots) > 1
    assert (lines["Never"].look, len(lines["Never"].blind_spots)) == (None, 1)


REFUSED = {
    "a title that is mapped": ("Foreman", "Area", "'Foreman' that is not mapped, or claimed twice"),
    "no such title": ("Nothing", "Area", "'Nothing' that is not mapped"),
    "a column that another title has": ("Stück", "Foreman", "no column of 'Field Billing North' that is free"),
    "no such column": ("Stück", "Pieces", "no column of"),
    "values that are nothing of the kind": ("Remark", "Quantity", "None of the 30 values under 'Remark' can be read"),
    "a place in the sheet": ("Note (column 13)", "Area", "no title of the sheet, only a place in it"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A sheet with every oddity. Tests only try what is refused."""
    desk = Desk(tmp_path_factory.mktemp("odd"))
    path = desk.look(FIRST, [each | {"Remark": "wire", "Note": "1", "NOTE": "2"} for each in ODD])
    assert path.is_file()
    desk.sync()
    return desk


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_sentence(odd: Desk, case: str) -> None:
    title, column, words = REFUSED[case]
    with opened(odd) as workspace, pytest.raises(ConfigError, match=words.replace("(", r"\(").replace(")", r"\)")):
        decide(workspace, ADA, NORTH, title, column, "Because.", NOW)
    assert odd.rows("SELECT * FROM decisions") == []


def test_only_an_admin_decides_and_only_with_a_reason(odd: Desk) -> None:
    auditor = Actor("u-2", "bob@example.com", Role.AUDITOR, "s")
    with opened(odd) as workspace:
        with pytest.raises(NotAllowed, match="role Admin"):
            decide(workspace, auditor, NORTH, "Stück", "Quantity", "Because.", NOW)
        with pytest.raises(NotAllowed, match="role Admin"):
            withdraw(workspace, auditor, 1, "Because.", NOW)
        with pytest.raises(ConfigError, match="needs a reason"):
            decide(workspace, ADA, NORTH, "Stück", "Quantity", "  ", NOW)
        with pytest.raises(ConfigError, match="No sheet Nowhere was read"):
            decide(workspace, ADA, "Nowhere", "Stück", "Quantity", "Because.", NOW)


def test_a_decision_is_sealed_with_its_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    number = said(desk, "Stück", "Quantity")
    (event,) = [each for each in desk.events("action") if each["action"] == "decided"]
    assert event["issue_description"] == f"Column 'Stück' of '{NORTH}' is read as 'Quantity': The foreman says so."
    assert event["changed_by"] == ADA.email
    assert json.loads(event["evidence"])["subject"] == f"sheet:{NORTH}"
    with opened(desk) as workspace:
        (made,) = sheet_now(workspace, ADA, NORTH).made
    assert (made.number, made.by, made.decision.act) == (number, ADA.email, Act.MAPPED)
    assert TitleDecision.from_json(made.decision.to_json()) == made.decision


def test_a_dry_run_reads_by_the_decision_and_leaves_no_trace(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    said(desk, "Stück", "Quantity")
    desk.look(SECOND, odd_edit(ODD, 2, "9"))
    with opened(desk) as workspace, workspace.scratch() as copy:
        counters = Sync(copy, "dry", lambda: NOW).run()
    assert not of(counters, Reason.COLUMN_MISSING)
    assert changed(desk) == []


def test_a_decision_of_a_title_that_is_gone_waits_for_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    said(desk, "Stück", "Quantity")
    desk.look(SECOND, LINES)  # renamed back: the spelling is known
    desk.look(THIRD, odd_edit(ODD, 5, "6"))
    desk.look(FOURTH, [edited(each, foreman="F 3") if n == 1 else each for n, each in enumerate(odd_edit(ODD, 5, "6"))])
    desk.sync()
    assert [each[:4] for each in changed(desk)] == [
        ("2", "Foreman", "Foreman 22", "F 3"),
        ("5", "Quantity", "2", "6"),
    ]
    with opened(desk) as workspace:
        assert TitleDecisions(workspace.store).sheets() == [NORTH]
        assert Baselines(workspace.store.snapshots, workspace.settings.zone).sheet(NORTH) is not None


def test_it_comes_along_when_the_store_is_started_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    said(desk, "Stück", "Quantity")
    with signing(), opened(desk) as workspace:
        renew(workspace, tmp_path / "data-2027", "renew-1", LATER)
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"data_dir": "data-2027"}))
    with opened(desk) as workspace:
        (made,) = sheet_now(workspace, ADA, NORTH).made
    assert (made.decision.title, made.decision.column) == ("Stück", "Quantity")
    assert verified(desk).events


def test_every_blind_spot_has_its_cure() -> None:
    assert set(CURE) == set(Reason)
    assert all(sentence.endswith(".") for sentence in CURE.values())


def test_of_two_who_map_two_titles_to_one_column_at_once_the_second_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [each | {"Stk": each["Stück"]} for each in ODD])
    desk.sync()
    with opened(desk) as workspace, meanwhile(lambda: said(desk, "Stk", "Quantity")):
        with pytest.raises(AuditError, match="was decided about meanwhile: look at it, then decide again"):
            decide(workspace, ADA, NORTH, "Stück", "Quantity", "Pieces.", NOW)
        assert sheet_now(workspace, ADA, NORTH).read.mapping["Stk"] == "Quantity"


def test_what_was_decided_anew_meanwhile_is_not_withdrawn(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, ODD)
    desk.sync()
    number = said(desk, "Stück", "Quantity")

    def anew() -> None:
        with opened(desk) as other:
            withdraw(other, ADA, number, "Not sure.", NOW)
        said(desk, "Stück", "Area")

    with opened(desk) as workspace, meanwhile(anew):
        with pytest.raises(ConfigError, match=rf"no decision {number} about a title that could be withdrawn"):
            withdraw(workspace, ADA, number, "It was something else.", NOW)
        assert sheet_now(workspace, ADA, NORTH).read.mapping["Stück"] == "Area"


def test_a_title_set_aside_is_no_unmapped_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [each | {"Remark": "wire"} for each in ODD])
    desk.sync()
    with opened(desk) as workspace:
        assert [each.unmapped for each in sheet_lines(workspace, [])] == [2]
    said(desk, "Remark", None)
    with opened(desk) as workspace:
        assert [each.unmapped for each in sheet_lines(workspace, [])] == [1]


def test_of_two_sheets_of_one_name_each_tells_what_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    for sheet in ("South", "West"):
        desk.look(FIRST, LINES, sheet=sheet)
    desk.sync()
    with opened(desk) as workspace:
        taken = {key: replace(each, sheet_name=NORTH) for key, each in workspace.store.snapshots.latest().items()}
        monkeypatch.setattr(workspace.store.snapshots, "latest", lambda: taken)
        lines = sheet_lines(workspace, [BlindSpot(NORTH, Reason.SNAPSHOT_REFUSED, "It is empty.", unread=True)])
    assert [each.blind_spots[-1].reason for each in lines] == [Reason.SNAPSHOT_REFUSED] * 2
