"""One request over the SDK's session, with our own manners: time limits, no redirect, no retry underneath, and
nothing that carries the token in what it raises."""

import http.client
import queue
import threading
import time
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
import smartsheet
import urllib3
from requests.adapters import HTTPAdapter
from smartsheet.util import fresh_operation

from audit_core import __version__

CONNECT_S: Final = 5.0
SILENCE_S: Final = 30.0
"""How long the server may send nothing at all."""
TOTAL_S: Final = 120.0
"""How long one answer may take from start to end."""
_SLOW_AFTER_S: Final = 10.0
_SLOWEST: Final = 1_000
"""After so many seconds an answer that brought fewer bytes a second than this is a drip."""
LARGEST: Final = 1_000_000_000
_PIECE: Final = 1 << 16


class TransportFailure(Exception):
    """No whole answer came; `str()` says what happened, without an address or a header."""

    def __init__(self, what: str, *, timed_out: bool = False) -> None:
        super().__init__(what)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: status, headers (names in lower case) and decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request and returns its whole answer, or raises TransportFailure."""

    def send(self, method: str, path: str, query: Mapping[str, str], body: "Body | None" = None) -> Response: ...


@dataclass(frozen=True, slots=True)
class Body:
    """What a writing request carries: JSON, or one file."""

    json: Any = None
    file: tuple[str, bytes, str] | None = None


class SdkTransport:
    """The official SDK's session and request signing, without its retries and its parsing."""

    def __init__(self, token: str, api_base: str, change_agent: str) -> None:
        self._token = token.encode()
        # without its own retries: see docs/design.md
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its TLS settings, which are not used below
            self._sdk = smartsheet.Smartsheet(
                token, api_base=api_base, user_agent=f"redline/{__version__}", max_retry_time=0
            )
        self._sdk.with_change_agent(change_agent)
        self._session: requests.Session = self._sdk._session
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=2, max_retries=0))

    def send(self, method: str, path: str, query: Mapping[str, str], body: Body | None = None) -> Response:
        """One request, one answer. Raises TransportFailure.

        It runs beside this thread, because a server that sends its headers byte by byte never lets a read time out.
        What is still under way when the time is up is left alone; it cannot hold the process.
        """
        begun, found = threading.Event(), queue.SimpleQueue[Response | TransportFailure]()
        work = threading.Thread(
            target=lambda: found.put(self._outcome(method, path, query, body, begun)), daemon=True, name="smartsheet"
        )
        work.start()
        begun.wait(CONNECT_S + SILENCE_S)
        work.join(TOTAL_S if begun.is_set() else 0)
        if work.is_alive():
            raise TransportFailure("did not answer in time", timed_out=True)
        outcome = found.get()
        if isinstance(outcome, TransportFailure):
            raise outcome
        return outcome

    def _outcome(
        self, method: str, path: str, query: Mapping[str, str], body: Body | None, begun: threading.Event
    ) -> Response | TransportFailure:
        """The answer, or what went wrong as something that carries neither the request nor the token in it."""
        try:
            return self._send(method, path, query, body, begun)
        except requests.Timeout:
            return TransportFailure("did not answer in time", timed_out=True)
        except requests.ConnectionError as error:
            cut = "reset" in str(error) or "aborted" in str(error)
            return TransportFailure("ended the connection" if cut else "cannot be reached")
        except urllib3.exceptions.ReadTimeoutError:
            return TransportFailure("stopped in the middle of an answer", timed_out=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError):
            return TransportFailure("sent an answer that breaks off")
        except Exception as error:  # noqa: BLE001 - else the waiting thread would wait for nothing
            return TransportFailure(f"could not be asked ({type(error).__name__})")
        finally:
            begun.set()

    def _send(
        self, method: str, path: str, query: Mapping[str, str], body: Body | None, begun: threading.Event
    ) -> Response:
        operation = fresh_operation("raw")
        operation.update(method=method, path=path, query_params=dict(query))
        if body is not None and body.file is not None:
            operation["files"] = {"file": body.file}
        elif body is not None:
            operation["json"] = body.json
        request = self._sdk.prepare_request(operation)
        began = time.monotonic()
        # a redirect could carry the token to another host, so none is followed
        answer = self._session.send(request, timeout=(CONNECT_S, SILENCE_S), stream=True, allow_redirects=False)
        begun.set()
        try:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            found = _unpacked(_read(answer.raw, began), headers)
            if (
                answer.status_code >= 300
            ):  # what is said of a failure is kept, so an echo of the token must not be in it
                found = found.replace(self._token, b"(the token)")
            return Response(answer.status_code, headers, found)
        finally:
            answer.close()


def _read(raw: urllib3.BaseHTTPResponse, began: float) -> bytes:
    """The body as it was sent, in pieces, so that a server that sends a byte a second cannot hold us."""
    pieces, size = [], 0
    while piece := raw.read1(_PIECE, decode_content=False):
        pieces.append(piece)
        size += len(piece)
        took = time.monotonic() - began
        if took > TOTAL_S or (took > _SLOW_AFTER_S and size < took * _SLOWEST):
            raise requests.Timeout("too slow")
        if size > LARGEST:
            raise requests.exceptions.ContentDecodingError("too large")
    return b"".join(pieces)


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    if headers.get("content-encoding", "identity").strip().lower() in ("", "identity") or not body:
        return body
    unpack = zlib.decompressobj(wbits=47)  # gzip or zlib, whichever it is
    try:
        unpacked = unpack.decompress(body, LARGEST)
    except zlib.error:
        unpacked = b""
    if not unpack.eof:
        raise requests.exceptions.ContentDecodingError("cut or not compressed as it says")
    return unpacked
