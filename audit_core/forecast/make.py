"""A forecast for the rows of the open weeks, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.errors import ConfigError
from audit_core.forecast.lines import WEEKS, gather
from audit_core.forecast.outcomes import BILLING_COLUMNS, instants, outcomes
from audit_core.forecast.skill import Skill, measure
from audit_core.forecast.traits import describe
from audit_core.forecast.words import likelihood, reasons
from audit_core.store.forecasts import Forecasts
from audit_core.workspace import Workspace

SCHEMA: Final[Mapping[str, pl.DataType]] = {
    "sheet_id": pl.String(),
    "sheet_name": pl.String(),
    "row_id": pl.String(),
    "work_request": pl.String(),
    "foreman": pl.String(),
    "week_ending": pl.Date(),
    "hours_to_lock": pl.Float64(),
    "score": pl.Float64(),
    "probability": pl.Float64(),
    "likelihood": pl.String(),
    "reasons": pl.List(pl.String()),
    "price_cents": pl.Int64(),
}
"""A forecast's lines, the likeliest first. `probability`: the share of the line's band that was corrected in the
held-out weeks; `score` orders within a band. Money in cents."""

_NONE: Final = pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class Forecast:
    """`silent`: why nothing is forecast, None when it speaks. `skill`: None where it could not be measured.

    `rows_open`: rows of the open weeks. Left aside and counted: `late` (entered after the lock), `mass` (changed in
    incidents too large to be corrections), `unsure` (changed possibly after the lock), `to_come` (weeks not begun).
    """

    as_of: datetime | None
    lines: pl.DataFrame
    silent: str | None
    skill: Skill | None = None
    rows_open: int = 0
    late: int = 0
    mass: int = 0
    unsure: int = 0
    to_come: int = 0
    simulated: bool = False

    def words(self) -> str:
        """One sentence or two for a person."""
        if self.skill is None or self.silent is not None:
            return f"No forecast. {self.silent}"
        skill = self.skill
        open_rows = f"{self.rows_open:,} rows of open weeks ranked" if self.rows_open else "No week with rows is open"
        made_up = " Learnt from simulated weeks, so it shows how this works and nothing more." if self.simulated else ""
        return (
            f"{open_rows}. On the last {skill.weeks_held_out} settled weeks the top tenth was corrected after the lock "
            f"{skill.lift:.1f} times as often as all lines (95 % interval {skill.low:.1f}–{skill.high:.1f}), "
            f"of which {100 * skill.base_rate:.1f} % were.{made_up}"
        )

    def counters(self) -> dict[str, Any]:
        """What the job's result says, as JSON values."""
        skill = self.skill
        return {
            "speaks": self.silent is None,
            "reason": self.silent,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "weeks_trained": skill.weeks_trained if skill else 0,
            "weeks_held_out": skill.weeks_held_out if skill else 0,
            "rows_open": self.rows_open,
            "lift_top_decile": round(skill.lift, 3) if skill else None,
            "lift_low": round(skill.low, 3) if skill else None,
            "lift_high": round(skill.high, 3) if skill else None,
            "base_rate": round(skill.base_rate, 4) if skill else None,
            "late_entries": self.late,
            "mass_rows": self.mass,
            "unsure_rows": self.unsure,
            "rows_to_come": self.to_come,
            "simulated": self.simulated,
        }


def forecast(workspace: Workspace, as_of: str | None = None) -> Forecast:
    """What the lines and changes known at a look (None: the newest one) let expect.

    Prices and the sizes of incidents are those of now, also for an earlier look. Raises ConfigError for a look never
    taken.
    """
    store, calendar = workspace.store, workspace.calendar()
    latest = store.snapshots.latest()
    if not latest:
        return Forecast(None, _NONE, "Nothing was looked at yet: run 'sync' first.")
    seen = (
        latest.values() if as_of is None else [taken for sheet in latest if (taken := store.snapshots.at(sheet, as_of))]
    )
    if not seen:
        raise ConfigError(f"as_of: found {as_of}, expected a look that was taken and is kept.")
    at = max(taken.look_at for taken in seen)
    trail, lines = Forecasts(store), gather(store.snapshots, calendar, at)
    changes = trail.changes(BILLING_COLUMNS, (at - timedelta(weeks=WEEKS + 2)).date())
    changes = changes.with_columns(at=instants(pl.col("look"), calendar.zone))
    large = trail.large_incidents(workspace.settings.incidents.mass_rows)
    known = outcomes(lines.locked, changes, large, at)
    prices = workspace.prices()
    past = describe(known.lines, known.lines, changes, prices, at)
    found = measure(past, at)
    silent = found if isinstance(found, str) else found.no_better_than_chance()
    ranked = _NONE
    if isinstance(found, Skill) and silent is None:
        ranked = _ranked(describe(lines.open, known.lines, changes, prices, at), found, at)
    return Forecast(
        as_of=at,
        lines=ranked,
        silent=silent,
        skill=None if isinstance(found, str) else found,
        rows_open=lines.open.height,
        late=known.late,
        mass=known.mass,
        unsure=known.unsure,
        to_come=lines.to_come,
        simulated=bool(known.lines["simulated"].any()),
    )


def keep(workspace: Workspace, made: Forecast, run_id: str, now: datetime) -> Path:
    """Write a forecast's lines and seal them with what it is worth. Returns the file."""
    return Forecasts(workspace.store).keep(made.lines, made.counters(), made.words(), run_id, now)


def _ranked(rows: pl.DataFrame, skill: Skill, at: datetime) -> pl.DataFrame:
    bands = skill.band(skill.places(rows))
    return (
        rows.with_columns(
            hours_to_lock=(pl.col("locks_at") - pl.lit(at)).dt.total_minutes() / 60,
            score=pl.Series(skill.learned.scores(rows), dtype=pl.Float64),
            probability=pl.Series([band.share for band in bands], dtype=pl.Float64),
            likelihood=pl.Series([likelihood(band) for band in bands], dtype=pl.String),
            reasons=pl.Series(reasons(rows, skill.learned), dtype=pl.List(pl.String)),
        )
        .sort("score", "sheet_id", "row_id", descending=[True, False, False])
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )
