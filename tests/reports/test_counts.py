"""What the workbook counts and sums is what SQL counts and sums over the record."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import range_boundaries

from audit_core.filters import EventFilter
from audit_core.reports import build
from audit_core.reports.material import gather
from audit_core.reports.workbook import put_together
from audit_core.rules import BY_NAME, TITLES
from audit_core.rules.states import State
from audit_core.store.queries import Queries
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line
from tests.reports.books import ZONE, after_label, busy_desk, opened, request, table
from tests.rules.test_added import FEET, MORE, looked
from tests.rules.test_states import decided

pytestmark = pytest.mark.in_turn(3)

FILTERS: list[tuple[str, EventFilter, str]] = [
    ("everything", EventFilter(), "1"),
    ("severity", EventFilter(severity=("HIGH", "CRITICAL")), "severity IN ('HIGH', 'CRITICAL')"),
    ("column", EventFilter(column=("Quantity",)), "column_name = 'Quantity'"),
    ("rule and look", EventFilter(rule=("price_zeroed",), look=(SECOND,)), "violation_type = 'price_zeroed'"),
    ("text", EventFilter(text="Foreman 9"), "new_value LIKE '%Foreman 9%'"),
    ("one incident", EventFilter(incident=1), "incident_id = 1"),
    ("nothing", EventFilter(sheet=("no such sheet",)), "0"),
]
ALL = "kind IN ('change', 'finding')"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("desk"))


def one(desk: Desk, sql: str) -> Any:
    return next(iter(desk.rows(sql)[0].values()))


def test_the_desk_holds_something_of_every_kind(desk: Desk) -> None:
    rules = {row["violation_type"] for row in desk.rows("SELECT DISTINCT violation_type FROM audit_events")}
    assert {"price_zeroed", "edited_after_lock", "row_deleted_after_lock", "price_mismatch", None} <= rules


@pytest.mark.parametrize(("_what", "chosen", "where"), FILTERS, ids=[case[0] for case in FILTERS])
def test_counts_and_sums_are_those_of_sql(desk: Desk, _what: str, chosen: EventFilter, where: str) -> None:
    book = opened(build(desk.workspace(), request(desk, chosen)))
    changes = desk.rows(f"SELECT * FROM audit_events WHERE kind = 'change' AND ({where}) ORDER BY event_id")
    rows = table(book["Changes"])
    assert [row["Event"] for row in rows] == [each["event_id"] for each in changes]
    for row, each in zip(rows, changes, strict=True):
        assert (row["Sheet"], row["Row"], row["WR"]) == (each["sheet_name"], each["row_id"], each["work_request"])
        assert (row["Old value"], row["New value"]) == (each["old_value"], each["new_value"])
        assert (row["Delta"], row["Severity"], row["Incident"]) == (
            each["delta"], each["severity"], each["incident_id"])  # fmt: skip
        assert (row["Why"], row["Suggested fix"]) == (each["issue_description"], each["suggested_fix"])
        assert row["Rule"] == TITLES.get(each["violation_type"])
        assert row["Risk (0–1)"] == pytest.approx(each["risk_score"])
        assert row["Week ending"] == datetime.fromisoformat(each["week_ending"])
        recorded = datetime.fromisoformat(each["timestamp"]).astimezone(ZONE).replace(tzinfo=None)
        assert abs((row["Recorded at (America/Chicago)"] - recorded).total_seconds()) < 0.01
    cents = sum(each["money_cents"] for each in changes)
    assert sum(round(100 * row["Money (USD)"]) for row in rows) == cents
    flagged = desk.rows(f"SELECT event_id FROM audit_events WHERE severity IS NOT NULL AND ({where}) "
                        "ORDER BY risk_score DESC, event_id")  # fmt: skip
    assert [row["Event"] for row in table(book["Violations"])] == [each["event_id"] for each in flagged]
    told = {row["Incident"]: row for row in table(book["Incidents"])}
    here = desk.rows(f"SELECT incident_id, count(*) n, sum(money_cents) cents FROM audit_events "
                     f"WHERE {ALL} AND incident_id IS NOT NULL AND ({where}) GROUP BY 1")  # fmt: skip
    parts = {
        number: (row["Events in this workbook"], round(100 * row["Money in this workbook (USD)"]))
        for number, row in told.items()
    }
    assert parts == {each["incident_id"]: (each["n"], each["cents"]) for each in here}
    summary = book["Summary"]
    assert after_label(summary, "Changes", down=1) == len(changes)
    assert after_label(summary, "Findings", down=1) == one(
        desk, f"SELECT count(*) FROM audit_events WHERE kind = 'finding' AND ({where})"
    )
    assert after_label(summary, "With a severity", down=1) == len(flagged)
    assert after_label(summary, "Incidents", down=1) == len(told)
    assert round(100 * after_label(summary, "Net (USD)", down=1)) == cents
    up = one(desk, f"SELECT sum(max(money_cents, 0)) FROM audit_events WHERE kind = 'change' AND ({where})") or 0
    assert round(100 * after_label(summary, "Money up (USD)", down=1)) == up


@pytest.mark.parametrize("chosen", [case[1] for case in FILTERS], ids=[case[0] for case in FILTERS])
def test_three_native_charts_show_real_cells_with_the_right_totals(desk: Desk, chosen: EventFilter) -> None:
    workspace = desk.workspace()
    material = gather(workspace, request(desk, chosen))
    book = opened(put_together(material, request(desk, chosen)))
    by_look, money, by_rule = book["Summary"]._charts
    assert len(by_look.series) == 5
    assert shown(book, by_look) == material.events.height
    assert round(100 * shown(book, money)) == material.changes["money_cents"].sum()
    assert shown(book, by_rule) == material.events["violation_type"].count()
    for chart in (by_look, money, by_rule):
        for series in chart.series:
            cached = [float(each.v) for each in series.val.numRef.numCache.pt]
            assert sum(cached) == pytest.approx(sum(cells(book, series.val.numRef.f)))
            (title,) = named(book, series.tx.strRef.f)
            assert title in ("No severity", "LOW", "MEDIUM", "HIGH", "CRITICAL", "Money up", "Money down", "Total")


def named(book: Any, reference: str) -> list[Any]:
    sheet, _, area = reference.partition("!")
    left, top, right, bottom = range_boundaries(area.replace("$", ""))
    found = book[sheet.strip("'")].iter_rows(top, bottom, left, right, values_only=True)
    return [value for row in found for value in row]


def cells(book: Any, reference: str) -> list[float]:
    return [value or 0 for value in named(book, reference)]


def shown(book: Any, chart: Any) -> float:
    """The sum over all that a chart's references point at; an empty table's chart points at its one blank row."""
    return sum(sum(cells(book, series.val.numRef.f)) for series in chart.series)


def test_the_blind_spots_of_the_newest_sync_are_listed(desk: Desk) -> None:
    book = opened(build(desk.workspace(), request(desk)))
    rows = table(book["Blind spots"])
    stored = desk.rows("SELECT detail FROM blind_spots ORDER BY rowid")
    assert stored
    assert [row["What was not seen"] for row in rows] == [each["detail"] for each in stored]
    assert any("'Notes'" in row["What was not seen"] for row in rows)
    assert after_label(book["Summary"], "Blind spots", down=1) == len(stored)


def test_without_a_sync_on_record_nothing_is_called_seen(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [])
    book = opened(build(desk.workspace(), request(desk)))
    (row,) = table(book["Blind spots"])
    assert "not known" in row["What was not seen"]
    assert after_label(book["Summary"], "Blind spots", down=1) == "not known"


def test_no_blind_spot_is_said_in_a_clear_line(tmp_path: Path) -> None:
    desk = busy_desk(tmp_path)
    (desk.exports / "Field Billing North" / f"{SECOND}.csv").unlink()
    workspace = desk.workspace()
    with workspace.store.database.write() as connection:
        connection.execute("DELETE FROM blind_spots")
        connection.execute("UPDATE snapshots SET blind_spots = '[]'")
    (row,) = table(opened(build(workspace, request(desk)))["Blind spots"])
    assert row["What was not seen"].startswith("No blind spots")


def test_what_only_earlier_looks_could_not_see_is_told_too(desk: Desk) -> None:
    workspace = desk.workspace()
    with workspace.store.database.write() as connection:
        connection.execute("DELETE FROM blind_spots")  # as after a later sync that had nothing to complain of
    rows = table(opened(build(workspace, request(desk)))["Blind spots"])
    told = {row["What was not seen"] for row in rows}
    assert told == set(Queries(workspace.store.database).blind_spots_of_looks()["detail"])
    assert all(row["Sync run or look"].startswith("look 2025-") for row in rows)


def test_every_rule_is_told_with_its_counts(desk: Desk) -> None:
    book = opened(build(desk.workspace(), request(desk)))
    rows = {row[1]: row for row in book["Method"].iter_rows(values_only=True) if row[1] in BY_NAME}
    assert set(rows) == set(BY_NAME)
    counted = desk.rows(f"SELECT rule, sum(checked) c, sum(hit) h FROM rule_counts WHERE look = '{SECOND}' GROUP BY 1")
    assert counted
    for each in counted:
        assert (rows[each["rule"]][5], rows[each["rule"]][8]) == (each["c"], each["h"])


def test_a_rule_that_is_off_in_shadow_or_added_here_is_told_so(tmp_path: Path) -> None:
    long = {
        "name": "long_wire",
        "title": "A lot of wire",
        "column": "Quantity",
        "test": "over",
        "value": 2,
        "on": "rows",
    }
    desk = busy_desk(tmp_path, rules={"off": ["late_entry"], "added": [long]})
    book = opened(build(desk.workspace(), request(desk)))
    rows = {row[1]: row for row in book["Method"].iter_rows(values_only=True)}
    assert rows["late_entry"][5] == "switched off"
    assert rows["long_wire"][2:5] == ("A lot of wire", "A lot of wire", "none: in shadow, it raises nothing")
    assert rows["long_wire"][8:11] == (4, 0, 0)


def test_a_rule_that_was_added_here_is_called_by_its_title(tmp_path: Path) -> None:
    """On every worksheet that names it, and in the chart."""
    desk = looked(tmp_path, [FEET], [MORE])
    book = opened(build(desk.workspace(), request(desk)))
    assert [table(book[name])[0]["Rule"] for name in ("Changes", "Violations")] == ["A lot of wire"] * 2
    _, _, by_rule = book["Summary"]._charts
    assert "A lot of wire" in named(book, by_rule.series[0].cat.strRef.f)
    (row,) = [row for row in book["Method"].iter_rows(values_only=True) if row[1] == "long_wire"]
    assert row[2:5] == ("A lot of wire", "A lot of wire", "as unusual as it is")


def test_the_events_of_a_rule_in_two_states_are_counted_once(tmp_path: Path) -> None:
    """The rule is on at the newest look of North, and in shadow at the later one of South."""
    desk = Desk(tmp_path)
    decided(desk, "price_mismatch", State.SHADOW, since=date.fromisoformat(THIRD))
    lines = [line(n) for n in range(1, 9)]
    for look, after in ((FIRST, lines), (SECOND, [edited(lines[0], units_total_price="99.00"), *lines[1:]])):
        desk.look(look, after)
        desk.look(look, lines, "Field Billing South")
    desk.look(THIRD, lines, "Field Billing South")
    desk.sync()
    book = opened(build(desk.workspace(), request(desk)))
    rows = [row for row in book["Method"].iter_rows(values_only=True) if row[1] == "price_mismatch"]
    assert [(row[4], row[5], row[10]) for row in rows] == [
        ("at least HIGH", 8, 1),
        ("none: in shadow, it raises nothing", 8, None),
    ]


def test_what_one_worksheet_cannot_hold_goes_on_in_the_next(desk: Desk) -> None:
    material = gather(desk.workspace(), request(desk))
    book = opened(put_together(material, request(desk), rows=21))
    names = [name for name in book.sheetnames if name.startswith("Changes")]
    assert names[:2] == ["Changes", "Changes 2"]
    events = [row["Event"] for name in names for row in table(book[name])]
    assert events == material.changes["event_id"].to_list()
    assert {len(table(book[name])) for name in names[:-1]} == {20}
