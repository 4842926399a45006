"""The anchor as the witness: what the ledger was, and how anybody can check it."""

from audit_core.reports.canvas import Canvas
from audit_core.reports.cells import QUIET
from audit_core.store.anchors import Anchor


def witness(canvas: Canvas, anchor: Anchor) -> None:
    """What the ledger was when the workbook was made, and how to check it."""
    signed = f"It is signed with the key {anchor.key_id}." if anchor.key_id else "It is not signed."
    canvas.section("Witness")
    canvas.paragraph(
        f"This is about the first {anchor.size:,} events of the ledger. The root below stands for all of them, "
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
