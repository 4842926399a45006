"""After a packet went out: a credit or a debit for each line whose money is another, and the net."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from audit_core.packets.adjustments import ADJUSTMENT, adjustments, net
from audit_core.packets.lines import LINE

WEEK = date(2025, 8, 17)


def billed(*rows: tuple[str, int, str], work_request: str = "71891012", variant: str = "primary") -> pl.DataFrame:
    """Lines by (row, cents, quantity)."""
    frame = pl.DataFrame(list(rows), schema={"row_id": pl.String, "price_cents": pl.Int64, "quantity": pl.String},
                         orient="row")  # fmt: skip
    frame = frame.with_columns(
        sheet_id=pl.lit("s"), sheet_name=pl.lit("North"), pole=pl.lit("7"), cu=pl.lit("ANC-10"),
        work_request=pl.lit(work_request), week_ending=pl.lit(WEEK), variant=pl.lit(variant),
    )  # fmt: skip
    missing = [pl.lit(None, kind).alias(name) for name, kind in LINE.items() if name not in frame.columns]
    return frame.with_columns(missing).select(*LINE)


def test_each_line_is_a_credit_or_a_debit() -> None:
    sent = billed(("1", 600, "6"), ("2", 500, "5"), ("3", 300, "3"), ("4", 100, "1"))
    now = billed(("1", 300, "3"), ("2", 500, "5"), ("4", 150, "1"), ("9", 700, "7"))
    found = adjustments(sent, now)
    assert found.select("row_id", "kind", "why", "sent_cents", "now_cents", "delta_cents").rows() == [
        ("1", "credit", "quantity 6 → 3", 600, 300, -300),
        ("3", "credit", "no longer in this packet", 300, 0, -300),
        ("4", "debit", "another price", 100, 150, 50),
        ("9", "debit", "new since it was sent", 0, 700, 700),
    ]
    assert net(found).rows() == [("71891012", WEEK, 4, -600, 750, 150)]


def test_a_line_that_moved_between_packets_that_went_out_is_both() -> None:
    sent = pl.concat([billed(("1", 600, "6")), billed(("2", 100, "1"), variant="helper")])
    now = billed(("1", 600, "6"), ("2", 100, "1"), variant="helper")
    found = adjustments(sent, now)
    assert found.select("variant", "delta_cents").rows() == [("helper", 600), ("primary", -600)]
    assert net(found).select("net_cents").item() == 0


def test_nothing_changed_is_no_adjustment() -> None:
    sent = billed(("1", 600, "6"), ("2", 500, "5"))
    assert adjustments(sent, sent).schema == ADJUSTMENT
    assert adjustments(sent, sent).is_empty()
    assert net(adjustments(sent, sent)).is_empty()
    assert adjustments(sent, sent.clear())["delta_cents"].to_list() == [-600, -500]


_SOME = st.dictionaries(st.integers(1, 30).map(str), st.integers(1, 10**9), max_size=20)


@given(_SOME, _SOME)
def test_the_net_is_what_is_billed_now_less_what_was_sent(sent: dict[str, int], now: dict[str, int]) -> None:
    before, after = (billed(*((row, cents, "1") for row, cents in each.items())) for each in (sent, now))
    found = adjustments(before, after)
    assert found["delta_cents"].sum() == sum(now.values()) - sum(sent.values())
    assert net(found)["net_cents"].sum() == found["delta_cents"].sum()
    assert set(found["row_id"]) == {row for row in sent | now if sent.get(row) != now.get(row)}
