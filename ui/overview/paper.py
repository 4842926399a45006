"""The Overview as one sheet of paper: hidden on screen, and all that is printed. Light, whatever the screen is."""

from datetime import UTC, date, datetime
from html import escape
from typing import Any, Final

import streamlit as st

from audit_core.picture.picture import Number, Picture
from audit_core.picture.told import sentences
from audit_core.store.figures import Headline
from audit_core.store.wholeness import wholeness
from ui.clock import zone
from ui.freshness import ALL_SEEN, blind_spots, last_sync
from ui.opened import workspace
from ui.words import counted, dollars, moment, short_dollars, visible

_SPOTS: Final = 4
_TALLEST: Final = 84  # pixels


def paper(seen: Picture, headline: Headline) -> None:
    """The sheet. Whatever comes from a sheet of billing stands in it as text."""
    with st.container(key="on-paper"):
        st.html(f'<div class="redline-paper">{_head(seen, headline)}{_numbers(seen)}{_body(seen)}{_foot()}</div>')


def _head(seen: Picture, headline: Headline) -> str:
    made = f"{moment(datetime.now(UTC), zone())} ({zone().key})"
    sample = ""
    if headline.simulated_from is not None:
        since = _text(headline.simulated_from)
        sample = f"<p><b>Sample workspace: what the looks from {since} on showed is simulated.</b></p>"
    return f"<h1>Redline: what the audit shows</h1><p>{_text(seen.period.words())} · printed {_text(made)}</p>{sample}"


def _numbers(seen: Picture) -> str:
    shown = (
        ("Changes and findings", f"{seen.events.now:,}", seen.events, False),
        ("Flagged", f"{seen.flagged.now:,}", seen.flagged, False),
        ("Changed after lock", f"{seen.late.now:,}", seen.late, False),
        ("Wait for a person", f"{seen.waiting.now:,}", seen.waiting, False),
        ("Open risk", short_dollars(seen.risk_cents.now), seen.risk_cents, True),
    )
    cells = "".join(
        f"<div><small>{label}</small><b>{value}</b><small>{_earlier(number, money=money)}</small></div>"
        for label, value, number, money in shown
    )
    return f'<div class="numbers">{cells}</div>'


def _earlier(number: Number, *, money: bool) -> str:
    if number.before is None:
        return "nothing to compare with"
    return f"{short_dollars(number.before) if money else f'{number.before:,}'} in the period before"


def _body(seen: Picture) -> str:
    spots = blind_spots(last_sync())
    said = "".join(f"<li><div>{_text(sentence)}</div></li>" for sentence in sentences(seen, len(spots)))
    listed = "".join(
        f"<li><div>{_text(spot.reason.value.capitalize())}, {_text(spot.sheet or 'everywhere')}: "
        f"{_text(spot.detail)}</div></li>"
        for spot in spots[:_SPOTS]
    )
    more = f"<li>and {len(spots) - _SPOTS:,} more</li>" if len(spots) > _SPOTS else ""
    unseen = f"<ul>{listed}{more}</ul>" if spots else f"<p>{ALL_SEEN}</p>"
    return (
        f'<div class="halves"><div><h2>In words</h2><ul>{said}</ul><h2>What was not seen</h2>{unseen}</div>'
        f"<div><h2>Flagged, week by week</h2>{_bars(seen)}"
        f"<h2>What needs a person first</h2>{_stories(seen)}</div></div>"
    )


def _bars(seen: Picture) -> str:
    """One bar a week with its count, named by the Sunday."""
    weeks = seen.trend.select("week", "flagged").rows()
    most = max(1, *(n for _, n in weeks))
    return f'<div class="bars">{"".join(_bar(week, n, round(_TALLEST * n / most)) for week, n in weeks)}</div>'


def _bar(week: date, n: int, height: int) -> str:
    return f'<div><i>{n:,}</i><span style="height:{height}px"></span>{week.day} {week:%b}</div>'


def _stories(seen: Picture) -> str:
    rows = "".join(_story(item) for item in seen.waits.top.iter_rows(named=True))
    if not rows:
        return "<p>Nothing waits for a person.</p>"
    return f"<table><tr><th>Severity</th><th>What</th><th>At risk</th></tr>{rows}</table>"


def _story(item: dict[str, Any]) -> str:
    return (
        f"<tr><td>{_text(item['severity'] or '–')}</td><td><div>{_text(item['sentence'])}</div></td>"
        f"<td>{_text(dollars(item['risk_cents'] / 100))}</td></tr>"
    )


def _foot() -> str:
    now = wholeness(workspace().store)
    verified = f", {now.verified:,} of them verified" if now.verified is not None else ", not verified yet"
    anchor = f"<br>Anchor: {_text(now.anchor.short() if now.anchor.root else now.anchor.line())}" if now.anchor else ""
    return f"<footer>The record holds {counted(now.events, 'event')}{verified}.{anchor}</footer>"


def _text(said: str) -> str:
    return escape(visible(said))
