"""What became of a decision to reduce: compared by rank and piece, never as texts; and what is told as changed."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from audit_core.access import add_person
from audit_core.access.people import Access, change_person
from audit_core.access.rooms import close_room, open_room
from audit_core.access_review import Advice, Choice, Part, Ruling, decide_line, make_review, sign
from audit_core.access_review.compare import changed, lowered
from audit_core.access_review.document import gather
from audit_core.access_review.line import Line
from audit_core.access_review.pdf import told
from audit_core.access_review.workbook import evidence_table, lines_table
from audit_core.actors import JOBS, OPERATOR, Role
from tests.access_review.conftest import Room
from tests.access_review.office import DEV, PASSWORD, RITA, SAM, UMA
from tests.access_review.test_month import decide_all

KNOWN = ("1", "2")


def on_sheets(**levels: str) -> Line:
    """`_1="EDITOR"`: somebody with that level on sheet 1."""
    holds = tuple((name.lstrip("_"), level) for name, level in levels.items())
    right = ", ".join(f"{level} on 1" for _, level in holds)
    return Line("sheets:ann@x.co", Part.ON_SHEETS, "ann@x.co", "ann@x.co", right, Advice.KEEP, ("why",), (), holds)


def here(role: str, *sheets: str) -> Line:
    """Somebody of a role here, limited to sheets or (`*`) to none."""
    holds = (("account", role), *((each, role) for each in sheets))
    return Line("here:ann@x.co", Part.HERE, "ann@x.co", "ann@x.co", role, Advice.KEEP, ("why",), (), holds)


@pytest.mark.parametrize(
    ("before", "now", "done"),
    [
        (on_sheets(_1="EDITOR"), on_sheets(_1="VIEWER"), True),
        (on_sheets(_1="EDITOR"), on_sheets(_1="EDITOR"), False),
        (on_sheets(_1="EDITOR"), on_sheets(_1="ADMIN"), False),
        (on_sheets(_1="ADMIN", _2="EDITOR"), on_sheets(_2="EDITOR"), True),
        (on_sheets(_1="ADMIN", _2="VIEWER"), on_sheets(_1="EDITOR", _2="EDITOR"), False),
        (on_sheets(_1="EDITOR"), on_sheets(_2="VIEWER"), False),
        (on_sheets(_1="EDITOR"), on_sheets(_1="VIEWER", _3="ADMIN"), True),  # of 3 nothing was known then
        (on_sheets(_1="EDITOR"), on_sheets(_3="ADMIN"), True),
        (on_sheets(_1="OVERSEER"), on_sheets(_1="ADMIN"), None),
        (on_sheets(_1="OVERSEER", _2="EDITOR"), on_sheets(_2="ADMIN"), False),
        (on_sheets(_1="OVERSEER", _2="EDITOR"), on_sheets(_2="EDITOR"), True),
        (replace(on_sheets(_1="EDITOR"), holds=()), on_sheets(_1="VIEWER"), None),
        (here("Admin", "*"), here("Auditor", "*"), True),
        (here("Auditor", "*"), here("Auditor", "1"), True),
        (here("Auditor", "*"), here("Auditor"), True),
        (here("Auditor", "1"), here("Auditor", "*"), False),
        (here("Auditor", "1", "2"), here("Auditor", "3"), False),
        (here("User", "*"), here("guest", "1", "2"), True),
        (here("guest", "1"), here("guest"), True),
        (here("guest", "1"), here("User", "1"), False),
        (here("User", "*"), here("Auditor", "1"), False),
    ],
    ids=lambda each: " ".join(map(" ".join, each.holds)) if isinstance(each, Line) else f"{each}",
)
def test_less_is_a_lower_level_somewhere_and_a_higher_one_nowhere(before: Line, now: Line, done: bool | None) -> None:
    assert lowered(before, now, KNOWN) is done


def test_the_same_words_for_another_sheet_are_a_change() -> None:
    names = {"1": "North", "2": "South"}
    assert changed(on_sheets(_1="EDITOR"), on_sheets(_2="EDITOR"), names) == ("EDITOR on North", "EDITOR on South")
    assert changed(on_sheets(_1="EDITOR"), on_sheets(_1="EDITOR"), names) is None
    assert changed(on_sheets(_1="EDITOR"), on_sheets(_1="ADMIN"), names) == ("EDITOR on 1", "ADMIN on 1")


def test_a_list_that_said_the_role_alone_tells_nothing_of_sheets() -> None:
    old = replace(here("Auditor"), holds=())
    limited = replace(here("Auditor", "1"), right="Auditor, 1 sheet")
    assert changed(old, limited, {}) is None
    assert changed(old, here("Admin", "*"), {}) == ("Auditor", "Admin")
    kept = json.loads(json.dumps(limited.to_json()))
    assert Line.from_json(kept) == limited
    del kept["holds"]
    assert Line.from_json(kept) == replace(limited, holds=())


def sheets_of(room: Room) -> dict[str, str]:
    """Name → id."""
    return {each.sheet_name: each.sheet_id for each in room.workspace.store.snapshots.latest().values()}


def signed_with(room: Room, *reduced: str) -> None:
    """Everything as recommended but some lines, which are decided to be reduced; signed by two."""
    for line_id in reduced:
        ruling = Ruling(Choice.REDUCE, "as agreed")
        decide_line(room.workspace, room.rita, room.month, line_id, ruling, room.now)
    decide_all(room)
    for who in (room.rita, room.sam):
        sign(room.workspace, who, room.month, room.now)
    assert room.review.closed


def limit(room: Room, email: str, *names: str) -> None:
    sheets = tuple(sheets_of(room)[name] for name in names) or None
    change_person(room.workspace, room.rita, email, Access(Role.AUDITOR, sheets), "as decided", room.now)


def test_who_is_limited_after_a_decision_to_reduce_is_not_still_there(room: Room) -> None:
    signed_with(room, f"here:{UMA}", f"here:{SAM}")
    limit(room, UMA, "North")
    made = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review
    lines = {each.line_id: each for each in made.lines}
    uma, sam = lines[f"here:{UMA}"], lines[f"here:{SAM}"]
    assert (uma.right, "still there" in uma.why) == ("Auditor, 1 sheet", False)
    assert ("Limited to", "North") in [(fact.label, fact.text) for fact in uma.facts]
    assert (sam.right, sam.reasons[0]) == ("Auditor", f"Decided reduce on 2026-11-04 by {RITA}, and still there.")
    became = {each.name: each.became for each in made.since.earlier}
    assert (became[UMA], became[SAM], became[DEV]) == ("done", "still there", "still there")
    assert (UMA, "Auditor", "Auditor, 1 sheet") in made.since.changed


@pytest.mark.parametrize(("level", "became"), [("ADMIN", "still there"), ("VIEWER", "done")])
def test_who_may_do_more_on_a_sheet_after_a_decision_to_reduce_is_still_there(
    room: Room, level: str, became: str
) -> None:
    signed_with(room, f"sheets:{DEV}")
    shares, today = room.workspace.store.shares, room.workspace.today(room.later(days=30))
    north = sheets_of(room)["North"]
    now = [replace(each, level=level) if each.email == DEV else each for each in shares.newest(north)[1]]
    shares.record(today, north, now)
    made = make_review(room.workspace, JOBS, "review-2", room.now).review
    dev = made.line(f"sheets:{DEV}")
    assert {each.name: each.became for each in made.since.earlier}[DEV] == became
    assert (DEV, "EDITOR on 2", dev.right) in made.since.changed
    told = f"Decided reduce on 2026-11-04 by {RITA}, and still there (EDITOR on 2 before, ADMIN on 1, EDITOR on 1 now)."
    assert (told in dev.reasons) == (level == "ADMIN"), dev.reasons


def test_who_is_let_see_more_is_among_what_changed(room: Room) -> None:
    limit(room, UMA, "North")
    made = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review
    assert made.line(f"here:{UMA}").right == "Auditor, 1 sheet"
    signed_with(room)
    limit(room, UMA)
    widened = make_review(room.workspace, JOBS, "review-3", room.later(days=31)).review
    assert (UMA, "Auditor, 1 sheet", "Auditor") in widened.since.changed


def test_the_guest_of_a_room_is_shown_with_the_room_and_its_end(room: Room) -> None:
    gina, sheets = "gina@audit.example", sheets_of(room)
    add_person(room.workspace, OPERATOR, gina, Role.USER, PASSWORD, room.now, sheets=())
    opened = open_room(
        room.workspace, room.rita, "SOX", [sheets["South"]], date(2026, 1, 1), date(2026, 6, 30), [gina],
        room.now + timedelta(days=40), [], "the yearly audit", room.now,
    )  # fmt: skip
    made = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review
    line = made.line(f"here:{gina}")
    assert line.right == f"guest of evidence room {opened.number}"
    (fact,) = [each.text for each in line.facts if each.label == "Evidence room"]
    assert fact == (
        f"1: “SOX”, South, looks of 2026-01-01 to 2026-06-30, 0 documents, open until {opened.until:%Y-%m-%d %H:%M} UTC"
    )
    signed_with(room)
    document = gather(room.workspace, made.month)
    right = dict(lines_table(document).select("name", "right").iter_rows())
    assert right[gina] == line.right
    assert fact in evidence_table(document)["text"]
    (shown,) = [row for part in told(document)["parts"] for row in part["lines"] if row[0] == gina]
    assert (shown[1], fact in shown[4]) == (line.right, True)


def test_a_room_that_was_closed_is_less_than_an_open_one(room: Room) -> None:
    gina = "gina@audit.example"
    add_person(room.workspace, OPERATOR, gina, Role.USER, PASSWORD, room.now, sheets=())
    open_room(
        room.workspace, room.rita, "SOX", list(sheets_of(room).values()), date(2026, 1, 1), date(2026, 6, 30), [gina],
        room.now + timedelta(days=40), [], "the yearly audit", room.now,
    )  # fmt: skip
    before = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review.line(f"here:{gina}")
    close_room(room.workspace, room.rita, 1, "all was seen", room.now)
    now = make_review(room.workspace, JOBS, "review-3", room.later(days=31)).review.line(f"here:{gina}")
    assert lowered(before, now, ()) is True
    assert lowered(now, before, ()) is False
    assert changed(before, now, {}) == ("guest of evidence room 1", "guest of evidence room 1 (over)")
    (fact,) = [each.text for each in now.facts if each.label == "Evidence room"]
    assert fact.endswith("UTC; closed before that: all was seen")


def test_a_list_that_was_kept_before_pieces_were_is_opened_and_followed_up_as_unknown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Line.to_json
    with monkeypatch.context() as patch:
        patch.setattr(Line, "to_json", lambda line: {k: v for k, v in original(line).items() if k != "holds"})
        made = make_review(room.workspace, JOBS, "review-2", room.later(days=30)).review
    assert all(each.holds == () for each in made.lines)
    signed_with(room, f"sheets:{DEV}")
    again = make_review(room.workspace, JOBS, "review-3", room.later(days=31)).review
    dev = again.line(f"sheets:{DEV}")
    assert "whether less is allowed now cannot be said" in dev.reasons[0]
    assert {each.name: each.became for each in again.since.earlier}[DEV] == "unknown"
    assert again.since.changed == ()
