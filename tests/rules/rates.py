"""A small price list for the rules about prices and codes."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from audit_core.rules import PriceList

Rate = tuple[str, str, float, date | None, date | None]
_SCHEMA = {
    "cu": pl.String,
    "work_type": pl.String,
    "unit_price": pl.Float64,
    "effective_from": pl.Date,
    "effective_to": pl.Date,
    "unit_of_measure": pl.String,
}


def price_list(*more: Rate, units: Mapping[str, str] | None = None) -> PriceList:
    """ANC-10 at $56.84, POL-40 at $423.85 and a foot of CON-2 at $0.8234, always; and what is given beside them.

    `units`: unit code → its unit of measure, where the list has one.
    """
    always: list[Rate] = [
        ("ANC-10", "Inst", 56.84, None, None),
        ("POL-40", "Inst", 423.85, None, None),
        ("CON-2", "Inst", 0.8234, None, None),
    ]
    named = {rate[:2] for rate in more}
    rates = [rate for rate in always if rate[:2] not in named] + list(more)
    rows = [(*rate, (units or {}).get(rate[0])) for rate in rates]
    return PriceList(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
