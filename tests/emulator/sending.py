"""From an answer to bytes on a socket, also to bytes that break off, stall or are nonsense."""

import gzip
import os
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from tests.emulator.faults import Fault
from tests.emulator.wire import Answer

SILENT = ("hang_before", "reset", "eof")
_LONG = 1 << 16  # bytes that are joined rather than sent in pieces


class Sender:
    """Writes answers to one connection. `stopping` cuts every wait short."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def send(self, answer: Answer, faults: Sequence[Fault], date: datetime, squeeze: bool, keep: bool) -> bool:
        """Send an answer as the faults will have it. Returns whether the connection can go on."""
        silent = next((each for each in faults if each.kind in SILENT), None)
        if silent is not None:
            self._nothing(silent)
            return False
        broken = next((each for each in faults if each.kind in _BREAKS), None)
        if broken is not None:
            return _BREAKS[broken.kind](self, answer, broken, date)
        parts = [piece.raw for piece in answer.pieces]
        headers = dict(answer.headers)
        if squeeze and answer.worth_squeezing():
            parts, headers["Content-Encoding"] = answer.squeezed(), "gzip"
        headers["Content-Length"] = str(sum(map(len, parts)))
        self._write([head(answer.status, headers, date, keep), *parts])
        return keep

    def _write(self, parts: Sequence[bytes]) -> None:
        waiting = b""
        for part in parts:
            if len(part) < _LONG:
                waiting += part
                continue
            if waiting:
                self._connection.sendall(waiting)
            self._connection.sendall(part)
            waiting = b""
        if waiting:
            self._connection.sendall(waiting)

    def _wait(self, fault: Fault) -> None:
        self._stopping.wait(fault.number("seconds", 2))

    def _nothing(self, fault: Fault) -> None:
        if fault.kind == "hang_before":
            self._wait(fault)
        elif fault.kind == "reset":  # closing without lingering sends RST, where a shutdown would send FIN first
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self._connection.detach())

    def _plain(self, answer: Answer, date: datetime, body: bytes, length: int | None = None, coding: str = "") -> None:
        headers = dict(answer.headers) | ({"Content-Encoding": coding} if coding else {})
        headers |= {"Content-Length": str(len(body) if length is None else length)}
        self._write([head(answer.status, headers, date, keep=True), body])

    def _hang_body(self, answer: Answer, fault: Fault, date: datetime) -> bool:
        body = answer.body()
        self._plain(answer, date, body[: len(body) // 2], len(body))
        self._wait(fault)
        return False

    def _drip(self, answer: Answer, fault: Fault, date: datetime) -> bool:
        """One byte every `interval` seconds, for `seconds`; then the rest at once if `finish`, else nothing."""
        body, interval = answer.body(), fault.number("interval", 1)
        self._plain(answer, date, b"", len(body))
        count = min(len(body), int(fault.number("seconds", 3) / interval))
        for place in range(count):
            self._connection.sendall(body[place : place + 1])
            if self._stopping.wait(interval):
                return False
        if fault.args.get("finish"):
            self._connection.sendall(body[count:])
        return bool(fault.args.get("finish"))

    def _truncate_len(self, answer: Answer, _fault: Fault, date: datetime) -> bool:
        body = answer.body()
        self._plain(answer, date, body[: len(body) // 2], len(body))
        return False

    def _truncate_chunk(self, answer: Answer, _fault: Fault, date: datetime) -> bool:
        body = answer.body()
        headers = {**answer.headers, "Transfer-Encoding": "chunked"}
        start = f"{len(body):x}\r\n".encode() + body[: len(body) // 2]
        self._write([head(answer.status, headers, date, keep=True), start])
        return False

    def _truncate_json(self, answer: Answer, fault: Fault, date: datetime) -> bool:
        body = answer.body()
        self._plain(answer, date, body[: max(1, int(len(body) * fault.number("share", 0.5)))])
        return True

    def _bad_gzip(self, answer: Answer, _fault: Fault, date: datetime) -> bool:
        body = gzip.compress(answer.body())
        spoiled = body[:10] + bytes(255 - each for each in body[10:])
        self._plain(answer, date, spoiled, coding="gzip")
        return True

    def _bad_utf8(self, answer: Answer, _fault: Fault, date: datetime) -> bool:
        body = answer.body()
        place = body.find(b'":"', len(body) // 2)
        place = len(body) // 2 if place < 0 else place + 3
        self._plain(answer, date, body[:place] + b"\xff\xfe\xc3(" + body[place:])
        return True


_BREAKS = {
    "hang_body": Sender._hang_body, "drip": Sender._drip, "truncate_len": Sender._truncate_len,
    "truncate_chunk": Sender._truncate_chunk, "truncate_json": Sender._truncate_json,
    "bad_gzip": Sender._bad_gzip, "bad_utf8": Sender._bad_utf8,
}  # fmt: skip


def head(status: int, headers: Mapping[str, str], date: datetime, keep: bool) -> bytes:
    """Status line and headers."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", f"Date: {format_datetime(date, usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
