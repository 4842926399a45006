"""Whatever the cells say: nothing live in the workbook, a PDF that compiles, and every line in both."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit_core.packets.adjustments import adjustments
from audit_core.packets.appendix import Appendix, first_time
from audit_core.packets.document import Document
from audit_core.packets.lines import LINE, in_order
from audit_core.packets.packet import Packet
from audit_core.packets.pdf import TEMPLATE, pdf, told
from audit_core.packets.workbook import workbook
from audit_core.reports.cells import inert
from audit_core.store.anchors import Anchor
from audit_core.store.packets import CHANGES
from tests.reports.books import opened, table
from tests.reports.test_inert import HOSTILE, assert_inert

pytestmark = pytest.mark.in_turn(3)

WEEK = date(2025, 8, 17)
ANCHOR = Anchor(7, "ab" * 32, "2026-01-05T15:30:00+00:00", "packet-1", "cd" * 32)
_TEXTS = [name for name, kind in LINE.items() if kind == pl.String() and name not in ("work_request", "variant")]


def document(rows: Sequence[dict[str, Any]], appendix: Appendix | None = None, **more: Any) -> Document:
    """A packet of rows, each with what of LINE the test wants."""
    base = {
        "work_request": "71891012",
        "week_ending": WEEK,
        "variant": "primary",
        "price_cents": 100,
        "simulated": False,
    }
    frame = pl.DataFrame([dict.fromkeys(LINE) | base | row for row in rows], schema=dict(LINE))
    packet = Packet("71891012", WEEK, "primary", in_order(frame.with_columns(normal_pole="pole", normal_cu="cu")))
    said: dict[str, Any] = {
        "anchor": ANCHOR, "zone": ZoneInfo("America/Chicago"), "looks": {"s": ("North", "2025-08-26")}, "unread": (),
        "adjustments": None, "made_by": "Redline · production",
    }  # fmt: skip
    return Document(packet, appendix or first_time(packet), **(said | more))


def changed(texts: Sequence[str]) -> pl.DataFrame:
    """Changes all of whose texts are hostile."""
    rows = [dict.fromkeys(CHANGES, text) | {"event_id": 1, "money_cents": 5, "changed_at": None} for text in texts]
    return pl.DataFrame(rows, schema=dict(CHANGES))


def hostile() -> Document:
    rows = [dict.fromkeys(_TEXTS, text) for text in HOSTILE]
    first = document(rows)
    lines = first.packet.lines
    told = Appendix(None, changed(HOSTILE), lines, lines, 0, first.packet.cents)
    return document(
        rows,
        told,
        adjustments=adjustments(lines.with_columns(pl.col("price_cents") * 2), lines),
        made_by="=1+1 #panic()",
        looks={"s": ("=cmd|' /C calc'!A0", "*now*")},
        unread=("=1+1",),
    )


def test_hostile_text_anywhere_is_text() -> None:
    content = workbook(hostile())
    assert_inert(content)
    rows = table(opened(content)["Lines"])
    assert {row["CU"] for row in rows} == {inert(text) for text in HOSTILE}
    assert {row["Before"] for row in table(opened(content)["Changes"])} == {inert(text) for text in HOSTILE}
    assert sum(round(row["Price (USD)"] * 100) for row in rows) == 100 * len(HOSTILE)


def test_a_pdf_is_made_whatever_the_cells_say() -> None:
    content = pdf(hostile())
    assert content.startswith(b"%PDF-")
    assert b"/URI" not in content
    template = TEMPLATE.read_text("utf-8")
    assert "eval(" not in template
    assert template.count("sys.inputs") == 1


_CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from([text for text in HOSTILE if len(text) < 1_000]),
    st.none(),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(_TEXTS, _CELL)), min_size=1, max_size=4), st.randoms())
def test_nothing_live_and_nothing_lost(rows: list[dict[str, str | None]], rng: random.Random) -> None:
    priced = [
        row | {"price_cents": rng.randrange(1, 10**11), "work_date": rng.choice([None, WEEK, date(1815, 6, 18)])}
        for row in rows
    ]
    made = document(priced)
    content = workbook(made)
    assert_inert(content)
    cents = sum(row["price_cents"] for row in priced)  # type: ignore[misc]
    assert sum(round(row["Price (USD)"] * 100) for row in table(opened(content)["Lines"])) == cents
    assert sum(len(block["lines"]) for block in told(made)["blocks"]) == len(rows)
    assert pdf(made).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("quantity", "shown"), [("2", 2), ("34.5", 34.5), ("2 EA", "2 EA"), ("1e5", "1e5"), ("nan", "nan"), (None, None)]
)
def test_a_quantity_is_a_number_where_it_is_one(quantity: str | None, shown: object) -> None:
    book = opened(workbook(document([{"quantity": quantity}])))
    assert [row["Quantity"] for row in table(book["Lines"])] == [shown]


def test_simulated_lines_say_so() -> None:
    made = document([{"simulated": True}, {}])
    assert made.warnings() == [
        "SIMULATED DATA: lines of this packet come from simulated looks; nothing in them was done."
    ]
    assert told(made)["warnings"] == made.warnings()
    assert "SIMULATED" in str([cell.value for row in opened(workbook(made))["Summary"] for cell in row])


def test_a_long_list_of_changes_is_cut_in_the_pdf_and_whole_in_the_workbook() -> None:
    first = document([{}])
    told_of = Appendix(None, changed(["x"] * 450), first.packet.lines.clear(), first.packet.lines.clear(), 0, 100)
    made = document([{}], told_of)
    assert len(told(made)["appendix"]["changes"]) == 200
    assert told(made)["appendix"]["more"] == "250 more changes stand in the workbook."
    assert len(table(opened(workbook(made))["Changes"])) == 450


@pytest.mark.parametrize(
    ("variant", "crew", "shown"), [("primary", None, "Ann"), ("helper", "Bea", "Bea"), ("vac crew", None, "")]
)
def test_a_foreman_never_stands_for_another_crew(variant: str, crew: str | None, shown: str) -> None:
    made = document([{"variant": variant, "foreman": "Ann", "crew": crew}])
    assert [line[-1] for block in told(made)["blocks"] for line in block["lines"]] == [shown]
    days = opened(workbook(made))["Days"]
    assert [row[8] or "" for row in days.iter_rows(values_only=True) if row[7] == 1 and row[1] is None] == [shown]
