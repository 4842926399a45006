"""How a rule stands on a look's day (its state, its scope, its exemptions), and what that leaves of its hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from audit_core.rules.base import Checked, Rule
from audit_core.rules.exemptions import EVERY_RULE, Exemption
from audit_core.rules.states import EVERYWHERE, Scope, State, StateDecision, in_force

SHADOW = pl.Struct({"rule": pl.String(), "seen": pl.String(), "expected": pl.String(), "n": pl.Int64()})
"""What an event keeps of a hit of a rule in shadow."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule on one look's day."""

    state: State = State.ON
    scope: Scope = EVERYWHERE
    exemptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorted:
    """A rule's verdict, sorted out. `silent`: rows (ids) whose hits raise nothing, by scope or by exemption."""

    checked: int
    out_of_scope: int
    hit: int
    exempt: int
    silent: pl.Series


def standings(
    rules: Mapping[str, Standing],
    decided: Mapping[str, Sequence[StateDecision]],
    exemptions: Sequence[Exemption],
    day: date,
) -> dict[str, Standing]:
    """How each rule stands on a look's day.

    `rules`: name → how it stands while nobody decided; what is off then stays off. `decided`: name → decisions, oldest
    first. A decision's scope takes the place of the rule's own.
    """
    holding = [each for each in exemptions if each.holds_on(day)]
    found = {}
    for name, own in rules.items():
        said = in_force(decided.get(name, ()), day)
        found[name] = Standing(
            said.state if said and own.state is not State.OFF else own.state,
            said.scope if said and said.scope != EVERYWHERE else own.scope,
            tuple(each for each in holding if each.rule in (name, EVERY_RULE)),
        )
    return found


def sort_out(checked: Checked, standing: Standing, sheet: tuple[str, str], rows: Sequence[pl.DataFrame]) -> Sorted:
    """Tell apart what a rule found in scope, outside of it, and exempt.

    `sheet`: its id and its name. `rows`: frames with the `work_request` of every row (`row_id`) that the rule may name.
    """
    exempting = [each.scope for each in standing.exemptions if each.scope.reaches(sheet)]
    if not (standing.scope.work_requests or exempting):
        silent = checked.rows.clear()
        return Sorted(len(checked.rows), checked.out_of_scope, checked.hits.height, 0, silent)
    requests = pl.concat([each.select("row_id", "work_request") for each in rows]).unique("row_id", keep="first")
    outside = requests.filter(~standing.scope.holds())["row_id"]
    exempt = requests.filter(pl.any_horizontal([each.holds() for each in exempting] or [pl.lit(value=False)]))["row_id"]
    away = int(checked.rows.is_in(outside.implode()).sum())
    here = checked.hits["row_id"].filter(~checked.hits["row_id"].is_in(outside.implode()))
    quiet = int(here.is_in(exempt.implode()).sum())
    return Sorted(
        len(checked.rows) - away,
        checked.out_of_scope + away,
        len(here) - quiet,
        quiet,
        pl.concat([outside, exempt]).unique(),
    )


def beside(events: pl.DataFrame, shadow: pl.DataFrame) -> pl.DataFrame:
    """Judged changes with `shadow`, the list of hits that rules in shadow have on each (null: none)."""
    key = ["sheet_id", "row_id", "column"]
    kept = shadow.group_by(key, maintain_order=True).agg(shadow=pl.struct("rule", "seen", "expected", "n"))
    return events.join(kept.cast({"shadow": pl.List(SHADOW)}), on=key, how="left", maintain_order="left")


def untouched(rules: Sequence[Rule], off: Sequence[str]) -> dict[str, Standing]:
    """How rules stand of themselves: what is switched off in the settings is off, what an installation added is in
    shadow, all else is on."""
    return {
        rule.name: Standing(State.OFF if rule.name in off else State.SHADOW if rule.added else State.ON, rule.scope)
        for rule in rules
    }
