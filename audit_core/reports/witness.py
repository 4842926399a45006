"""The foot of the Summary: what the worksheets hold, checked against the record, and the anchor as the witness."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit_core.reports.canvas import Canvas
from audit_core.reports.cells import QUIET, Kind
from audit_core.reports.figures import Figures
from audit_core.store.anchors import Anchor


@dataclass(frozen=True, slots=True)
class Held:
    """What a worksheet of this workbook holds: its name, its rows under the header, the money in it (cents)."""

    name: str
    rows: int
    money: int | None = None


def control(canvas: Canvas, held: Sequence[Held], counted: Figures) -> None:
    canvas.section("Control figures")
    canvas.header({0: "Worksheet", 3: "Rows", 4: "Money (USD)", 6: "How it was checked"}, right=(3, 4))
    said = {
        "Changes": f"SQL over the record counts the same {counted.changes:,} changes with the same money",
        "Violations": f"SQL over the record counts the same {counted.flagged:,} events with a severity",
    }
    for each in held:
        canvas.text(0, each.name, 3)
        canvas.number(3, each.rows)
        if each.money is not None:
            canvas.number(4, each.money, Kind.MONEY)
        canvas.text(6, said.get(each.name, ""), 6, color=QUIET)
        canvas.rule_off()
        canvas.down()


def witness(canvas: Canvas, anchor: Anchor) -> None:
    """What the ledger was when the workbook was made, and how to check it."""
    signed = f"It is signed with the key {anchor.key_id}." if anchor.key_id else "It is not signed."
    canvas.section("Witness")
    canvas.paragraph(
        f"When this workbook was made the ledger held {anchor.size:,} events. The root below stands for all of them, "
        "the head for the last one and, through it, for those before. As long as the record still gives both at this "
        f"size, nothing before it was altered. {signed}",
        color=QUIET,
    )
    facts = (
        ("Size", f"{anchor.size} events"),
        ("Root", anchor.root or ""),
        ("Head", anchor.head or ""),
        ("At", anchor.at),
        ("Run", anchor.run_id),
    )
    for label, value in facts:
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, value, canvas.columns - 2, name="Consolas" if label in ("Root", "Head") else "Calibri")
        canvas.down()
    canvas.text(0, "To check", 2, color=QUIET)
    canvas.text(2, f"python -m jobs verify --anchor '{anchor.line()}'", canvas.columns - 2, size=8, name="Consolas",
                wrap=True)  # fmt: skip
    canvas.down(height=26)
