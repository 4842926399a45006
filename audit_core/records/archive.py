"""An archive: the events and snapshots of a closed year, copied into one folder that can be checked without the store.

Nothing is deleted from the ledger, and nothing makes an archive by itself.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.actors import OPERATOR
from audit_core.errors import AuditError, ConfigError
from audit_core.records.archive_check import check_archive
from audit_core.records.folders import SUMS, Part, appearing, copy_into, write_sums
from audit_core.records.pages import PAGE, SEALED, event_pages, parquet
from audit_core.records.proof import EVENTS, LATER, PROOF, README, Later, Proof, hexadecimal
from audit_core.records.readme import archive_readme
from audit_core.records.sealed_snapshots import SealedSnapshots
from audit_core.records.thinning import THINNED
from audit_core.store import anchors
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor
from audit_core.store.files import sha256_of
from audit_core.store.ledger import head
from audit_core.store.merkle import Tree
from audit_core.store.store import Store
from audit_core.workspace import Workspace

MADE: Final = "archive_made"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was made and checked. `others`: events in its range that were recorded in another year."""

    path: Path
    first: int
    last: int
    others: int
    snapshots: int
    message: str


@dataclass(frozen=True, slots=True)
class _Range:
    first: int
    last: int
    others: int


def archive(workspace: Workspace, year: int, to: Path, run_id: str, now: datetime) -> Archive:
    """Copy what was recorded in `year` (business time zone) to `to`/redline-YEAR, checked before it appears.

    The ledger seals that it was made, with the digests of what it holds. Raises ConfigError for a year that is not
    over or holds no event, for a folder that is there already, and where the signing key is missing.
    """
    store, zone = workspace.store, workspace.settings.zone
    store.require_key()
    if not 1 <= year < now.astimezone(zone).year:
        raise ConfigError(f"archive {year}: expected a year that is over: only what cannot grow any more is archived.")
    chosen = _events_of(store, year, zone)
    try:
        with appearing(to.absolute() / f"redline-{year}") as part:
            anchor = _anchor(store, run_id, now)
            _fill(store, part.folder, year, zone, chosen, anchor)
            snapshots = check_archive(part.folder, [anchor], store.keys()).snapshots
            _appear(store, part, year, chosen, run_id, now)
    except OSError as error:
        raise AuditError(f"The year {year} was not archived ({error}): try again.") from error
    went_back = f" The clock went back: {chosen.others:,} of them were recorded in another year." * bool(chosen.others)
    message = (
        f"Events {chosen.first:,} to {chosen.last:,} and {snapshots:,} snapshot files of {year} copied to {part.to} "
        f"and checked.{went_back}"
    )
    return Archive(part.to, chosen.first, chosen.last, chosen.others, snapshots, message)


def _events_of(store: Store, year: int, zone: ZoneInfo) -> _Range:
    """The range of numbers that covers the year's events: where a clock went back, it holds some of another year."""
    connection = store.database.connection()
    bounds = [datetime(each, 1, 1, tzinfo=zone).timestamp() for each in (year, year + 1)]
    first, last, count = 0, 0, 0
    for low in range(1, head(connection).size + 1, PAGE):
        found = connection.execute(
            """SELECT min(event_id), max(event_id), count(*) FROM audit_events
            WHERE event_id BETWEEN ? AND ? AND unixepoch(timestamp) >= ? AND unixepoch(timestamp) < ?""",
            (low, low + PAGE - 1, *bounds),
        ).fetchone()
        if found[2]:
            first, last, count = first or found[0], found[1], count + found[2]
    if not count:
        raise ConfigError(f"archive {year}: found no event that was recorded in that year ({zone.key}).")
    return _Range(first, last, last - first + 1 - count)


def _anchor(store: Store, run_id: str, now: datetime) -> Anchor:
    """The ledger as it is now, kept with the others: whoever has them can compare the archive with it."""
    with store.database.read():
        anchor = anchors.current(store.database.connection(), run_id, now, store.keys().signer)
    anchors.keep(store.anchor_file, anchor)
    return anchor


def _fill(store: Store, folder: Path, year: int, zone: ZoneInfo, chosen: _Range, anchor: Anchor) -> None:
    connection = store.database.connection()
    tree, sealed = Tree(connection), SealedSnapshots()
    with parquet(folder / EVENTS, SEALED) as file:
        for page in event_pages(connection, chosen.first, chosen.last):
            file.add(page)
            sealed.see(page)
    later = []
    for event_id in _thinned_later(store, chosen.last, anchor.size):
        (event,) = event_pages(connection, event_id, event_id)
        if sealed.see(event):
            later.append((event, hexadecimal(tree.proof(anchor.size, event_id, event_id))))
    if later:
        with parquet(folder / LATER, SEALED) as file:
            for event, _ in later:
                file.add(event)
    proof = Proof(
        year=year, time_zone=zone.key, first=chosen.first, last=chosen.last, others=chosen.others,
        anchor={name: value for name, value in asdict(anchor).items() if value is not None},
        proof=hexadecimal(tree.proof(anchor.size, chosen.first, chosen.last)),
        later=tuple(Later(event_id=event["event_id"][0], proof=roots) for event, roots in later),
    )  # fmt: skip
    for name in sealed.files():
        copy_into(store.snapshots.folder / name, folder / "snapshots" / name)
    (folder / PROOF).write_text(proof.model_dump_json(indent=1) + "\n")
    (folder / README).write_text(archive_readme(proof))
    write_sums(folder)


def _thinned_later(store: Store, last: int, size: int) -> Iterator[int]:
    """The events after `last` that gave up snapshots."""
    found = store.database.connection().execute(
        "SELECT event_id FROM audit_events WHERE action = ? AND event_id > ? AND event_id <= ? ORDER BY event_id",
        (THINNED, last, size),
    )
    yield from (row[0] for row in found.fetchall())


def _appear(store: Store, part: Part, year: int, chosen: _Range, run_id: str, now: datetime) -> None:
    digests = {f"{name}_sha256": sha256_of(part.folder / file) for name, file in _SEALED_FILES.items()}
    evidence = {"year": year, **asdict(chosen), **digests}
    text = f"The year {year} copied to an archive: events {chosen.first:,} to {chosen.last:,}."
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence)}
    part.appear(
        store.database, lambda connection: store.seal(connection, Action(MADE, text, OPERATOR, fields=fields), now)
    )


_SEALED_FILES: Final = {"events": EVENTS, "proof": PROOF, "list": SUMS}
