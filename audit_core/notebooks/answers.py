"""What a cell says when it is asked: a small frame, a sentence, and the figures by which anybody can check both."""

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.access.visible import visible, visible_to
from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.notebooks.cells import (
    Cell,
    ChartCell,
    FilterCell,
    Grouping,
    Measure,
    NumberCell,
    PinnedCell,
    TableCell,
    TextCell,
)
from audit_core.reports.event_columns import COLUMNS, shown
from audit_core.reports.table_export import rows_digest
from audit_core.rules.base import counted, money_text
from audit_core.sheets.weeks import look_day
from audit_core.store.conditions import VALUES
from audit_core.store.figures import changed_at
from audit_core.store.filtered import Totals
from audit_core.store.ledger import SCHEMA
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

MOST_BARS: Final = 200
_NONE: Final = {Grouping.RULE: "no rule", Grouping.SEVERITY: "no severity"}
_OVER_TIME: Final = (Grouping.WEEK, Grouping.LOOK)
_SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "no severity")
_BARS: Final = {"value": pl.String(), "events": pl.Int64(), "rows": pl.Int64(), "money_cents": pl.Int64()}
_NAMES: Final = {"money_cents": "Money (USD)"}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "day not known")


@dataclass(frozen=True, slots=True)
class Answer:
    """`frame`: what the cell shows; empty for a text. `words`: the same in one sentence.

    `totals`: of the whole filter, None for what has none or is withheld. `rows`, `money_cents` (None: there is none)
    and `sha256`: of what is shown; `sha256` as `rows_digest` makes it, of a text its own.
    """

    cell: Cell
    frame: pl.DataFrame
    words: str
    totals: Totals | None
    rows: int
    money_cents: int | None
    sha256: str


def withheld(workspace: Workspace, actor: Actor, cell: Cell) -> Answer | None:
    """What a cell says to an actor who may not see it: nothing but why. None where they may."""
    if not (isinstance(cell, ChartCell) and cell.of_people) or visible(workspace, actor):
        return None
    words = f"Not shown: how single people edit is visible to {visible_to(workspace)}."
    bars = pl.DataFrame(schema=_BARS)
    return Answer(cell, bars, words, None, 0, None, rows_digest(bars))


def groupings_for(workspace: Workspace, actor: Actor) -> tuple[Grouping, ...]:
    """What an actor may count by in a chart."""
    return tuple(by for by in Grouping if by is not Grouping.PERSON or visible(workspace, actor))


def answer(workspace: Workspace, cell: Cell, upto: int) -> Answer:
    """Ask a cell of the ledger as it was when it held `upto` events. Raises ConfigError for an event that is none."""
    match cell:
        case TextCell():
            frame = pl.DataFrame({"text": [cell.text]})
            return Answer(cell, frame, "", None, 0, None, rows_digest(frame))
        case PinnedCell():
            return _pinned(workspace, cell, upto)
        case _:
            return _asked(workspace, cell, upto)


def measured(totals: Totals, measure: Measure) -> int:
    """The one number of a filter; money in cents."""
    return {Measure.EVENTS: totals.events, Measure.ROWS: totals.rows, Measure.MONEY: totals.money_cents}[measure]


def number_text(value: int, measure: Measure) -> str:
    """A measured number as people read it."""
    return money_text(value) if measure is Measure.MONEY else f"{value:,}"


def _asked(workspace: Workspace, cell: FilterCell, upto: int) -> Answer:
    ask = Queries(workspace.store.database, upto)
    totals = ask.totals(cell.chosen)
    match cell:
        case TableCell():
            events = ask.first(cell.chosen, cell.order.value, cell.limit)
            frame = shown(events, cell.columns, workspace.titles())
            cents = int(events.select(COLUMNS["money"][1].sum()).item() or 0)
            told = f"{_all(totals)} The first {events.height:,} are shown, {cell.order.words}."
            words = told if events.height < totals.events else _all(totals)
        case ChartCell():
            groups = _grouped(ask, cell, workspace.titles(), workspace.settings.zone)
            frame = groups.tail(MOST_BARS) if cell.grouping in _OVER_TIME else groups.head(MOST_BARS)
            cents = int(frame["money_cents"].sum())
            told = f"{_all(totals)} {frame.height:,} of {groups.height:,} bars are shown."
            words = told if frame.height < groups.height else _all(totals)
        case NumberCell():
            figures: dict[str, Any] = {"events": totals.events, "rows": totals.rows, "money_cents": totals.money_cents}
            frame, cents, words = pl.DataFrame([figures]), totals.money_cents, _all(totals)
    return Answer(cell, frame, words, totals, frame.height, cents, rows_digest(frame))


def _all(totals: Totals) -> str:
    if not totals.events:
        return "Nothing fits these conditions."
    events, rows = counted(totals.events, "event"), counted(totals.rows, "row")
    return f"{events} on {rows}, {totals.flagged:,} flagged, moving {money_text(totals.money_cents)}."


def _grouped(ask: Queries, cell: ChartCell, titles: dict[str, str], zone: ZoneInfo) -> pl.DataFrame:
    """`value, events, rows, money_cents` of every bar: in their order where there is one, else the largest first."""
    by = cell.grouping
    value = _weekday(zone) if by is Grouping.WEEKDAY else VALUES[by.value].fill_null(_NONE.get(by, "none"))
    found = ask.grouped(cell.chosen, value)
    if by is Grouping.RULE:
        found = found.with_columns(pl.col("value").replace(titles))
    if by in _OVER_TIME:
        return found
    if order := {Grouping.WEEKDAY: _WEEKDAYS, Grouping.SEVERITY: _SEVERITIES}.get(by):
        place = pl.col("value").replace_strict({name: at for at, name in enumerate(order)}, return_dtype=pl.Int64)
        return found.sort(place)
    size = pl.col("money_cents" if cell.measure is Measure.MONEY else cell.measure.value).abs()
    return found.sort(size, pl.col("value"), descending=[True, False])


def _weekday(zone: ZoneInfo) -> pl.Expr:
    """The weekday of the edit in the business's time zone; of the look where its time is not known."""
    day = pl.coalesce(changed_at(zone).dt.date(), look_day(pl.col("look"), zone))
    names = dict(enumerate(_WEEKDAYS[:7], start=1))
    return day.dt.weekday().replace_strict(names, default=_WEEKDAYS[7], return_dtype=pl.String)


def _pinned(workspace: Workspace, cell: PinnedCell, upto: int) -> Answer:
    event = Queries(workspace.store.database).event(cell.event_id)
    if event is None or event["kind"] == "action" or cell.event_id > upto:
        raise ConfigError(f"There is no change or finding {cell.event_id} among the first {upto:,} events.")
    sealed = pl.DataFrame([event], schema=SCHEMA)
    row = shown(sealed, tuple(COLUMNS), workspace.titles()).row(0, named=True)
    facts = [(_NAMES.get(name, name), _fact(name, value)) for name, value in row.items() if value is not None]
    frame = pl.DataFrame(facts, schema={"fact": pl.String, "value": pl.String}, orient="row")
    cents = row["money_cents"]
    moved = f", moving {money_text(cents)}" if cents else ""
    words = f"{row['Sheet']}, row {row['Row'] or 'none'}: {row['What']}{moved}."
    return Answer(cell, frame, words, None, 1, cents, rows_digest(sealed))


def _fact(name: str, value: Any) -> str:
    match name:
        case "money_cents":
            return money_text(value)
        case "Risk":
            return f"{value:.2f}"
        case "Changed at":
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            return str(value)
