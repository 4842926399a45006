"""config.json → frozen, typed, validated settings."""

from audit_core.settings.model import (
    SAMPLE_RATES,
    BackupSettings,
    PasswordComplexity,
    ReviewSettings,
    Settings,
    SystemSettings,
    load_settings,
)

__all__ = [
    "SAMPLE_RATES",
    "BackupSettings",
    "PasswordComplexity",
    "ReviewSettings",
    "Settings",
    "SystemSettings",
    "load_settings",
]
