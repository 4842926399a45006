"""What is over, and every kind of notice with when it comes and what to do."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import streamlit as st

from audit_core.alerts import KINDS, Board, Line
from audit_core.monitoring.span import span
from audit_core.settings.alerts import AlertsSettings
from ui.clock import zone
from ui.words import moment, plain


def past_part(found: Board) -> None:
    """What is over, the newest first."""
    if not found.past:
        st.info("Nothing was noticed and is over yet.", icon=":material/history:")
        return
    names = ("Raised", "Severity", "Kind", "What", "Lasted", "Taken by", "Note", "How it ended", "Told")
    st.dataframe(
        pl.DataFrame([_row(line) for line in found.past], schema=dict.fromkeys(names, pl.String), orient="row")
        .rename({"Raised": f"Raised ({zone().key})"})
        .to_pandas(),
        hide_index=True, width="stretch", height="content" if len(found.past) < 17 else 640, placeholder="–",
        alt=f"{len(found.past):,} notices that are over",
        column_config={"What": st.column_config.TextColumn(width="large")},
    )  # fmt: skip


def _row(line: Line) -> tuple[str | None, ...]:
    notice, taken = line.notice, line.notice.acknowledged
    kind = KINDS.get(notice.found.kind)
    lasted = ((notice.resolved_at or notice.raised_at) - notice.raised_at).total_seconds()
    return (
        moment(notice.raised_at, zone()), notice.severity, kind.title if kind else notice.found.kind,
        notice.found.sentence, span(lasted), taken.by if taken else None, taken.note if taken else None, notice.why,
        ", ".join(to for to, _ in line.told) or None,
    )  # fmt: skip


def kinds_part(found: Board, settings: AlertsSettings) -> None:
    """Every kind: whether it is looked at, what is open of it, when it comes, and what to do."""
    is_open = Counter(line.notice.found.kind for line in found.open)
    rows: Sequence[tuple[str, ...]] = [
        (
            f"**{plain(kind.title)}**  \n`{kind.name}`", "off" if kind.name in settings.off else "on",
            f"{is_open[kind.name]:,}" if is_open[kind.name] else "–", kind.severity, plain(kind.comes), kind.advice,
        )
        for kind in KINDS.values()
    ]  # fmt: skip
    names = ("Kind", "Looked at", "Open", "Severity", "It comes when", "What to do")
    st.table(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").to_pandas(), hide_index=True)
    st.caption("What is named in `alerts.off` is not looked at. docs/alerts.md says more of each.")
