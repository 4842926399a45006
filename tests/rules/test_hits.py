"""Sentences about rows that come out of a join: polars leaves empty chunks there, over which its format panics."""

import polars as pl

from audit_core.rules.base import HITS, hits


def test_a_hit_is_described_whatever_the_chunks_of_its_frame() -> None:
    rows = pl.DataFrame({"row_id": [str(n) for n in range(4000)], "place": range(4000)})
    rates = pl.DataFrame({"row_id": [str(n) for n in range(4000)], "rate": 1.5})
    few = rows.join(rates, on="row_id").filter(pl.col("place") > 3990)  # with two threads: chunks of 0 and 9 rows
    found = hits(few, row_id=pl.col("row_id"), description=pl.format("The rate is {}.", pl.col("rate")))
    assert found.schema == HITS
    assert sorted(found["row_id"]) == [str(n) for n in range(3991, 4000)]
    assert set(found["description"]) == {"The rate is 1.5."}


def test_no_rows_give_no_hits_though_all_that_is_said_is_fixed() -> None:
    rows = pl.DataFrame({"row_id": ["1"]}).clear()
    assert hits(rows, description="Wrong.").height == 0
