"""Requests, answers and refusals, before they become bytes on a socket."""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.state import Json

JSON_TYPE = "application/json;charset=UTF-8"
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_WORTH_IT = 1000  # shorter bodies go as they are


class Refusal(Exception):
    """An answer with an error code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def forbidden() -> Refusal:
    """Known, but not for this user."""
    return Refusal(403, 1004, "You are not authorized to perform this action.")


def not_found() -> Refusal:
    """Gone, or never to be seen by this user."""
    return Refusal(404, 1006, "Not Found")


def unreadable(what: str) -> Refusal:
    """A parameter or body that says nothing."""
    return Refusal(400, 1008, f"Unable to parse request. {what}")


@dataclass(slots=True)
class Request:
    """One request; `path` without `/2.0`. `back`: how many mutations old the sheet that is read shall be (a fault)."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str  # http://127.0.0.1:PORT
    back: int = 0
    back_as_new: bool = False  # … with the version number of today

    def flag(self, name: str) -> bool:
        """A yes-or-no parameter; clients write `true`, `True` or `1`."""
        return self.query.get(name, "").lower() in ("true", "1")

    def words(self, name: str) -> frozenset[str]:
        """A comma list."""
        return frozenset(each.strip() for each in self.query.get(name, "").split(",") if each.strip())

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises Refusal."""
        try:
            return int(self.query.get(name, default))
        except ValueError:
            raise unreadable(f"{name} is no number.") from None

    def json(self) -> Any:
        """The body. Raises Refusal."""
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            raise unreadable("The body is no JSON.") from None


class Piece:
    """A part of a body, with its deflated form once somebody asked for it."""

    __slots__ = ("_small", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._small: bytes | None = None

    def small(self) -> bytes:
        """Deflated, ended so that another piece can follow."""
        if self._small is None:
            work = zlib.compressobj(1, zlib.DEFLATED, -15)
            self._small = work.compress(self.raw) + work.flush(zlib.Z_FULL_FLUSH)
        return self._small


@dataclass(slots=True)
class Answer:
    """One answer. The length is added when it is sent."""

    status: int = 200
    pieces: list[Piece] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON_TYPE})

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Answer":
        """A value as JSON."""
        return cls(status, [Piece(dumped(value))])

    @classmethod
    def refusing(cls, refusal: Refusal, ref: str) -> "Answer":
        """The error envelope."""
        return cls.of({"refId": ref, "errorCode": refusal.code, "message": refusal.message}, refusal.status)

    def body(self) -> bytes:
        """All of it, plain."""
        return b"".join(piece.raw for piece in self.pieces)

    def replace(self, body: bytes) -> None:
        """Another body."""
        self.pieces = [Piece(body)]

    def squeezed(self) -> list[bytes]:
        """The body as gzip, in parts; None of it is deflated twice while it stays the same."""
        check, size = 0, 0
        for piece in self.pieces:
            check, size = zlib.crc32(piece.raw, check), size + len(piece.raw)
        tail = b"\x03\x00" + struct.pack("<II", check, size & 0xFFFFFFFF)
        return [_GZIP_HEAD, *(piece.small() for piece in self.pieces), tail]

    def worth_squeezing(self) -> bool:
        """Whether the body is long enough."""
        return sum(len(piece.raw) for piece in self.pieces) >= _WORTH_IT


def dumped(value: Any) -> bytes:
    """JSON as the service writes it: no blanks, letters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def offset_page(items: Sequence[Any], request: Request) -> tuple[Sequence[Any], Json]:
    """The items of a page and its envelope. Beyond the end the last page comes again; nothing at all is page 0 of 0."""
    total = len(items)
    if request.flag("includeAll"):
        size, page, pages = 30_000, min(total, 1), min(total, 1)
        return items, {"pageNumber": page, "pageSize": size, "totalPages": pages, "totalCount": total}
    size = max(1, request.number("pageSize", 100))
    pages = -(-total // size)
    page = min(max(1, request.number("page", 1)), pages)
    chosen = items[(page - 1) * size : page * size] if pages else []
    return chosen, {"pageNumber": page, "pageSize": size, "totalPages": pages, "totalCount": total}


def token_page(items: Sequence[Any], request: Request, least: int, name: str = "data") -> Json:
    """A token-paged envelope: `lastKey` is there as long as something follows."""
    size = max(least, request.number("maxItems", least))
    key = request.query.get("lastKey", "")
    try:
        start = int(key.removeprefix("k"), 36) if key else 0
    except ValueError:
        raise unreadable("lastKey is none of ours.") from None
    page: Json = {name: list(items[start : start + size])}
    if start + size < len(items):
        page["lastKey"] = f"k{_base36(start + size)}"
    return page


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, last = divmod(number, 36)
        text = digits[last] + text
    return text or "0"
