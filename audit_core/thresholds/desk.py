"""The thresholds of a workspace now: its history with the suppressions of today, scored with the model in use."""

from datetime import datetime

from audit_core.review.dispositions import newest_dispositions
from audit_core.review.mix import rounds
from audit_core.store.models import Models
from audit_core.thresholds.curve import cents_per_alert
from audit_core.thresholds.history import History, history
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.preview import Preview, Verdicts, preview, scored_anew
from audit_core.workspace import Workspace


def history_now(workspace: Workspace, now: datetime) -> tuple[History, str]:
    """(all that was judged, which model scored it, in a sentence)."""
    store = workspace.store
    recorded = history(store, workspace.settings.zone, workspace.today(now))
    model = workspace.model()
    if model is None:
        return recorded, "No model is in use: risks are those of the record."
    features = store.features.history()
    events = scored_anew(recorded.events, features, model)
    others = events.height - features.height
    rest = f" {others:,} other events keep the risk of the record." if others else ""
    scored = f"{features.height:,} changes are scored with the model in use ({Models(store).in_use()}).{rest}"
    return History(events, recorded.look_days), scored


def preview_now(workspace: Workspace, limits: Limits, now: datetime) -> tuple[Preview, str]:
    """(what limits make of the history, which model scored it)."""
    found, scored = history_now(workspace, now)
    verdicts = Verdicts(newest_dispositions(workspace.store), rounds(workspace.store))
    return preview(found, verdicts, limits, cents_per_alert(workspace.settings.review)), scored
