"""What the newest forecast is worth, when its weeks lock, how old it is; or why there is none."""

from datetime import UTC, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.forecast.outcomes import FOLLOW_UP
from audit_core.forecast.todo import behind, billed, open_weeks, weeks
from audit_core.rules.base import money_text
from audit_core.store.forecasts import KeptForecast
from audit_core.store.runs import DONE, UNDONE
from ui.clock import zone
from ui.opened import workspace
from ui.words import ago, counted, moment, plain, short_dollars

_ASIDE: Final = {
    "rows_to_come": "of weeks to come",
    "late_entries": "late entries",
    "mass_rows": "changed by a mass of others",
    "unsure_rows": "changed only possibly after the lock",
}
"""What nothing is said about, or learnt from."""
_HOW: Final = "The runner makes one every day at 05:00; `python -m jobs run forecast` makes one now."


def forecast_head(kept: KeptForecast, lines: pl.DataFrame) -> None:
    """The numbers, the sentence that they come from, and the weeks with their locks."""
    facts, now = kept.facts, datetime.now(UTC)
    still_open, cents = open_weeks(lines, now), billed(lines)
    with st.container(key="numbers"):
        st.metric("Rows of open weeks", f"{lines.height:,}", border=True)
        st.metric("Billed on them", short_dollars(cents), border=True, help=f"{plain(money_text(cents))} in all")
        st.metric(
            "Lift of the top tenth",
            f"{facts['lift_top_decile']:.1f} ({facts['lift_low']:.1f}–{facts['lift_high']:.1f})",
            border=True,
            help="How much more often it was corrected than all lines, with the 95 % interval, on "
            f"{facts['weeks_held_out']} settled weeks that it had not seen",
        )
        st.metric(
            "Corrected of all",
            f"{facts['base_rate']:.1%}",
            border=True,
            help="Of all lines of those weeks, after the lock",
        )
        first = countdown(still_open["locks_at"][0], now) if still_open.height else "none is open"
        st.metric("Next lock", first.removeprefix("locks "), border=True)
    st.markdown(plain(kept.told))
    for week, locks_at, n, of_week in weeks(lines).iter_rows():
        st.markdown(
            f":material/lock_clock: **Week {week}** {countdown(locks_at, now)} ({moment(locks_at, zone())}) · "
            f"{counted(n, 'row')}, {plain(money_text(of_week))}"
        )
    if not still_open.height and lines.height:
        st.warning("By today's clock every one of these weeks has locked already.", icon=":material/lock:")
    if behind(workspace(), kept):
        st.warning(
            "A newer look was taken since: what it showed is not in this forecast yet.", icon=":material/update:"
        )
    _last_run()


def forecast_foot(kept: KeptForecast) -> None:
    """How old it is, how a newer one comes, and which rows it leaves aside."""
    _age(kept)
    aside = [f"{kept.facts[name]:,} {words}" for name, words in _ASIDE.items() if kept.facts[name]]
    if aside:
        st.caption(f"Rows left aside: {', '.join(aside)}.")


def no_forecast(kept: KeptForecast | None) -> None:
    """Why nothing is said, and what it takes."""
    if kept is None:
        st.info(f"No forecast was made yet. {_HOW}", icon=":material/hourglass_empty:")
        _last_run()
        return
    st.info(f"No forecast. {plain(kept.facts['reason'])}", icon=":material/hourglass_empty:")
    st.markdown(
        f"It learns from weeks that have settled: {FOLLOW_UP.days} days after the lock were looked at. It has to do "
        "better than chance on weeks that it had not seen before it says anything. "
        f"**{counted(kept.facts['rows_open'], 'row')}** of open weeks would be ranked."
    )
    _last_run()
    _age(kept)


def countdown(locks_at: datetime, now: datetime) -> str:
    """When a week locks, in words: `locks in 2 days 4 hours`, `locked 3 days ago`."""
    minutes = int((locks_at - now).total_seconds() // 60)
    if minutes < 0:
        return f"locked {ago(locks_at, now)}"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"locks in {counted(days, 'day')} {counted(hours, 'hour')}"
    before = f"{counted(hours, 'hour')} " if hours else ""
    return f"locks in {before}{counted(rest, 'minute')}"


def _age(kept: KeptForecast) -> None:
    look = f" of the look of {moment(kept.as_of, zone())}" if kept.as_of else ""
    st.caption(f"Made {ago(kept.made_at)} ({moment(kept.made_at, zone())}){look}. {_HOW}")


def _last_run() -> None:
    newest = workspace().store.runs.newest("forecast", *DONE, *UNDONE)
    if newest is not None and newest.status in UNDONE:
        st.error(f"The last run failed {ago(newest.started_at)}: {plain(newest.message)}", icon=":material/error:")
