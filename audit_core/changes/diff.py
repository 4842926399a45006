"""Two snapshots → every difference between them, cell by cell, as text.

The frames are aligned by key and compared column by column; nothing is unpivoted, because
unpivoting first costs twenty times as much (see benchmarks/).
"""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from audit_core.errors import SnapshotRefused

ROW = "(row)"
"""Column name of a change that adds or removes a whole row."""

_EARLIER, _LATER = "the earlier snapshot", "the later snapshot"
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
    for frame, which in ((before, _EARLIER), (after, _LATER)):
        _check_keys(frame, key, which)
    if before.schema[key] != after.schema[key]:
        before = before.with_columns(_text(before[key]).alias(key))
        after = after.with_columns(_text(after[key]).alias(key))
    pair = _align(before, after, key)
    return pl.concat([_rows(pair.removed, key, "removed"), _cells(pair, key), _rows(pair.added, key, "added")])


def _check_keys(frame: pl.DataFrame, key: str, which: str) -> None:
    if key not in frame.columns:
        raise SnapshotRefused(f"Column '{key}' is missing in {which}: every row needs an id of its own.")
    if blank := _blank(frame[key]):
        raise SnapshotRefused(f"Rows of {which} have no '{key}' ({blank}): every row needs an id of its own.")


def _blank(ids: pl.Series) -> int:
    """How many ids are null or nothing but spaces."""
    blank = ids.null_count()
    # spaces sort before all that ids are made of, so the smallest id tells whether a closer look is needed
    if ids.dtype == pl.String and (least := ids.min()) is not None and not str(least)[:1].strip():
        blank += int((ids.str.strip_chars() == "").sum())
    return blank


def _check_unique(ids: pl.Series, which: str) -> None:
    if ids.n_unique() != len(ids):
        doubled = ids.filter(ids.is_duplicated()).unique(maintain_order=True)
        shown = ", ".join(map(str, doubled.head(3).to_list()))
        raise SnapshotRefused(
            f"'{ids.name}' stands on more than one row of {which} for {len(doubled)} of its values: {shown}."
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The rows of `left` beside those of `right`: row i beside row `at[i]`, or row i where `at` is None.

    Where a row of `left` is gone (`stays` is false), any row stands beside it.
    """

    left: pl.DataFrame
    right: pl.DataFrame
    at: pl.Series | None
    stays: pl.Series
    removed: pl.DataFrame
    added: pl.DataFrame

    def beside(self, name: str, rows: pl.Series) -> pl.Series:
        """The cells of `right` that stand beside the chosen rows of `left`."""
        cells = self.right[name]
        return cells.filter(rows) if self.at is None else cells.gather(self.at.filter(rows))

    def differs(self, name: str) -> pl.Expr:
        """Over `left`: whether a cell is not the one beside it. The aligned column lives only as long as this takes."""
        cells = pl.lit(self.right[name])
        return pl.col(name).ne_missing(cells if self.at is None else cells.gather(self.at)) & self.stays


def _align(before: pl.DataFrame, after: pl.DataFrame, key: str) -> _Pair:
    if before.height == after.height and before[key].equals(after[key]):
        _check_unique(before[key], _EARLIER)
        return _Pair(before, after, None, _repeated(True, before.height), before.clear(), after.clear())
    try:
        kept = _places(before[key], "b").join(_places(after[key], "a"), on="id", how="inner", validate="1:1")
    except pl.exceptions.ComputeError:
        _check_unique(before[key], _EARLIER)
        _check_unique(after[key], _LATER)
        raise
    stays = _repeated(False, before.height).scatter(kept["b"], True)
    new = _repeated(True, after.height).scatter(kept["a"], False)
    removed, added = before.filter(~stays), after.filter(new)
    if kept.is_empty():
        return _Pair(before.clear(), after.clear(), None, stays.clear(), removed, added)
    at = pl.repeat(0, before.height, dtype=pl.UInt32, eager=True).scatter(kept["b"], kept["a"])
    # taking rows out of a frame that is in many chunks, as one fresh from a file is, would cost ten times as much
    return _Pair(before, after.rechunk(), at, stays, removed, added)


def _places(ids: pl.Series, name: str) -> pl.DataFrame:
    """Each id with its place in the frame."""
    return pl.DataFrame([ids.alias("id"), pl.int_range(len(ids), dtype=pl.UInt32, eager=True).alias(name)])


def _cells(pair: _Pair, key: str) -> pl.DataFrame:
    """All differing cells of the rows that stay, by column and row."""
    left, right = pair.left, pair.right
    types, now = left.schema, right.schema
    columns = [name for name in types if name != key and name in now]
    masks = left.select(pair.differs(name) for name in columns if types[name] == now[name])
    ids = left[key]
    keys, names, kinds, old, new = [], [], [], [], []
    for name in columns:
        if types[name] == now[name]:
            rows = masks[name]
            if not rows.any():
                continue
            was, became = _text(left[name].filter(rows)), _text(pair.beside(name, rows))
            kind = _repeated("modified", len(was))
            keys.append(ids.filter(rows))
        else:  # compared as text, and equal text is `retyped`
            was, became = _text(left[name].filter(pair.stays)), _text(pair.beside(name, pair.stays))
            filled = was.is_not_null() | became.is_not_null()
            was, became = was.filter(filled), became.filter(filled)
            differs = pl.when(was.ne_missing(became))
            kind = pl.select(differs.then(pl.lit("modified")).otherwise(pl.lit("retyped"))).to_series()
            keys.append(ids.filter(pair.stays).filter(filled))
        names.append(_repeated(name, len(was)))
        kinds.append(kind)
        old.append(was)
        new.append(became)
    if not keys:
        return _nothing(types[key])
    parts = zip(SCHEMA, (keys, names, kinds, old, new), strict=True)
    return pl.DataFrame([pl.concat(part).alias(name) for name, part in parts])


def _repeated(value: str | bool, times: int) -> pl.Series:
    return pl.Series([value]).new_from_index(0, times)


def _nothing(key_type: pl.DataType) -> pl.DataFrame:
    return pl.DataFrame(schema={**SCHEMA, "key": key_type})


def _rows(frame: pl.DataFrame, key: str, kind: str) -> pl.DataFrame:
    """Whole rows, each as one JSON object of its columns (the key excluded, it stands beside)."""
    if not frame.height:
        return _nothing(frame.schema[key])
    names = [name for name in frame.columns if name != key]
    typed = [_text(frame[name]) for name in names if frame[name].dtype != pl.String]
    texts = frame.with_columns(typed) if typed else frame
    row = pl.struct(names).struct.json_encode() if names else pl.lit("{}")
    blank = pl.lit(None, dtype=pl.String)
    return texts.select(
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
