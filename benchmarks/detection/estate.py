"""Real lines as the settled past of a larger estate: whole blocks of weeks behind one another, nothing known wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import polars as pl

from audit_core.settings import SAMPLE_RATES
from audit_core.sheets.codes import normal_cu, normal_pole, normal_work_type
from audit_core.sources import ExportsSource
from audit_core.sources.sample import SAMPLE_FOLDER
from benchmarks.detection.people import ZONE

WORK_REQUEST, WEEK, WORK_DAY = "Work Request #", "Weekly Reference Logged Date", "Snapshot Date"
FOREMAN, POLE, CU, WORK_TYPE = "Foreman", "Pole #", "CU", "Work Type"
DESCRIPTION, UNIT = "CU Description", "Unit of Measure"
QUANTITY, PRICE, COMPLETED = "Quantity", "Units Total Price", "Units Completed?"
TITLES = (
    WORK_REQUEST, WEEK, WORK_DAY, FOREMAN, POLE, CU, WORK_TYPE, DESCRIPTION, UNIT, QUANTITY, PRICE, COMPLETED,
)  # fmt: skip
HEALTHY = "2025-08-26"
"""The look whose lines are used: after the zeroed prices had been restored."""
BLOCK = 8
"""Weeks that the healthy look spans."""
_SPELT = {POLE: normal_pole, CU: normal_cu, WORK_TYPE: normal_work_type}
_UNIT_BILLED = [WORK_REQUEST, WEEK, *(f"normal {title}" for title in _SPELT), QUANTITY, PRICE]

Line = dict[str, str]


class Prices:
    """What a unit costs at a day, and the price list that says so. A new price holds from a day on."""

    def __init__(self) -> None:
        frame = pl.read_csv(SAMPLE_RATES, infer_schema_length=0)
        self._eras: dict[tuple[str, str], list[tuple[date, Decimal]]] = {}
        self.facts: dict[tuple[str, str], tuple[str, str]] = {}
        for code, kind, text, unit, price in frame.iter_rows():
            self._eras[code, kind] = [(date.min, Decimal(price))]
            self.facts[code, kind] = (text, unit)
        self.listed = dict(self._eras)

    def unit_price(self, code: str, kind: str, day: date) -> Decimal:
        """The price of one unit. Raises KeyError for a code that has none."""
        return next(price for since, price in reversed(self._eras[code, kind]) if since <= day)

    def change(self, code: str, kind: str, since: date, price: Decimal, *, listed: bool) -> None:
        """A new price from `since` on, for a new code the first one; `listed`: the price list is told."""
        self._eras[code, kind] = [*self._eras.get((code, kind), ()), (since, price)]
        if listed:
            self.listed[code, kind] = self._eras[code, kind]

    def tell(self) -> None:
        """The price list is brought up to date, but for codes that it never had."""
        self.listed = {kind: self._eras[kind] for kind in self.listed}

    def unmoved(self, code: str, kind: str) -> bool:
        """Whether a listed unit has had one price only, and one spelling: two would need to move together."""
        spelt = [known for known in self.listed if normal_cu(known[0]) == normal_cu(code) and known[1] == kind]
        return kind in ("Inst", "Rem") and len(spelt) == 1 and len(self._eras[code, kind]) == 1

    def list_text(self) -> str:
        """The price list as `rates` of config.json wants it."""
        rows = []
        for (code, kind), eras in self.listed.items():
            ends = [since - timedelta(days=1) for since, _ in eras[1:]]
            for (since, price), until in zip(eras, [*ends, None], strict=True):
                start = "" if since == date.min else since.isoformat()
                rows.append((code, kind, str(price), start, until.isoformat() if until else ""))
        titles = ["CU", "Work Type", "Unit Price", "Effective From", "Effective To"]
        return pl.DataFrame(rows, titles, orient="row").write_csv()


def plain(amount: Decimal) -> str:
    """An amount as Smartsheet exports it: to the cent, without zeros at its end."""
    return f"{amount:.2f}".rstrip("0").rstrip(".")


def real_lines(share: float, rng: Random) -> dict[str, list[Line]]:
    """Sheet → lines of the healthy look in which nothing is known to be wrong; of each work request, or of none.

    Left out: second copies of a unit, lines without a code, days outside their week. `share` (0–1) of the rest is kept
    so that a smaller trial has fewer poles, not thinner work requests.
    """
    source = ExportsSource(SAMPLE_FOLDER, ZONE)
    found = {}
    for version in source.listing({}).versions:
        if version.look != HEALTHY:
            continue
        days = (pl.col(WEEK).str.to_date() - pl.col(WORK_DAY).str.to_date()).dt.total_days()
        frame = (
            source.read(version)
            .frame.with_columns(
                pl.col(title).map_elements(normal, return_dtype=pl.String).alias(f"normal {title}")
                for title, normal in _SPELT.items()
            )
            .unique(_UNIT_BILLED, keep="first", maintain_order=True)
        )
        frame = frame.filter(days.is_between(0, 6), pl.col(UNIT) != "#NO MATCH").select(TITLES)
        poles = frame.select(WORK_REQUEST, POLE).unique(maintain_order=True)
        kept = poles.filter(pl.Series([rng.random() < share for _ in range(poles.height)], dtype=pl.Boolean))
        found[version.sheet_name] = frame.join(kept, on=[WORK_REQUEST, POLE], how="semi", maintain_order="left")
    return {sheet: list(frame.iter_rows(named=True)) for sheet, frame in found.items()}


def blocks(lines: dict[str, list[Line]], weeks: int, rng: Random) -> Iterator[tuple[str, Line]]:
    """(sheet, line), week after week: the lines `weeks` long, each block with its own work requests."""
    used: list[str] = []
    for block in range(-(-weeks // BLOCK)):
        names: dict[str, str] = {}
        shift = timedelta(weeks=block * BLOCK)
        for sheet, several in lines.items():
            for line in several:
                number = line[WORK_REQUEST]
                if number not in names:
                    names[number] = distinct_number(used, rng)
                dates = {title: (date.fromisoformat(line[title]) + shift).isoformat() for title in (WEEK, WORK_DAY)}
                yield sheet, {**line, **dates, WORK_REQUEST: names[number]}


def distinct_number(used: list[str], rng: Random) -> str:
    """A work request number that differs in at least four digits from all `used` ones, which it joins."""
    while True:
        number = str(rng.randrange(70_000_000, 80_000_000))
        if all(sum(a != b for a, b in zip(number, other, strict=True)) >= 4 for other in used):
            used.append(number)
            return number
