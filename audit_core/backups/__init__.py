"""Backups: copies of everything that are read back and verified before they count, and the way back."""

from audit_core.backups.drill import Drill, drill
from audit_core.backups.make import Backup, backup
from audit_core.backups.swap import swap_in
from audit_core.backups.unpack import Restored, restore

__all__ = ["Backup", "Drill", "Restored", "backup", "drill", "restore", "swap_in"]
