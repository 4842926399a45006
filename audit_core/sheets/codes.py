"""Keys and codes: check marks, work requests, work types, unit codes, poles, units of measure.

The first two parse and may refuse. The last four bring spellings of one thing together for comparing and
never refuse, because what they do not recognise may still be right.
"""

import re
from typing import Final

from audit_core.sheets.tokens import NotUnderstood

_CHECKED: Final = frozenset(
    {"true", "t", "1", "1.0", "yes", "y", "x", "on", "checked", "\u2611", "\u2713", "\u2714", "\u2705"}
)
_UNCHECKED: Final = frozenset({"false", "f", "0", "0.0", "no", "n", "off", "unchecked", "not checked", "\u2610"})
_WORK_REQUEST: Final = re.compile(
    r"(?:(?:WR|WORK\s*REQUEST)[\s_#:.-]*|#\s*)?(?P<digits>[0-9]{1,20})(?:\.0*)?", re.ASCII | re.IGNORECASE
)
_WORK_TYPES: Final = {
    **dict.fromkeys(("inst", "install", "installs", "installed", "installation"), "Inst"),
    **dict.fromkeys(("rem", "remove", "removes", "removed", "removal"), "Rem"),
    **dict.fromkeys(("tran", "trans", "xfr", "xfer", "transfer", "transfers", "transferred"), "Tran"),
    **dict.fromkeys(("aban", "abandon", "abandons", "abandoned"), "Aban"),
}
_MEASURES: Final = {
    **dict.fromkeys(("ea", "each", "pc", "pcs", "piece", "pieces", "unit", "units"), "EA"),
    **dict.fromkeys(("ft", "foot", "feet", "lf", "lin ft", "linear foot", "linear feet", "'"), "FT"),
}
_POLE_WORD: Final = re.compile(r"^(?:(?:POINT|POLE|PT|NUMBER|NO|NBR)(?![A-Z])|[#._: -])+")
_LEADING_ZEROS: Final = re.compile(r"^0+(?=[0-9])")
_FLOAT_TAIL: Final = re.compile(r"([0-9]+)\.0+")


def parse_checkbox(text: str) -> bool:
    """True or False from 'checked', 'yes', 'x', '1.0', '☑' … and their opposites. Raises NotUnderstood."""
    word = text.strip().casefold()
    if word in _CHECKED:
        return True
    if word in _UNCHECKED:
        return False
    raise NotUnderstood(text, "a check mark")


def parse_work_request(text: str) -> str:
    """The digits of 'WR_71891012', '71891012.0', 'WR 71891012' …, leading zeros kept. Raises NotUnderstood."""
    match = _WORK_REQUEST.fullmatch(text.strip())
    if match is None:
        raise NotUnderstood(text, "a work request number")
    return match["digits"]


def normal_work_type(text: str) -> str:
    """'Inst', 'Rem', 'Tran' or 'Aban' for their spellings; any other text, stripped."""
    stripped = text.strip()
    return _WORK_TYPES.get(stripped.rstrip(".").casefold(), stripped)


def normal_measure(text: str) -> str:
    """'EA' or 'FT' for their spellings; any other unit of measure in upper case, single spaces, no final point."""
    words = " ".join(text.replace(".", " ").split()).casefold()
    return _MEASURES.get(words, words.upper() or text.strip())


def normal_cu(text: str) -> str:
    """A unit code for comparing: upper case, single spaces."""
    return " ".join(text.split()).upper()


def normal_pole(text: str) -> str:
    """A pole for comparing: 'Point 07', 'point7', 'Pole #7' and '7.0' all give '7'.

    Text that is nothing but such a word stays as it is, in upper case.
    """
    upper = " ".join(text.upper().split())
    bare = _POLE_WORD.sub("", upper, count=1).replace(" ", "")
    if whole := _FLOAT_TAIL.fullmatch(bare):
        bare = whole[1]
    return _LEADING_ZEROS.sub("", bare) or upper
