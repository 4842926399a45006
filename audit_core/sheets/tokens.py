"""What every parser shares: the refusal, and Smartsheet's error tokens, which are never values or names."""

import re
from typing import Final

_ERROR: Final = re.compile(r"\s*#[A-Za-z]")

ERROR_TOKEN: Final = r"^\s*#[A-Za-z]"
"""The same pattern for polars string expressions."""


class NotUnderstood(ValueError):
    """A cell's text is not what its column holds; `text` is the text, `expected` what it should have been."""

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(f"{text!r} is not {expected}")
        self.text = text
        self.expected = expected


def is_error_token(text: str) -> bool:
    """True for '#NO MATCH', '#UNPARSEABLE', '#REF!' …; False for '#5', which is a number sign and a number."""
    return _ERROR.match(text) is not None
