"""One look, all its sheets → judged events and incidents. A pure function: the same look gives the same judgement.

Preview and real run both come through here, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from audit_core import incidents
from audit_core.blind_spots import BlindSpot
from audit_core.changes.diff import ROW
from audit_core.changes.moves import with_moves
from audit_core.changes.transitions import Transition
from audit_core.echoes import echoes
from audit_core.rules import BY_NAME, Certainty, Context, PriceList, Rule
from audit_core.rules.apply import Count, apply_rules
from audit_core.scoring.features import features, with_rarity
from audit_core.scoring.model import Model
from audit_core.scoring.risk import RiskSettings, reasons, risk, severity, unusualness
from audit_core.structure_findings import structure_findings

_ONE_ACT = (
    "price_zeroed",
    "price_emptied",
    "quantity_zeroed",
    "quantity_emptied",
    "completion_unchecked",
    "week_moved",
    "deleted_after_lock",
    "deleted_and_entered_again",
)
"""Stories that one act made: their whole money counts for each of their changes."""

_RULE_FACTS = pl.DataFrame(
    [(r.name, r.certainty.value, r.after_lock, r.category, place) for place, r in enumerate(BY_NAME.values())],
    schema={
        "rule": pl.String,
        "certainty": pl.String,
        "after_lock": pl.Boolean,
        "category": pl.String,
        "place": pl.Int64,
    },
    orient="row",
)
_CERTAINTY_RANK = {Certainty.CERTAIN.value: 0, Certainty.UNUSUAL.value: 1, Certainty.LABEL.value: 2}


@dataclass(frozen=True, slots=True)
class Bench:
    """What judging needs beside the look itself.

    `known`: sheet id → rule → rows already in the trail. `put_back`: `sheet_id, row_id, column, previous`, the
    value before the cell's last recorded change. `other_lines`: lines per work request on sheets not in this look.
    `unsettled`: sheet id → what rules.base.Context says of it. `recent`: see echoes.RECENT.
    """

    rules: Sequence[Rule]
    prices: PriceList | None
    risk: RiskSettings = field(default_factory=RiskSettings)
    mass_rows: int = 50
    model: Model | None = None
    known: Mapping[str, Mapping[str, Set[str]]] = field(default_factory=dict)
    put_back: pl.DataFrame | None = None
    other_lines: Mapping[str, int] = field(default_factory=dict)
    unsettled: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    recent: pl.DataFrame | None = None
    echo_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Judgement:
    """`events`: changes and findings in their order, with `story` (number of the incident in `incidents`, from 0).

    `hits`: every rule each event carries (`position` in events, `rule`).
    """

    events: pl.DataFrame
    incidents: pl.DataFrame
    hits: pl.DataFrame
    counts: tuple[Count, ...]
    blind_spots: tuple[BlindSpot, ...]
    rows_added: int
    rows_removed: int
    cells_changed: int


def judge(look_day: date, moves: Sequence[Transition], bench: Bench) -> Judgement:
    """Judge and tell every change of one look (`moves`: see changes.transitions, one a sheet)."""
    moved = with_moves([move.changes for move in moves])
    moves = [replace(move, changes=changes) for move, changes in zip(moves, moved, strict=True)]
    after_counts = _line_counts(bench.other_lines, [move.after for move in moves])
    before_counts = _line_counts(
        bench.other_lines, [move.before if move.before is not None else move.after for move in moves]
    )
    context = Context(look_day, bench.prices, after_counts)
    applied = [
        apply_rules(
            move,
            bench.rules,
            context,
            before_counts,
            bench.known.get(move.step.sheet_id, {}),
            bench.unsettled.get(move.step.sheet_id),
        )
        for move in moves
    ]
    rows = sum(move.after.height for move in moves if move.before is not None)
    changes = pl.concat([move.changes for move in moves])
    charges = pl.concat([each.charges for each in applied])
    judged = _judge_changes(changes, charges, rows, bench)
    findings = _judge_findings(pl.concat([each.findings for each in applied]), moves, bench)
    events = pl.concat([judged, findings, structure_findings([move.step for move in moves])], how="diagonal")
    events, told = _number(events)
    return Judgement(
        events,
        told,
        events.with_row_index("position")
        .select("position", "hits")
        .explode("hits", empty_as_null=False)
        .unnest("hits")
        .select("position", "rule"),
        tuple(count for each in applied for count in each.counts),
        tuple(spot for each in applied for spot in each.blind_spots),
        rows_added=changes.filter(pl.col("kind") == "added").height,
        rows_removed=changes.filter(pl.col("kind") == "removed").height,
        cells_changed=changes.filter(pl.col("column") != ROW).height,
    )


def _line_counts(others: Mapping[str, int], states: Sequence[pl.DataFrame]) -> dict[str, int]:
    counts = Counter(dict(others))
    for state in states:
        counts.update(dict(state["work_request"].drop_nulls().value_counts().iter_rows()))
    return dict(counts)


def _judge_changes(changes: pl.DataFrame, charges: pl.DataFrame, rows: int, bench: Bench) -> pl.DataFrame:
    key = ["sheet_id", "row_id", "column"]
    told = changes.join(_gravest(charges), on=key, how="left", maintain_order="left")
    told = incidents.stories(told.with_columns(violation_type=pl.col("rule")), bench.mass_rows)
    told = with_rarity(echoes(told, bench.recent, bench.echo_minutes), rows)
    matrix = features(told)
    scores = bench.model.anomaly_scores(matrix) if bench.model else pl.Series([None] * told.height, dtype=pl.Float64)
    thin = bench.model.thin if bench.model else False
    told = told.with_columns(matrix["size"], anomaly_score=scores, restores=_restores(told, bench.put_back))
    told = told.with_columns(
        unusual=unusualness(pl.col("anomaly_score"), thin=thin),
        story_cents=pl.when(pl.col("story_kind").is_in(_ONE_ACT)).then(_story_cents()).otherwise(pl.col("money_cents")),
    )
    # in one chunk for the pl.format of the reasons (see rules.base.hits)
    told = told.with_columns(severity=pl.when(pl.col("rule").is_not_null()).then(severity(bench.risk))).rechunk()
    history = len(bench.model.reference) if bench.model else 0
    return told.with_columns(
        risk_score=risk(pl.col("anomaly_score"), thin=thin),
        reasons=reasons(thin=thin, history=history),
        event_kind=pl.lit("change"),
        money_cents=_counted_once(),
    )


def _gravest(charges: pl.DataFrame) -> pl.DataFrame:
    """One row a change: the gravest hit's rule and words first, then the other sentences, and all hits as a list."""
    ranked = (
        charges.join(_RULE_FACTS, on="rule")
        .with_columns(rank=pl.col("certainty").replace_strict(_CERTAINTY_RANK, return_dtype=pl.Int64))
        .sort("rank", "place", maintain_order=True)
    )
    first = ("rule", "fix", "stake_cents", "certainty", "after_lock", "category")
    return ranked.group_by("sheet_id", "row_id", "column", maintain_order=True).agg(
        *(pl.col(name).first() for name in first),
        pl.col("description").str.join(" "),
        hits=pl.struct("rule", "seen", "expected", "n"),
    )


def _restores(changes: pl.DataFrame, put_back: pl.DataFrame | None) -> pl.Series:
    """Whether a cell's new value is the one that its last recorded change took away."""
    if put_back is None:
        return pl.Series([False] * changes.height, dtype=pl.Boolean)
    joined = changes.select("sheet_id", "row_id", "column", "new_value").join(
        put_back, on=["sheet_id", "row_id", "column"], how="left", maintain_order="left"
    )
    return joined.select((pl.col("new_value") == pl.col("previous")).fill_null(value=False)).to_series()


def _story_cents() -> pl.Expr:
    return pl.col("money_cents").sum().over("story")


def _counted_once() -> pl.Expr:
    """A quantity's money is not counted beside its row's own price change, in its story or in a mass one."""
    priced = pl.col("column") == "Units Total Price"
    beside = priced.any().over("sheet_id", "row_id", "story") | (
        priced.any().over("sheet_id", "row_id") & ~pl.col("story").str.starts_with("row|").fill_null(value=True)
    )
    return pl.when((pl.col("column") == "Quantity") & beside).then(0).otherwise(pl.col("money_cents"))


def _judge_findings(found: pl.DataFrame, moves: Sequence[Transition], bench: Bench) -> pl.DataFrame:
    """Failing rows that no change explains, in the shape of judged changes."""
    parts = []
    for move in moves:
        cells = move.step.after.cells
        mine = found.filter(pl.col("sheet_id") == move.step.sheet_id)
        at = move.after.select("row_id", "work_request", "week_ending")
        mine = mine.join(at, on="row_id", how="left", maintain_order="left")
        values = [
            cells.filter(pl.col("row_id").is_in(part["row_id"].implode())).select(
                "row_id", pl.lit(name).alias("column"), pl.col(name).alias("new_value")
            )
            for (name,), part in mine.group_by("column", maintain_order=True)
            if name in cells.columns
        ]
        shown = pl.concat([pl.DataFrame(schema=dict.fromkeys(("row_id", "column", "new_value"), pl.String)), *values])
        mine = mine.join(shown, on=["row_id", "column"], how="left", maintain_order="left")
        instant = pl.lit(move.step.latest).cast(pl.Datetime("us", "UTC"))
        parts.append(mine.with_columns(sheet_name=pl.lit(move.step.sheet_name), earliest=instant, latest=instant))
    rows = pl.concat(parts).join(_RULE_FACTS, on="rule", how="left", maintain_order="left")
    several = pl.len().over("rule") >= incidents.SAME_CHANGE_ROWS
    rows = rows.with_columns(
        violation_type=pl.col("rule"),
        story=pl.concat_str(
            pl.lit("finding|"), "rule", pl.when(several).then(pl.lit("")).otherwise(pl.concat_str("sheet_id", "row_id"))
        ),
        story_kind=pl.col("rule"),
        money_cents=pl.col("stake_cents").fill_null(0),
        story_cents=pl.lit(0, dtype=pl.Int64),
        unusual=pl.lit(0.5),
        is_historical=pl.lit(None, dtype=pl.Int8),
        days_late=pl.lit(0.0),
        who_evidence=pl.lit("unknown"),
        event_kind=pl.lit("finding"),
        hits=pl.concat_list(pl.struct("rule", "seen", "expected", "n")),
        reasons=pl.lit([], dtype=pl.List(pl.String)),
        anomaly_score=pl.lit(None, dtype=pl.Float64),
    )
    rows = rows.with_columns(severity=severity(bench.risk))
    return rows.with_columns(risk_score=risk(pl.col("anomaly_score"), thin=False)).select(
        "sheet_id", "sheet_name", "row_id", "work_request", "column", "new_value", "week_ending", "earliest", "latest",
        "violation_type", "category", "description", "fix", "story", "story_kind", "money_cents", "who_evidence",
        "event_kind", "hits", "reasons", "severity", "risk_score", "stake_cents",
    )  # fmt: skip


def _number(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(events with `story` as the number of their incident, the incidents with the gravest first)."""
    grouped = events.filter(pl.col("story").is_not_null())
    order = (
        grouped.group_by("story")
        .agg(pl.col("risk_score").max(), story_kind=pl.col("story_kind").first())
        .sort(["risk_score", "story"], descending=[True, False])
        .with_row_index("incident")
    )
    made = []
    parts = {key[0]: part for key, part in grouped.group_by("story", maintain_order=True)}
    for number, story, top, kind in order.select("incident", "story", "risk_score", "story_kind").iter_rows():
        part = parts[story]
        levels = part["severity"].drop_nulls().unique().to_list()
        made.append(
            {
                "incident": number,
                "kind": kind or "changed",
                "started_at": part["earliest"].min(),
                "ended_at": part["latest"].max(),
                "events": part.height,
                "rows": part.filter(pl.col("row_id").is_not_null()).select("sheet_id", "row_id").n_unique(),
                "sheets": part["sheet_id"].n_unique(),
                "money_cents": int(part["money_cents"].sum()),
                "severity": max(levels, key=("LOW", "MEDIUM", "HIGH", "CRITICAL").index) if levels else None,
                "risk_score": top,
                "summary": incidents.summary(kind or "changed", part.rename({"description": "issue_description"})),
            }
        )
    numbers = dict(order.select("story", "incident").iter_rows())
    numbered = events.with_columns(
        pl.col("story").replace_strict(numbers, default=None, return_dtype=pl.Int64).alias("story")
    )
    return numbered, pl.DataFrame(made, infer_schema_length=None)
