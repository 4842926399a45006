"""Before, after and delta, by person, by week, and the sentences: each is what SQL and the screen say of the filter."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.filters import EventFilter
from audit_core.reports import ReportKind, build
from audit_core.reports.material import Material, gather
from audit_core.reports.prices import priced
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.rules.base import money_text
from audit_core.sheets.amounts import cents, parse_money
from audit_core.sheets.tokens import NotUnderstood
from audit_core.store.ledger import append
from audit_core.store.queries import Queries
from tests.exports import FIRST, SECOND, Desk
from tests.reports.books import NOW, after_label, busy_desk, opened, request, size, table
from tests.reports.test_counts import ALL, FILTERS, named

pytestmark = pytest.mark.in_turn(3)

ANN = Actor("1", "ann@x.example", Role.AUDITOR, "session-1")
CASES = pytest.mark.parametrize(("chosen", "where"), [case[1:] for case in FILTERS], ids=[case[0] for case in FILTERS])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("desk"))


def in_cents(rows: list[dict[str, Any]], title: str) -> int:
    return sum(round(100 * (row[title] or 0)) for row in rows)


@CASES
def test_before_and_after_differ_by_the_money_on_every_line_and_in_all(
    desk: Desk, chosen: EventFilter, where: str
) -> None:
    book = opened(build(desk.workspace(), request(desk, chosen, people=True)))
    changes = table(book["Changes"])
    for row in changes:
        if row["Money (USD)"]:
            assert in_cents([row], "After (USD)") - in_cents([row], "Before (USD)") == in_cents([row], "Money (USD)")
        else:
            assert (row["Before (USD)"], row["After (USD)"]) == (None, None)
    (sql,) = desk.rows(f"SELECT coalesce(sum(money_cents), 0) c FROM audit_events WHERE kind = 'change' AND ({where})")
    totals = Queries(desk.workspace().store.database).totals(chosen)
    proof = book["Proof"]
    before, after, delta = (round(100 * after_label(proof, "Changes", right=at)) for at in (4, 5, 6))
    assert (before, after) == (in_cents(changes, "Before (USD)"), in_cents(changes, "After (USD)"))
    assert after - before == delta == sql["c"] == totals.money_cents
    summary = book["Summary"]
    shown = sum(after_label(summary, label, down=1) for label in ("Changes", "Findings"))
    assert (shown, after_label(summary, "With a severity", down=1)) == (totals.events, totals.flagged)
    flagged = [row for row in table(book["Violations"]) if row["Kind"] == "change"]
    assert round(100 * after_label(proof, "Violations", right=6)) == in_cents(flagged, "Money (USD)")


@CASES
def test_people_and_weeks_are_summed_as_sql_does(desk: Desk, chosen: EventFilter, where: str) -> None:
    book = opened(build(desk.workspace(), request(desk, chosen, people=True)))
    people = desk.rows(
        f"""SELECT coalesce(changed_by, 'unknown') who, count(*) n, count(severity) flagged,
        sum(is_historical = 1) late, sum(money_cents) cents, sum(max(money_cents, 0)) up
        FROM audit_events WHERE kind = 'change' AND ({where}) GROUP BY 1"""
    )
    told = table(book["By person"])
    for each in people:
        rows = [row for row in told if row["Who"] == each["who"]]
        assert [sum(row[title] for row in rows) for title in ("Changes", "With a severity", "After lock")] == [
            each["n"], each["flagged"], each["late"] or 0,
        ]  # fmt: skip
        assert (in_cents(rows, "Net (USD)"), in_cents(rows, "Money up (USD)")) == (each["cents"], each["up"])
    assert {row["Who"] for row in told} == {each["who"] for each in people}
    weeks = desk.rows(
        f"""SELECT coalesce(week_ending, 'no week') week, sum(kind = 'change') n, sum(kind = 'finding') found,
        sum(severity = 'HIGH') high, sum(CASE WHEN kind = 'change' THEN money_cents ELSE 0 END) cents
        FROM audit_events WHERE {ALL} AND ({where}) GROUP BY 1 ORDER BY week_ending IS NULL, 1"""
    )
    found = table(book["By week"])
    assert [str(row["Week ending"])[:10] for row in found] == [each["week"][:10] for each in weeks]
    for row, each in zip(found, weeks, strict=True):
        assert (row["Changes"], row["Findings"], row["HIGH"]) == (each["n"], each["found"], each["high"] or 0)
        assert in_cents([row], "Net (USD)") == each["cents"]


def test_their_charts_show_the_cells_of_their_tables(desk: Desk) -> None:
    book = opened(build(desk.workspace(), request(desk, people=True)))
    (people,) = book["By person"]._charts
    assert named(book, people.series[0].cat.strRef.f) == [row["Who"] for row in table(book["By person"])]
    assert sum(named(book, people.series[0].val.numRef.f)) == len(table(book["Changes"]))
    severities, money = book["By week"]._charts
    shown = sum(sum(named(book, series.val.numRef.f)) for series in severities.series)
    assert shown == len(table(book["Violations"]))
    net = sum(sum(named(book, series.val.numRef.f)) for series in money.series)
    assert net == pytest.approx(sum(row["Money (USD)"] for row in table(book["Changes"])))


def test_what_a_price_was_and_is_stands_in_the_sheet(desk: Desk) -> None:
    """Before and after of a price are the two values of its cell, of a line the whole of it, of pieces their price."""

    def price(text: str | None) -> int:
        try:
            return cents(parse_money(text or "0"))
        except NotUnderstood:
            return 0

    events = gather(desk.workspace(), request(desk)).changes.filter(pl.col("before_cents").is_not_null())
    kinds = set()
    for row in events.iter_rows(named=True):
        kinds.add((row["column_name"], row["new_value"] is None))
        match row["column_name"], row["old_value"], row["new_value"]:
            case "(row)", None, _:
                assert (row["before_cents"], row["after_cents"]) == (0, row["money_cents"])
            case "(row)", _, None:
                assert (row["before_cents"], row["after_cents"]) == (-row["money_cents"], 0)
            case "Units Total Price", old, new:
                assert (row["before_cents"], row["after_cents"]) == (price(old), price(new))
    assert {("(row)", True), ("(row)", False), ("Units Total Price", False)} <= kinds
    pieces = events.head(1).with_columns(
        column_name=pl.lit("Quantity"), old_value=pl.lit("6 EA"), new_value=pl.lit("3"), delta=pl.lit(-3.0),
        money_cents=pl.lit(-76_059),
    )  # fmt: skip
    made = priced(pieces.drop("before_cents", "after_cents"))
    assert made.select("before_cents", "after_cents").row(0) == (152_118, 76_059)


def said(book: Any) -> str:
    return " ".join(
        str(cell) for row in book["Summary"].iter_rows(values_only=True) for cell in row if cell is not None
    )


def test_three_sentences_are_made_from_the_numbers(desk: Desk) -> None:
    book = opened(build(desk.workspace(), request(desk)))
    text, changes = said(book), table(book["Changes"])
    flagged, found = len(table(book["Violations"])), after_label(book["Summary"], "Findings", down=1)
    stem = f"Between {FIRST} and {SECOND} there were {len(changes):,} changes and {found} finding"
    assert stem in text
    assert f"; {flagged:,} have a severity" in text
    up, down = (
        in_cents([row for row in changes if (row["Money (USD)"] or 0) * sign > 0], "Money (USD)") for sign in (1, -1)
    )
    assert f"The changes moved {money_text(up)} up and {money_text(-down)} down, {money_text(up + down)} in all" in text
    first = re.search(r"First consider (incident|event) (\d+) \((-?\$[\d,.]+)\)", text)
    assert first is not None
    assert after_label(book["Summary"], "Story", down=1) == f"{first[1].title()} {first[2]}"
    assert money_text(round(100 * after_label(book["Summary"], "Money (USD)", down=1))) == first[3]
    nothing = said(opened(build(desk.workspace(), request(desk, EventFilter(sheet=("none such",))))))
    assert "Nothing that fits these conditions was changed or found. No money was moved. Nothing here waits" in nothing


def test_what_was_decided_is_no_longer_to_do(tmp_path: Path) -> None:
    desk = busy_desk(tmp_path)
    before = opened(build(desk.workspace(), request(desk)))["Summary"]
    story = after_label(before, "Story", down=1)
    workspace = desk.workspace()
    give(workspace.store, story.lower().replace(" ", ":"), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    workspace.store.database.close()
    after = opened(build(desk.workspace(), request(desk)))["Summary"]
    assert after_label(after, "Story", down=1) != story
    assert story not in [cell for row in after.iter_rows(values_only=True) for cell in row]


def test_what_joined_a_story_after_it_was_decided_is_to_do(tmp_path: Path) -> None:
    """Nobody had seen it then."""
    desk = busy_desk(tmp_path)
    story = after_label(opened(build(desk.workspace(), request(desk)))["Summary"], "Story", down=1)
    workspace, number = desk.workspace(), int(story.split()[1])
    give(workspace.store, f"incident:{number}", Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    grave = {"severity": "CRITICAL", "risk_score": 0.99, "money_cents": 0, "suggested_fix": "Consider it."}
    late = {"kind": "finding", "timestamp": "2026-01-06T00:00:00Z", "look": SECOND, "incident_id": number}
    with workspace.store.database.write() as connection:
        append(connection, pl.DataFrame([late | grave]))
    workspace.store.database.close()
    book = opened(build(desk.workspace(), request(desk)))
    assert after_label(book["Summary"], "Story", down=1) == story
    assert after_label(book["Summary"], "What to consider", down=1) == "Consider it."
    reviews = {row["Event"]: row["Review"] for row in table(book["Violations"]) if row["Incident"] == number}
    assert reviews.pop(size(desk)) is None
    assert all(each.startswith("confirmed: the price is wrong") for each in reviews.values())


def test_what_to_consider_is_said_as_a_colleague_says_it(desk: Desk) -> None:
    fixes = {row["Suggested fix"] for row in table(opened(build(desk.workspace(), request(desk)))["Violations"])}
    assert fixes
    assert all(fix.startswith("Consider ") for fix in fixes)


def test_the_trend_is_that_of_the_looks(desk: Desk) -> None:
    material = gather(desk.workspace(), request(desk))
    flagged = material.events["severity"].count()
    text = said(opened(build(desk.workspace(), request(desk))))
    assert f"{flagged} events with a severity in the 28 days up to {SECOND}; the record does not hold" in text
    at_first = material.events.filter(look=FIRST)["severity"].count()
    newest = said(opened(build(desk.workspace(), request(desk, kind=ReportKind.REAL_TIME))))
    assert (
        f"{flagged - at_first} events with a severity in the newest look, {at_first}.0 a look in the 28 days before."
        in newest
    )


def test_the_real_time_workbook_is_the_newest_look_alone(tmp_path: Path) -> None:
    desk = busy_desk(tmp_path)
    desk.look("2025-08-12", [])
    whole = opened(build(desk.workspace(), request(desk, kind=ReportKind.REAL_TIME)))
    assert whole.sheetnames == ["Summary", "Violations", "Incidents", "Blind spots", "Proof"]
    flagged = desk.rows("SELECT count(*) n FROM audit_events WHERE severity IS NOT NULL AND look = ?", (SECOND,))
    assert len(table(whole["Violations"])) == flagged[0]["n"] > 0
    assert after_label(whole["Proof"], "Filter", right=2) == f"look {SECOND}"
    assert after_label(whole["Proof"], "Workbook", right=2) == "Real-time workbook"
    assert size(desk) > 0
    assert len(whole["Summary"]._charts) == 1


def test_nothing_but_rows_in_smartsheet_becomes_a_link(desk: Desk) -> None:
    material = gather(desk.workspace(), request(desk))
    sheet_id = material.events["sheet_id"][0]

    def linked(address: str) -> Material:
        return Material(
            **{name: getattr(material, name) for name in Material.__slots__} | {"links": {sheet_id: address}}
        )

    good = linked("https://app.smartsheet.com/sheets/4f3a")
    assert good.link(sheet_id, "71") == "https://app.smartsheet.com/sheets/4f3a?rowId=71"
    assert good.link(sheet_id, "7=1") == "https://app.smartsheet.com/sheets/4f3a"
    assert good.link("another", "71") is None
    for bad in (
        "http://app.smartsheet.com/sheets/1",
        "https://evil.example/app.smartsheet.com/",
        "https://app.smartsheet.com.evil.example/x",
        'https://app.smartsheet.com/" onclick',
        "javascript:alert(1)",
        "file:///etc",
    ):
        assert linked(bad).link(sheet_id, "71") is None
