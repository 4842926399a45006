"""What is open: the gravest first, each with where to look, and a note by which somebody takes care of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.alerts import KINDS, Board, Line, acknowledge
from audit_core.alerts.acts import LONGEST_NOTE
from audit_core.permissions import Permission, allowed
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.keys import keys, shortcut
from ui.navigation import page_of, spec_of
from ui.recorded import recorded
from ui.words import ago, counted, moment, plain, severity_badge

_ALONE: Final = 3
"""More notices of one kind than these stand in one box."""

_SHOWN: Final = 5
_MOST: Final = 40


def standing_part(found: Board, actor: Actor, now: datetime, *, watched: bool) -> None:
    """The boxes. Where there are none, that is said, and whether it can be relied on."""
    boxes = _boxes(found.open)
    if not boxes:
        if found.last is None:
            return  # above it says that nothing is known
        told = "Nothing is open." if watched else "Nothing was open when somebody looked last."
        st.info(told, icon=":material/notifications_none:")
        return
    may = allowed(actor, Permission.ACKNOWLEDGE_ALERTS)
    if may:
        keys({"a": "take care of the first", "o": "look at the first"})
    for place, box in enumerate(boxes[:_MOST]):
        _box(box, now, may=may, first=place == 0)
    if len(boxes) > _MOST:
        st.caption(f"and {len(boxes) - _MOST:,} more: take care of these first")


def _boxes(lines: Sequence[Line]) -> list[list[Line]]:
    """Notices of one kind that are many in one box, the others each in its own."""
    kinds: dict[tuple[bool, str], list[Line]] = {}
    for line in lines:
        kinds.setdefault((line.notice.acknowledged is not None, line.notice.found.kind), []).append(line)
    place = {line.notice.number: number for number, line in enumerate(lines)}
    boxes = [
        box for those in kinds.values() for box in ([those] if len(those) > _ALONE else [[each] for each in those])
    ]
    return sorted(boxes, key=lambda box: place[box[0].notice.number])


def _box(box: Sequence[Line], now: datetime, *, may: bool, first: bool) -> None:
    line, number = box[0], box[0].notice.number
    notice = line.notice
    kind = KINDS.get(notice.found.kind)
    title = kind.title if kind else notice.found.kind
    with st.container(border=True, gap="xsmall", key=f"notice-{number}"):
        count = f" · {len(box):,} open" if len(box) > 1 else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{severity_badge(notice.severity)} **{plain(title)}**{count}", width="stretch")
            page = spec_of(notice.found.page)
            if page.name != "alerts" and st.button(
                f"Look under {page.title}", icon=page.icon, type="tertiary", key=f"look-{number}",
                shortcut=shortcut("o") if first else None,
            ):  # fmt: skip
                st.switch_page(page_of(page.name), query_params={k: list(v) for k, v in notice.found.query.items()})
        if len(box) == 1:
            st.markdown(plain(notice.found.sentence))
            _facts(notice.found.facts)
        else:
            st.markdown("\n".join(f"- {plain(each.notice.found.sentence)}" for each in box[:_SHOWN]))
            if len(box) > _SHOWN:
                with st.expander(f"{len(box) - _SHOWN:,} more"):
                    st.markdown("\n".join(f"- {plain(each.notice.found.sentence)}" for each in box[_SHOWN:]))
        st.caption(" · ".join(_known(line, now)))
        if kind and notice.acknowledged is None:
            st.caption(f":material/lightbulb: {kind.advice}")
        if may and notice.acknowledged is None:
            _take(tuple(each.notice.number for each in box), first=first)


def _facts(facts: Sequence[str]) -> None:
    if facts:
        st.markdown("\n".join(f"- {plain(fact)}" for fact in facts))


def _known(line: Line, now: datetime) -> list[str]:
    """Since when, who knows, who takes care of it, and what comes next."""
    notice = line.notice
    began = notice.found.since or notice.raised_at
    said = [f"since {moment(began, zone())}, {ago(began, now)}"]
    if notice.times > 1:
        said.append(f"{notice.times:,} times within a day")
    if notice.acknowledged is not None:
        taken = notice.acknowledged
        note = f": {plain(taken.note)}" if taken.note else ""
        said.append(f"**{plain(taken.by)}** takes care of it since {moment(taken.at, zone())}{note}")
        return said
    if line.told:
        who = ", ".join(f"{plain(to)} ({at.astimezone(zone()):%H:%M})" for to, at in line.told[:4])
        more = f" and {counted(len(line.told) - 4, 'other')}" if len(line.told) > 4 else ""
        said.append(f"told {who}{more}")
    else:
        said.append("told nobody outside")
    if line.escalates_at is not None and line.escalates_at > now:
        said.append(f"goes on to the second ones at {line.escalates_at.astimezone(zone()):%H:%M} if nobody takes it")
    return said


def _take(numbers: tuple[int, ...], *, first: bool) -> None:
    key = f"note-{numbers[0]}-{len(numbers)}"
    with st.form(f"take-{key}", border=False):
        note, button = st.columns([5, 2], vertical_alignment="bottom")
        note.text_input(
            "Note", key=key, max_chars=LONGEST_NOTE, label_visibility="collapsed",
            placeholder="What is being done, if the others should know",
        )  # fmt: skip
        button.form_submit_button(
            "I take care of it" if len(numbers) == 1 else f"I take care of all {len(numbers):,}",
            icon=":material/front_hand:", on_click=_taken, args=(numbers, key), width="stretch",
            shortcut=shortcut("a") if first else None,
        )  # fmt: skip


def _taken(numbers: tuple[int, ...], key: str) -> None:
    """Callback: somebody takes care of these."""
    note = str(st.session_state.get(key, ""))

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        taken = acknowledge(here, actor, numbers, note, now)
        return f"{counted(len(taken), 'notice')} acknowledged: nobody else is told."

    recorded(act)
