"""Anchors: what the ledger's size and head were at a moment, kept outside the database.

A bare hash chain cannot see that its tail was cut off; an anchor can. Every committing run appends one
to `<data_dir>/anchors.jsonl`, every backup carries one, and any copy elsewhere is a witness.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from audit_core.errors import ConfigError
from audit_core.store.files import append_line
from audit_core.store.ledger import head


@dataclass(frozen=True, slots=True)
class Anchor:
    """`size` events, the last of which has the hash `head` (hexadecimal)."""

    size: int
    head: str
    at: str
    run_id: str

    def line(self) -> str:
        """The anchor as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)


def current(connection: sqlite3.Connection, run_id: str, now: datetime) -> Anchor:
    """The anchor of the ledger as it stands."""
    end = head(connection)
    return Anchor(end.size, end.hash.hex(), now.isoformat(), run_id)


def keep(path: Path, anchor: Anchor) -> None:
    """Append an anchor to a file of anchors."""
    append_line(path, anchor.line())


def parse(text: str) -> Anchor:
    """One anchor from a line of JSON. Raises ValueError when it is none."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets within brackets without end") from error
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    size, digest = data.get("size"), data.get("head")
    if not isinstance(size, int) or size < 0 or not isinstance(digest, str) or len(bytes.fromhex(digest)) != 32:
        raise ValueError("an anchor has a size and a head of 64 hexadecimal digits")
    return Anchor(size, digest.lower(), str(data.get("at", "")), str(data.get("run_id", "")))


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
    try:
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
