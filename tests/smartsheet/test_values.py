"""A column of numbers is written as each of its numbers would be."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit_core.sources.smartsheet.values import number_text, number_texts

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(-1e15, 1e15, allow_nan=False),
    st.decimals(-9999, 9999, places=2).map(float),
)


@settings(max_examples=300)
@given(st.lists(NUMBERS, min_size=1))
@example([34.4, 5.0, 5, None, -0.5, 0.1 + 0.2])
def test_a_column_of_numbers_is_written_as_each_would_be(values: list[float | None]) -> None:
    texts = number_texts(values)
    if texts is not None:
        assert texts.to_list() == [None if value is None else number_text(value) for value in values]


def test_what_takes_a_closer_look_gets_one() -> None:
    assert number_texts([1e-7, 2.0]) is None or number_texts([1e-7]).to_list() == ["0.0000001"]  # type: ignore[union-attr]
    assert number_texts([2**53, 1]) is None
    assert number_texts([10**400, 1]) is None
    assert number_texts([float("inf")]) is None
    assert number_texts([1.37, None, 3]).to_list() == ["1.37", None, "3"]  # type: ignore[union-attr]
