"""Who changed a row, as far as the row's own system columns say. Nobody is ever guessed."""

import polars as pl

AUTOMATIONS = ("automation@smartsheet.com", "cell-link@smartsheet.com")
"""Identities that are not people."""


def row_writers(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `changed_by, changed_at, who_evidence` to transitions (b_/a_ system columns, `kind`, `latest`).

    A row's modified time is known when this look moved it and it does not lie after the look. The row's last
    writer is named then; an added row that nobody touched since has its creator. A removed row has lost both.
    """
    moved = pl.col("a_modified_at").is_not_null() & (pl.col("a_modified_at") <= pl.col("latest"))
    moved &= pl.col("a_modified_at").ne_missing(pl.col("b_modified_at"))
    created = (pl.col("kind") == "added") & pl.col("a_created_by").is_not_null()
    created &= pl.col("a_modified_at").is_null() | (pl.col("a_modified_at") == pl.col("a_created_at"))
    who = pl.when(created).then(pl.col("a_created_by")).when(moved).then(pl.col("a_modified_by"))
    return rows.with_columns(
        changed_at=pl.when(moved)
        .then(pl.col("a_modified_at"))
        .when(created & (pl.col("a_created_at") <= pl.col("latest")))
        .then(pl.col("a_created_at")),
        changed_by=who,
    ).with_columns(
        who_evidence=pl.when(pl.col("changed_by").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("changed_by").str.to_lowercase().is_in(AUTOMATIONS))
        .then(pl.lit("automation"))
        .when(created)
        .then(pl.lit("created"))
        .otherwise(pl.lit("row writer"))
    )
