"""The charts that filter: what is written down without a check is right by Vega-Lite's schema."""

from typing import Any

import altair as alt
import polars as pl
import pytest

from ui.changes.linked_charts import over_time_spec, value_bars_spec

BARS = pl.DataFrame({"bar": ["2025-08-18"] * 2, "severity": ["HIGH", "no severity"], "n": [3, 4], "chosen": [True] * 2})
VALUES = pl.DataFrame({"value": ["a"], "title": ["A"], "n": [1], "chosen": [True], "place": [0]})


@pytest.mark.parametrize(
    ("spec", "data"), [(over_time_spec(BARS, "Look"), BARS), (value_bars_spec(1), VALUES)], ids=["time", "values"]
)
def test_a_chart_is_right_by_the_schema(spec: dict[str, Any], data: pl.DataFrame) -> None:
    whole = spec | {"data": {"values": data.to_dicts()}}
    read = alt.LayerChart.from_dict(whole)  # checks all of it
    assert len(read.layer) == 2
    with pytest.raises(Exception, match="'high' is not of type"):
        alt.LayerChart.from_dict(whole | {"height": "high"})


def test_each_severity_that_is_there_has_its_colour() -> None:
    spec = over_time_spec(BARS, "Look")
    scale = spec["layer"][1]["encoding"]["color"]["scale"]
    assert set(scale["domain"]) == {"HIGH", "no severity"}
    assert len(scale["range"]) == 2
