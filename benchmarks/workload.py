"""A billing sheet of any size, and the same sheet one look later; the same seed gives the same cells."""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SEED = 20250731
TITLES = (
    "Row ID", "Work Request #", "Weekly Reference Logged Date", "Snapshot Date", "Foreman", "Pole #", "CU", "Work Type",
    "CU Description", "Unit of Measure", "Quantity", "Units Total Price", "Units Completed?", "Dept #", "Customer Name",
    "Work Order #", "Job #", "Area", "Scope #", "Foreman Helping?", "Helper Dept #", "Helper Job #",
    "VAC Crew Helping?", "Modified By", "Created By",
)  # fmt: skip
CHANGED_CELLS, ADDED_ROWS, REMOVED_ROWS = 0.01, 0.005, 0.005

Row = list[str]
_WORDS = ("Clamp", "Anchor", "Helix", "Arm", "Fiberglass", "Connector", "Crossarm", "Primary", "Neutral", "Guy")
_FIRST_SUNDAY = date(2025, 5, 4)


@dataclass(frozen=True, slots=True)
class Code:
    """One billable unit and its price in cents."""

    name: str
    work_type: str
    description: str
    unit: str
    cents: int


@dataclass(frozen=True, slots=True)
class Looks:
    """`before` and `after` (without titles), the same kept rows in the same order; `resorted` is `after` shuffled."""

    codes: tuple[Code, ...]
    before: list[Row]
    after: list[Row]
    resorted: list[Row]


def looks(rows: int, seed: int = SEED) -> Looks:
    """Two looks at one sheet: 1 % of the cells changed, 0.5 % of the rows removed and 0.5 % added.

    Changed cells are scattered over all columns but the key, new rows over the whole sheet.
    """
    dice = random.Random(seed)
    codes = tuple(_codes(dice))
    ids = dice.sample(range(10**12, 10**13), rows + round(rows * ADDED_ROWS))
    made = [_line(dice, codes, row_id) for row_id in ids]
    before, new = made[:rows], made[rows:]
    after = [list(row) for row in before]
    width = len(TITLES) - 1
    for cell in dice.sample(range(rows * width), round(rows * len(TITLES) * CHANGED_CELLS)):
        row, column = after[cell // width], 1 + cell % width
        row[column] = _another(dice, codes, row[column], column)
    for place in sorted(dice.sample(range(rows), round(rows * REMOVED_ROWS)), reverse=True):
        del after[place]
    for row in new:
        after.insert(dice.randrange(len(after) + 1), row)
    return Looks(codes, before, after, dice.sample(after, len(after)))


def csv_text(rows: list[Row]) -> str:
    """The rows with their titles, as Smartsheet exports them."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(TITLES)
    writer.writerows(rows)
    return stream.getvalue()


def price_list_text(codes: tuple[Code, ...]) -> str:
    """The codes as a price list, as `rates` of config.json wants it."""
    lines = (f"{code.name},{code.work_type},{code.cents / 100:.2f}" for code in codes)
    return "\n".join(["CU,Work Type,Unit Price", *lines, ""])


def _codes(dice: random.Random) -> Iterator[Code]:
    for number in range(240):
        words = dice.sample(_WORDS, 3)
        name = f"{words[0][:3].upper()}-{words[1][:3].upper()}-{number}"
        text = f"{words[0].upper()},{words[1]} {words[2]},{dice.randrange(4, 96)}in"
        kind, unit = dice.choice(("Inst", "Rem", "Xfer")), dice.choice(("EA", "FT"))
        yield Code(name, kind, text, unit, dice.randrange(80, 60000))


def _line(dice: random.Random, codes: tuple[Code, ...], row_id: int) -> Row:
    code = dice.choice(codes)
    sunday = _FIRST_SUNDAY + timedelta(weeks=dice.randrange(13))
    quantity = dice.randrange(1, 30)
    return [
        str(row_id),
        str(70_000_000 + dice.randrange(900) * 1_117),
        sunday.isoformat(),
        (sunday - timedelta(days=dice.randrange(7))).isoformat(),
        _person(dice),
        f"Point {dice.randrange(1, 4000)}",
        code.name,
        code.work_type,
        code.description,
        code.unit,
        str(quantity),
        _plain(quantity * code.cents),
        dice.choice(("true", "true", "true", "false")),
        str(500 + dice.randrange(40)),
        f"{dice.choice(_WORDS)} Electric Cooperative",
        f"WO-{dice.randrange(10**6):06}",
        f"J{dice.randrange(10**5):05}",
        f"Area {dice.randrange(12)}",
        f"SC-{dice.randrange(10**4):04}",
        _person(dice) if dice.random() < 0.2 else "",
        "",
        "",
        dice.choice(("", "", "true")),
        f"user{dice.randrange(60):02}@example.com",
        f"user{dice.randrange(60):02}@example.com",
    ]


def _person(dice: random.Random) -> str:
    return f"Foreman {dice.randrange(60):02}"


def _plain(cents: int) -> str:
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


def _another(dice: random.Random, codes: tuple[Code, ...], old: str, column: int) -> str:
    """The same column's value of another line, or a corrected digit where that column is the same everywhere."""
    for _ in range(5):
        if (new := _line(dice, codes, 0)[column]) != old:
            return new
    return f"{old}{dice.randrange(10)}"
