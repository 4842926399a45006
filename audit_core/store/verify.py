"""Recompute everything that was sealed, and name the first place that does not fit."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from audit_core.errors import VerificationFailed
from audit_core.signing import Keys, Verdict
from audit_core.store import anchors
from audit_core.store.anchors import Anchor
from audit_core.store.columnar import Columnar
from audit_core.store.database import Database, unreadable
from audit_core.store.kept_files import check_kept_files
from audit_core.store.model_files import check_models
from audit_core.store.recompute import Recomputed, recompute
from audit_core.store.sealed import check_incidents, check_sealed
from audit_core.store.shape import check_shape
from audit_core.store.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Verified:
    """What was recomputed and found whole. `head`, `root`: hexadecimal.

    Of the `anchors` that agree, `signed` bear a signature that was checked, `unknown` one by a key that is not known
    here; the others bear none. `since`: events that no anchor has seen. `indexes`: tables were compared with them.
    """

    events: int
    head: str
    root: str
    anchors: int
    signed: int
    unknown: int
    since: int
    snapshots: int
    indexes: bool

    def words(self) -> str:
        """The result as a sentence for a person."""
        unsigned = self.anchors - self.signed - self.unknown
        signatures = [
            f"{self.signed:,} of them signed by a known key" if self.signed else "",
            f"{self.unknown:,} signed by a key that is not known here (REDLINE_TRUSTED_KEYS)" if self.unknown else "",
            f"{unsigned:,} not signed" if unsigned else "",
        ]
        since = f"; {self.since:,} events are newer than every anchor" if self.since else ""
        size = "" if self.indexes else "; tables of a file this large are not compared with their indexes"
        return (
            f"{self.events:,} events, {self.snapshots:,} snapshots and {self.anchors:,} anchors agree: "
            f"{', '.join(filter(None, signatures)) or 'there is no anchor'}{since}{size}."
        )


def verify(
    database: Database,
    snapshots: Snapshots,
    anchor_file: Path,
    extra: Sequence[Anchor],
    keys: Keys | None = None,
) -> Verified:
    """Check every event, every anchor and its signature, all that the ledger sealed beside the events, and their copy.

    `extra`: anchors from elsewhere. Raises VerificationFailed with the first event, anchor, incident or file that does
    not fit. A columnar copy that differs is made anew before that is said.
    """
    keys = keys or Keys()
    copy, differing = Columnar(database), list[int]()

    def compare(page: pl.DataFrame) -> None:
        if not differing and (first := copy.check(page)) is not None:
            differing.append(first)

    try:
        connection = database.connection()
        # asked before the anchors are read: a run that had ended by then had kept its anchor before it ended
        committed, seen = _committing_runs(connection), _seen_by_runs(connection)
        kept = _kept(anchor_file, committed, *seen)
        verdicts = check_signatures(kept, anchor_file.name, keys) + check_signatures(extra, "--anchor", keys)
        made = recompute(connection, {anchor.size for anchor in (*kept, *extra)}, compare)
        check_anchors(made, kept, anchor_file.name)
        check_anchors(made, extra, "--anchor")
        check_incidents(connection)
        taken = check_sealed(connection, snapshots)
        for item in taken:
            snapshots.check(item)
        check_models(connection, snapshots.folder.with_name("models"))
        check_kept_files(connection, snapshots.folder.parent)
        indexes = check_shape(connection)
    except sqlite3.DatabaseError as error:
        raise unreadable(database.path, error) from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise VerificationFailed(f"The record holds what this program never writes ({error!r}): altered.") from error
    except IsADirectoryError as error:
        raise VerificationFailed(f"{error.filename} is a folder, where a file was: it was put in its place.") from error
    if differing:
        copy.rebuild()
        raise VerificationFailed(
            f"The columnar copy had event {differing[0]} otherwise than the ledger, which is whole: what screens and "
            "reports counted since may be wrong. It was made anew."
        )
    return Verified(
        events=made.size,
        head=made.heads[made.size].hex(),
        root=made.roots[made.size].hex(),
        anchors=len(kept) + len(extra),
        signed=verdicts[Verdict.GOOD],
        unknown=verdicts[Verdict.UNKNOWN_KEY],
        since=made.size - max((anchor.size for anchor in (*kept, *extra)), default=0),
        snapshots=len(taken),
        indexes=indexes,
    )


def _kept(path: Path, committed: Sequence[str], seen: int, run: str) -> list[Anchor]:
    """The anchors of a file, all that runs must have kept there among them. Raises VerificationFailed."""
    kept, altered = anchors.read_kept(path) if path.exists() else ([], [])
    if altered:
        raise VerificationFailed(f"Line {altered[0]} of {path} is not an anchor: the file was altered.")
    for run_id in committed:
        if run_id not in {anchor.run_id for anchor in kept}:
            raise VerificationFailed(f"The anchor of run {run_id} is gone from {path}: the file was altered.")
    if seen > max((anchor.size for anchor in kept), default=0):
        raise VerificationFailed(
            f"Anchors are gone from {path}: when run {run} ended, one had seen {seen:,} events; now none has."
        )
    return kept


def _committing_runs(connection: sqlite3.Connection) -> list[str]:
    """The ended runs of sync that recorded something, oldest first."""
    rows = connection.execute(
        """SELECT run_id FROM job_runs WHERE job = 'sync' AND status IN ('ok', 'partial')
        AND json_extract(counters, '$.events_recorded') > 0 ORDER BY started_at, run_id"""
    )
    return [row[0] for row in rows]


def _seen_by_runs(connection: sqlite3.Connection) -> tuple[int, str]:
    """(the most events that an anchor had seen when a run ended, that run); none before runs noted it."""
    row = connection.execute(
        """SELECT json_extract(counters, '$.ledger_size') seen, run_id FROM job_runs
        WHERE json_extract(counters, '$.ledger_size') > 0 ORDER BY seen DESC LIMIT 1"""
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def check_signatures(witnesses: Sequence[Anchor], origin: str, keys: Keys) -> Counter[Verdict]:
    """How many signatures are good, and how many by keys not known here. Raises VerificationFailed for a wrong one.

    Where this installation signs, an anchor that nothing known here signed, after one that is, was not made here.
    """
    found: Counter[Verdict] = Counter()
    signs = keys.signer is not None and origin != "--anchor"
    for number, anchor in enumerate(witnesses, start=1):
        verdict = anchor.judged(keys)
        if verdict is Verdict.FORGED:
            raise VerificationFailed(f"The signature of anchor {number} ({origin}) is wrong: the anchor was altered.")
        if signs and ((verdict is None and found) or (verdict is Verdict.UNKNOWN_KEY and found[Verdict.GOOD])):
            how = "is not signed" if verdict is None else f"is signed by a key that is not known here ({anchor.key_id})"
            raise VerificationFailed(
                f"Anchor {number} ({origin}) {how}, although anchors before it are signed here: either a run had "
                "another environment (REDLINE_SIGNING_KEY, REDLINE_TRUSTED_KEYS), or somebody without the key wrote it."
            )
        if verdict is not None:
            found[verdict] += 1
    return found


def check_anchors(made: Recomputed, witnesses: Sequence[Anchor], origin: str) -> None:
    """Compare anchors with what was recomputed at their sizes."""
    agreed = 0
    for anchor in sorted(witnesses, key=lambda each: each.size):
        of = f"the anchor of {anchor.at or 'unknown time'} ({origin})"
        if anchor.size > made.size:
            raise VerificationFailed(
                f"Event {made.size + 1} is missing: {of} saw {anchor.size} events, there are {made.size}."
            )
        up_to = f", or one after it up to event {anchor.size}," if anchor.size > agreed + 1 else ""
        replaced = f"Event {min(agreed + 1, anchor.size)}{up_to} was replaced"
        if anchor.head is not None and made.heads[anchor.size].hex() != anchor.head:
            raise VerificationFailed(f"{replaced}: the hash of event {anchor.size} is not that of {of}.")
        if anchor.root is not None and made.roots[anchor.size].hex() != anchor.root:
            raise VerificationFailed(f"{replaced}: their Merkle root is not that of {of}.")
        agreed = anchor.size
