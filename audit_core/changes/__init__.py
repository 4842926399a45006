"""Two snapshots → changes, and who made them."""

from audit_core.changes.diff import ROW, diff

__all__ = ["ROW", "diff"]
