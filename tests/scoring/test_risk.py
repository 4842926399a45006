"""Severity and risk: what is certain stands above what is merely unusual, and no reason dilutes another."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.scoring.risk import THIN_CAP, WEIGHTS, novelty, risk
from tests.exports import Line, edited, line, two_looks

pytestmark = pytest.mark.in_turn(3)

OTHERS = [line(n) for n in range(100, 400)]


def judged(tmp_path: Path, before: list[Line], after: list[Line]) -> list[dict[str, Any]]:
    return two_looks(tmp_path, [*before, *OTHERS], [*after, *OTHERS]).events()


ORDINARY = {
    "one piece more, the price with it": {"quantity": "3", "units_total_price": "170.52"},
    "one piece less, the price with it": {"quantity": "1", "units_total_price": "56.84"},
    "another pole": {},
    "the other work type, the price with it": {"cu": "POL-40-2", "units_total_price": "847.70"},
}


@pytest.mark.parametrize("edit", ORDINARY)
def test_an_ordinary_late_correction_is_below_high(tmp_path: Path, edit: str) -> None:
    before = [line(n) for n in range(1, 4)]
    after = [edited(each, **ORDINARY[edit]) for each in before]
    if "pole" in edit:
        after = [edited(each, pole=f"Point {900 + n}") for n, each in enumerate(before)]
    events = judged(tmp_path, before, after)
    assert {event["severity"] for event in events} <= {"LOW", "MEDIUM"}


GRAVE = {
    "tenfold, the price with it": {"quantity": "20", "units_total_price": "1136.80"},
    "digits swapped, far from its peers": {"quantity": "21", "units_total_price": "1193.64"},
}


@pytest.mark.parametrize("edit", GRAVE)
def test_a_late_edit_that_looks_wrong_in_several_ways_is_high(tmp_path: Path, edit: str) -> None:
    before = line(1, quantity="12", units_total_price="682.08") if "digits" in edit else line(1)
    events = judged(tmp_path, [before], [edited(before, **GRAVE[edit])])
    assert {"HIGH", "CRITICAL"} & {event["severity"] for event in events if event["column_name"] == "Quantity"}


def test_what_is_certain_stands_above_everything_uncertain(tmp_path: Path) -> None:
    before = [line(1), line(2)]
    after = [edited(before[0], units_total_price="119.00"), edited(before[1], pole="Point 9")]
    moved, wrong = judged(tmp_path, before, after)
    assert [moved["column_name"], wrong["column_name"]] == ["Pole #", "Units Total Price"]
    assert wrong["severity"] == "HIGH"
    assert wrong["risk_score"] > WEIGHTS["HIGH"][0] > moved["risk_score"]


def risk_of(rules: float, share: float, learned: float, *, column: str = "Quantity", restores: bool = False) -> float:
    change = {"rules": rules, "anomaly_score": share, "thin": False, "learned": learned, "column": column}
    made = pl.DataFrame([change | {"restores": restores}]).select(risk()).item()
    assert isinstance(made, float)
    return made


CERTAIN = WEIGHTS["HIGH"][0]


def novelty_of(share: float) -> float:
    made = pl.select(novelty(pl.lit(share), pl.lit(value=False))).item()
    assert isinstance(made, float)
    return made


share = st.floats(0, 1)


@given(share, share, share)
def test_no_reason_to_look_dilutes_another(rules: float, unusual: float, learned: float) -> None:
    made = risk_of(rules, unusual, learned)
    assert 0 <= made <= 1
    assert made >= max(rules, novelty_of(unusual), learned * CERTAIN) - 1e-6


@given(share, share, share)
def test_what_labels_teach_lifts_no_change_past_a_certain_contradiction(
    rules: float, unusual: float, learned: float
) -> None:
    plain, taught = risk_of(rules, unusual, 0), risk_of(rules, unusual, learned)
    assert plain <= taught <= max(plain, CERTAIN)
    assert taught == plain or plain < CERTAIN


def test_only_edits_are_novel_and_what_is_put_back_is_less_so() -> None:
    edit = risk_of(0.2, 0.999, 0.5)
    assert risk_of(0.2, 0.999, 0.5, restores=True) < edit
    assert risk_of(0.2, 0.999, 0, column="(row)") == 0.2


def test_novelty_says_one_in_ten_a_hundred_a_thousand() -> None:
    shares = pl.DataFrame({"q": [None, 0.5, 0.9, 0.99, 0.999]}, schema={"q": pl.Float64})
    full = shares.select(novelty(pl.col("q"), pl.lit(value=False))).to_series().to_list()
    assert full == pytest.approx([0, 0.0753, 0.25, 0.5, 0.75], abs=1e-3)
    thin = shares.select(novelty(pl.col("q"), pl.lit(value=True))).to_series().to_list()
    assert max(thin) == THIN_CAP


def test_every_reason_says_what_would_be_unremarkable(tmp_path: Path) -> None:
    before = line(1)
    (quantity, *_) = judged(tmp_path, [before], [edited(before, quantity="20", units_total_price="1136.80")])
    evidence = pl.Series([quantity["evidence"]]).str.json_decode(pl.Struct({"reasons": pl.List(pl.String)}))
    reasons = evidence.struct.field("reasons").to_list()[0]
    assert len(reasons) == 3, reasons
    assert reasons[0].startswith("Edited after lock: 20 stands there, 2 would be unremarkable")
    assert any("301 lines of ANC-10 Inst have 2, which would be unremarkable" in each for each in reasons)


def test_large_counts_in_reasons_are_easy_to_read(tmp_path: Path) -> None:
    lines = [line(n) for n in range(1_200)]
    changed = [edited(lines[0], quantity="20", units_total_price="1136.80"), edited(lines[1], pole="Point 99999")]
    desk = two_looks(tmp_path, lines, [*changed, *lines[2:]])
    said = " ".join(event["evidence"] for event in desk.events())
    assert "1,200 lines of ANC-10 Inst have 2" in said
    assert "1 of 1,200 rows of this look had this kind of change" in said
