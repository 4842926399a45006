"""What was done here, for Operations: sign-ins, decisions, backups, starts, each as the ledger holds it."""

import streamlit as st

from audit_core.store.queries import Queries


def done_part(ask: Queries) -> None:
    """The table."""
    told = ask.actions().select("timestamp", "action", "changed_by", "issue_description", "ip_address", "event_id")
    st.dataframe(told.to_pandas(), hide_index=True, width="stretch", height=620)
