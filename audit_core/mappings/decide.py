"""An Admin decides about a title: it is a column, it is no billing column, or it is read by its spelling again."""

from datetime import datetime

from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError
from audit_core.mappings.kept import MAPPING, SUBJECT, Act, TitleDecision, TitleDecisions
from audit_core.mappings.preview import preview
from audit_core.mappings.sheets_now import sheet_now
from audit_core.permissions import Permission, require
from audit_core.store.database import Connection
from audit_core.store.decisions import NewDecision
from audit_core.store.decisions import decide as record
from audit_core.workspace import Workspace


def decide(
    workspace: Workspace, actor: Actor, sheet_id: str, title: str, column: str | None, reason: str, now: datetime
) -> str:
    """Decide that a title is a column, or (None) no billing column. Returns the sentence that the trail shows.

    Raises NotAllowed, ConfigError for a sheet, title or column that cannot be meant (see sheets_now.SheetNow), and
    AuditError where somebody decided about the sheet at the same time.
    """
    require(actor, Permission.MANAGE_SOURCES)
    seen = TitleDecisions(workspace.store).last(sheet_id)
    sheet = sheet_now(workspace, actor, sheet_id)
    if column is None:
        sheet.require_open(title)
        decided = TitleDecision(Act.ASIDE, title, "", reason, sheet.column_id(title))
    else:
        found = preview(workspace, actor, sheet_id, title, column)
        if found.filled and not found.understood:
            raise ConfigError(f"None of the {found.filled:,} values under '{title}' can be read as '{column}'.")
        decided = TitleDecision(Act.MAPPED, title, column, reason, sheet.column_id(title))
    with workspace.store.decisions.deciding() as connection:
        # what is free and what is open depends on every title of the sheet
        if TitleDecisions(workspace.store).last(sheet_id) != seen:
            raise AuditError(f"A title of '{sheet.name}' was decided about meanwhile: look at it, then decide again.")
        return _record(connection, actor, sheet_id, sheet.name, decided, now)


def withdraw(workspace: Workspace, actor: Actor, number: int, reason: str, now: datetime) -> str:
    """Take a decision back: the title is read by its spelling again. Returns the sentence that the trail shows.

    Raises NotAllowed, and ConfigError for a number that names no standing decision.
    """
    require(actor, Permission.MANAGE_SOURCES)
    with workspace.store.decisions.deciding() as connection:
        all_ = TitleDecisions(workspace.store)
        standing = {made.number: (sheet_id, made) for sheet_id in all_.sheets() for made in all_.newest(sheet_id)}
        sheet_id, made = standing.get(number, ("", None))
        if made is None or made.decision.act is Act.WITHDRAWN:
            raise ConfigError(f"There is no decision {number} about a title that could be withdrawn.")
        taken = workspace.store.snapshots.newest(sheet_id)
        back = TitleDecision(Act.WITHDRAWN, made.decision.title, "", reason, made.decision.column_id)
        return _record(connection, actor, sheet_id, taken.sheet_name if taken else sheet_id, back, now)


def _record(
    connection: Connection, actor: Actor, sheet_id: str, name: str, decided: TitleDecision, now: datetime
) -> str:
    told = decided.words(name)
    record(connection, [NewDecision(MAPPING, f"{SUBJECT}{sheet_id}", decided.to_json(), told)], actor, now)
    return told
