"""What can be taken along of Sources: each of its tables."""

import polars as pl

from audit_core.actors import Actor
from audit_core.reports.sources_export import export_sources
from ui.clock import zone
from ui.export import export_button
from ui.opened import workspace


def take_table(part: str, title: str, frame: pl.DataFrame, actor: Actor, key: str) -> None:
    """The button that takes a table of `part` along; `frame` as TableExport wants it, `key` as in export_button."""
    here, clock = workspace(), zone()
    export_button(
        "Export", lambda who, now: export_sources(here, who, part, title, frame, clock, now), actor, f"sources-{key}"
    )
