"""What is recommended for whom, and that nothing unknown is invented: lines made of what is known, without a store."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from audit_core.access_review.here import people_here
from audit_core.access_review.known import Acts, Edits, Known
from audit_core.access_review.line import Advice, Line
from audit_core.access_review.on_sheets import people_on_sheets
from audit_core.access_review.owners import sheets_and_owners
from audit_core.access_review.shares import SheetShares, editing_since
from audit_core.permissions import Permission
from audit_core.settings.access_review import AccessReviewSettings
from audit_core.sources.protocol import Share
from audit_core.store.accounts import Account

TODAY = date(2026, 11, 4)
LONG_AGO, LATELY = TODAY - timedelta(days=200), TODAY - timedelta(days=3)
ANN = "ann@x.co"


def known(**what: Any) -> Known:
    """A quiet office with a long record, and what the test wants to be different."""
    settings = AccessReviewSettings(**what.pop("settings", {}))
    base: Mapping[str, Any] = {
        "today": TODAY, "since": TODAY - timedelta(days=settings.inactive_days), "settings": settings, "accounts": {},
        "let_in": {}, "shut_out": {}, "acts": {}, "edits": {}, "unnamed": {}, "first_look": LONG_AGO,
        "seen_upto": TODAY, "sheets": (), "last_shared": {}, "token_user": None, "tells_shares": True,
        "writes": False, "simulated_from": None, "rooms": {},
    }  # fmt: skip
    return Known(**{**base, **what})


def accounts(**roles: str) -> dict[str, Account]:
    """`ann="Admin"`: an account of that role."""
    return {f"{name}@x.co": Account(f"u-{name}", f"{name}@x.co", role) for name, role in roles.items()}


def here(role: str, acts: Acts | None, let_in: date | None = LONG_AGO, **what: Any) -> Line:
    """Ann's line, among three Admins."""
    others = accounts(bea="Admin", cal="Admin", dee="Admin")
    on = known(
        accounts=accounts(ann=role) | others, acts={ANN: acts} if acts else {},
        let_in={ANN: (let_in, 1)} if let_in else {}, **what,
    )  # fmt: skip
    return next(each for each in people_here(on) if each.email == ANN)


def share(email: str, level: str, through: str = "", **more: str) -> Share:
    return Share("1", email, **({"name": "", "user_id": "", "kind": "USER"} | more), level=level, through=through)


def sheet(*shares: Share, day: date | None = TODAY, **what: Any) -> SheetShares:
    """North, which moved last long ago, with the same shares all the time."""
    base = {"first_look": LONG_AGO, "newest_look": LONG_AGO, "editing_since": dict.fromkeys(_emails(shares), LONG_AGO)}
    return SheetShares(**{"sheet_id": "1", "name": "North", "day": day, "shares": shares, **base, **what})


def _emails(shares: tuple[Share, ...]) -> list[str]:
    return [each.email for each in shares]


def on_sheet(*shares: Share, edits: Edits | None = None, **what: Any) -> Line:
    """Ann's line on one sheet."""
    on = known(sheets=(sheet(*shares),), edits={ANN: {"1": edits}} if edits else {}, **what)
    return next(each for each in people_on_sheets(on) if each.email == ANN)


def signed_in(day: date = LATELY, recent: int = 0, **used: int) -> Acts:
    """Acts with a sign-in; `people_manage=2`: acts that needed that permission."""
    permissions = {Permission(name.replace("_", ":")): (count, 9) for name, count in used.items()}
    return Acts((day, 7), (day, 8), recent, permissions)


@pytest.mark.parametrize(
    ("role", "acts", "let_in", "advice", "words"),
    [
        ("Admin", signed_in(recent=40), LONG_AGO, Advice.REDUCE, "None of 40 acts in 90 days needed the role Admin"),
        ("Admin", signed_in(recent=40, people_manage=1), LONG_AGO, Advice.KEEP, "1 of which needed the role Admin"),
        ("Admin", signed_in(recent=40), LATELY, Advice.KEEP, "cannot be said before 90 days are on record"),
        ("Auditor", signed_in(recent=5), LONG_AGO, Advice.LOOK, "Pages that are only read are no acts"),
        ("Auditor", signed_in(recent=5, changes_review=5), LONG_AGO, Advice.KEEP, "5 of which needed"),
        ("User", signed_in(recent=0), LONG_AGO, Advice.KEEP, "Signed in on"),
        ("User", signed_in(TODAY - timedelta(days=91)), LONG_AGO, Advice.REMOVE, "not signed in for more than 90 days"),
        ("User", signed_in(TODAY - timedelta(days=90)), LONG_AGO, Advice.KEEP, "Signed in on"),
        ("User", None, LONG_AGO, Advice.REMOVE, "Never signed in since they were let in"),
        ("User", None, LATELY, Advice.KEEP, "Let in lately and not signed in yet."),
        ("User", None, None, Advice.LOOK, "not on record when this person was let in"),
    ],
)  # fmt: skip
def test_a_role_is_held_against_its_use(
    role: str, acts: Acts | None, let_in: date | None, advice: Advice, words: str
) -> None:
    line = here(role, acts, let_in)
    assert (line.advice, words in line.why) == (advice, True), line.why


def test_the_last_admins_are_not_taken_for_too_many() -> None:
    acts = {email: signed_in(recent=3) for email in ("ann@x.co", "bea@x.co")}
    let_in = dict.fromkeys(acts, (LONG_AGO, 1))
    lines = people_here(known(accounts=accounts(ann="Admin", bea="Admin"), acts=acts, let_in=let_in))
    assert [each.advice for each in lines] == [Advice.LOOK, Advice.LOOK]
    assert "no more than 2 Admins: kept as a deputy?" in lines[0].why


def test_who_is_gone_from_the_sheets_may_be_a_leaver() -> None:
    line = here("User", signed_in(), last_shared={ANN: LONG_AGO})
    assert (line.advice, f"until {LONG_AGO}" in line.why) == (Advice.LOOK, True)
    assert here("User", signed_in(), last_shared={ANN: LONG_AGO}, tells_shares=False).advice is Advice.KEEP


def test_outsiders_are_judged_where_our_domains_are_named() -> None:
    assert here("User", signed_in()).advice is Advice.KEEP
    line = here("User", signed_in(), settings={"own_domains": ("y.co",)})
    assert (line.advice, "The domain x.co is none of ours" in line.why) == (Advice.LOOK, True)
    assert here("User", signed_in(), settings={"own_domains": ("@X.co",)}).advice is Advice.KEEP


NEW, OLD = Edits(LATELY, 12, 4, 4), Edits(LONG_AGO, 12, 4, 0)


@pytest.mark.parametrize(
    ("level", "edits", "what", "advice", "words"),
    [
        ("EDITOR", NEW, {}, Advice.KEEP, "4 edits in 90 days"),
        ("EDITOR", OLD, {}, Advice.REMOVE, "a leaver?"),
        ("ADMIN", None, {}, Advice.REDUCE, "(ADMIN on 1) and has no edit on record"),
        ("VIEWER", None, {}, Advice.KEEP, "Only reads"),
        ("OWNER", None, {}, Advice.KEEP, "Owns 1 sheet"),
        ("OVERSEER", NEW, {}, Advice.LOOK, "The level OVERSEER is not known here"),
        ("EDITOR", None, {"unnamed": {"1": 34}}, Advice.LOOK, "34 changes there in 90 days name nobody for certain"),
        ("EDITOR", OLD, {"unnamed": {"1": 1}}, Advice.LOOK, "whether this person edits is unknown"),
        ("EDITOR", None, {"first_look": LATELY}, Advice.LOOK, f"the record is of {LATELY} to {TODAY}"),
        ("EDITOR", None, {"seen_upto": LONG_AGO}, Advice.LOOK, "whether this person edits lately is unknown"),
        ("EDITOR", None, {"first_look": None}, Advice.LOOK, "the record has not begun"),
        ("EDITOR", None, {"token_user": ANN}, Advice.REDUCE, "VIEWER would do"),
        ("EDITOR", None, {"token_user": ANN, "writes": True}, Advice.KEEP, "reads the sheets as this user"),
        ("VIEWER", None, {"token_user": ANN}, Advice.KEEP, "reads the sheets as this user"),
    ],
)  # fmt: skip
def test_a_right_on_sheets_is_held_against_edits_and_what_is_unknown_is_said(
    level: str, edits: Edits | None, what: dict[str, Any], advice: Advice, words: str
) -> None:
    line = on_sheet(share(ANN, level), edits=edits, **what)
    assert (line.advice, words in line.why) == (advice, True), line.why


YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("north", "words"),
    [
        ({"first_look": YESTERDAY}, f"the record of North begins on {YESTERDAY}: whether this person edits is unknown"),
        ({"editing_since": {ANN: YESTERDAY}}, f"the right to edit North is known from {YESTERDAY} on"),
        ({"editing_since": {}}, "the right to edit North is known from no day on"),
        ({"day": LONG_AGO}, f"North was last looked at on {LONG_AGO}"),
    ],
    ids=["sheet is new", "right is new", "right is of no known day", "sheet is not reached any more"],
)
@pytest.mark.parametrize("edits", [None, OLD], ids=["no edit", "an old edit"])
def test_nothing_follows_from_no_edit_where_the_sheet_or_the_right_is_younger_than_the_days_that_count(
    north: dict[str, Any], words: str, edits: Edits | None
) -> None:
    on = known(sheets=(sheet(share(ANN, "EDITOR"), **north),), edits={ANN: {"1": edits}} if edits else {})
    (line,) = people_on_sheets(on)
    assert (line.advice, words in line.why) == (Advice.LOOK, True), line.why


def test_one_new_sheet_is_enough_not_to_know_and_the_days_before_it_are_not_claimed() -> None:
    north, south = sheet(share(ANN, "EDITOR")), replace(share(ANN, "EDITOR"), sheet_id="2")
    young = sheet(south, sheet_id="2", name="South", first_look=YESTERDAY)
    (line,) = people_on_sheets(known(sheets=(north, young)))
    assert (line.advice, "the record of South begins" in line.why, "North" in line.why) == (Advice.LOOK, True, False)
    later = sheet(south, sheet_id="2", name="South", first_look=LONG_AGO + timedelta(days=50))
    (line,) = people_on_sheets(known(sheets=(north, later)))
    assert (line.advice, f"no edit on record since {later.first_look}" in line.why) == (Advice.REDUCE, True)


def test_the_right_to_edit_counts_from_when_it_was_held_without_a_break() -> None:
    days = ("2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01")
    held = {
        "always@x.co": ("ADMIN", "EDITOR", "EDITOR", "OWNER"),
        "raised@x.co": ("VIEWER", "VIEWER", "EDITOR", "EDITOR"),
        "back@x.co": ("EDITOR", "", "", "EDITOR"),
        "lowered@x.co": ("EDITOR", "EDITOR", "EDITOR", "VIEWER"),
        "strange@x.co": ("VIEWER", "OVERSEER", "OVERSEER", "OVERSEER"),
    }
    rows = [("1", day, who, level) for who, levels in held.items() for day, level in zip(days, levels, strict=True)]
    assert editing_since([row for row in rows if row[3]]) == {
        "1": {
            "always@x.co": date(2026, 7, 1), "raised@x.co": date(2026, 9, 1), "back@x.co": date(2026, 10, 1),
            "strange@x.co": date(2026, 8, 1),
        }
    }  # fmt: skip
    assert editing_since([("1", days[0], ANN, "EDITOR"), ("1", days[1], "", ""), ("1", days[2], ANN, "EDITOR")]) == {
        "1": {ANN: date(2026, 9, 1)}
    }


def test_a_group_that_gives_more_than_an_own_share_is_said() -> None:
    line = on_sheet(share(ANN, "VIEWER"), share(ANN, "EDITOR", "group Crew leads"), edits=NEW)
    assert (line.advice, line.right) == (Advice.LOOK, "EDITOR on 1")
    assert "with a higher right through a group (Crew leads)" in line.why
    assert on_sheet(share(ANN, "EDITOR", "group Crew leads"), edits=NEW).advice is Advice.KEEP


def test_one_person_under_two_addresses_is_found_by_name_and_by_number() -> None:
    line = on_sheet(share(ANN, "VIEWER", user_id="5"), share("ann.r@x.co", "VIEWER", user_id="5"))
    assert "under ann.r@x.co too" in line.why
    line = on_sheet(share(ANN, "VIEWER", name="Ann Reed"), share("ann.r@x.co", "VIEWER", name="ann  reed"))
    assert "under ann.r@x.co too" in line.why
    assert on_sheet(share(ANN, "VIEWER"), share("bob@x.co", "VIEWER")).advice is Advice.KEEP


def test_where_shares_are_not_known_editors_are_known_by_their_edits_alone() -> None:
    on = known(sheets=(sheet(day=None),), edits={ANN: {"1": OLD}}, tells_shares=False)
    (line,) = people_on_sheets(on)
    assert (line.right, line.advice) == ("unknown", Advice.LOOK)
    assert "The source does not tell who may" in line.why
    (owner,) = sheets_and_owners(on)
    assert (owner.right, "files, which do not tell" in owner.why) == ("owner unknown", True)
    assert people_on_sheets(replace(on, sheets=(sheet(),))) == []  # read, and Ann is not among them: she is gone


@pytest.mark.parametrize(
    ("what", "advice", "words"),
    [
        ({}, Advice.LOOK, "neither edited a sheet for certain nor signed in here within 90 days"),
        ({"acts": {"o@x.co": signed_in()}}, Advice.KEEP, "who was there within 90 days"),
        ({"edits": {"o@x.co": {"2": NEW}}}, Advice.KEEP, "who was there within 90 days"),
        ({"first_look": LATELY}, Advice.KEEP, "the record is too short to say"),
        ({"settings": {"own_domains": ("y.co",)}}, Advice.LOOK, "of a domain that is none of ours"),
    ],
)
def test_a_sheet_has_an_owner_who_is_still_there(what: dict[str, Any], advice: Advice, words: str) -> None:
    (line,) = sheets_and_owners(known(sheets=(sheet(share("o@x.co", "OWNER")),), **what))
    assert (line.advice, words in line.why) == (advice, True), line.why


def test_shares_that_were_read_long_ago_are_said_to_be_old() -> None:
    (line,) = sheets_and_owners(
        known(sheets=(sheet(share("o@x.co", "OWNER"), day=LATELY),), acts={"o@x.co": signed_in()})
    )
    assert f"last read on {LATELY} (3 days ago)" in line.why
