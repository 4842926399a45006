"""What is chosen stands in the address: numbers, switches and pages, as they are drawn."""

import pytest
from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.in_turn(3)

SCRIPT = """
import streamlit as st
from ui.chosen import in_address, number, switch
from ui.paging import page_of_address, pager, pages_of
st.text(number("n", 50))
order = in_address("order", ["new", "old"], "new")
switch("order", "Order", ["new", "old"], order, forgets=("page", "event"))
pages = pages_of(95, 10)
page = page_of_address(pages)
st.text(page)
pager(pages, page, "page", "event")
"""


def drawn(**address: str) -> AppTest:
    test = AppTest.from_string(SCRIPT, default_timeout=30)
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    ("given", "number"),
    [("0", "0"), ("50", "50"), ("51", "None"), ("-1", "None"), ("1e1", "None"), ("", "None"), ("9" * 5_000, "None")],
)
def test_a_number_of_the_address_is_one_within_its_bounds(given: str, number: str) -> None:
    assert drawn(n=given).text[0].value == number


@pytest.mark.parametrize(("given", "page"), [("3", "3"), ("10", "10"), ("11", "10"), ("0", "1"), ("x", "1")])
def test_a_page_of_the_address_is_one_that_there_is(given: str, page: str) -> None:
    assert drawn(page=given).text[1].value == page


def test_another_order_forgets_the_page_and_what_was_looked_at() -> None:
    test = drawn(page="3", event="7", order="nonsense", kept="1")
    (switch,) = test.button_group
    assert switch.value == "new"
    switch.set_value("old").run()
    assert dict(test.query_params) == {"order": "old", "kept": "1"}
