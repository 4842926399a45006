"""The model, for Operations: which one is in use, what it was made of, what the gate said, and the way back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.permissions import Permission, allowed
from audit_core.scoring.card import feature_code
from audit_core.scoring.forest import FULL_HISTORY
from audit_core.scoring.verdicts import Check, InUse, Verdict
from audit_core.store.decisions import Decision
from audit_core.store.models import Kept, Models
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.words import ago, counted, moment, plain


def model_section(workspace: Workspace, actor: Actor) -> None:
    """The section. Before the first retraining it says so; a model whose card was altered is an error on screen."""
    st.header("The model")
    models = Models(workspace.store)
    kept, decided = models.all(), models.decisions()
    if not decided:
        st.info("There is no model yet: run `python -m jobs run retrain`.", icon=":material/hourglass_empty:")
        return
    in_use = decided[-1][1].model_id
    for each in kept:
        if each.problem:
            st.error(plain(each.problem), icon=":material/gpp_bad:")
    _in_use(next((each for each in kept if each.model_id == in_use), None))
    if gate := models.last_gate():
        _last_gate(*gate)
    with st.expander(f"All models ({len(kept):,})"):
        st.dataframe(_table(kept, decided, in_use).to_pandas(), hide_index=True, width="stretch")
        others = [each.model_id for each in kept if each.model_id != in_use and not each.problem]
        if allowed(actor, Permission.ROLL_BACK_MODELS) and others:
            _way_back(models, others, actor)


def _in_use(model: Kept | None) -> None:
    if model is None:
        st.warning("No model is in use: changes are judged by the rules alone.", icon=":material/model_training:")
        return
    if model.card is None:
        st.warning(f"Model {plain(model.model_id)} is in use, and damaged: changes are judged by the rules alone.")
        return
    st.markdown(
        f":material/model_training: Model **{plain(model.model_id)}** is in use · trained {ago(model.trained_at)} "
        f"({moment(model.trained_at, zone())}) on {counted(model.card['rows'], 'change')} and "
        f"{counted(model.labels, 'label')}"
    )
    if thin := ", ".join(f"{group} ({n:,})" for group, n in model.thin.items()):
        st.markdown(
            f":material/hourglass_top: Thin history, so that novelty counts at most half: {plain(thin)}. "
            f"The full scale begins at {FULL_HISTORY:,} changes of a kind."
        )
    if model.card["feature_code"] != feature_code():
        st.warning("This program describes changes otherwise than when it was trained: run `retrain`.")


def _last_gate(decision: Decision, said: InUse) -> None:
    icon = ":material/check_circle:" if said.verdict is Verdict.PROMOTED else ":material/block:"
    word = "passed" if said.verdict is Verdict.PROMOTED else "was refused"
    when = moment(decision.decided_at, zone())
    st.markdown(f"{icon} At the gate ({when}) model **{plain(said.about)}** {word}:")
    for check in said.checks:
        st.markdown(f"- {_state(check)} **{plain(check.name)}**: {plain(check.words)}")


def _state(check: Check) -> str:
    if not check.blocks:
        return ":gray-badge[:material/info: noted]"
    if not check.passed:
        return ":red-badge[:material/close: failed]"
    return (
        ":green-badge[:material/check: passed]"
        if check.numbers
        else ":gray-badge[:material/hourglass_empty: not judged]"
    )


def _table(kept: Sequence[Kept], decided: Sequence[tuple[Decision, InUse]], in_use: str | None) -> pl.DataFrame:
    newest = {said.about: said for _, said in decided}
    rows = [
        (
            each.model_id,
            "in use" if each.model_id == in_use else "",
            moment(each.trained_at, zone()),
            *_said(each.card),
            newest[each.model_id].told(),
        )
        for each in kept
    ]
    names = (
        "Model",
        "State",
        f"Trained ({zone().key})",
        "Changes",
        "Confirmed",
        "False alarms",
        "Learned part",
        "Last decision",
    )
    return pl.DataFrame(rows, schema=names, orient="row")


def _said(card: dict[str, Any] | None) -> tuple[int | None, int | None, int | None, str]:
    """Changes, confirmed, false alarms, and whether the learned part counts."""
    if card is None:
        return None, None, None, "damaged"
    labels = card["labels"]
    return card["rows"], labels["confirmed"], labels["false_alarms"], "used" if card["gain"] else "not used"


def _way_back(models: Models, others: Sequence[str], actor: Actor) -> None:
    with st.form("model_in_use"):
        chosen = st.selectbox("Go back to model", others)
        reason = st.text_input("Reason", max_chars=200)
        if st.form_submit_button("Use this model", icon=":material/undo:"):
            try:
                st.success(plain(models.use(chosen, reason, actor, datetime.now(UTC)).told()))
            except AuditError as error:
                st.error(plain(str(error)))
