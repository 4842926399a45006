"""The config file as the runner holds it: read anew whenever it changes, and kept as it was while it is wrong."""

import logging
from dataclasses import replace

from audit_core.errors import ConfigError
from audit_core.settings.file import settings_text
from audit_core.workspace import Workspace

log = logging.getLogger("redline.runner")


class Watched:
    """The settings in force. `text`: what stood in the file then. `trouble`: what is wrong with what stands there now.

    The store stays the one that was opened first.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Takes up what stands in the file by now. Raises ConfigError."""
        self.workspace = workspace
        self._seen = self._stamp()
        self.text = settings_text(workspace.config)
        self.workspace = self._opened(self.text)
        self.trouble: str | None = None

    def changed(self) -> bool:
        """Whether other settings are in force than at the last call."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        before = self.workspace
        try:
            text = settings_text(before.config)
            after = self._opened(text)
        except ConfigError as error:
            self.trouble = str(error)
            log.error("config.json is as it was before to this runner: %s", error)
            return False
        self.text, self.trouble = text, None
        if after.settings == before.settings:
            return False
        self.workspace = after
        log.info("config.json has changed")
        return True

    def _opened(self, text: str) -> Workspace:
        before = self.workspace
        after = Workspace.open(before.config, text)
        if after.settings.data_dir != before.settings.data_dir:
            raise ConfigError(f"{before.config}: data_dir: found another folder: start the runner again for it.")
        return replace(after, store=before.store)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.workspace.config.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
