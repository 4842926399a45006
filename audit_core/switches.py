"""What is switched off in config.json: asked where something would be done, and answered by one sentence."""

from audit_core.errors import ConfigError
from audit_core.settings.operating import WITHOUT, Switch
from audit_core.workspace import Workspace


def require_on(workspace: Workspace, switch: Switch) -> None:
    """Raise ConfigError where that is switched off: an act that was asked for is refused, not left out."""
    if not workspace.settings.on(switch):
        raise ConfigError(
            f"{workspace.config.name} switches {switch} off (switches.off), so {WITHOUT[switch]}: "
            "take it out of the list to go on."
        )
