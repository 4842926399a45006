"""What was not seen, for Operations: now, by earlier looks, and what each rule looked at."""

import polars as pl
import streamlit as st

from audit_core.blind_spots import CURE
from audit_core.store.queries import Queries
from ui.freshness import ALL_SEEN, blind_spots, last_sync
from ui.opened import workspace


def unseen_part(ask: Queries) -> None:
    """The tables."""
    st.subheader("By the newest look")
    spots = blind_spots(last_sync())
    if spots:
        rows = [(spot.sheet or "everywhere", spot.reason.value, spot.detail, CURE[spot.reason]) for spot in spots]
        names = ("Sheet", "Reason", "What", "What to do")
        st.dataframe(
            pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").to_pandas(),
            hide_index=True, width="stretch",
            column_config={name: st.column_config.TextColumn(width="large") for name in names[2:]},
        )  # fmt: skip
    else:
        st.markdown(f":material/check_circle: {ALL_SEEN}")
    st.subheader("What each rule looked at")
    st.caption(
        "Counts over the newest look of each sheet. Skipped: not understood. Out of scope: not to be judged. Exempt: "
        "hits that raise nothing, for a reason on record. A rule in shadow is counted and raises nothing."
    )
    counts = ask.rule_counts().with_columns(pl.col("rule").replace(workspace().titles()))
    st.dataframe(counts.to_pandas(), hide_index=True, width="stretch")
    st.subheader("By earlier looks")
    st.dataframe(ask.blind_spots_of_looks().to_pandas(), hide_index=True, width="stretch")
