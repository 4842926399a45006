"""What mapping a title would mean, before anybody decides: its values read as that column, and who would read it."""

from dataclasses import dataclass

import polars as pl

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.mappings.sheets_now import SheetNow, sheet_now
from audit_core.sheets import BY_NAME
from audit_core.sheets.cells import canonical_text
from audit_core.sheets.parsers import is_understood
from audit_core.syncing.baseline import stood_beside
from audit_core.workspace import Workspace

_SHOWN, _ODD = 8, 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A title read as a column, from the newest snapshot.

    `values`: `value, lines, read_as` of some of the values, those that are not understood (`read_as` null) before the
    others, each the most frequent first. `filled`: cells that are not blank, `understood` of them can be read.
    `compared_with`: the look whose cells the next look's are compared with; None for a column that says who and when,
    and is never a change. `rules`: `rule, then` of every rule that reads the column.
    """

    title: str
    column: str
    values: pl.DataFrame
    lines: int
    filled: int
    understood: int
    compared_with: str | None
    rules: pl.DataFrame


def preview(workspace: Workspace, actor: Actor, sheet_id: str, title: str, column: str) -> Preview:
    """The preview; nothing is recorded. Raises NotAllowed, ConfigError for a title or column that cannot be meant."""
    sheet = sheet_now(workspace, actor, sheet_id)
    sheet.require_open(title)
    if column not in sheet.choices(title):
        raise ConfigError(f"'{column}' is no column of '{sheet.name}' that is free.")
    concept, zone = BY_NAME[column].concept, workspace.settings.zone
    cells = workspace.store.snapshots.column(sheet.taken, title).cast(pl.String).str.strip_chars()
    counted = pl.DataFrame({"value": cells.set(cells == "", None).drop_nulls()}).group_by("value").agg(lines=pl.len())
    counted = counted.with_columns(pl.col("lines").cast(pl.Int64)).sort("lines", "value", descending=[True, False])
    fine = pl.Series([is_understood(text, concept, zone) for text in counted["value"]], dtype=pl.Boolean)
    read = canonical_text(counted["value"], concept, zone)
    counted = counted.with_columns(read_as=pl.when(fine).then(read))
    return Preview(
        title,
        column,
        pl.concat([counted.filter(~fine).head(_ODD), counted.filter(fine)]).head(_SHOWN),
        len(cells),
        int(counted["lines"].sum()),
        int(counted.filter(fine)["lines"].sum()),
        _compared_with(workspace, sheet, title, column),
        _rules(workspace, sheet, column),
    )


def _compared_with(workspace: Workspace, sheet: SheetNow, title: str, column: str) -> str | None:
    if BY_NAME[column].system:
        return None
    taken = sheet.taken
    older = workspace.store.snapshots.last_with_column(taken.sheet_id, column)
    if older is None or taken.source_columns or column in taken.titles.values() or stood_beside(title, older):
        return taken.look
    return older.look


def _rules(workspace: Workspace, sheet: SheetNow, column: str) -> pl.DataFrame:
    now, then = set(sheet.read.mapping.values()), {*sheet.read.mapping.values(), column}
    rows = []
    for rule in workspace.rules():
        if column not in (*rule.needs, *rule.columns):
            continue
        if lacking := [need for need in rule.needs if need not in then]:
            rows.append((rule.title, f"still lacks {', '.join(lacking)}"))
        elif all(need in now for need in rule.needs):
            rows.append((rule.title, "goes on, and reads it too"))
        else:
            rows.append((rule.title, "starts with the next look"))
    return pl.DataFrame(rows, schema={"rule": pl.String, "then": pl.String}, orient="row")
