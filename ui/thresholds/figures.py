"""What the set in force and a draft come to, side by side: how much, how right, how much money."""

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from audit_core.review.precision import Share
from audit_core.rules.base import money_text
from audit_core.thresholds.preview import Preview
from audit_core.thresholds.volume import FEWEST
from ui.words import plain

_STYLE: Final = (
    ".redline-sets{width:100%;border-collapse:collapse;margin:0!important}"
    ".redline-sets th,.redline-sets td{padding:5px 10px 5px 0!important;text-align:left;vertical-align:top;"
    "border:0!important;border-bottom:1px solid color-mix(in srgb,currentColor 16%,transparent)!important}"
    ".redline-sets tbody th{font-weight:400;opacity:.85}.redline-sets td{font-variant-numeric:tabular-nums}"
    ".redline-sets td.changed{font-weight:600}"
)
_UNSAID: Final = "not said yet"
_BIASED: Final = (
    ":material/balance: Verdicts are mostly about what was shown, so these shares flatter. They become fair by the "
    "story drawn by lot in each review round: decide about those with the same care."
)


def figures(current: Preview, draft: Preview, title: str, analyst_days: float, scored: str) -> None:
    """The table, and below it what cannot be said and why. `title`: of the set in force; `scored`: by which model."""
    rows = zip(_said(current, analyst_days), _said(draft, analyst_days), strict=True)
    body = "".join(_row(name, now, then) for (name, now), (_, then) in rows)
    head = "".join(f"<th scope='col'>{escape(each)}</th>" for each in ("", f"In force: {title}", "Draft"))
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    st.html(f"<style>{_STYLE}</style><table class='redline-sets'>{table}</table>")
    if draft.volume:
        st.caption(f"A week is one of the last {draft.volume.weeks} whole weeks. {plain(scored)}")
    else:
        st.caption(f"Fewer than {FEWEST} weeks are whole, so nothing is expected of the next. {plain(scored)}")
    biased = [_BIASED] if draft.estimate.recall is None else []
    st.caption("  \n".join([*biased, *map(plain, draft.estimate.silent)]))


def _row(name: str, now: str, then: str) -> str:
    changed = "" if now == then else " class='changed'"
    return f"<tr><th scope='row'>{escape(name)}</th><td>{escape(now)}</td><td{changed}>{escape(then)}</td></tr>"


def _said(made: Preview, analyst_days: float) -> Sequence[tuple[str, str]]:
    volume, sure = made.volume, made.estimate
    return (
        ("Review from · urgent from", f"{made.limits.review:g} · {made.limits.urgent:g}"),
        ("Alerts a week, expected", f"{volume.per_week:.1f}" if volume else _UNSAID),
        ("Median week · nine of ten up to", f"{volume.median:.1f} · {volume.p90:.1f}" if volume else _UNSAID),
        (f"Per analyst-day, {analyst_days:g} a week", f"{volume.per_day(analyst_days):.1f}" if volume else _UNSAID),
        ("On the whole record · urgent of them", f"{made.shown.height:,} · {made.urgent:,}"),
        ("Right of the alerts that were judged", _share(sure.naive)),
        ("Right of all alerts: precision", _share(sure.precision)),
        ("Caught of what was confirmed", _share(made.caught)),
        ("Caught of all that is wrong: recall", _share(sure.recall)),
        ("Money of the alerts", money_text(made.money_cents)),
        ("Their part of risk × money", _UNSAID if made.money_share is None else f"{made.money_share:.0%}"),
    )


def _share(share: Share | None) -> str:
    if share is None:
        return _UNSAID
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%}), n = {share.n:,}"
