"""A look judged with a model: what it adds to each change, and what it leaves to the rules."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.changes.transitions import SheetStep, transition
from audit_core.judging.judge import Bench, judge
from audit_core.rules import RULES
from audit_core.scoring.learned import Learned
from audit_core.scoring.model import Model, fit
from audit_core.scoring.training import labelled, training_rows
from audit_core.sheets import LockCalendar, Sheet, read_sheet
from tests.exports import NORTH, Line, edited, line
from tests.scoring.histories import decided, history

ZONE = ZoneInfo("America/Chicago")
TOLD = history()
OTHERS = [line(n) for n in range(100, 140)]


@pytest.fixture(scope="module")
def model() -> Model:
    enough = decided(TOLD, TOLD.height).filter(pl.col("bad") | (pl.col("event_id") <= 200))
    two = pl.when(pl.col("event_id") % 2 == 0).then(pl.lit("wrong_price")).otherwise(pl.lit("billed_twice"))
    labels = enough.with_columns(reason=pl.when("bad").then(two).otherwise("reason"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        return fit(training_rows(labelled(TOLD, labels), 0), 0, gain=1)


def judged(model: Model | None) -> pl.DataFrame:
    before, after = (
        [line(1), line(2), *OTHERS],
        [edited(line(1), quantity="20"), edited(line(2), foreman="F 9"), *OTHERS],
    )
    looks = datetime(2025, 8, 1, 5, tzinfo=UTC), datetime(2025, 8, 8, 5, tzinfo=UTC)
    step = SheetStep("1", NORTH, sheet(before), sheet(after), *looks, {})
    moves = [transition(step, LockCalendar(ZONE))]
    return judge(date(2025, 8, 7), moves, Bench(rules=RULES, prices=None, model=model)).events


def sheet(lines: list[Line]) -> Sheet:
    return read_sheet(pl.DataFrame(lines).rename({"Row ID": "row_id"}), "1", NORTH, ZONE)


def test_a_model_adds_its_scores_and_takes_nothing_from_the_rules(model: Model) -> None:
    with_it, without = judged(model), judged(None)
    assert with_it["severity"].to_list() == without["severity"].to_list()
    assert without["anomaly_score"].to_list() == [None, None]
    assert with_it.filter(pl.col("column") == "Quantity")["anomaly_score"].is_between(0, 1).all()
    assert (with_it["risk_score"] >= without["risk_score"]).all()


def test_a_category_from_labels_says_so_and_only_of_what_broke_a_rule(model: Model) -> None:
    assert model.category_source == "labels"
    by_labels = judged(model).select("column", "likely", "category")
    quantity = by_labels.filter(pl.col("column") == "Quantity").row(0, named=True)
    assert quantity["likely"] in {"wrong_price (from labels)", "billed_twice (from labels)"}
    few = replace(model, category_parts=dict[str, Learned]())
    assert judged(few)["likely"].to_list() == [None, None]
