"""diff: two frames in, every difference out, as text."""

import random
import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.changes import diff
from audit_core.errors import AuditError


def rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return sorted(frame.rows(), key=repr)


def test_each_kind_of_difference() -> None:
    before = pl.DataFrame({"row_id": ["1", "2", "3"], "Quantity": ["2", "5", "1"], "Pole #": ["7", None, "9"]})
    after = pl.DataFrame({"row_id": ["4", "3", "2"], "Quantity": ["8", "1", "6"], "Pole #": ["1", None, None]})
    assert diff(before, after).columns == ["key", "column", "kind", "old_value", "new_value"]
    assert rows(diff(before, after)) == rows(
        pl.DataFrame(
            [
                ("1", "(row)", "removed", '{"Quantity":"2","Pole #":"7"}', None),
                ("2", "Quantity", "modified", "5", "6"),
                ("3", "Pole #", "modified", "9", None),
                ("4", "(row)", "added", None, '{"Quantity":"8","Pole #":"1"}'),
            ],
            schema=diff(before, after).schema,
            orient="row",
        )
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param([3], ["3"], ("retyped", "3", "3"), id="number to text"),
        pytest.param([34.4], ["34.4"], ("retyped", "34.4", "34.4"), id="plain decimals"),
        pytest.param([5.0], [5], ("retyped", "5", "5"), id="5.0 is 5"),
        pytest.param([5.0], [6], ("modified", "5", "6"), id="other value, other type"),
        pytest.param([1e16], [2e16], ("modified", "10000000000000000", "20000000000000000"), id="never 1e16"),
        pytest.param([True], ["true"], ("retyped", "true", "true"), id="checkbox"),
        pytest.param([date(2025, 7, 20)], ["2025-07-20"], ("retyped", "2025-07-20", "2025-07-20"), id="date"),
        pytest.param([None], ["x"], ("modified", None, "x"), id="blank to value"),
        pytest.param([""], ["x"], ("modified", "", "x"), id="empty text is a value"),
    ],
)
def test_values_are_compared_as_text(old: list[object], new: list[object], expected: tuple[object, ...]) -> None:
    before, after = pl.DataFrame({"row_id": ["1"], "x": old}), pl.DataFrame({"row_id": ["1"], "x": new})
    assert [row[2:] for row in diff(before, after).rows()] == [expected]


def test_nothing_changed_is_an_empty_frame_even_when_rows_moved_or_are_not_numbers() -> None:
    frame = pl.DataFrame({"row_id": ["1", "2", "3"], "x": [1.5, float("nan"), None]})
    assert diff(frame, frame.reverse()).is_empty()
    assert diff(frame.clear(), frame.clear()).is_empty()


def test_a_column_that_comes_or_goes_is_not_a_change_of_its_cells() -> None:
    before = pl.DataFrame({"row_id": ["1"], "x": ["1"], "gone": ["a"]})
    after = pl.DataFrame({"row_id": ["1"], "x": ["1"], "new": ["b"]})
    assert diff(before, after).is_empty()


def test_another_key_and_keys_of_different_type() -> None:
    before = pl.DataFrame({"id": [1, 2], "x": ["a", "b"]})
    after = pl.DataFrame({"id": ["2", "1"], "x": ["b", "c"]})
    assert diff(before, after, key="id").rows() == [("1", "x", "modified", "a", "c")]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["1", "1", "2"], "'row_id' stands on more than one row of the later snapshot for 1 of its values: 1."),
        (["1", None, "2"], "Rows of the later snapshot have no 'row_id' (1): every row needs an id of its own."),
        (["1", "", " \t"], "Rows of the later snapshot have no 'row_id' (2): every row needs an id of its own."),
    ],
)
def test_doubtful_keys_are_refused_with_a_sentence(keys: list[str | None], said: str) -> None:
    good = pl.DataFrame({"row_id": ["1", "2", "3"], "x": ["", "", ""]})
    with pytest.raises(AuditError, match=f"^{re.escape(said)}$"):
        diff(good, good.with_columns(row_id=pl.Series(keys)))
    with pytest.raises(AuditError, match="Column 'row_id' is missing in the earlier snapshot"):
        diff(good.drop("row_id"), good)


cell = st.none() | st.text(alphabet="ab1.#é\x00", max_size=3)
table = st.dictionaries(st.text(alphabet="0123456789", min_size=1, max_size=2), st.tuples(cell, cell), max_size=8)


@given(before=table, after=table, seed=st.integers(0, 9))
def test_applying_the_differences_to_before_gives_after(
    before: dict[str, tuple[str | None, str | None]], after: dict[str, tuple[str | None, str | None]], seed: int
) -> None:
    def frame(table: dict[str, tuple[str | None, str | None]]) -> pl.DataFrame:
        keys = list(table)
        random.Random(seed).shuffle(keys)
        return pl.DataFrame(
            {"row_id": keys, "x": [table[k][0] for k in keys], "y": [table[k][1] for k in keys]},
            schema={"row_id": pl.String, "x": pl.String, "y": pl.String},
        )

    patched = {key: dict(zip("xy", values, strict=True)) for key, values in before.items()}
    for key, column, kind, old, new in diff(frame(before), frame(after)).rows():
        if kind == "removed":
            del patched[key]
        elif kind == "added":
            patched[key] = pl.Series([new]).str.json_decode(pl.Struct({"x": pl.String, "y": pl.String}))[0]
        else:
            assert patched[key][column] == old
            assert old != new
            patched[key][column] = new
    assert patched == {key: dict(zip("xy", values, strict=True)) for key, values in after.items()}
