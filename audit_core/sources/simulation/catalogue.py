"""What a unit costs: the price list as the simulated sheets' formula reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import polars as pl

from audit_core.sheets.columns import CU, CU_DESCRIPTION, PRICE, QUANTITY, UNIT_OF_MEASURE, WORK_TYPE
from audit_core.sheets.parsers import plain_number

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Unit:
    """One line of the price list; `price` in dollars for one piece or one foot."""

    cu: str
    work_type: str
    description: str
    measure: str
    price: Decimal

    def total(self, quantity: int) -> str:
        """Unit price × quantity in dollars, to the cent, as the sheet shows it."""
        return plain_number((self.price * quantity).quantize(_CENT, rounding=ROUND_HALF_UP))

    def cells(self, quantity: int) -> dict[str, str | None]:
        """The cells of a line that bills so many of this unit."""
        return {
            CU: self.cu,
            WORK_TYPE: self.work_type,
            CU_DESCRIPTION: self.description,
            UNIT_OF_MEASURE: self.measure,
            QUANTITY: str(quantity),
            PRICE: self.total(quantity),
        }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every unit by its code and work type, as spelled in the price list."""

    units: Mapping[tuple[str, str], Unit]

    def unit_of(self, line: Mapping[str, str | None]) -> Unit | None:
        """The unit a line bills, None where the list has none."""
        return self.units.get((line.get(CU) or "", line.get(WORK_TYPE) or ""))

    def is_sound(self, line: Mapping[str, str | None]) -> bool:
        """Whether a line has a whole quantity and exactly the price the list gives for it."""
        unit, quantity = self.unit_of(line), line.get(QUANTITY) or ""
        return unit is not None and quantity.isdecimal() and line.get(PRICE) in _spellings(unit.total(int(quantity)))


def read_catalogue(rates: pl.DataFrame) -> Catalogue:
    """`rates`: text columns CU, Work Type, CU Description, Unit of Measure, Unit Price (dollars)."""
    names = ("CU", "Work Type", "CU Description", "Unit of Measure", "Unit Price")
    units = [Unit(cu, kind, text, measure, Decimal(price)) for cu, kind, text, measure, price in
             rates.select(names).iter_rows()]  # fmt: skip
    return Catalogue({(unit.cu, unit.work_type): unit for unit in units})


def _spellings(total: str) -> tuple[str, ...]:
    # the real North sheet writes whole dollars as '559.0'
    return (total, f"{total}.0")
