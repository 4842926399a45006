"""config.json → frozen, typed, validated settings."""

from audit_core.settings.model import (
    SAMPLE_RATES,
    BackupSettings,
    ReviewSettings,
    Settings,
    SystemSettings,
    load_settings,
)
from audit_core.settings.security import PasswordComplexity

__all__ = [
    "SAMPLE_RATES",
    "BackupSettings",
    "PasswordComplexity",
    "ReviewSettings",
    "Settings",
    "SystemSettings",
    "load_settings",
]
