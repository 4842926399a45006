"""Two snapshots → every difference between them, cell by cell, as text.

The frames are aligned by key and compared column by column; nothing is unpivoted, because
unpivoting first costs twenty times as much (see benchmarks/).
"""

from decimal import Decimal

import polars as pl
import polars.selectors as cs

from audit_core.errors import SnapshotRefused

ROW = "(row)"
"""Column name of a change that adds or removes a whole row."""

_AFTER = "\0after"  # no sheet title can hold a NUL
SCHEMA = {"key": pl.String, "column": pl.String, "kind": pl.String, "old_value": pl.String, "new_value": pl.String}


def diff(before: pl.DataFrame, after: pl.DataFrame, key: str = "row_id") -> pl.DataFrame:
    """Every difference between two frames that hold one row per `key`, whatever the order of rows.

    Returns a frame `key, column, kind, old_value, new_value`, one row per difference:
    `modified` (value differs), `retyped` (same text, other type), and `added` / `removed` for whole rows,
    with column `(row)` and the row as JSON in `new_value` / `old_value`. Values are text; `key` keeps its type.
    Only columns that both frames have are compared: a column that comes or goes is not a change of its cells.
    Order: removed rows, then cells by column and row of `before`, then added rows.

    Raises SnapshotRefused when a key is missing or blank, or names two rows of one frame.
    """
    for frame, which in ((before, "the earlier snapshot"), (after, "the later snapshot")):
        _check_keys(frame, key, which)
    if before.schema[key] != after.schema[key]:
        before = before.with_columns(_text(before[key]).alias(key))
        after = after.with_columns(_text(after[key]).alias(key))
    left, right, removed, added = _align(before, after, key)
    columns = [name for name in before.columns if name != key and name in after.schema]
    return pl.concat([_rows(removed, key, "removed"), _cells(left, right, key, columns), _rows(added, key, "added")])


def _check_keys(frame: pl.DataFrame, key: str, which: str) -> None:
    if key not in frame.schema:
        raise SnapshotRefused(f"Column '{key}' is missing in {which}: every row needs an id of its own.")
    ids = frame[key]
    if ids.null_count():
        raise SnapshotRefused(f"Rows of {which} have no '{key}' ({ids.null_count()}): every row needs an id of its own.")
    if ids.n_unique() != frame.height:
        doubled = ids.filter(ids.is_duplicated()).unique(maintain_order=True)
        shown = ", ".join(map(str, doubled.head(3).to_list()))
        raise SnapshotRefused(f"'{key}' stands on more than one row of {which} for {len(doubled)} of its values: {shown}.")


def _align(
    before: pl.DataFrame, after: pl.DataFrame, key: str
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(kept rows of before, the same rows of after in the same order, removed rows, added rows)."""
    if before.height == after.height and before[key].equals(after[key]):
        return before, after, before.clear(), after.clear()
    ids = before.select(pl.col(key), b=pl.int_range(pl.len(), dtype=pl.UInt32)).join(
        after.select(pl.col(key), a=pl.int_range(pl.len(), dtype=pl.UInt32)), on=key, how="full", coalesce=True
    )
    # the order of a join is not promised, so the rows of before lead explicitly
    kept = ids.filter(pl.col("a").is_not_null() & pl.col("b").is_not_null()).sort("b")
    gone = ids.filter(pl.col("a").is_null())["b"].sort()
    new = ids.filter(pl.col("b").is_null())["a"].sort()
    left = before if kept.height == before.height else before[kept["b"]]
    return left, after[kept["a"]], before[gone], after[new]


def _cells(left: pl.DataFrame, right: pl.DataFrame, key: str, columns: list[str]) -> pl.DataFrame:
    """All differing cells of two aligned frames, by column and row."""
    same = [name for name in columns if left.schema[name] == right.schema[name]]
    pairs = pl.concat([left.select(same), right.select(pl.col(same).name.suffix(_AFTER))], how="horizontal")
    masks = pairs.select(pl.col(name).ne_missing(pl.col(name + _AFTER)) for name in same)
    touched = {mask.name for mask in masks if mask.any()}
    keys, old, new, kinds, found = [], [], [], [], []
    for name in columns:
        if name in touched:
            rows = masks[name]
            before, after = _text(left[name].filter(rows)), _text(right[name].filter(rows))
            kind = _repeated("modified", len(before))
        elif name in masks.schema:
            continue
        else:  # the column's type differs: compared as text, and equal text is `retyped`
            before, after = _text(left[name]), _text(right[name])
            rows = before.is_not_null() | after.is_not_null()
            before, after = before.filter(rows), after.filter(rows)
            differs = pl.when(before.ne_missing(after))
            kind = pl.select(differs.then(pl.lit("modified")).otherwise(pl.lit("retyped"))).to_series()
        keys.append(left[key].filter(rows).alias("key"))
        old.append(before.alias("old_value"))
        new.append(after.alias("new_value"))
        kinds.append(kind.alias("kind"))
        found.append(_repeated(name, len(before)).alias("column"))
    if not keys:
        return _nothing(left.schema[key])
    return pl.DataFrame([pl.concat(part) for part in (keys, found, kinds, old, new)])


def _repeated(text: str, times: int) -> pl.Series:
    return pl.Series([text]).new_from_index(0, times)


def _nothing(key_type: pl.DataType) -> pl.DataFrame:
    return pl.DataFrame(schema={**SCHEMA, "key": key_type})


def _rows(frame: pl.DataFrame, key: str, kind: str) -> pl.DataFrame:
    """Whole rows, each as one JSON object of its columns (the key excluded, it stands beside)."""
    if not frame.height:
        return _nothing(frame.schema[key])
    names = [name for name in frame.columns if name != key]
    texts = pl.DataFrame([_text(frame[name]) for name in names])
    row = texts.select(pl.struct(cs.all()).struct.json_encode()).to_series() if names else pl.lit("{}")
    blank = pl.lit(None, dtype=pl.String)
    return frame.select(
        pl.col(key).alias("key"),
        pl.lit(ROW).alias("column"),
        pl.lit(kind).alias("kind"),
        (row if kind == "removed" else blank).alias("old_value"),
        (blank if kind == "removed" else row).alias("new_value"),
    )


def _text(values: pl.Series) -> pl.Series:
    """Values as text: numbers plain (`34.4`, `5`, never `5.0` or `1e3`), booleans true/false, dates ISO."""
    if values.dtype == pl.String:
        return values
    if values.dtype.is_float():
        return values.map_elements(_plain, return_dtype=pl.String).alias(values.name)
    if values.dtype.is_decimal():
        return values.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    if isinstance(values.dtype, pl.Datetime):
        form = "%Y-%m-%dT%H:%M:%S%.f" if values.dtype.time_zone is None else "%Y-%m-%dT%H:%M:%S%.f%:z"
        return values.dt.to_string(form)
    return values.cast(pl.String, strict=False)


def _plain(value: float) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
