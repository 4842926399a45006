"""A webhook: one POST a document, with a key by which the receiver can tell a second one."""

import io
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import requests
import urllib3
from requests.auth import AuthBase

from audit_core import __version__
from audit_core.delivery.answers import Answer, Verdict, quoted

CONNECT_S: Final = 10.0
SILENCE_S: Final = 60.0
TOTAL_S: Final = 120.0
"""How long one answer may take from its first byte to its last."""

_MOST: Final = 4_096
_BUSY: Final = (408, 425, 429)
_DOOR: Final = (401, 403, 404, 405, 410)
"""Answers about the address or the token, and not about this document."""


class _Bearer(AuthBase):
    """The token as a header; given as `auth`, so that nothing is taken from a .netrc instead."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Hook:
    """One address."""

    def __init__(self, url: str, token: str | None, hidden: tuple[str, ...] = ()) -> None:
        """`hidden`: what is not told even if the other side says it, beside the token."""
        self._url, self._token, self._hidden = url, token, (token or "", *hidden)

    def send(self, key: str, content: bytes, more: Mapping[str, str] = MappingProxyType({})) -> Answer:
        """One document, once, with `more` headers. Never raises for what a server or a network does."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "User-Agent": f"redline/{__version__}",
            **more,
        }
        try:
            # a redirect could carry the token and the document elsewhere, so none is followed; in pieces, so that the
            # time limit is one on silence
            with requests.post(
                self._url, data=io.BytesIO(content), headers=headers, auth=_Bearer(self._token), stream=True,
                timeout=(CONNECT_S, SILENCE_S), allow_redirects=False,
            ) as answer:  # fmt: skip
                return _judged(answer.status_code, quoted(_beginning(answer), self._hidden))
        except (requests.exceptions.SSLError, requests.exceptions.ConnectTimeout) as error:
            untrusted = "CERTIFICATE_VERIFY" in str(error)
            why = "has no certificate that can be trusted" if untrusted else "cannot be reached"
            return Answer(Verdict.LATER, f"The webhook {why}: it got nothing.", stops=True)
        except requests.Timeout:
            return Answer(Verdict.UNCLEAR, "The webhook did not answer in time: it may have it.", stops=True)
        except requests.ConnectionError as error:
            if isinstance(error.args[0] if error.args else None, urllib3.exceptions.MaxRetryError):
                return Answer(Verdict.LATER, "The webhook cannot be reached: it got nothing.", stops=True)
            return Answer(Verdict.UNCLEAR, "The webhook ended the connection: it may have it.", stops=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            told = f"The webhook gave no whole answer ({type(error).__name__}): it may have it."
            return Answer(Verdict.UNCLEAR, told, stops=True)


def _judged(status: int, said: str) -> Answer:
    told = f"The webhook answered {status}{f' ({said})' if said else ''}."
    if 200 <= status < 300:
        return Answer(Verdict.ACCEPTED, told)
    if 300 <= status < 400:
        return Answer(Verdict.NEVER, f"The webhook answered {status}: redirects are not followed.", stops=True)
    if status in _BUSY or status >= 500:
        return Answer(Verdict.LATER, told, stops=True)
    return Answer(Verdict.NEVER, told, stops=status in _DOOR)


def _beginning(answer: requests.Response) -> bytes:
    """The first bytes of the body, as long as they come in time: that it was taken is known by its status already."""
    began, found = time.monotonic(), b""
    try:
        while len(found) < _MOST and time.monotonic() - began < TOTAL_S:
            piece = answer.raw.read1(_MOST, decode_content=True)
            if not piece:
                break
            found += piece
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        pass
    return found[:_MOST]
