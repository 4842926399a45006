"""Which week is looked at, what it bills in numbers, and what somebody is asked before the rest can be billed."""

from datetime import UTC, date, datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.delivery import went_out
from audit_core.errors import AuditError
from audit_core.packets import Seen, Week, make_week, seen
from audit_core.packets.standing import Standing, State
from audit_core.permissions import Permission, allowed
from audit_core.rules.base import money_text
from audit_core.store.runs import new_run_id
from ui.chosen import choose
from ui.making import awaited
from ui.opened import workspace
from ui.recorded import record_now
from ui.words import counted, plain, short_dollars


def seen_now(actor: Actor) -> Seen:
    """The week that the address names, else the newest that has ended. Raises NotAllowed."""
    here, now, wanted = workspace(), datetime.now(UTC), _day(st.query_params.get("week", ""))
    what = ("packets", wanted, here.today(now), record_now())
    return awaited(what, "Reading every sheet as it was last seen …", lambda: seen(here, actor, wanted, now))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def week_choice(found: Seen, week: Week) -> None:
    """Which week is looked at."""
    weeks = {row["week_ending"].isoformat(): row for row in found.weeks.iter_rows(named=True)}

    def words(week: str) -> str:
        row = weeks[week]
        return f"{week} · {counted(row['packets'], 'packet')} · {short_dollars(row['cents'])}"

    here = week.week_ending.isoformat()
    choose("week", "Week ending", list(weeks), default=here, words=words, forgets=("packet",), width=340)


def week_numbers(found: Seen, week: Week) -> None:
    """What it bills, and what it does not."""
    lines = sum(each.count for each in week.packets)
    out = sum(week.excluded.values())
    with st.container(key="numbers"):
        st.metric("Packets", f"{len(week.packets):,}", border=True)
        st.metric("Billed", short_dollars(week.cents), border=True, help=plain(money_text(week.cents)))
        st.metric(
            "Lines", f"{lines:,}", border=True, help=f"Of {counted(week.rows.height, 'row')} that carry this week"
        )
        st.metric("Rows in none", f"{out:,}", border=True, help="Each is counted under one reason below")
        st.metric(
            "Without a week", f"{found.without_week:,}", border=True,
            help="Rows of all sheets whose week date is blank or not understood: they belong to no week",
        )  # fmt: skip
    for asked in week.questions:
        st.warning(
            f"**{plain(asked.words())}** Its lines wait. Correct the number in the sheet; if it is right, exempt it "
            "from the rule *Work request one edit from a known one* under Sources.",
            icon=":material/contact_support:",
        )
    for spot in found.blind_spots:
        st.warning(f"{plain(spot.sheet)}: {plain(spot.detail)}", icon=":material/visibility_off:")


def make_button(week: Week, standing: tuple[Standing, ...], actor: Actor) -> None:
    """Make the packets that are not as their files say, for those who may."""
    if not allowed(actor, Permission.MAKE_REPORTS):
        return
    waiting = sum(each.state is not State.MADE for each in standing)
    label = f"Make {counted(waiting, 'packet')}" if waiting else "All packets are made"
    if st.button(label, type="primary", icon=":material/inventory_2:", disabled=not waiting):
        now = datetime.now(UTC)
        try:
            with st.spinner(f"Making the packets of week {week.week_ending} …"):
                here, run_id = workspace(), new_run_id("packets", now)
                done = make_week(here, actor, week.week_ending, run_id, now, went_out(here.store))
            st.toast(plain(done.words()), icon=":material/check:")
        except AuditError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.rerun()
