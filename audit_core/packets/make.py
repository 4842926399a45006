"""Making a week's packets: what is unchanged is skipped, files are whole on disk before the ledger speaks of them."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.actors import Actor
from audit_core.packets.adjustments import adjustments
from audit_core.packets.appendix import NO_LINES, appendix, first_time, rows_to_ask
from audit_core.packets.document import Document
from audit_core.packets.made import MadePacket, MadeWeek
from audit_core.packets.packet import Packet
from audit_core.packets.pdf import pdf
from audit_core.packets.reading import Billing, billing, require_sunday
from audit_core.packets.workbook import workbook
from audit_core.permissions import Permission, require
from audit_core.rules.base import money_text
from audit_core.store.actions import Action
from audit_core.store.anchors import of_size
from audit_core.store.closed import require_open
from audit_core.store.files import write_whole
from audit_core.store.kept_files import PACKET_EMPTIED, PACKET_MADE
from audit_core.store.packets import KeptFile, KeptPacket, Packets, whole
from audit_core.workspace import Workspace

FORMS: Final = {"xlsx": workbook, "pdf": pdf}


def make_week(
    workspace: Workspace,
    actor: Actor,
    week: date | None,
    run_id: str,
    now: datetime,
    went_out: Collection[int] = (),
) -> MadeWeek:
    """Make the packets of a week (None: see Billing.default_week) that are not as they were last made.

    `went_out`: the events of packets that went out. A packet that is made says what changed since the last one did.
    One run at a time: the job `weekly` holds a lock of that name, and what another run did meanwhile is not undone.
    Raises NotAllowed, and ConfigError for a day that is no Sunday or a ledger that was closed.
    """
    require(actor, Permission.MAKE_REPORTS)
    require_open(workspace.store.database)
    if week is not None:
        require_sunday(week)
    with workspace.store.database.read():
        found = billing(workspace, actor, now)
        sunday = week or found.default_week()
        if sunday is None:
            return MadeWeek(None)
        maker = _Maker(workspace, actor, found, sunday, run_id, now, went_out)
        planned = maker.plan()
        changed = changed_weeks(found, Packets(workspace.store), sunday)
    return replace(maker.carry_out(planned), changed_weeks=changed)


def changed_weeks(found: Billing, kept: Packets, but: date) -> tuple[date, ...]:
    """Weeks that were made before and would be made otherwise now, without the week `but`; the newest first.

    Nothing is said while a sheet cannot be read.
    """
    if found.unread:
        return ()
    changed = []
    for week, packets in kept.by_week().items():
        sealed = {key: each.content_sha256 for key, each in packets.items() if not each.emptied}
        now = {(each.work_request, each.variant): each.content_sha256 for each in found.week(week).packets}
        if week != but and sealed != now:
            changed.append(week)
    return tuple(sorted(changed, reverse=True))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A packet to be made, with all that its files say."""

    document: Document
    before: KeptPacket | None


class _Maker:
    """One week's making: planned in one reading of the store, then carried out."""

    def __init__(
        self,
        workspace: Workspace,
        actor: Actor,
        found: Billing,
        week: date,
        run_id: str,
        now: datetime,
        went_out: Collection[int],
    ) -> None:
        self._workspace, self._actor, self._found = workspace, actor, found
        self._run_id, self._now = run_id, now
        self._week, self._kept = found.week(week), Packets(workspace.store)
        self._went_out = self._kept.last_of(week, went_out)
        self._size = workspace.store.events()
        self._newest = self._kept.newest(week)
        self._packets = {(each.work_request, each.variant): each for each in self._week.packets}
        self._held = {key for key, kept in self._newest.items() if self._has_lines_unread(kept)}

    def _has_lines_unread(self, kept: KeptPacket) -> bool:
        if not self._found.unread or kept.lines_sha256 is None:
            return False
        lines = self._kept.lines(kept)
        return lines is not None and bool(lines["sheet_id"].is_in(list(self._found.unread)).any())

    def plan(self) -> list[_Plan]:
        """The packets to be made."""
        return [
            _Plan(self._document(packet, self._newest.get(key)), self._newest.get(key))
            for key, packet in self._packets.items()
            if key not in self._held and not self._stands(packet, self._newest.get(key))
        ]

    def _stands(self, packet: Packet, kept: KeptPacket | None) -> bool:
        """Whether its newest files say all of it and are on disk as they were sealed."""
        if kept is None or kept.emptied or kept.content_sha256 != packet.content_sha256:
            return False
        return all(whole(self._place(each), each) for each in kept.files)

    def _place(self, kept: KeptFile) -> Path:
        """Where a file is: a rehearsal has a data folder of its own, and reads what lies in the real one."""
        own = self._workspace.store.data_dir / kept.file
        real = self._workspace.settings.data_dir / kept.file
        return (real if self._workspace.rehearsal and not own.exists() else own).absolute()

    def _document(self, packet: Packet, before: KeptPacket | None) -> Document:
        store, found, key = self._workspace.store, self._found, (packet.work_request, packet.variant)
        told = first_time(packet)
        if before is not None:
            earlier = self._lines(before)
            changes = self._kept.changes(rows_to_ask(packet, earlier), before.ledger_size, self._size)
            told = appendix(packet, before, earlier, changes)
        sent = None
        if key in self._went_out:
            sent = adjustments(self._lines(self._went_out[key]), packet.lines)
        name = f"packet-{packet.work_request}-{packet.week_ending}-{packet.variant.replace(' ', '-')}"
        system = self._workspace.settings.system
        return Document(
            packet=packet,
            appendix=told,
            anchor=of_size(store.database.connection(), self._size, name, store.keys().signer),
            zone=self._workspace.settings.zone,
            looks={sheet: found.looks[sheet] for sheet in packet.lines["sheet_id"].unique()},
            unread=tuple(sorted(found.looks[sheet][0] for sheet in found.unread)),
            adjustments=sent,
            made_by=f"{system.name} · {system.environment}",
        )

    def _lines(self, kept: KeptPacket) -> pl.DataFrame:
        lines = self._kept.lines(kept)
        return NO_LINES if lines is None else lines

    def carry_out(self, planned: list[_Plan]) -> MadeWeek:
        """Write, then seal, one packet after the other; close those that have no lines any more."""
        made = {}
        for each in planned:
            one = self._make(each)
            made[one.packet.work_request, one.packet.variant] = one
        emptied = [
            kept
            for key, kept in self._newest.items()
            if key not in self._packets and key not in self._held and not kept.emptied
        ]
        for kept in emptied:
            self._close(kept)
        if made or emptied:
            self._workspace.store.keep_anchor(self._run_id, self._now)
        return MadeWeek(
            week=self._week,
            packets=tuple(
                made[key] if key in made else self._skipped(packet, self._newest[key])
                for key, packet in self._packets.items()
                if key not in self._held
            ),
            emptied=tuple(emptied),
            held=tuple(kept for key, kept in self._newest.items() if key in self._held),
            without_week=self._found.without_week(),
            blind_spots=self._found.blind_spots,
        )

    def _skipped(self, packet: Packet, kept: KeptPacket) -> MadePacket:
        return MadePacket(packet, tuple(self._place(each) for each in kept.files), kept.event_id, made=False)

    def _make(self, plan: _Plan) -> MadePacket:
        store, packet, before = self._workspace.store, plan.document.packet, plan.before
        # one name for one making: what an earlier event names is never written over
        making = hashlib.sha256(f"{packet.content_sha256} {before.event_id if before else 0}".encode()).hexdigest()
        stem = f"packets/{packet.week_ending}/{packet.work_request}-{packet.variant.replace(' ', '-')}-{making[:8]}"
        files = []
        for form, made in FORMS.items():
            content = made(plan.document)
            write_whole(store.data_dir / f"{stem}.{form}", content)
            files.append(KeptFile(f"{stem}.{form}", hashlib.sha256(content).hexdigest(), len(content)))
        evidence = {
            "files": [each._asdict() for each in files],
            "variant": packet.variant,
            "lines": packet.count,
            "total_cents": packet.cents,
            "content_sha256": packet.content_sha256,
            "lines_sha256": self._kept.keep_lines(packet.lines),
            "ledger_size": self._size,
        }
        told = f"Packet of {packet.name()} made: {packet.count:,} lines, {money_text(packet.cents)}."
        event_id = self._seal(PACKET_MADE, told, packet.work_request, packet.variant, evidence, before)
        return MadePacket(packet, tuple((store.data_dir / each.file).absolute() for each in files), event_id, made=True)

    def _close(self, kept: KeptPacket) -> None:
        evidence = {
            "files": [], "variant": kept.variant, "lines": 0, "total_cents": 0, "ledger_size": self._size,
            "last_made": kept.event_id,
        }  # fmt: skip
        told = (
            f"Packet of WR {kept.work_request}, week {kept.week_ending}, {kept.variant} has no lines any more; it had "
            f"{kept.lines:,} over {money_text(kept.total_cents)} (event {kept.event_id:,})."
        )
        self._seal(PACKET_EMPTIED, told, kept.work_request, kept.variant, evidence, kept)

    def _seal(
        self, name: str, told: str, work_request: str, variant: str, evidence: Mapping[str, Any],
        before: KeptPacket | None,
    ) -> int:  # fmt: skip
        week = self._week.week_ending
        fields = {
            "work_request": work_request,
            "week_ending": week.isoformat(),
            "audit_run_id": self._run_id,
            "evidence": json.dumps(evidence, sort_keys=True),
        }
        action = Action(name, told, self._actor, fields=fields)
        return self._kept.seal(action, before, week, (work_request, variant), self._now)
