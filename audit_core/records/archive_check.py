"""Checking an archive by itself: no store is asked, nothing stored is believed but what the anchor's root gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import polars as pl

from audit_core.errors import ConfigError, VerificationFailed
from audit_core.records.archive_events import Seen, read_events
from audit_core.records.folders import SUMS, check_sums
from audit_core.records.pages import read_parquet_pages
from audit_core.records.proof import EVENTS, LATER, PROOF, README, Proof
from audit_core.records.sealed_snapshots import SealedSnapshots
from audit_core.signing import Keys, Verdict
from audit_core.store.anchors import Anchor
from audit_core.store.files import sha256_of
from audit_core.store.ledger import chain
from audit_core.store.merkle import root_with
from audit_core.store.verify import check_signatures

_SIGNED: Final = {Verdict.GOOD: "by a key that is known here", Verdict.UNKNOWN_KEY: Verdict.UNKNOWN_KEY.value}


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """What was found whole. `size`, `root`: of the anchor that proves it. `signature`: what that one's is worth.

    `agreed`: given anchors that could be compared; `incomparable`: given ones that saw other events than these.
    """

    year: int
    first: int
    last: int
    others: int
    snapshots: int
    size: int
    root: str
    signature: Verdict | None
    agreed: int
    incomparable: int

    def words(self) -> str:
        """The result as a sentence for a person."""
        signed = "not signed" if self.signature is None else f"signed {_SIGNED[self.signature]}"
        given = f"{self.agreed:,} given anchors agree"
        if self.incomparable:
            given += f"; {self.incomparable:,} cannot be compared, because they saw other events than these"
        if not self.agreed and self.signature is not Verdict.GOOD:
            given += ". By itself that shows that nothing is damaged, not who made it: compare it with a kept anchor"
        mixed = f" {self.others:,} of them were recorded in another year: the clock went back." * bool(self.others)
        return (
            f"Events {self.first:,} to {self.last:,} and {self.snapshots:,} snapshot files of {self.year} are what the "
            f"anchor over {self.size:,} events says, which is {signed}; {given}.{mixed}"
        )


def check_archive(folder: Path, given: Sequence[Anchor], keys: Keys) -> CheckedArchive:
    """Check everything there is. `given`: anchors from elsewhere.

    Raises ConfigError for a folder that is no archive, StoreNotReady for one of a newer program, VerificationFailed
    with the first event, anchor or file that does not fit.
    """
    if not (folder / PROOF).is_file():
        raise ConfigError(f"{folder} is not an archive: give a folder that holds a {PROOF}.")
    check_sums(folder)
    proof = Proof.read(folder / PROOF)
    anchor = proof.witness()
    check_signatures(given, "--anchor", keys)
    signature = anchor.judged(keys)
    if signature is Verdict.FORGED:
        raise VerificationFailed(f"The signature of the anchor in {folder / PROOF} is wrong: the anchor was altered.")
    try:
        seen = read_events(folder, proof, {each.size for each in given} | {anchor.size})
        _later(folder, proof, seen.sealed)
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError) as error:
        raise VerificationFailed(f"{folder / EVENTS} holds what no program of ours writes ({error!r}).") from error
    _files(folder, proof, seen.sealed)
    agreed = sum(_agrees(each, proof, seen) for each in given)
    return CheckedArchive(
        proof.year, proof.first, proof.last, proof.others, len(seen.sealed.files()), anchor.size, str(anchor.root),
        signature, agreed, len(given) - agreed,
    )  # fmt: skip


def _later(folder: Path, proof: Proof, sealed: SealedSnapshots) -> None:
    """Prove each later event that gave up snapshots of this archive."""
    if not proof.later:
        return
    proofs: Mapping[int, tuple[str, ...]] = {each.event_id: each.proof for each in proof.later}
    found = []
    anchor = proof.witness()
    for page in read_parquet_pages(folder / LATER):
        for event in page.iter_slices(1):
            number = event["event_id"][0]
            (computed,) = chain(event, event["prev_hash"][0])
            root = root_with(anchor.size, number, [computed], proof.roots(proofs.get(number, ())))
            if root is None or root.hex() != anchor.root:
                raise VerificationFailed(f"Event {number} in {folder / LATER} is not one that the anchor has seen.")
            found.append(number)
            sealed.see(event)
    if found != [each.event_id for each in proof.later]:
        raise VerificationFailed(f"{folder / LATER} does not hold exactly the events that {PROOF} proves.")


def _files(folder: Path, proof: Proof, sealed: SealedSnapshots) -> None:
    """There is nothing but what an archive holds; its snapshots are those that the events seal."""
    wanted = {
        EVENTS,
        PROOF,
        README,
        SUMS,
        *([LATER] if proof.later else []),
        *(f"snapshots/{n}" for n in sealed.files()),
    }
    wanted |= {str(above) for name in wanted for above in PurePosixPath(name).parents[:-1]}  # the folders, too
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    if odd := sorted(wanted ^ there):
        word = "is gone" if odd[0] in wanted else "is nothing that the events seal"
        raise VerificationFailed(f"{folder / odd[0]} {word}: the archive was altered.")
    for path in sorted((folder / "snapshots").rglob("*.parquet")):
        if sha256_of(path) != path.stem:
            raise VerificationFailed(f"{path} is not the snapshot that the events seal: it was altered.")


def _agrees(given: Anchor, proof: Proof, seen: Seen) -> bool:
    """Compare an anchor from elsewhere; False where it saw other events, so that nothing can be said."""
    anchor = proof.witness()
    if given.size == anchor.size:
        head, root = anchor.head, anchor.root
    elif given.size in seen.heads:
        head, root = seen.heads[given.size].hex(), seen.roots[given.size].hex()
    else:
        return False
    if given.head not in (None, head) or given.root not in (None, root):
        raise VerificationFailed(
            f"One of the events 1 to {given.size} was replaced: the archive is not of the ledger that the anchor of "
            f"{given.at or 'unknown time'} (--anchor) saw."
        )
    return given.head is not None or given.root is not None
