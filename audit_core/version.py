"""What names the record as it stands: it moves when a look told of something, a job ended, or somebody decided."""

from typing import Final

from audit_core.access_review.reviews import DECIDED as ACCESS_LINE
from audit_core.notebooks.shelf import KIND as NOTEBOOK
from audit_core.preferences import KIND as PREFERENCE
from audit_core.review.claims import KIND as CLAIM
from audit_core.store.access import SIGNED
from audit_core.store.judged import Judged
from audit_core.training.completions import READ, RECORDED
from audit_core.views import KIND as VIEW
from audit_core.workspace import Workspace

_THEIR_OWN: Final = (ACCESS_LINE, CLAIM, NOTEBOOK, PREFERENCE, READ, RECORDED, SIGNED, VIEW)
"""Decisions about how somebody works, and about access, which change nothing that is said of the sheets."""


def version(workspace: Workspace) -> tuple[int, str, int]:
    """(newest change or finding, end of the newest run, newest decision but those of somebody's own).

    Whatever is answered of changes, findings and what was decided about them is the same while this is: the key of
    caches. That somebody signs in, looks at an item or takes something along leaves it as it is.
    """
    store = workspace.store
    return Judged(store.database).newest(), store.runs.last_end(), store.decisions.newest_but(*_THEIR_OWN)
