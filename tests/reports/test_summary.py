"""What the Summary leads with: simulated data said aloud, sensible bars, and words that are those of the docs."""

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from audit_core.reports import build, wording
from audit_core.reports.figures import figures
from audit_core.reports.material import gather
from audit_core.reports.workbook import put_together
from audit_core.rules import RULES, TITLES
from audit_core.store.ledger import append
from tests.exports import Desk
from tests.reports.books import busy_desk, opened, request, table

pytestmark = pytest.mark.in_turn(3)

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return busy_desk(tmp_path_factory.mktemp("desk"))


def said(desk: Desk, *, simulated: bool) -> tuple[str, list[str]]:
    material = gather(desk.workspace(), request(desk))
    if simulated:
        events = material.events.with_columns(simulated=pl.col("event_id") % 2 == 0)
        told = material.incidents.with_columns(simulated=pl.col("incident_id") > 1)
        material = replace(material, events=events, incidents=told)
    book = opened(put_together(material, request(desk)))
    text = " ".join(str(value) for row in book["Summary"].iter_rows(max_row=4, values_only=True) for value in row)
    return text, [row.get("Simulated") or "" for row in table(book["Changes"])]


def test_simulated_looks_are_said_to_be_simulated(desk: Desk) -> None:
    text, marks = said(desk, simulated=True)
    assert "SIMULATED DATA" in text
    assert set(marks) == {"", "simulated"}


def test_nothing_is_said_of_simulation_where_there_is_none(desk: Desk) -> None:
    text, marks = said(desk, simulated=False)
    assert "SIMULATED" not in text
    assert set(marks) == {""}
    assert "Simulated" not in next(
        opened(build(desk.workspace(), request(desk)))["Changes"].iter_rows(values_only=True)
    )


def test_what_is_simulated_is_said_by_the_look_and_not_by_a_title(tmp_path: Path) -> None:
    """A real column may be called "Note (simulated)"."""
    desk = busy_desk(tmp_path)
    workspace = desk.workspace()
    with workspace.store.database.write() as connection:
        row = {"kind": "finding", "timestamp": "2026-01-01T00:00:00Z", "money_cents": 5, "look": "2025-08-07"}
        append(connection, pl.DataFrame([row | {"sheet_reference": "North, row 1, column Note (simulated)"}]))
    assert not gather(workspace, request(desk)).events["simulated"].any()
    with workspace.store.database.write() as connection:
        connection.execute("UPDATE snapshots SET simulated = 1 WHERE look = '2025-08-07'")
    events = gather(workspace, request(desk)).events
    assert events.filter(pl.col("look") == "2025-08-07")["simulated"].all()
    assert not events.filter(pl.col("look") != "2025-08-07")["simulated"].any()


def test_many_looks_are_told_by_day_or_month(desk: Desk) -> None:
    events = gather(desk.workspace(), request(desk)).events
    few = figures(events, TITLES)
    assert few.span == "look"
    quarters = pl.Series([f"2025-08-{1 + n % 20:02}T{n % 24:02}:{n % 4 * 15:02}:00Z" for n in range(events.height * 5)])
    many = pl.concat([events] * 5).with_columns(look=quarters)
    assert many["look"].n_unique() > 40
    daily = figures(many, TITLES)
    assert (daily.span, daily.by_look["total"].sum()) == ("day", many.height)
    assert daily.by_look["name"].str.len_chars().unique().to_list() == [10]
    days = pl.Series([f"2025-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(many.height)])
    assert figures(many.with_columns(look=days), TITLES).span == "month"


def test_rules_are_told_in_the_words_of_the_docs() -> None:
    page = (DOCS / "rules.md").read_text("utf-8")
    rows = {name: (what, severity) for name, what, severity in re.findall(r"\| `(\w+)` \| (.+?) \| (.+?) \|", page)}
    assert dict(wording.CHECKS) == rows
    assert set(wording.CHECKS) == {rule.name for rule in RULES}
    plain = " ".join(page.replace("*", "").split())
    for text in (*wording.SEVERITY, *wording.RISK, wording.NOT_LOOKED_AT):
        assert text in plain


def test_words_are_those_of_the_glossary() -> None:
    page = " ".join((DOCS / "glossary.md").read_text("utf-8").split())
    for word, meaning in wording.WORDS.items():
        assert f"**{word}** — {meaning}" in page
