"""Names in what people decide that no look has shown so far: they may come later, or they are misspelled."""

from collections.abc import Collection, Sequence

from audit_core.changes.diff import ROW
from audit_core.filters import EventFilter
from audit_core.sheets.columns import WORK_REQUEST
from audit_core.store.queries import Queries
from audit_core.syncing.baseline import Baselines
from audit_core.workspace import Workspace


def unseen(
    workspace: Workspace,
    *,
    sheets: Sequence[str] = (),
    work_requests: Sequence[str] = (),
    columns: Sequence[str] = (),
    editors: Sequence[str] = (),
) -> list[str]:
    """A sentence for each kind of name of which the newest snapshots (of editors: the trail) have none so far.

    `sheets`: by id or name.
    """
    store = workspace.store
    taken = store.snapshots.latest()
    warnings = []
    if sheets:
        called = {*taken, *(each.sheet_name for each in taken.values())}
        warnings += _warning("No sheet that was seen so far is called", sheets, called, "once one is")
    if work_requests:
        lines = Baselines(store.snapshots, workspace.settings.zone).line_counts(WORK_REQUEST, frozenset())
        warnings += _warning("No line that was seen so far has the work request", work_requests, lines)
    if columns:
        there = {ROW}.union(*(each.columns for each in taken.values()))
        warnings += _warning("No sheet that was seen so far has the column", columns, there)
    if editors:
        people = Queries(store.database).facets(EventFilter())["person"]["value"]
        warnings += _warning("No change that was seen so far has the editor", editors, set(people))
    return warnings


def _warning(words: str, given: Sequence[str], known: Collection[str], then: str = "once one has") -> list[str]:
    strange = [f"'{name}'" for name in given if name not in known]
    return [f"{words} {' or '.join(strange)}; this counts {then}."] if strange else []
