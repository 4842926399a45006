"""The small markup of a notebook's texts on screen: what people wrote in it stays text."""

import pytest

from ui.notebook.cells import prose


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        ("`a\u202eb`", "`a⟨U+202E⟩b`"),
        ("**a\u202eb**", "**a⟨U\\+202E⟩b**"),
        ("![x](//host/y)", "\\!\\[x\\]\\(//host/y\\)"),
    ],
)
def test_nothing_turns_around_and_nothing_is_loaded(written: str, markdown: str) -> None:
    assert prose(written) == markdown
