"""What lies beside an archive or an export, in plain words: what each file is, and how to check it by hand."""

import textwrap
from collections.abc import Mapping

from audit_core.records.proof import Proof
from audit_core.store.schema import EVENT_FIELDS

BY_HAND = f"""\
import hashlib, json, struct

FIELDS = {{
{chr(10).join(f'    "{name}": "{kind}",' for name, kind in EVENT_FIELDS.items())}
}}

def hash_of(event):
    text = ""
    for name, kind in FIELDS.items():
        value = event[name]
        if value is None:
            text += "-"
            continue
        if kind == "REAL":
            value = struct.pack(">d", float(value) + 0.0).hex()
        text += f"{{len(str(value).encode())}}:{{value}}"
    return hashlib.sha256(b"\\x01" + bytes.fromhex(event["prev_hash"]) + text.encode()).hexdigest()

for line in open("tables/audit_events.jsonl", encoding="utf-8"):
    event = json.loads(line)
    assert hash_of(event) == event["hash"], event["event_id"]
"""
"""A program that needs nothing but Python; tests run it over an export."""

_HASH = """\
How the hash of an event is made. Take the byte 01, then the 32 bytes of the hash of the event before it (prev_hash; 32
zero bytes before the first), then the fields below in this order: "-" for an empty one (NULL), else the length of its
text in bytes (UTF-8), a colon, and the text. The text of a whole number is its decimal digits; that of delta,
risk_score and anomaly_score is the 16 hexadecimal digits of the IEEE 754 double, the most significant first. The
SHA-256 of all that is the hash.
"""

_FIELDS = textwrap.fill(", ".join(EVENT_FIELDS), 118, initial_indent="  ", subsequent_indent="  ")


def archive_readme(proof: Proof) -> str:
    """README.txt of an archive."""
    mixed = (
        f"""
The clock of the machine went back: {proof.others} of these events were recorded in another year. They are here because
they stand between the others.
"""
        if proof.others
        else ""
    )
    return f"""\
Redline archive of {proof.year}
{mixed}
  events.parquet   events {proof.first} to {proof.last} of the ledger, recorded in {proof.year} ({proof.time_zone}):
                   every sealed column, with the hash of the event before and its own
  proof.json       the anchor over {proof.anchor["size"]} events that proves them, and the roots beside them
  later.parquet    only where snapshots of {proof.year} were given up later: the events that say so
  snapshots/       the sheets as they were read, each file named by its SHA-256
  SHA256SUMS       the SHA-256 of every file; "sha256sum --check SHA256SUMS" finds a damaged one

To check it, in a copy of the program (it needs neither the store nor a config file):

  python -m jobs verify-archive FOLDER --anchor FILE

FILE holds anchors that were kept elsewhere: lines of anchors.jsonl, or the line at the foot of a report. Without one,
and without a signature by a key that you trust (REDLINE_TRUSTED_KEYS), the check shows that nothing is damaged, not who
made the archive.

By hand. {_HASH}
{_FIELDS}

The anchor's root is that of a Merkle tree over the hashes of all events (RFC 6962): a leaf is SHA-256(00, hash), a node
SHA-256(01, left, right), and of n leaves the left side of a node holds the largest power of two below n. "proof" in
proof.json lists the roots of the largest subtrees that hold none of these events, from left to right.
"""


def export_readme(rows: Mapping[str, int]) -> str:
    """README.txt of an export. `rows`: how many rows each table has."""
    tables = "\n".join(f"  {name:20} {count:,} rows" for name, count in rows.items())
    return f"""\
Redline export: everything on record, in open formats

  tables/NAME.jsonl     one row a line (JSON Lines, UTF-8); bytes are hexadecimal digits
  tables/NAME.parquet   the same rows with their column types
  tables.json           every table with its columns, their types and its number of rows
  snapshots/            the sheets as they were read, Parquet files named by their SHA-256 (see the table snapshots)
  models/               what each model was fitted on, and its card (see the table models)
  price_lists/          the price lists that were uploaded, each named by its SHA-256 (see the table decisions)
  forecasts/            what each forecast said of the rows of open weeks (see the events forecast_made)
  packets/lines/        the lines of each packet that was made (see the events packet_made)
  access_reviews/       the lists of each access review, and the evidence of those that were signed (see the events
                        access_review_made and access_pack_made)
  anchors.jsonl         what the ledger was at many moments: number of events, last hash, Merkle root, signature
  config.json           the settings; secrets never stand in it
  SHA256SUMS            the SHA-256 of every file; "sha256sum --check SHA256SUMS" finds a damaged one

Left out: password hashes (credentials), sessions, and the network addresses of sign-in attempts. They prove nothing and
would help a burglar.

{tables}

{_HASH}
{_FIELDS}

This program computes every hash again; run it in this folder:

{BY_HAND}"""
