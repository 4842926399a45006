"""Who changed a row, as far as the row's own system columns say. Nobody is ever guessed."""

import polars as pl

AUTOMATIONS = ("automation@smartsheet.com", "cell-link@smartsheet.com")
"""Identities that are not people."""

PEOPLES_EVIDENCE = ("created", "row writer")
"""The evidence labels that name a person."""


def row_writers(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `changed_by, changed_at, who_evidence` to transitions (b_/a_ system columns, `kind`, `latest`).

    A row's modified time is known when this look moved it and it does not lie after the look; the row's last writer is
    named then. An added row was made by its creator, whoever touched it since. A removed row has lost both.
    """
    added = pl.col("kind") == "added"
    moved = pl.col("a_modified_at").is_not_null() & (pl.col("a_modified_at") <= pl.col("latest"))
    moved &= pl.col("a_modified_at").ne_missing(pl.col("b_modified_at"))
    created = added & pl.col("a_created_by").is_not_null()
    born = created & (pl.col("a_created_at") <= pl.col("latest"))
    return rows.with_columns(
        changed_at=pl.when(moved).then(pl.col("a_modified_at")).when(born).then(pl.col("a_created_at")),
        changed_by=pl.when(created).then(pl.col("a_created_by")).when(moved).then(pl.col("a_modified_by")),
    ).with_columns(
        who_evidence=pl.when(pl.col("changed_by").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("changed_by").str.to_lowercase().is_in(AUTOMATIONS))
        .then(pl.lit("automation"))
        .when(created)
        .then(pl.lit("created"))
        .otherwise(pl.lit("row writer"))
    )
