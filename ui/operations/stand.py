"""How it stands, for Operations: six numbers, every job with its last run and its next, and what is switched off."""

from datetime import UTC, datetime

import streamlit as st

from audit_core.monitoring.jobs import JobState
from audit_core.monitoring.span import span
from audit_core.monitoring.state import State, state
from audit_core.settings.operating import WITHOUT
from ui.chosen import put
from ui.clock import zone
from ui.navigation import page_of
from ui.opened import workspace
from ui.operations.latency import latency_part
from ui.operations.words import JOB_TITLES, coming, run_badge
from ui.words import ago, counted, moment, plain


def stand_part() -> None:
    """The part. What must not be overlooked stands first."""
    now = datetime.now(UTC)
    found = state(workspace(), now)
    _must_be_seen(found)
    _numbers(found)
    with st.container(key="split-stand"):
        jobs, lag = st.columns([3, 2], gap="large")
    with jobs:
        _jobs(found)
    with lag:
        _alerts(found)
        latency_part(found.latency)


def _must_be_seen(found: State) -> None:
    for review in found.overdue:
        st.warning(plain(review.words()), icon=":material/event_busy:")
    for each in found.off:
        st.warning(f"**{plain(each)} is switched off**: {plain(WITHOUT[each])}.", icon=":material/power_off:")
    if found.runner.lost:
        seen = ago(found.runner.seen_at, found.at) if found.runner.seen_at else "never"
        st.error(f"The runner was last seen {seen}: start it again.", icon=":material/heart_broken:")
    if found.runner.trouble:
        st.error(
            f"**The runner goes on with the settings before.** {plain(found.runner.trouble)}",
            icon=":material/settings:",
        )
    if found.record.failure is not None:
        st.error(f"**The record is not what was sealed.** {plain(found.record.failure)}", icon=":material/gpp_bad:")
    if found.record.untold is not None:
        st.warning(f"**The record could not be verified.** {plain(found.record.untold)}", icon=":material/gpp_maybe:")
    if found.backups.failure:
        st.error(f"The last backup failed: {plain(found.backups.failure)}", icon=":material/backup:")
    for sheet in found.seen.unread:
        told = f"**{plain(sheet.sheet or 'Everywhere')}**, not read since {moment(sheet.since, zone())}: "
        st.warning(told + plain(sheet.detail), icon=":material/visibility_off:")


def _numbers(found: State) -> None:
    last, record, runner = found.backups.last, found.record, found.runner
    latency = found.latency.median_s
    of = "not known yet" if latency is None else f"half of {counted(found.latency.known, 'change')}"
    tiles = (
        (
            "Sheets last seen",
            ago(found.seen.at, found.at) if found.seen.at else "never",
            f"{counted(found.seen.blind_spots, 'blind spot')}, {len(found.seen.unread):,} not read",
            "When the newest look that did its work ended",
        ),
        (
            "Runner",
            "alive" if runner.alive else "not running",
            f"at {', '.join(runner.running)}"
            if runner.running
            else "waits for the next slot"
            if runner.alive
            else "nothing runs by itself",
            "It starts what is due; without it nothing runs by itself",
        ),
        (
            "Record verified",
            ago(record.verified_at, found.at) if record.verified_at else "never",
            f"{counted(record.since, 'event')} since"
            + (f", the first {ago(found.oldest_unverified_at, found.at)}" if found.oldest_unverified_at else ""),
            "Every seal recomputed and compared with every anchor",
        ),
        (
            "Last backup",
            ago(last.made_at, found.at) if last else "none yet",
            f"{counted(found.backups.unsaved, 'event')} since",
            "The newest one that was read back and verified",
        ),
        (
            "Model trained",
            ago(found.model_trained_at, found.at) if found.model_trained_at else "never",
            "in use" if found.model_trained_at else "the rules judge alone",
            "When the model in use was trained",
        ),
        (
            "From edit to record",
            span(latency) if latency is not None else "–",
            of,
            "Half of the changes whose moment is known were on record within this time",
        ),
    )
    with st.container(key="numbers"):
        for label, value, below, means in tiles:
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.metric(label, value.removesuffix(" ago"), help=means)
                st.caption(below)


def _alerts(found: State) -> None:
    st.subheader("Alerts")
    told = found.alerts
    if told.watched_at is None:
        st.markdown("Nobody has looked yet for what cannot wait: the job `alert` has not run.")
    else:
        open_ones = "None is open"
        if told.open:
            open_ones = f"**{counted(told.open, 'notice')}** open, {told.waiting:,} not acknowledged"
        st.markdown(f"{open_ones} · looked {ago(told.watched_at, found.at)}")
    if st.button("Show them", icon=":material/arrow_forward:", type="tertiary", key="goto-alerts"):
        st.switch_page(page_of("alerts"))


def _at_work(found: State) -> str:
    if not found.runner.alive:
        return "nothing runs by itself"
    return f"at {', '.join(found.runner.running)}" if found.runner.running else "waits for the next slot"


def _jobs(found: State) -> None:
    st.subheader("Jobs")
    with st.container(border=True, gap="small"):
        for job in found.jobs:
            _job(job, found.at)
    st.button(
        "All runs", icon=":material/arrow_forward:", type="tertiary", key="goto-runs", on_click=put,
        args=("part", "runs"),
    )  # fmt: skip


def _job(job: JobState, now: datetime) -> None:
    late = " :red-badge[:material/schedule: late]" if job.stale else ""
    ran = f"{ago(job.last_started_at, now)}" if job.last_started_at else ""
    took = f", took {span(job.last_seconds)}" if job.last_seconds is not None and job.last_seconds >= 1 else ""
    when = " · ".join(each for each in (ran + took, f"next {coming(job.next_due, now)}") if each)
    with st.container(gap=None, key=f"job-{job.job}"):
        st.markdown(f"**{JOB_TITLES.get(job.job, job.job)}** {run_badge(job.last_status)}{late} {when}")
        if job.last_message:
            st.caption(plain(job.last_message))
