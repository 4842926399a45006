#!/usr/bin/env python3
"""Check the proof of one event of a Redline record, offline, with nothing but Python 3.8 or newer.

    python3 verify_proof.py event-123.json ROOT

ROOT is what you hold from elsewhere: "redline:SIZE:ROOT" as it stands at the foot of every page of a report, or its 64
hexadecimal digits alone. Do not take it from whoever gave you the proof.
Exit 0: the event printed was part of the record that ROOT stands for. 1: that is not proven. 2: wrong usage.
"""

import hashlib
import json
import re
import struct
import sys
from typing import Any

INTEGER = "event_id incident_id is_historical money_cents".split()
REAL = "delta risk_score anomaly_score".split()
FIELDS = """event_id kind sheet_name incident_id who_evidence timestamp sheet_id row_id work_request column_name
violation_type old_value new_value delta changed_by changed_at week_ending is_historical audit_run_id severity
issue_description suggested_fix sheet_reference ip_address device_info session_id user_agent risk_score anomaly_score
predicted_category look money_cents evidence action""".split()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def encoded(name: str, value: object) -> bytes:
    """One field: "-" for nothing, else its length in bytes, a colon, its text; numbers with fractions by their bits."""
    if value is None:
        return b"-"
    if name in REAL and isinstance(value, (int, float)) and not isinstance(value, bool):
        text = struct.pack(">d", value + 0.0).hex()
    elif type(value) is (int if name in INTEGER else str) and name not in REAL:
        text = str(value)
    else:
        raise ValueError(f"the field {name} holds {value!r}, which is of the wrong type")
    return b"%d:%b" % (len(text.encode()), text.encode())


def root_of(size: int, place: int, leaf: bytes, beside: "list[bytes]") -> bytes:
    """The root of a tree of `size` leaves with `leaf` at `place`; `beside`: what stands beside its path, left first."""
    rest = iter(beside)

    def over(low: int, high: int) -> bytes:
        if not low <= place < high:
            return next(rest)
        if high - low == 1:
            return leaf
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        left = over(low, middle)
        return sha256(b"\x01", left, over(middle, high))

    root = over(0, size)
    if next(rest, None) is not None:
        raise ValueError("the proof holds more than is needed")
    return root


def check(proof: "dict[str, Any]", root: bytes, size: "int | None") -> None:
    """Raise ValueError unless the proof's event is part of the record that `root` (and `size`, if known) stands for."""
    event, total = proof["event"], proof["size"]
    if proof["format"] != "redline proof 1" or sorted(event) != sorted(FIELDS):
        raise ValueError("it is not a proof in the format 'redline proof 1'")
    if size is not None and size != total:
        raise ValueError(f"it is about a record of {total} events, your root about one of {size}")
    if type(event["event_id"]) is not int or type(total) is not int or not 1 <= event["event_id"] <= total < 1 << 60:
        raise ValueError("it names an event that the record cannot hold")
    fields = b"".join(encoded(name, event[name]) for name in FIELDS)
    sealed = sha256(b"\x01", bytes.fromhex(proof["previous"]), fields)
    beside = [bytes.fromhex(each) for each in proof["beside"]]
    if root_of(total, event["event_id"] - 1, sha256(b"\x00", sealed), beside) != root:
        raise ValueError("event and proof do not give your root: the event was altered, or is of another record")


def main(words: "list[str]") -> int:
    known = re.fullmatch(r"(?:redline:([0-9]{1,18}):)?([0-9a-fA-F]{64})", words[1]) if len(words) == 2 else None
    if not known:
        print(__doc__)
        return 2
    try:
        with open(words[0], encoding="utf-8") as stream:
            proof = json.load(stream)
        check(proof, bytes.fromhex(known[2]), int(known[1]) if known[1] else None)
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, StopIteration) as error:
        print(f"NOT PROVEN: {type(error).__name__ if not str(error) else error}.")
        return 1
    for name in FIELDS:
        if proof["event"][name] is not None:
            print(f"{name:20} {proof['event'][name]!r}")
    of = f" of the {known[1]}" if known[1] else ""  # a root alone does not say of how many
    print(f"PROVEN: this was event {proof['event']['event_id']}{of} in the record that your root stands for.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
