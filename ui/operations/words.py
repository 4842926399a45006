"""How Operations says the state of a run, and when something comes."""

from datetime import datetime
from typing import Final

from audit_core.monitoring.span import span
from ui.clock import zone
from ui.words import moment

RUN_STATES: Final = {
    "ok": ":green-badge[:material/check: ok]",
    "partial": ":orange-badge[:material/visibility_off: partial]",
    "running": ":blue-badge[:material/sync: running]",
    "skipped": ":gray-badge[:material/skip_next: skipped]",
    "cancelled": ":orange-badge[:material/cancel: cancelled]",
    "timeout": ":red-badge[:material/timer_off: timeout]",
    "abandoned": ":red-badge[:material/power_off: abandoned]",
    None: ":gray-badge[:material/hourglass_empty: never ran]",
}
_BAD: Final = ":red-badge[:material/error: {}]"
JOB_TITLES: Final = {
    "sync": "Look at the sheets",
    "alert": "Tell what cannot wait",
    "backup": "Make a backup",
    "verify": "Verify the record",
    "drill": "Restore as a drill",
    "retrain": "Fit the model",
    "forecast": "Forecast open weeks",
    "weekly": "Make the packets",
    "report": "Make the workbooks",
    "deliver": "Send documents",
    "write_back": "Write into Smartsheet",
    "review": "Prepare the access review",
}
"""What each job is for a person; one that is missing here is called by its name."""


def run_badge(status: str | None) -> str:
    """The state of a run as Markdown: a word with an icon and a colour, never a colour alone."""
    return RUN_STATES.get(status) or _BAD.format(status)


def coming(at: datetime, now: datetime) -> str:
    """When a slot comes: `in 12 minutes`, `now` where it has come, a day and a time where that is further off."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return "now"
    return f"in {span(seconds)}" if seconds < 3_600 else moment(at, zone())
