"""The price list: one unit price for each unit code and work type, optionally for a span of days."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from audit_core.errors import ConfigError
from audit_core.sheets.amounts import parse_money
from audit_core.sheets.codes import normal_cu, normal_measure, normal_work_type
from audit_core.sheets.moments import parse_date
from audit_core.sheets.parsers import NotUnderstood
from audit_core.sheets.titles import title_key

_REQUIRED = ("CU", "Work Type", "Unit Price")
_OPTIONAL = ("Effective From", "Effective To", "Unit of Measure")


@dataclass(frozen=True, slots=True)
class PriceList:
    """`rates`: cu, work_type (normalised), unit_price (dollars), effective_from, effective_to (null: no limit), and
    unit_of_measure (normalised; null: the list does not say)."""

    rates: pl.DataFrame

    def price(self, state: pl.DataFrame) -> pl.DataFrame:
        """`row_id, unit_price` of the rows whose code, work type and day are in the list, in their order.

        A row's day is its work date, else its week; a row without a day is priced by undated rates only.
        """
        day = pl.coalesce("work_date", "week_ending")
        return (
            state.select("row_id", "cu", "work_type", day.alias("day"))
            .join(self.rates, on=["cu", "work_type"], how="inner", maintain_order="left")
            .filter(
                (pl.col("effective_from").is_null() | (pl.col("effective_from") <= pl.col("day")).fill_null(False)),
                (pl.col("effective_to").is_null() | (pl.col("day") <= pl.col("effective_to")).fill_null(False)),
            )
            .select("row_id", "unit_price")
            # a list may say the same price twice ('Tran' and 'Trans')
            .unique("row_id", keep="first", maintain_order=True)
        )

    def on(self, day: date) -> pl.DataFrame:
        """`cu, work_type, unit_price` of a day, each code and work type once."""
        return (
            self.rates.filter(
                (pl.col("effective_from") <= day).fill_null(value=True),
                (pl.col("effective_to") >= day).fill_null(value=True),
            )
            .select("cu", "work_type", "unit_price")
            .unique(["cu", "work_type"], keep="first", maintain_order=True)
        )

    def units_of_measure(self) -> pl.DataFrame:
        """`cu, listed`: the unit of measure of each code for which the list has one and no other."""
        said = self.rates.filter(pl.col("unit_of_measure").is_not_null())
        listed = said.group_by("cu").agg(pl.col("unit_of_measure").unique())
        return listed.filter(pl.col("unit_of_measure").list.len() == 1).select(
            "cu", listed=pl.col("unit_of_measure").list.first()
        )

    def followed_by(self, later: "PriceList", day: date) -> "PriceList":
        """This list up to the eve of `day`, the later one from that day on, whatever this one said of it."""
        start, end = pl.col("effective_from"), pl.col("effective_to")
        before = self.rates.filter((start < day).fill_null(value=True)).with_columns(
            effective_to=pl.min_horizontal(end, pl.lit(day).dt.offset_by("-1d"))
        )
        after = later.rates.filter((end >= day).fill_null(value=True)).with_columns(
            effective_from=pl.max_horizontal(start, pl.lit(day))
        )
        return PriceList(pl.concat([before, after]))


def load_price_list(path: Path, place: str = "rates") -> PriceList:
    """Read a price list (CSV). Raises ConfigError naming the line and what to do; `place`: where the path was given."""
    try:
        frame = pl.read_csv(path.read_bytes(), infer_schema_length=0)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError(f"{place}: there is no file {path}.") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(f"{place}: {path} cannot be read as CSV ({str(error).splitlines()[0]}).") from error
    titles = {title_key(title): title for title in frame.columns}
    missing = [name for name in _REQUIRED if title_key(name) not in titles]
    if missing:
        raise ConfigError(f"{place}: {path} has no column '{missing[0]}'; it needs {', '.join(_REQUIRED)}.")
    names = [titles.get(title_key(name)) for name in (*_REQUIRED, *_OPTIONAL)]
    rows = []
    for line, record in enumerate(frame.iter_rows(named=True), start=2):
        cu, work_type, price, start, end, measure = (record[name] if name else None for name in names)
        if cu is None and work_type is None and price is None:
            continue
        try:
            unit_price = float(parse_money(price or ""))
            since, until = (parse_date(text) if text else None for text in (start, end))
        except NotUnderstood as error:
            raise ConfigError(f"{place}: line {line} of {path}: {error}.") from error
        if unit_price < 0:
            raise ConfigError(f"{place}: line {line} of {path} has the price {price}; a unit price is 0 or more.")
        if not cu or not work_type:
            raise ConfigError(f"{place}: line {line} of {path} needs a CU and a Work Type.")
        if since and until and until < since:
            raise ConfigError(f"{place}: line {line} of {path} ends ({until}) before it begins ({since}).")
        unit = normal_measure(measure) if measure else None
        rows.append((normal_cu(cu), normal_work_type(work_type), unit_price, since, until, unit, line))
    rates = pl.DataFrame(
        rows,
        schema={
            "cu": pl.String,
            "work_type": pl.String,
            "unit_price": pl.Float64,
            "effective_from": pl.Date,
            "effective_to": pl.Date,
            "unit_of_measure": pl.String,
            "line": pl.Int64,
        },
        orient="row",
    )
    _refuse_overlaps(rates, path, place)
    return PriceList(rates.drop("line"))


def _refuse_overlaps(rates: pl.DataFrame, path: Path, place: str) -> None:
    pairs = rates.join(rates, on=["cu", "work_type"], suffix="_2").filter(
        pl.col("line") < pl.col("line_2"),
        pl.col("unit_price") != pl.col("unit_price_2"),
        (pl.col("effective_from") <= pl.col("effective_to_2")).fill_null(True),
        (pl.col("effective_from_2") <= pl.col("effective_to")).fill_null(True),
    )
    if pairs.height:
        first = pairs.sort("line").row(0, named=True)
        raise ConfigError(
            f"{place}: lines {first['line']} and {first['line_2']} of {path} price {first['cu']} "
            f"{first['work_type']} differently on the same days; "
            "give them Effective From / Effective To that do not overlap."
        )
