"""What a machine may know of the app without signing in: whether all works, and how old things are."""

from datetime import datetime
from typing import Any

from audit_core.errors import ConfigError
from audit_core.monitoring.health import health as of_installation
from ui.opened import whole_workspace


def health(now: datetime) -> dict[str, Any]:
    """`status` ok, not ok or not ready, with what is behind it; nothing about data, and no path."""
    try:
        return of_installation(whole_workspace(), now).as_dict()
    except ConfigError:
        return {"status": "not ready", "not_ok": ["settings"]}
