"""Unchanged packets are skipped, changed ones say what changed, and the ledger speaks of whole files only."""

import hashlib
import io
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import openpyxl
import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import AuditError, ConfigError, NotAllowed, VerificationFailed
from audit_core.packets.appendix import appendix
from audit_core.store.files import sha256_of
from audit_core.store.verify import verify
from tests.exports import SECOND, THIRD, Desk, edited, line
from tests.packets.desks import NOW, WEEK, billed_desk, lines, make, next_look, packet_lines, sealed
from tests.reports.books import after_label, opened, table

pytestmark = pytest.mark.in_turn(3)

TEN = [*lines(6), *lines(4, 50, work_request="72000000"), line(80, weekly_reference_logged_date="2025-07-13")]
"""Two packets of the week, and a line of another week: a file that lost its last lines would not be believed."""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two packets of one week, made."""
    desk = billed_desk(tmp_path_factory.mktemp("made"), TEN)
    make(desk)
    return desk


@pytest.fixture
def desk(made_once: Desk, tmp_path: Path) -> Desk:
    """The same, of one's own."""
    return made_once.copy(tmp_path / "desk")


def files(desk: Desk) -> dict[str, str]:
    folder = desk.root / "data" / "packets"
    return {str(path.relative_to(folder)): sha256_of(path) for path in folder.rglob("*") if path.is_file()}


def test_a_packet_is_two_files_its_lines_and_one_event(desk: Desk) -> None:
    first, second = sealed(desk)
    assert (first["work_request"], first["week_ending"], first["variant"]) == ("71891012", "2025-07-20", "primary")
    assert (first["lines"], first["total_cents"], second["lines"]) == (6, 6 * 11_368, 4)
    assert [Path(each["file"]).suffix for each in first["files"]] == [".xlsx", ".pdf"]
    for each in first["files"]:
        path = desk.root / "data" / each["file"]
        assert each["file"].startswith("packets/2025-07-20/71891012-primary-")
        assert (sha256_of(path), path.stat().st_size) == (each["sha256"], each["size"])
    workspace = desk.workspace()
    with closing(workspace.store.database):
        kept = packet_lines(workspace, first["event_id"])
        assert kept["row_id"].to_list() == ["1", "2", "3", "4", "5", "6"]
        with pytest.raises(AuditError, match=r"^Event 1 seals no packet\.$"):
            packet_lines(workspace, 1)


def test_made_again_nothing_is_written(desk: Desk) -> None:
    before, events = files(desk), desk.rows("SELECT count(*) n FROM audit_events")
    again = make(desk, now=NOW + timedelta(days=3))
    assert [(each.made, each.packet.count) for each in again.packets] == [(False, 6), (False, 4)]
    assert all(path.is_file() and path.is_absolute() for each in again.packets for path in each.paths)
    assert (files(desk), desk.rows("SELECT count(*) n FROM audit_events")) == (before, events)


def test_one_changed_quantity_makes_one_packet_anew_and_its_appendix_says_so(desk: Desk) -> None:
    next_look(desk, SECOND, [edited(TEN[0], quantity="3", units_total_price="170.52"), *TEN[1:]])
    again = make(desk)
    assert [(each.packet.work_request, each.made) for each in again.packets] == [
        ("71891012", True),
        ("72000000", False),
    ]
    book = openpyxl.load_workbook(again.packets[0].paths[0])
    changes = table(book["Changes"])
    assert [(row["What"], row["Before"], row["After"], row["Money (USD)"], row["Row"]) for row in changes] == [
        ("Quantity", "2", "3", 0, "1"), ("Units Total Price", "113.68", "170.52", 56.84, "1"),
    ]  # fmt: skip
    words = [cell.value for row in book["Summary"].iter_rows() for cell in row if str(cell.value).startswith("Since")]
    (told,) = words
    assert told == (
        f"Since it was last made (event {sealed(desk)[0]['event_id']}): 2 changes on its rows, 0 lines came, "
        "0 lines went; it bills $738.92 instead of $682.08 (+$56.84)."
    )


def test_lines_that_come_and_go_are_told_with_their_net(desk: Desk) -> None:
    moved = edited(TEN[0], work_request="72000000")
    next_look(desk, SECOND, [moved, *TEN[1:5], *TEN[6:], line(99, units_total_price="1.00")])
    first, second = make(desk).packets
    table_of = {each.packet.work_request: openpyxl.load_workbook(each.paths[0]) for each in (first, second)}
    rows = table(table_of["71891012"]["In and out"])
    assert [(row["Came or went"], row["Row"], row["Price (USD)"]) for row in rows] == [
        ("came", "99", 1.0), ("went", "1", 113.68), ("went", "6", 113.68),
    ]  # fmt: skip
    assert {row["What"] for row in table(table_of["71891012"]["Changes"])} == {
        "Work Request #", "line deleted", "line added",
    }  # fmt: skip
    rows = table(table_of["72000000"]["In and out"])
    assert [(row["Came or went"], row["Row"]) for row in rows] == [("came", "1")]


def test_a_packet_without_lines_is_closed_once_and_comes_back(desk: Desk) -> None:
    next_look(desk, SECOND, [*TEN[:6], TEN[-1]])
    emptied = make(desk)
    assert [(each.work_request, each.lines) for each in emptied.emptied] == [("72000000", 4)]
    assert "1 emptied" in emptied.words()
    (event,) = sealed(desk, "packet_emptied")
    assert (event["last_made"], event["files"]) == (sealed(desk)[1]["event_id"], [])
    assert make(desk).emptied == ()
    next_look(desk, THIRD, TEN)
    back = make(desk).packets[1]
    assert (back.packet.work_request, back.made) == ("72000000", True)
    workspace = desk.workspace()
    with closing(workspace.store.database):
        assert packet_lines(workspace, event["event_id"]).is_empty()


def test_no_earlier_file_is_ever_written_over(desk: Desk) -> None:
    """What went out stays as it was, also when the same lines come back."""
    before = files(desk)
    next_look(desk, SECOND, [edited(TEN[0], quantity="5"), *TEN[1:]])
    make(desk)
    next_look(desk, THIRD, TEN)
    assert [each.made for each in make(desk).packets] == [True, False]
    assert {name: found for name, found in files(desk).items() if name in before} == before
    digests = [each["content_sha256"] for each in sealed(desk) if each["work_request"] == "71891012"]
    assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize("act", ["gone", "altered"])
def test_a_file_that_is_not_as_it_was_sealed_is_made_again(desk: Desk, act: str) -> None:
    path = desk.root / "data" / sealed(desk)[0]["files"][1]["file"]
    path.unlink() if act == "gone" else path.write_bytes(b"%PDF-other")
    again = make(desk).packets
    assert [each.made for each in again] == [True, False]
    assert all(path.is_file() for path in again[0].paths)
    assert [each.made for each in make(desk).packets] == [False, False]


def test_same_request_same_bytes(desk: Desk, tmp_path: Path) -> None:
    """Two installations that looked at the same ledger make the same files, whenever and by whom."""
    twin = desk.copy(tmp_path / "twin")
    after = [edited(TEN[0], quantity="3"), *TEN[1:]]
    for each in (desk, twin):
        each.look(SECOND, after)
    desk.sync()
    twin.root.joinpath("data", "audit.db").unlink()
    for name in ("audit.db", "anchors.jsonl"):
        (twin.root / "data" / name).write_bytes((desk.root / "data" / name).read_bytes())
    for path in (desk.root / "data" / "snapshots").rglob("*.parquet"):
        copied = twin.root / "data" / "snapshots" / path.relative_to(desk.root / "data" / "snapshots")
        copied.parent.mkdir(exist_ok=True)
        copied.write_bytes(path.read_bytes())
    make(desk)
    make(twin, now=NOW + timedelta(days=40))
    assert files(desk) == files(twin)


@pytest.mark.parametrize("dies", ["between the files", "before the event"])
def test_after_a_crash_the_next_run_makes_it_again(tmp_path: Path, dies: str) -> None:
    desk = billed_desk(tmp_path, TEN)
    place = (
        "audit_core.packets.make.write_whole" if dies == "between the files" else "audit_core.packets.make.Packets.seal"
    )
    with patch(place, side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        make(desk)
    assert sealed(desk) == []
    assert [each.made for each in make(desk).packets] == [True, True]
    assert len(sealed(desk)) == 2


def test_what_another_run_made_meanwhile_is_not_sealed_twice(desk: Desk) -> None:
    from audit_core.store.packets import Packets

    next_look(desk, SECOND, [edited(TEN[0], quantity="3"), *TEN[1:]])
    plan, waiting = Packets.keep_lines, [True]

    def slow(self: Packets, kept: pl.DataFrame) -> str:
        if waiting.pop() if waiting else False:
            make(desk)  # the other run, while this one writes
        return plan(self, kept)

    with patch.object(Packets, "keep_lines", slow), pytest.raises(AuditError, match="made by another run meanwhile"):
        make(desk)
    assert len(sealed(desk)) == 3


def test_a_sheet_that_cannot_be_read_leaves_its_packets_as_they_are(tmp_path: Path) -> None:
    desk = billed_desk(tmp_path, lines(6), South=lines(4, 50, work_request="72000000"))
    make(desk)
    (file,) = desk.rows("SELECT file FROM snapshots WHERE sheet_name = 'South'")
    next_look(desk, SECOND, [edited(line(1), quantity="9"), *lines(5, 2)])
    snapshot = desk.root / "data" / "snapshots" / file["file"]
    content = snapshot.read_bytes()
    snapshot.write_bytes(content + b"x")
    again = make(desk)
    assert [(each.packet.work_request, each.made) for each in again.packets] == [("71891012", True)]
    assert [each.work_request for each in again.held] == ["72000000"]
    assert again.emptied == ()
    assert [spot.unread for spot in again.blind_spots] == [True]
    summary = openpyxl.load_workbook(again.packets[0].paths[0])["Summary"]
    assert "Could not be read when this was made: South" in str([cell.value for row in summary for cell in row])
    snapshot.write_bytes(content)
    whole = make(desk)
    assert ([each.made for each in whole.packets], whole.held) == ([False, False], ())


def test_the_record_proves_the_lines(desk: Desk) -> None:
    workspace = desk.workspace()
    store = workspace.store
    with closing(store.database):
        verify(store.database, store.snapshots, store.anchor_file, [])
        path = desk.root / "data" / "packets" / "lines" / f"{sealed(desk)[0]['lines_sha256']}.parquet"
        path.write_bytes(path.read_bytes() + b"x")
        with pytest.raises(
            VerificationFailed, match=r"^The file of a packet's lines \(.*\) is not the file that was kept"
        ):
            verify(store.database, store.snapshots, store.anchor_file, [])
        with pytest.raises(VerificationFailed):
            packet_lines(workspace, sealed(desk)[0]["event_id"])


def test_a_day_that_is_no_sunday_is_told_its_sunday(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"^2025-07-16 is a Wednesday, .*: that is 2025-07-20\.$"):
        make(desk, date(2025, 7, 16))


def test_making_needs_the_right(desk: Desk) -> None:
    from audit_core.packets import make_week

    workspace = desk.workspace()
    with closing(workspace.store.database), pytest.raises(NotAllowed):
        make_week(workspace, Actor("u", "reader@x.example", Role.USER), WEEK, "run", NOW)


def test_before_the_first_look_there_is_nothing_to_make(tmp_path: Path) -> None:
    made = make(Desk(tmp_path), None)
    assert (made.week, made.words(), made.counters()["packets"]) == (None, made.words(), [])
    assert made.words() == "Nothing was looked at yet: run 'sync' first."


def test_a_packet_that_went_out_says_what_came_later(desk: Desk) -> None:
    sent = sealed(desk)[0]["event_id"]
    after = [edited(TEN[0], quantity="1", units_total_price="56.84"), *TEN[1:5], *TEN[6:]]
    next_look(desk, SECOND, after)
    again = make(desk, went_out={sent})
    book = openpyxl.load_workbook(again.packets[0].paths[0])
    assert [(row["Kind"], row["Why"], row["Difference (USD)"]) for row in table(book["Adjustments"])] == [
        ("credit", "quantity 2 → 1", -56.84), ("credit", "no longer in this packet", -113.68),
    ]  # fmt: skip
    assert after_label(book["Summary"], "Net (USD)", down=1) == -170.52


def test_the_workbook_holds_the_lines_and_their_blocks(desk: Desk) -> None:
    (path, _) = make(desk).packets[0].paths
    book = opened(path.read_bytes())
    assert book.sheetnames == ["Summary", "Lines", "Days", "Changes", "In and out"]
    rows = table(book["Lines"])
    assert [row["Row"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert sum(round(row["Price (USD)"] * 100) for row in rows) == 6 * 11_368
    assert {row["Quantity"] for row in rows} == {2}
    assert after_label(book["Summary"], "Packet", right=4) == 682.08
    assert after_label(book["Days"], "Total of 6 lines", right=6) == 682.08
    assert after_label(book["Days"], "Packet: the sum of the blocks", right=6) == 682.08
    # header data that no line has takes no room
    assert book["Lines"].auto_filter.ref == "A1:K7"
    assert not {"Crew", "Work order", "Customer"} & rows[0].keys()
    assert book["Lines"].freeze_panes == "A2"
    assert {sheet.oddFooter.center.text for sheet in book} == {"Page &P of &N"}
    assert hashlib.sha256(io.BytesIO(path.read_bytes()).getvalue()).hexdigest() == sealed(desk)[0]["files"][0]["sha256"]


def test_an_appendix_over_nothing_is_nothing(desk: Desk) -> None:
    (first, _) = make(desk).packets
    workspace = desk.workspace()
    with closing(workspace.store.database):
        from audit_core.store.packets import CHANGES, Packets

        kept = Packets(workspace.store).of_event(first.event_id)
        lines_then = packet_lines(workspace, first.event_id)
    same = appendix(first.packet, kept, lines_then, pl.DataFrame(schema=dict(CHANGES)))
    assert (same.net_cents, same.came.height, same.went.height) == (0, 0, 0)


def test_other_weeks_that_changed_since_they_were_made_are_named(desk: Desk) -> None:
    other = date(2025, 7, 13)
    assert make(desk, other).changed_weeks == ()
    next_look(desk, SECOND, [edited(TEN[0], quantity="3"), *TEN[1:]])
    named = make(desk, other)
    assert named.changed_weeks == (WEEK,)
    assert named.words().endswith(". Changed since they were made: 2025-07-20; run them again with --week.")
    assert make(desk).changed_weeks == ()
    assert make(desk, other).changed_weeks == ()
