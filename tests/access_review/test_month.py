"""The access review of a month on a tenant's shares: from the sync over HTTP to the evidence pack read back."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from audit_core.access_review import (
    Advice,
    Choice,
    Part,
    Ruling,
    accept_keeps,
    decide_line,
    left_to_sign,
    make_review,
    overdue,
    sign,
)
from audit_core.access_review.known import known
from audit_core.access_review.on_sheets import people_on_sheets
from audit_core.actors import JOBS
from audit_core.documents import Kind, Search, hand_out, library
from audit_core.errors import ConfigError, NotAllowed, VerificationFailed
from audit_core.sources.protocol import Share
from audit_core.store import anchors
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.access_review.conftest import Room
from tests.access_review.office import (
    ANN,
    BOB,
    CARLA,
    DEV,
    OLD,
    OWNER,
    RITA,
    SAM,
    TOKEN_USER,
    UMA,
)

ADVISED = {
    f"here:{OLD}": (Advice.REMOVE, "Never signed in since they were let in on 2026-07-27"),
    f"here:{RITA}": (Advice.LOOK, "no more than 1 Admin"),
    f"here:{SAM}": (Advice.LOOK, "needed the role Auditor"),
    f"sheets:{ANN}": (Advice.KEEP, "1 edit in 90 days, last on 2026-11-03"),
    f"sheets:{BOB}": (Advice.REMOVE, "no edit for more than 90 days, last on 2026-07-28 (99 days ago)"),
    f"sheets:{CARLA}": (Advice.REMOVE, "May not sign in here any more since 2026-08-05, and still reaches 2 sheets."),
    f"sheets:{DEV}": (Advice.REDUCE, "has no edit on record since 2026-07-27: VIEWER would do."),
    f"sheets:{TOKEN_USER}": (Advice.REDUCE, "writes nothing there, and may edit 2 sheets: VIEWER would do."),
    f"sheets:{OWNER}": (Advice.KEEP, "Owns 1 sheet"),
    "sheets:billing@example.com": (Advice.LOOK, "looks like one that several people share (“billing”)"),
    "sheets:dana1@example.com": (Advice.LOOK, "the same person under dana2@example.com too"),
    "sheets:gil@elsewhere.com": (Advice.KEEP, "what is read is not on record"),
}


def check(workspace: Workspace, *extra: anchors.Anchor) -> None:
    store = workspace.store
    verify(store.database, store.snapshots, store.anchor_file, extra, store.keys())


def decide_all(room: Room) -> None:
    """Everything as recommended, by Rita; what is about her, and what nobody can recommend, by Sam with a reason."""
    review = room.review
    accept_keeps(room.workspace, room.rita, review.month, [each.line_id for each in review.lines], room.now)
    for line in room.review.open:
        who = room.sam if line.email == RITA else room.rita
        look = line.advice is Advice.LOOK
        ruling = Ruling(Choice.KEEP, "Asked, and it is needed.") if look else Ruling(Choice(line.advice.value))
        decide_line(room.workspace, who, review.month, line.line_id, ruling, room.now)


def test_every_line_is_recommended_something_with_a_reason_and_evidence(room: Room) -> None:
    review = room.review
    lines = {each.line_id: each for each in review.lines}
    for line_id, (advice, words) in ADVISED.items():
        assert (lines[line_id].advice, words in lines[line_id].why) == (advice, True), lines[line_id]
    assert all(each.reasons and each.facts and each.right for each in review.lines)
    (group,) = [each for each in review.lines if each.part is Part.GROUPS]
    assert (group.name, group.right, group.advice) == ("Crew leads", "EDITOR on 1", Advice.LOOK)
    sheets = {each.name: each for each in review.lines if each.part is Part.SHEETS}
    assert "Its owner owner@example.com neither edited" in sheets["North"].why
    assert sheets["South"].why == "Among those it is shared with nobody is its owner: name one."
    assert Counter(each.part for each in review.lines) == {
        Part.HERE: 4, Part.ON_SHEETS: 11, Part.GROUPS: 1, Part.SHEETS: 2,
    }  # fmt: skip
    assert [(each.lines, each.complete) for each in review.population] == [(4, True), (11, True), (1, True), (2, True)]
    assert "The members of 1 group (Crew leads) are not visible to the token." in review.not_seen


def test_evidence_names_events_that_say_so(room: Room) -> None:
    lines = {each.line_id: each for each in room.review.lines}
    connection = room.workspace.store.database.connection()

    def event(line_id: str, label: str) -> dict[str, object]:
        (number,) = [each.event for each in lines[line_id].facts if each.label == label]
        row = connection.execute("SELECT * FROM audit_events WHERE event_id = ?", (number,)).fetchone()
        return dict(row)

    edit = event(f"sheets:{BOB}", "Last edit")
    assert (edit["kind"], edit["changed_by"], edit["column_name"]) == ("change", BOB, "Foreman")
    assert event(f"here:{RITA}", "Let in")["action"] == "person_added"
    assert (event(f"here:{UMA}", "Last sign-in")["action"], event(f"here:{UMA}", "Last sign-in")["changed_by"]) == (
        "signed_in", UMA,
    )  # fmt: skip


def test_from_the_lists_to_the_signed_evidence(room: Room, tmp_path: Path) -> None:
    month, here = room.month, room.workspace
    assert month == "2026-11"
    with pytest.raises(ConfigError, match="18 lines of the access review of 2026-11 are not decided"):
        sign(here, room.rita, month, room.now)
    decide_all(room)
    assert sign(here, room.rita, month, room.later(minutes=1)) is None
    assert [each.line_id for each in left_to_sign(room.review)] == [f"here:{RITA}"]
    with pytest.raises(NotAllowed, match="has signed already"):
        sign(here, room.rita, month, room.now)
    pack = sign(here, room.sam, month, room.later(minutes=1))
    assert pack is not None
    assert room.review.closed
    check(here)

    decided = here.store.database.connection().execute(
        "SELECT changed_by, evidence FROM audit_events WHERE action = 'decided' AND kind = 'action'"
    )
    kinds = Counter((by, json.loads(sealed)["kind"]) for by, sealed in decided)
    assert kinds == {
        (RITA, "access_line"): 17, (SAM, "access_line"): 1, (RITA, "access_signature"): 1, (SAM, "access_signature"): 1,
    }  # fmt: skip
    reviewed = here.store.database.connection().execute(
        "SELECT email FROM user_permissions WHERE last_review_date = '2026-11-04' ORDER BY email"
    )
    assert [row[0] for row in reviewed] == [OLD, RITA, SAM, UMA]

    book = openpyxl.load_workbook(pack.workbook)
    rows = list(book["Lines"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 18
    bob = next(row for row in rows if row[1] == BOB)
    assert bob[3:6] == (
        "remove",
        room.review.line(f"sheets:{BOB}").why,
        "remove",
    )
    assert bob[8] == RITA
    about = {row[0]: row for row in book["Evidence"].iter_rows(min_row=2, values_only=True) if row[1] == BOB}
    assert about
    summary = "\n".join(str(cell) for row in book["Summary"].iter_rows(values_only=True) for cell in row if cell)
    text = "\n".join(page.extract_text() for page in PdfReader(pack.pdf).pages)
    for said in (summary, text):
        for words in ("Access review 2026-11", "SOC 2 CC6.3", "Population and its completeness", f"{SAM}, 2026-11-04"):
            assert words in said
    assert "Never signed in since they were let in" in text.replace("\n", " ")
    (foot,) = {word for page in PdfReader(pack.pdf).pages for word in page.extract_text().split() if "redline:" in word}
    check(here, anchors.parse(foot))
    assert book["Lines"].oddFooter.left.text == foot

    (found,) = library(here, room.sam, Search(Kind.ACCESS)).documents
    assert (found.event_id, found.title) == (pack.event_id, "Access review 2026-11")
    assert [each.name for each in found.files] == ["access-review-2026-11.xlsx", "access-review-2026-11.pdf"]
    assert hand_out(here, room.sam, found.event_id, found.files[1].name, room.now) == pack.pdf.read_bytes()
    check(here)
    pack.pdf.write_bytes(b"%PDF-another")
    with pytest.raises(VerificationFailed, match="evidence of an access review"):
        check(here)


def test_the_next_review_says_what_became_of_the_decisions(room: Room) -> None:
    decide_all(room)
    for who in (room.rita, room.sam):
        sign(room.workspace, who, room.month, room.now)
    made = make_review(room.workspace, JOBS, "review-2", room.later(days=30))
    assert (made.new, made.review.month) == (True, "2026-12")
    again = {each.line_id: each for each in made.review.lines}[f"sheets:{BOB}"]
    assert again.reasons[0] == f"Decided remove on 2026-11-04 by {RITA}, and still there."
    became = {each.name: each.done for each in made.review.since.earlier}
    assert became == {OLD: False, BOB: False, CARLA: False, DEV: False, "eve@example.com": False, TOKEN_USER: False}
    assert make_review(room.workspace, JOBS, "review-3", room.now).new is False


def test_who_was_given_the_right_to_edit_lately_is_not_told_to_need_less(room: Room) -> None:
    store, today = room.workspace.store, room.workspace.today(room.now)
    (north,) = [each.sheet_id for each in store.snapshots.latest().values() if each.sheet_name == "North"]
    new = Share(north, "newcomer@example.com", "", "", "USER", "EDITOR", "")
    store.shares.record(today, north, [*store.shares.newest(north)[1], new])
    lines = {each.email: each for each in people_on_sheets(known(room.workspace, room.now))}
    newcomer, dev = lines[new.email], lines[DEV]
    assert (newcomer.advice, f"the right to edit North is known from {today} on" in newcomer.why) == (Advice.LOOK, True)
    assert (dev.advice, "has no edit on record since 2026-07-27" in dev.why) == (Advice.REDUCE, True)


def test_what_waits_too_long_is_overdue(room: Room) -> None:
    assert overdue(room.workspace, room.now + timedelta(days=14)) == ()
    (late,) = overdue(room.workspace, room.now + timedelta(days=16))
    assert (late.month, late.days, late.undecided, late.lines) == ("2026-11", 2, 18, 18)
    assert (
        late.words()
        == "The access review of 2026-11 was due on 2026-11-18, 2 days ago: 18 of 18 lines are not decided."
    )
    decide_all(room)
    assert "a signature is missing" in overdue(room.workspace, room.now + timedelta(days=16))[0].words()
    for who in (room.rita, room.sam):
        sign(room.workspace, who, room.month, room.now)
    assert overdue(room.workspace, room.now + timedelta(days=16)) == ()
