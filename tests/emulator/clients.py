"""Two clients of the emulator: the official SDK, and one that shows what really came over the wire."""

import http.client
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import smartsheet

from tests.emulator.server import Emulator
from tests.emulator.state import Sheet

TOKEN = "token"


@contextmanager
def sdk(emulator: Emulator, token: str | None = None) -> Iterator[Any]:
    """An SDK client that raises what it is told, and never tries again."""
    token = token or emulator.tenant.token.text
    with warnings.catch_warnings():  # its TLS context asks for options that Python calls outdated
        warnings.simplefilter("ignore", DeprecationWarning)
        client = smartsheet.Smartsheet(token, api_base=emulator.base, user_agent="emulator-test", max_retry_time=0)
    client.errors_as_exceptions(True)
    try:
        yield client
    finally:
        client._session.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, int]:
        """(status, error code)."""
        return self.status, self.json["errorCode"]


def ask(
    emulator: Emulator,
    path: str,
    method: str = "GET",
    body: Any = None,
    token: str | None = TOKEN,
    headers: dict[str, str] | None = None,
    **query: Any,
) -> Reply:
    """One request on a connection of its own. A path under `/_emu/` goes to the control side."""
    base = emulator.root if path.startswith("/_emu/") else emulator.base
    parts = urlsplit(f"{base}{path}")
    sent = {"Connection": "close"} | ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, f"{parts.path}{'?' + urlencode(query) if query else ''}", data, sent)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def history(emu: Emulator, sheet: Sheet, row: int, title: str, **query: Any) -> list[Any]:
    """The data of a cell's history."""
    path = f"/sheets/{sheet.id}/rows/{row}/columns/{sheet.column(title).id}/history"
    data: list[Any] = ask(emu, path, **query).json["data"]
    return data


def cells(row: Any) -> dict[int, Any]:
    """A row's cells by column."""
    return {cell["columnId"]: cell for cell in row["cells"]}
