"""The lines of one list as a table; a row leads to one of them."""

from collections.abc import Sequence
from typing import Final

import polars as pl
import streamlit as st

from audit_core.access_review import AccessReview, Line, Part
from audit_core.access_review.decide import own
from audit_core.actors import Actor
from ui.access_review.reading import LINE
from ui.chosen import put
from ui.words import counted, visible

_TALLEST: Final = 640
_COLORS: Final = {"keep": "gray", "look": "blue", "reduce": "orange", "remove": "red", "exception": "violet"}
"""Of recommendations and decisions; the word stands beside the colour."""


def seen_lines(review: AccessReview, part: Part, chosen: str) -> tuple[Line, ...]:
    """The lines of a list that are shown: all, those not decided, or those of one recommendation."""
    open_ids = {each.line_id for each in review.open}
    return tuple(
        each
        for each in review.lines
        if each.part is part
        and (chosen == "all" or each.advice == chosen or (chosen == "open" and each.line_id in open_ids))
    )  # fmt: skip


def lines_table(review: AccessReview, shown: Sequence[Line], actor: Actor) -> Line | None:
    """The table; returns the line that the address names, else the first open one, else the first."""
    if not shown:
        return None
    ids = [each.line_id for each in shown]
    wanted = st.query_params.get(LINE, "")
    waiting = [number for number, each in enumerate(shown) if each.line_id not in review.decided]
    place = ids.index(wanted) if wanted in ids else waiting[0] if waiting else 0
    key = f"access-lines-{hash(tuple(ids))}"
    st.session_state[key] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    rows = [_row(review, each, actor) for each in shown]
    schema = {
        "Whose": pl.String(), "Right": pl.String(), "Advised": pl.List(pl.String), "Decided": pl.List(pl.String),
        "By": pl.String(),
    }  # fmt: skip
    words, colors = list(_COLORS), list(_COLORS.values())
    st.dataframe(
        pl.DataFrame(rows, schema=schema, orient="row").to_pandas(),
        hide_index=True, width="stretch", height=min(_TALLEST, 38 + 35 * len(shown)), key=key,
        on_select=lambda: _picked(key, ids), selection_mode=["single-row", "single-cell"],
        column_config={
            "Whose": st.column_config.TextColumn(width=190),
            "Right": st.column_config.TextColumn(width=130),
            "Advised": st.column_config.MultiselectColumn(options=words, color=colors, width=70),
            "Decided": st.column_config.MultiselectColumn(options=words, color=colors, width=78),
            "By": st.column_config.TextColumn(width=90),
        },
        alt=counted(len(shown), "line"),
    )  # fmt: skip
    return shown[place]


def go(line_id: str | None) -> None:
    """In a callback: look at another line; None at the first open one."""
    put(LINE, line_id)


def _row(review: AccessReview, line: Line, actor: Actor) -> tuple[object, ...]:
    said = review.decided.get(line.line_id)
    by = said.by.partition("@")[0] if said else "about you" if own(line, actor) else ""
    return visible(line.name), line.right, [line.advice.value], [said.choice.value] if said else [], by


def _picked(key: str, ids: Sequence[str]) -> None:
    """Callback: a row was chosen; or let go, and all stays as it is."""
    chosen = st.session_state[key]["selection"]
    rows = [row for row, _ in chosen["cells"]] or chosen["rows"]
    if rows and rows[0] < len(ids):
        go(ids[rows[0]])
