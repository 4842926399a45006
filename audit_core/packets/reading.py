"""What the newest snapshots bill: every row with its packet or its reason, by week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

import polars as pl

from audit_core.actors import Actor
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import ConfigError, VerificationFailed
from audit_core.packets.lines import (
    PACKET,
    excluded,
    packed,
    quarantined,
    rows_of,
    unpacked,
    with_reasons,
    without_week,
)
from audit_core.packets.packet import Packet, packets
from audit_core.packets.quarantine import ASKED, RULE, Question, line_counts, near, questions
from audit_core.permissions import Permission, require
from audit_core.rule_book.decisions import exemptions, standings_by_day
from audit_core.sheets import read_sheet, state, week_ending
from audit_core.sheets.weeks import look_day
from audit_core.workspace import Workspace

_BLIND: Final = (Reason.COLUMN_MISSING, Reason.COLUMN_AMBIGUOUS)


@dataclass(frozen=True)
class Billing:
    """`rows`: all rows of the newest snapshots that could be read with their `reason`, packed (see lines.packed).

    `looks`: sheet id → its name and look. `unread`: the ids of sheets whose snapshot could not be read. `newest_day`:
    the business day of the newest look, None before the first. `near`: see quarantine.NEAR.
    """

    rows: pl.DataFrame
    near: pl.DataFrame
    counts: Mapping[str, int]
    looks: Mapping[str, tuple[str, str]]
    unread: frozenset[str]
    newest_day: date | None
    blind_spots: tuple[BlindSpot, ...]

    def week(self, week: date) -> "Week":
        """The rows that carry a week, named by its Sunday."""
        rows = unpacked(self.rows.filter(pl.col("week_ending") == week))
        return Week(week, rows, questions(rows.filter(pl.col("reason") == "quarantined"), self.near, self.counts))

    def default_week(self) -> date | None:
        """The newest week with rows whose Sunday had come on the day of the newest look.

        The week of that Sunday where no such week has rows, None before the first look.
        """
        if self.newest_day is None:
            return None
        sunday = self.newest_day - timedelta(days=self.newest_day.isoweekday() % 7)
        with_rows = self.rows.filter(pl.col("week_ending") <= sunday)["week_ending"]
        return sunday if with_rows.is_empty() else with_rows.max()  # type: ignore[return-value]

    def without_week(self) -> int:
        """How many rows carry no week."""
        return without_week(self.rows)

    def weeks(self) -> pl.DataFrame:
        """`week_ending, rows, lines, excluded, packets, cents` of each week that has rows, the newest first."""
        billed = pl.col("reason").is_null()
        return (
            self.rows.filter(pl.col("week_ending").is_not_null())
            .group_by("week_ending")
            .agg(
                rows=pl.len().cast(pl.Int64),
                lines=billed.sum().cast(pl.Int64),
                excluded=(~billed).sum().cast(pl.Int64),
                packets=pl.struct(PACKET).filter(billed).n_unique().cast(pl.Int64),
                cents=pl.col("price_cents").filter(billed).sum(),
            )
            .sort("week_ending", descending=True)
        )


@dataclass(frozen=True)
class Week:
    """One week: its rows are the lines of `packets` and those counted in `excluded`, and no other."""

    week_ending: date
    rows: pl.DataFrame
    questions: tuple[Question, ...]

    @cached_property
    def packets(self) -> tuple[Packet, ...]:
        """By work request and variant."""
        made = tuple(packets(self.rows))
        if sum(each.count for each in made) + sum(self.excluded.values()) != self.rows.height:
            raise ArithmeticError(f"The packets of week {self.week_ending} and what is in none are not its rows.")
        return made

    @cached_property
    def excluded(self) -> dict[str, int]:
        """Reason → rows that are in no packet for it."""
        return excluded(self.rows)

    @property
    def cents(self) -> int:
        """What its packets bill."""
        return sum(each.cents for each in self.packets)


def billing(workspace: Workspace, actor: Actor, now: datetime) -> Billing:
    """Read the newest snapshot of every sheet. Raises NotAllowed.

    One that cannot be read is a blind spot, as is a column that is needed and missing.
    """
    require(actor, Permission.READ_PACKETS)
    store, zone, today = workspace.store, workspace.settings.zone, workspace.today(now)
    rows, settled, spots, unread = [], [], [], set()
    latest = store.snapshots.latest()
    for sheet_id, taken in latest.items():
        try:
            raw = store.snapshots.load(taken)
        except VerificationFailed as error:
            unread.add(sheet_id)
            spots.append(BlindSpot(taken.sheet_name, Reason.SNAPSHOT_CHANGED, str(error), unread=True))
            continue
        sheet = read_sheet(raw, sheet_id, taken.sheet_name, zone, taken.titles)
        spots += [spot for spot in sheet.titles.blind_spots(taken.sheet_name) if spot.reason in _BLIND]
        typed = state(sheet)
        rows.append(packed(with_reasons(rows_of(sheet, typed, simulated=taken.simulated))))
        settled.append((sheet_id, taken.sheet_name, typed.select(ASKED)))
    every = pl.concat(rows) if rows else _no_rows(workspace)
    counts = line_counts(every)
    standing = standings_by_day(workspace)(today)[RULE]
    suspects = near(settled, counts, standing, list(exemptions(store).values()), today)
    days = pl.Series("look", [each.look for each in latest.values()], dtype=pl.String).to_frame()
    newest = days.select(look_day(pl.col("look"), zone).max()).item() if latest else None
    looks = {each.sheet_id: (each.sheet_name, each.look) for each in latest.values()}
    return Billing(
        quarantined(every, suspects), suspects, counts, looks, frozenset(unread), newest, tuple(sorted(spots))
    )


def _no_rows(workspace: Workspace) -> pl.DataFrame:
    empty = read_sheet(pl.DataFrame(schema={"row_id": pl.String}), "", "", workspace.settings.zone)
    return packed(with_reasons(rows_of(empty, state(empty), simulated=False)))


def require_sunday(day: date) -> date:
    """The day, if it names a week. Raises ConfigError with the Sunday of its week."""
    if day.isoweekday() != 7:
        raise ConfigError(f"{day} is a {day:%A}, and a week is named by its Sunday: that is {week_ending(day)}.")
    return day
