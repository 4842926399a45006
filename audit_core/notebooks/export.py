"""A notebook handed out: as Excel or PDF, sealed in the ledger before anybody has it."""

import hashlib
import json
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.actors import Actor
from audit_core.notebooks.document import Document, gather
from audit_core.notebooks.pdf import pdf
from audit_core.notebooks.workbook import workbook
from audit_core.permissions import Permission, require
from audit_core.reports.table_export import EXPORTED, Export
from audit_core.store.actions import Action
from audit_core.workspace import Workspace

FORMS: Final = {"xlsx": workbook, "pdf": pdf}


def export_notebook(
    workspace: Workspace, actor: Actor, number: int, version: int | None, form: str, zone: ZoneInfo, now: datetime
) -> Export:
    """A version (the newest) as `xlsx` or `pdf`; moments in `zone`. Raises NotAllowed, and as `gather`."""
    require(actor, Permission.EXPORT_TABLES)
    document = gather(workspace, actor, number, version, zone)
    content = FORMS[form](document)
    sha256 = hashlib.sha256(content).hexdigest()
    rows = sum(each.rows for each in document.answers)
    workspace.store.seal_taken(actor, _action(document, form, sha256, actor), now)
    return Export(f"redline-{document.anchor.run_id}.{form}", content, sha256, rows)


def _action(document: Document, form: str, sha256: str, actor: Actor) -> Action:
    notebook, anchor = document.notebook, document.anchor
    evidence = {
        "notebook": notebook.number, "version": notebook.version, "title": notebook.title, "form": form,
        "sha256": sha256, "ledger_size": anchor.size, "root": anchor.root,
        "cells": [
            {"cell": each.cell.cell_id, "rows": each.rows, "money_cents": each.money_cents, "rows_sha256": each.sha256}
            for each in document.answers
        ],
    }  # fmt: skip
    told = (
        f"Notebook {notebook.number} v{notebook.version} ({notebook.title}) exported as {form}: "
        f"{len(document.answers)} cells over {anchor.size:,} events; SHA-256 of the file {sha256}."
    )
    sealed = {"audit_run_id": anchor.run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    return Action(EXPORTED, told, actor, fields=sealed)
