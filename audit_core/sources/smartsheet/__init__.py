"""Smartsheet, by its official SDK: which sheets, what is in them, who wrote a cell, who can reach them."""

from pathlib import Path
from zoneinfo import ZoneInfo

from audit_core.errors import ConfigError
from audit_core.settings.environment import secret
from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.protocol import Memory
from audit_core.sources.smartsheet.client import API_BASE, CHANGE_AGENT, Client, Key, WritingClient
from audit_core.sources.smartsheet.limits import Limits
from audit_core.sources.smartsheet.source import SmartsheetSource
from audit_core.sources.smartsheet.transport import SdkTransport

TOKEN_NAMES = ("SMARTSHEET_ACCESS_TOKEN", "SMARTSHEET_API_TOKEN")
NEXT_TOKEN = "SMARTSHEET_ACCESS_TOKEN_NEXT"

__all__ = [
    "NEXT_TOKEN",
    "TOKEN_NAMES",
    "SmartsheetSource",
    "open_client",
    "open_keys",
    "open_smartsheet",
    "open_writing_client",
]


def open_client(settings: SmartsheetSettings, config: Path) -> Client:
    """Access that only reads. Raises ConfigError."""
    return Client(open_keys(settings, config))


def open_writing_client(settings: SmartsheetSettings, config: Path) -> WritingClient:
    """Access that can also write; see Workspace.smartsheet for who is given it. Raises ConfigError."""
    return WritingClient(open_keys(settings, config))


def open_keys(settings: SmartsheetSettings, config: Path) -> list[Key]:
    """The token of the environment, and the next one where both are there. Raises ConfigError where there is none."""
    found = {TOKEN_NAMES[0]: secret(config, *TOKEN_NAMES), NEXT_TOKEN: secret(config, NEXT_TOKEN)}
    tokens = {name: token for name, token in found.items() if token}
    if not tokens:
        raise ConfigError(
            f"There is no Smartsheet token: put it into the environment as {TOKEN_NAMES[0]}, or into a file .env "
            f"(mode 0600) beside {config}."
        )
    for name, token in tokens.items():
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigError(
                f"{name} holds characters that no token has (not shown): put the token there, without more."
            )
    base = (settings.api_base or API_BASE).rstrip("/")
    return [
        Key(
            name,
            SdkTransport(token, base, CHANGE_AGENT),
            Limits(token, settings.requests_per_minute, settings.history_per_minute),
        )
        for name, token in tokens.items()
    ]


def open_smartsheet(settings: SmartsheetSettings, zone: ZoneInfo, config: Path, memory: Memory) -> SmartsheetSource:
    """The sheets that the settings select. Raises ConfigError where they select none."""
    if not (settings.sheet_ids or settings.folder_ids or settings.workspace_ids):
        raise ConfigError(
            f"{config}: source: found no sheet_ids, folder_ids or workspace_ids, expected the id of something to read."
        )
    return SmartsheetSource(settings, zone, open_client(settings, config), memory)
