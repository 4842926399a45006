"""An Admin puts the tokens of the environment to the test, without waiting for the next sync."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.settings.source import SmartsheetSettings
from audit_core.workspace import Workspace

if TYPE_CHECKING:
    from audit_core.sources.smartsheet.trial import Trial


def try_tokens(workspace: Workspace, actor: Actor) -> "Sequence[Trial]":
    """What Smartsheet says of each token that is there now, the one in use first.

    Raises NotAllowed, and ConfigError where there is no token, or no Smartsheet.
    """
    require(actor, Permission.MANAGE_SOURCES)
    settings = workspace.settings.source
    if not isinstance(settings, SmartsheetSettings):
        raise ConfigError("The sheets do not come from Smartsheet (source.kind), so there is no token to test.")
    from audit_core.sources.smartsheet import open_keys  # noqa: PLC0415  (the SDK takes half a second)
    from audit_core.sources.smartsheet.selection import selected  # noqa: PLC0415
    from audit_core.sources.smartsheet.trial import try_key  # noqa: PLC0415

    retired = {str(each) for each in settings.retired_sheet_ids}
    wanted = selected(settings, workspace.store.memory) - retired
    return [try_key(key, wanted) for key in open_keys(settings, workspace.config)]
