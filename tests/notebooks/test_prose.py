"""The small markup of texts: what is understood, and that everything else stays the text it is."""

import pytest

from audit_core.notebooks.prose import Block, Span, blocks, spans

TEXT = """# Why
Prices **fell** on
*both* sheets.

- one
* two
3. three
> said

## Then
"""


def test_blocks() -> None:
    found = [(block.kind, block.mark, block.plain()) for block in blocks(TEXT)]
    assert found == [
        ("heading1", "", "Why"),
        ("paragraph", "", "Prices fell on\nboth sheets."),
        ("bullet", "", "• one"),
        ("bullet", "", "• two"),
        ("numbered", "3", "3. three"),
        ("quote", "", "said"),
        ("heading2", "", "Then"),
    ]


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("**bold** *italic* `code`", ["bold", "plain", "italic", "plain", "code"]),
        ("[words](https://a.example/b?c=1)", ["link"]),
        ("[here](/changes?event=3)", ["link"]),
        ("![picture](https://evil.example/p.png)", ["plain", "link"]),
        ("[x](javascript:alert(1))", ["plain"]),
        ("[x](//evil.example)", ["plain"]),
        ('[x](https://a"onclick=b)', ["plain"]),
        ("<b>x</b> <https://a.example> $1 and $2 2 * 3 * 4 snake_case_name ** a **", ["plain"]),
        ("", []),
    ],
)
def test_what_is_understood_within_a_line(line: str, kinds: list[str]) -> None:
    found = spans(line)
    assert [span.kind for span in found] == kinds


def test_nothing_of_a_line_is_lost() -> None:
    line = "a **b** c *d* e `f` g"
    assert "".join(span.text for span in spans(line)) == "a b c d e f g"
    assert blocks("") == ()
    assert blocks("# ") == (Block("paragraph", ((Span("plain", "#"),),)),)
