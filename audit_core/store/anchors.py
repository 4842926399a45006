"""Anchors: what the ledger was at a moment, kept outside the database and signed where there is a key.

A bare hash chain cannot see that its tail was cut off; an anchor can. Every committing run appends one
to `<data_dir>/anchors.jsonl`, every backup carries one, every report prints one: any copy elsewhere is a witness.
"""

import json
import os
import re
import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from audit_core.errors import ConfigError
from audit_core.signing import NO_KEY, SIGNING_KEY, Keys, Signer, Verdict
from audit_core.store.digest import canonical
from audit_core.store.files import append_line
from audit_core.store.ledger import GENESIS, head
from audit_core.store.merkle import Tree

_PURPOSE: Final = "redline anchor 1"
_NEAR: Final = 1 << 16
_SHORT: Final = re.compile(r"redline:([0-9]{1,18}):([0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Anchor:
    """`size` events, the last of which has the hash `head`, under the Merkle root `root` (both hexadecimal).

    `head` or `root` None: not said by this anchor (a report's footer has no head, anchors of old had no root).
    `key_id`, `signature`: whose key signed all the other fields; None where there was no key.
    """

    size: int
    head: str | None
    at: str
    run_id: str
    root: str | None = None
    key_id: str | None = None
    signature: str | None = None

    def line(self) -> str:
        """The anchor as one line of JSON."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None}, sort_keys=True)

    def short(self) -> str:
        """Size and root alone, as reports print them at the foot of a page."""
        return f"redline:{self.size}:{self.root}"

    def signed(self, signer: Signer | None) -> "Anchor":
        """The same with a signature, where there is a key."""
        if signer is None:
            return self
        named = replace(self, key_id=signer.key_id)
        return replace(named, signature=signer.sign(named._message()))

    def judged(self, keys: Keys) -> Verdict | None:
        """What the signature is worth here; None where there is none."""
        if self.signature is None:
            return None
        return keys.judge(self.key_id or "", self.signature, self._message())

    def _message(self) -> bytes:
        return canonical((_PURPOSE, self.size, self.head, self.root, self.at, self.run_id, self.key_id))


def current(connection: sqlite3.Connection, run_id: str, now: datetime, signer: Signer | None = None) -> Anchor:
    """The anchor of the ledger as it stands. Asked in a transaction where others may commit meanwhile."""
    end = head(connection)
    root = Tree(connection).root(0, end.size)
    return Anchor(end.size, end.hash.hex(), now.isoformat(), run_id, root.hex()).signed(signer)


def of_size(connection: sqlite3.Connection, size: int, run_id: str, signer: Signer | None = None) -> Anchor:
    """The anchor of the ledger as it stood when it held `size` events, at the time of the last of them (0: at none)."""
    if size == 0:
        return Anchor(0, GENESIS.hex(), "", run_id, Tree(connection).root(0, 0).hex()).signed(signer)
    digest, at = connection.execute(
        "SELECT hash, timestamp FROM main.audit_events WHERE event_id = ?", (size,)
    ).fetchone()
    return Anchor(size, digest.hex(), at, run_id, Tree(connection).root(0, size).hex()).signed(signer)


def keep(path: Path, anchor: Anchor) -> None:
    """Append an anchor to a file of anchors."""
    append_line(path, anchor.line())


def require_key(path: Path, keys: Keys) -> None:
    """Raise ConfigError where nothing signs although the newest anchor is signed, and nobody said that this ended."""
    last = newest(path)
    if keys.signer is None and not keys.ended and last is not None and last.signature is not None:
        raise ConfigError(
            f"There is no signing key here, although the newest anchor is signed: put {SIGNING_KEY} into the .env "
            f"beside the config, where every command reads it ({NO_KEY}: nothing is to be signed any more)."
        )


def parse(text: str) -> Anchor:
    """One anchor from a line of JSON, or from a report's footer. Raises ValueError when it is none."""
    if found := _SHORT.fullmatch(text.strip()):
        return Anchor(int(found[1]), None, "", "", root=found[2].lower())
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets within brackets without end") from error
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    size, digest, root = data.get("size"), data.get("head"), data.get("root")
    if type(size) is not int or size < 0 or not _is_digest(digest) or (root is not None and not _is_digest(root)):
        raise ValueError("an anchor has a size and a head of 64 hexadecimal digits")
    signed = {name: str(data[name]) for name in ("key_id", "signature") if data.get(name) is not None}
    return Anchor(
        size,
        str(digest).lower(),
        str(data.get("at", "")),
        str(data.get("run_id", "")),
        None if root is None else str(root).lower(),
        **signed,
    )


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-fA-F]{64}", value) is not None


def read(path: Path) -> tuple[list[Anchor], list[int]]:
    """The anchors of a file, and the numbers of the lines that are none."""
    return _parse_lines(path.read_text(errors="replace"))


def read_kept(path: Path) -> tuple[list[Anchor], list[int]]:
    """As `read`, of the file that `keep` appends to: a last line that a crash tore is passed over."""
    text = path.read_text(errors="replace")
    anchors, bad = _parse_lines(text)
    # torn means without its end: any other line that is no anchor was altered
    torn = 0 if "}" in text.rpartition("\n")[2] else len(text.split("\n"))
    return anchors, [number for number in bad if number != torn]


def newest(path: Path) -> Anchor | None:
    """The last anchor of a file; None where there is none."""
    if not path.exists():
        return None
    with path.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _NEAR))
        found, _ = _parse_lines(stream.read().decode(errors="replace"))
    return found[-1] if found else None


def copy_for(size: int, path: Path, target: Path, older: int) -> None:
    """Copy the file that `keep` appends to beside a copy of the ledger with `size` events.

    Anchors that were kept after its first `older` bytes, while the ledger was copied, are left out if they saw more.
    """
    content = path.read_bytes()
    newer = content[older:].splitlines(keepends=True)
    target.write_bytes(content[:older] + b"".join(line for line in newer if not _saw_more(line, size)))


def _saw_more(line: bytes, size: int) -> bool:
    try:
        return parse(line.decode()).size > size
    except ValueError:
        return False  # no anchor: it is copied as it is, and found when the copy is verified


def _parse_lines(text: str) -> tuple[list[Anchor], list[int]]:
    anchors, bad = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                anchors.append(parse(line))
            except ValueError:
                bad.append(number)
    return anchors, bad


def given(text_or_file: str) -> list[Anchor]:
    """Anchors from the command line: a file of them, or one as text. Raises ConfigError."""
    path = Path(text_or_file)
    if found := _SHORT.search(text_or_file):  # also amid the other words of a page's foot
        return [parse(found[0])]
    try:
        if not text_or_file.strip():
            raise ValueError("it is empty")
        if not text_or_file.lstrip().startswith("{") and path.exists():
            anchors, bad = read(path)
            if bad or not anchors:
                raise ConfigError(f"--anchor {text_or_file}: line {bad[0] if bad else 1} is not an anchor.")
            return anchors
        return [parse(text_or_file)]
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"--anchor {text_or_file[:80]!r} is neither a file of anchors nor an anchor's JSON ({error})."
        ) from error
