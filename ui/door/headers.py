"""The headers that every answer bears: what a browser may do with it, and what it keeps of it."""

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import Final

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from ui.keys import SCRIPTS

_ALWAYS: Final = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), "
    "serial=(), usb=()",
}
_TLS_ONLY: Final = "max-age=31536000"
PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "img-src data:"
)
"""For the pages of the door, which need no script."""


@functools.lru_cache(maxsize=1)
def _app_policy() -> str:
    """For Streamlit's pages: its own scripts, and of inline ones those of its page and of ours. Vega makes functions of
    text, and styles are made in the page; nothing is fetched from, sent to or shown by anybody else.
    """
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    inline = [each for text in (page, *SCRIPTS) for each in re.findall(r"<script>(.*?)</script>", text, re.DOTALL)]
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in inline
    )
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data: blob:; worker-src 'self' blob:; frame-src 'self'; manifest-src 'self'; "
        "object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def with_headers(send: Send, path: str, *, tls: bool) -> Send:
    """Sends an answer to `path` with them. What is fingerprinted may be kept by the browser; nothing else is."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _ALWAYS.items():
                headers[name] = value
            headers.setdefault("content-security-policy", _app_policy())
            if not path.startswith("/static/"):
                headers["cache-control"] = "no-store"
            if tls:
                headers["strict-transport-security"] = _TLS_ONLY
        await send(message)

    return sending
