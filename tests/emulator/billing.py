"""A billing sheet as crews keep it: one row a unit, its price a formula over the quantity."""

from datetime import timedelta
from random import Random

from tests.emulator.state import Cell, Column, Container, Row, Sheet, Stamping, Value
from tests.emulator.tenant import Tenant

# (CU, work type) → unit price in dollars
RATES = {
    ("POL-40-2", "Inst"): 423.85, ("POL-40-2", "Rem"): 211.4, ("ANC-10", "Inst"): 56.84, ("ANC-10", "Rem"): 31.2,
    ("CON-2", "Inst"): 1.36, ("CON-2", "Rem"): 0.82, ("XFR-25", "Inst"): 188.05, ("XFR-25", "Tran"): 140.6,
}  # fmt: skip
UNITS = {
    "POL-40-2": ("Pole 40 ft class 2", "EA"), "ANC-10": ("Anchor 10 in", "EA"),
    "CON-2": ("Conductor #2", "FT"), "XFR-25": ("Transformer 25 kVA", "EA"),
}  # fmt: skip
EDITORS = ("ann@example.com", "bob@example.com", "carla@example.com", "dev@example.com", "eve@example.com")
_MORE = (
    "Dept #", "Customer Name", "Work Order #", "Job #", "Area", "Scope #", "Foreman Helping?",
    "Helping Foreman Completed Unit?", "Helper Dept #", "Helper Job #", "VAC Crew Helping?",
)  # fmt: skip


def billing_sheet(
    tenant: Tenant, name: str, rows: int, seed: int, home: Container | None = None, wide: bool = False
) -> Sheet:
    """A sheet of `rows` lines of the last three weeks, 14 columns (25 when `wide`), shared to five editors.

    Saving Quantity recomputes the price of its row; saving Units Completed? as checked stamps Snapshot Date later.
    """
    dice = Random(seed)
    people = [tenant.user(email) for email in EDITORS]
    sheet = tenant.new_sheet(name, _columns(tenant, wide), home)
    for person in people:
        sheet.shares += tenant.shares_of({person.email: "EDITOR"})
    key = {each.title: each.id for each in sheet.columns}
    sheet.stampings.append(Stamping(key["Units Completed?"], key["Snapshot Date"]))
    made = tenant.now - timedelta(days=1)
    sheet.created_at = made - timedelta(days=30)
    sunday = tenant.now.date() - timedelta(days=(tenant.now.weekday() + 1) % 7)
    requests = [str(71_000_000 + dice.randrange(900_000)) for _ in range(max(1, rows // 40))]
    more = [key[title] for title in _MORE] if wide else []
    pairs = list(RATES.items())
    for number in range(rows):
        (cu, kind), unit = dice.choice(pairs)
        week = sunday - timedelta(weeks=dice.randrange(3))
        quantity = dice.randint(10, 900) if cu == "CON-2" else dice.choice((1, 1, 1, 1, 2, 3))
        description, measure = UNITS[cu]
        request = dice.randrange(len(requests))
        values: tuple[Value, ...] = (
            requests[request], week.isoformat(), (week - timedelta(days=dice.randrange(7))).isoformat(),
            dice.random() < 0.9, quantity, round(quantity * unit, 2), cu, kind, description, measure,
            f"Point {number % 400 + 1:02}", f"Foreman {request % 30 + 1}",
        )  # fmt: skip
        cells = {column: Cell(value) for column, value in zip(key.values(), values, strict=False)}
        cells[key["Units Total Price"]].formula = f"=Quantity@row * {unit}"
        for column in more:
            cells[column] = Cell(f"{column % 97}-{request}")
        by = dice.choice(people)
        at = made - timedelta(minutes=dice.randrange(60 * 24 * 20))
        row = Row(tenant.ids.number(), None, at, by, at, by, cells)
        sheet.rows.append(row)
        sheet.by_id[row.id] = row
    sheet.modified_at = max((row.modified_at for row in sheet.rows), default=sheet.created_at)
    sheet.indexed = [(tenant.now, sheet.modified_at, sheet.version)]
    return sheet


def _columns(tenant: Tenant, wide: bool) -> list[Column]:
    kinds = {"Inst", "Rem", "Tran", "Aban"}
    plan: list[tuple[str, str]] = [
        ("Work Request #", "TEXT_NUMBER"), ("Weekly Reference Logged Date", "DATE"), ("Snapshot Date", "DATE"),
        ("Units Completed?", "CHECKBOX"), ("Quantity", "TEXT_NUMBER"), ("Units Total Price", "TEXT_NUMBER"),
        ("CU", "TEXT_NUMBER"), ("Work Type", "PICKLIST"), ("CU Description", "TEXT_NUMBER"),
        ("Unit of Measure", "TEXT_NUMBER"), ("Pole #", "TEXT_NUMBER"), ("Foreman", "TEXT_NUMBER"),
    ]  # fmt: skip
    columns = [Column(tenant.ids.number(), title, kind) for title, kind in plan]
    columns[5].number, columns[7].options = "money", tuple(sorted(kinds))
    columns += [Column(tenant.ids.number(), title) for title in (_MORE if wide else ())]
    columns.append(Column(tenant.ids.number(), "Modified By", "CONTACT_LIST", system="MODIFIED_BY"))
    columns.append(Column(tenant.ids.number(), "Modified", "DATETIME", system="MODIFIED_DATE"))
    return columns
