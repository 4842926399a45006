"""A server that takes callbacks, as a subscriber of webhooks runs one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.emulator.clients import ask
from tests.emulator.server import Emulator
from tests.emulator.state import Sheet


class Subscriber:
    """`codes`: its answers to events, in order, the last one for ever; `echo`: how it answers a challenge.

    `got` are the callbacks with events or a status: headers (names in lower case) and raw body.
    """

    def __init__(self, codes: list[int], echo: str = "header") -> None:
        self.codes, self.echo = codes, echo
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.challenges = 0

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Gives the callback URL."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                word = self.headers.get("Smartsheet-Hook-Challenge")
                answer = b""
                if word is not None:
                    outer.challenges += 1
                    self.send_response(200)
                    if outer.echo == "header":
                        self.send_header("Smartsheet-Hook-Response", word)
                    elif outer.echo == "body":
                        answer = json.dumps({"smartsheetHookResponse": json.loads(body)["challenge"]}).encode()
                else:
                    outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    self.send_response(outer.codes.pop(0) if len(outer.codes) > 1 else outer.codes[0])
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Be silent."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def hooked(emu: Emulator, sheet: Sheet, url: str, **more: Any) -> Any:
    """A webhook, created and enabled; what the service says of it."""
    asked = {"name": "watch", "callbackUrl": url, "scope": "sheet", "scopeObjectId": sheet.id, "events": ["*.*"]}
    made = ask(emu, "/webhooks", "POST", {**asked, "version": 1, **more}).json["result"]
    assert (made["status"], made["enabled"]) == ("NEW_NOT_VERIFIED", False)
    return ask(emu, f"/webhooks/{made['id']}", "PUT", {"enabled": True}).json["result"]
