"""How the ways to each receiver are, and a test of all of them."""

from datetime import datetime

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.alerts import Board, send_test
from audit_core.alerts.listed import Channel
from audit_core.delivery.answers import Verdict
from audit_core.permissions import Permission, allowed
from audit_core.settings.alerts import AlertsSettings
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.recorded import recorded
from ui.words import moment, plain


def channels_part(found: Board, settings: AlertsSettings, actor: Actor) -> None:
    """The table, what holds messages back, and the test."""
    if not found.channels:
        st.info(
            "Nobody is told outside of this page: no channel is switched on in `config.json` (`alerts.email`, "
            "`alerts.slack`, `alerts.teams`, `alerts.webhook`). docs/alerts.md says how.",
            icon=":material/outgoing_mail:",
        )
        return
    rows = [_row(each) for each in found.channels]
    names = ("Who", "From", "State", f"Last try ({zone().key})", "Messages", "Sent again", "What it said")
    types = dict.fromkeys(names, pl.String) | {"Messages": pl.Int64, "Sent again": pl.Int64}
    st.dataframe(
        pl.DataFrame(rows, schema=types, orient="row").to_pandas(), hide_index=True, width="stretch",
        alt=f"{len(rows):,} receivers",
        column_config={
            "Sent again": st.column_config.NumberColumn(
                help="Sent once more, and marked so, because it was not known whether it had arrived"
            ),
            "What it said": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    for line in _rules(settings):
        st.markdown(line)
    if allowed(actor, Permission.MANAGE_JOBS):
        st.button("Send a test to all of them", icon=":material/send:", on_click=_test)


def _row(each: Channel) -> tuple[object, ...]:
    track = each.track
    state = (
        "cannot be used"
        if each.problem
        else "fails"
        if track.failures
        else "works"
        if track.last_good
        else "nothing was sent yet"
    )
    at = moment(track.last_at, zone()) if track.last_at else ""
    return (
        each.target.words, each.target.minimum, state, at, track.accepted, track.again, each.problem or track.last_said
    )  # fmt: skip


def _rules(settings: AlertsSettings) -> list[str]:
    quiet = [
        f"{hours.start}–{hours.end} on {'all days' if len(hours.days) == 7 else ', '.join(hours.days)}"
        for hours in settings.quiet_hours
    ]
    resting = f"Quiet hours: {plain('; '.join(quiet))}. Only CRITICAL is told then; the rest follows when they end."
    budget = f"At most {settings.per_hour:,} messages an hour to each; what is beyond that waits, and one says so."
    said = [f":material/bedtime: {resting if quiet else 'No quiet hours.'}", f":material/filter_alt: {budget}"]
    if settings.escalate_after_minutes is not None:
        second = plain(", ".join(settings.escalate_to))
        said.append(
            f":material/priority_high: What nobody takes care of within {settings.escalate_after_minutes:,} minutes "
            f"goes to {second}, from {settings.escalate_minimum} on."
        )
    return said


def _test() -> None:
    """Callback: send everybody a test."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        answers = send_test(here, actor, now)
        bad = [f"{target.words}: {answer.said}" for target, answer in answers if answer.verdict is not Verdict.ACCEPTED]
        taken = f"{len(answers) - len(bad):,} of {len(answers):,} took the test."
        return f"{taken} {' '.join(bad)}".rstrip()

    recorded(act)
