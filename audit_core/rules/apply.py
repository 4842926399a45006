"""Run the rules over one sheet's step, and charge each failure to the change that made it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.diff import ROW
from audit_core.changes.transitions import Transition
from audit_core.rules.base import HITS, Checked, Context, Rule, StateCheck
from audit_core.rules.standing import Standing, sort_out
from audit_core.rules.states import State

CHARGED = {"sheet_id": pl.String(), **HITS, "rule": pl.String()}
"""A hit with its sheet and the rule's name; `column` names the change that is charged, or where a finding points."""


@dataclass(frozen=True, slots=True)
class Count:
    """How much one rule could look at in one sheet, in which state. `hit`: without the `exempt` ones."""

    sheet_id: str
    rule: str
    checked: int
    skipped: int
    out_of_scope: int
    hit: int
    exempt: int
    state: State


@dataclass(frozen=True, slots=True)
class Applied:
    """`charges`: hits on changes of this look. `findings`: failing rows that no change of it explains.

    `shadow`: what would be charges if their rules were on.
    """

    charges: pl.DataFrame
    findings: pl.DataFrame
    shadow: pl.DataFrame
    counts: tuple[Count, ...]
    blind_spots: tuple[BlindSpot, ...]


def apply_rules(
    step: Transition,
    rules: Sequence[Rule],
    context: Context,
    counts_before: Mapping[str, int],
    known: Mapping[str, Set[str]],
    standings: Mapping[str, Standing] = MappingProxyType({}),
) -> Applied:
    """`known`: rule → the rows of this sheet that are in the trail already and are not told twice.

    `standings`: how each rule stands on the look's day; one that is not named is on.
    `counts_before`: lines per work request before this look (`context.line_counts` has them after it).
    """
    charges: list[pl.DataFrame] = []
    findings: list[pl.DataFrame] = []
    shadow: list[pl.DataFrame] = []
    counts, spots = [], []
    mapped = set(step.step.after.titles.mapping.values())
    name, sheet = step.step.sheet_name, (step.step.sheet_id, step.step.sheet_name)
    for rule in rules:
        standing = standings.get(rule.name, Standing())
        none = Count(step.step.sheet_id, rule.name, 0, 0, 0, 0, 0, standing.state)
        if standing.state is State.OFF:
            counts.append(none)
            continue
        if not standing.scope.reaches(sheet):
            counts.append(replace(none, out_of_scope=step.after.height))
            continue
        missing = [column for column in rule.needs if column not in mapped]
        if missing:
            text = f"Rule '{rule.title}' was not run: column '{missing[0]}' is missing."
            spots.append(BlindSpot(name, Reason.RULE_NOT_RUN, text))
            counts.append(replace(none, skipped=step.after.height))
            continue
        if rule.on_changes is not None:
            checked = rule.on_changes(step.changes, context)
            charged = found = checked.hits
            if checked.hits.height:
                here = step.changes.select("row_id", "column")
                charged = checked.hits.join(here, on=["row_id", "column"], how="semi")
                # what a change rule says of an earlier change is told beside this look's changes
                found = checked.hits.join(here, on=["row_id", "column"], how="anti")
        elif rule.on_state is not None:
            checked, charged, found = _on_state(
                step, rule, rule.on_state, context, counts_before, known.get(rule.name, frozenset())
            )
        told = sort_out(checked, standing, sheet, (step.after, step.changes))
        if len(told.silent):
            loud = ~pl.col("row_id").is_in(told.silent.implode())
            charged, found = charged.filter(loud), found.filter(loud)
        raised = ((charged, shadow),) if standing.state is State.SHADOW else ((charged, charges), (found, findings))
        for several, into in raised:
            if several.height:
                into.append(_named(several, step, rule))
        if checked.blind:
            spots.append(BlindSpot(name, Reason.ROWS_NOT_CHECKED, checked.blind))
        counts.append(
            replace(
                none,
                checked=told.checked,
                skipped=checked.skipped,
                out_of_scope=told.out_of_scope,
                hit=told.hit,
                exempt=told.exempt,
            )
        )
    empty = pl.DataFrame(schema=CHARGED)
    charged, found, seen = (pl.concat([empty, *parts]) for parts in (charges, findings, shadow))
    return Applied(charged, found, seen, tuple(counts), tuple(spots))


def _on_state(
    step: Transition,
    rule: Rule,
    check: StateCheck,
    context: Context,
    counts_before: Mapping[str, int],
    told: Set[str],
) -> tuple[Checked, pl.DataFrame, pl.DataFrame]:
    """(verdict on the state after, hits charged to changes, findings)."""
    context = replace(context, told=told)
    after = check(step.after, context, step.before)
    hits = after.hits
    if not hits.height:
        return after, hits, hits
    changed = step.changes.select("row_id", changed="column", kind="kind")
    failed, judged = hits["row_id"].clear(), hits["row_id"].clear()
    if step.before is not None and changed.height:
        earlier = check(step.before, replace(context, line_counts=counts_before), None)
        failed, judged = earlier.hits["row_id"], earlier.rows
    hits = hits.with_columns(
        failed=pl.col("row_id").is_in(failed.implode()),
        judged=pl.col("row_id").is_in(judged.implode()),
        told=pl.col("row_id").is_in(list(told)),
    )
    # the change that is charged: the one the hit names if it happened, else the most telling one that did
    order = {column: place for place, column in enumerate((ROW, *rule.columns))}
    able = (
        hits.join(changed, on="row_id", how="inner")
        .filter(pl.col("changed").is_in(list(order)))
        .with_columns(
            place=pl.when(pl.col("changed") == pl.col("column"))
            .then(-1)
            .otherwise(pl.col("changed").replace_strict(order, return_dtype=pl.Int64))
        )
        .sort("row_id", "place")
        .unique("row_id", keep="first", maintain_order=True)
    )
    # a row that could not be judged before, and whose failure is in the trail, was not broken by this change
    charged = able.filter(~pl.col("failed") & (pl.col("judged") | ~pl.col("told")))
    charged = charged.with_columns(column=pl.col("changed"))
    rest = hits.join(charged.select("row_id"), on="row_id", how="anti").filter(~pl.col("told"))
    rest = rest.with_columns(column=pl.coalesce("column", pl.lit(rule.columns[0])))
    return after, charged.select(*HITS), rest.select(*HITS)


def _named(hits: pl.DataFrame, step: Transition, rule: Rule) -> pl.DataFrame:
    return hits.with_columns(sheet_id=pl.lit(step.step.sheet_id), rule=pl.lit(rule.name)).select(*CHARGED)
