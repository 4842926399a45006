"""What is switched off in config.json: asked where a feature would do something, and answered by one sentence."""

from audit_core.errors import ConfigError
from audit_core.settings.operating import WITHOUT, Feature
from audit_core.workspace import Workspace


def require_on(workspace: Workspace, feature: Feature) -> None:
    """Raise ConfigError where the feature is switched off: an act that was asked for is refused, not left out."""
    if not workspace.settings.on(feature):
        raise ConfigError(
            f"{workspace.config.name} switches {feature} off (features.off), so {WITHOUT[feature]}: "
            "take it out of the list to go on."
        )
