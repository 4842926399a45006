"""One text for many values, and its SHA-256: what is sealed beside the events, such as a look's incidents."""

import hashlib
from collections.abc import Iterable


def canonical(values: Iterable[object]) -> bytes:
    """Each value as `-` for None, else `<length in bytes>:<text>`: no two sequences share an encoding."""
    texts = (None if value is None else str(value).encode() for value in values)
    return b"".join(b"-" if text is None else b"%d:%b" % (len(text), text) for text in texts)


def digest(rows: Iterable[Iterable[object]]) -> str:
    """The SHA-256 of rows in their order, hexadecimal."""
    sealed = hashlib.sha256()
    for row in rows:
        text = canonical(row)
        sealed.update(b"%d;" % len(text))
        sealed.update(text)
    return sealed.hexdigest()
