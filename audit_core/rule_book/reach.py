"""What a decision about a rule would concern: how the rule stands now, and its events on record in a scope."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.rule_book.decisions import SUBJECT, standings_by_day
from audit_core.rules.exemptions import EVERY_RULE
from audit_core.rules.states import RULE, Scope, StateDecision
from audit_core.store.decisions import Decision
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Concerned:
    """Events on record whose gravest rule is meant, on rows that are meant. Money in cents."""

    events: int
    rows: int
    money_cents: int
    work_requests: int


def concerned(workspace: Workspace, actor: Actor, rule: str, scope: Scope) -> Concerned:
    """What of the record a state or an exemption of `rule` (EVERY_RULE: any) would have concerned.

    Raises NotAllowed for whoever may not decide about rules.
    """
    require(actor, Permission.MANAGE_RULES)
    meant = pl.col("violation_type").is_not_null() if rule == EVERY_RULE else pl.col("violation_type") == rule
    if scope.sheets:
        meant &= pl.col("sheet_id").is_in(list(scope.sheets)) | pl.col("sheet_name").is_in(list(scope.sheets))
    on_rows = pl.col("row_id").is_not_null()  # a finding of a whole sheet has none
    (found,) = workspace.store.columnar.collect(
        lambda events: events.filter(meant & scope.holds()).select(
            pl.len().cast(pl.Int64).alias("events"),
            pl.struct("sheet_id", "row_id").filter(on_rows).n_unique().cast(pl.Int64).alias("rows"),
            pl.col("money_cents").filter(pl.col("kind") == "change").sum().alias("money"),
            pl.col("work_request").drop_nulls().n_unique().cast(pl.Int64).alias("requests"),
        )
    )
    return Concerned(*found.row(0))


def rules_now(workspace: Workspace, today: date) -> pl.DataFrame:
    """`rule, title, state, scope, exemptions, checked, hit, exempt` of every rule.

    State, scope and exemptions as of `today`; counts over the newest look of each sheet.
    """
    standing = standings_by_day(workspace)(today)
    rows = [
        (rule.name, rule.title, each.state.value, each.scope.words().strip() or "everywhere", len(each.exemptions))
        for rule in workspace.rules()
        for each in (standing[rule.name],)
    ]
    types = {"rule": pl.String, "title": pl.String, "state": pl.String, "scope": pl.String, "exemptions": pl.Int64}
    counts = Queries(workspace.store.database).rule_counts()
    counted = counts.group_by("rule").agg(pl.col("checked", "hit", "exempt").sum())
    return pl.DataFrame(rows, schema=types, orient="row").join(counted, on="rule", how="left", maintain_order="left")


def states_of(workspace: Workspace, rule: str) -> list[tuple[StateDecision, Decision]]:
    """Every decision about the state of a rule, the newest first."""
    found = workspace.store.decisions.all(RULE, f"{SUBJECT}{rule}")
    return [(StateDecision.from_json(each.content), each) for each in reversed(found)]
