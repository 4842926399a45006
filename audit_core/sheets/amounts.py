"""Money and quantities as operators write them, in exact decimals: no float ever stands in the middle."""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Final, NamedTuple

from audit_core.sheets.tokens import NotUnderstood

_LIMIT: Final = Decimal(10**15 - 1)
"""No billing line comes near; below it cents fit 64 bits, and text beyond it is a mistake."""

_PLACES: Final = Decimal("0.000001")
_NOISE: Final = Decimal("1e-9")
_CENT: Final = Decimal("0.01")
_MINUS: Final = "\u2212"

# Commas must group by threes: '1,25' may be a European 1.25, and guessing would be a hundredfold error.
_NUMBER: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:E[+-]?[0-9]{1,2})?|\.[0-9]+(?:E[+-]?[0-9]{1,2})?"
_DOLLAR: Final = r"(?:\$|US\$|USD)"
_MONEY: Final = re.compile(
    rf"(?P<sign>[+-]?)\s*{_DOLLAR}?\s*(?P<sign2>[+-]?)\s*(?P<number>{_NUMBER})\s*{_DOLLAR}?"
    rf"|{_DOLLAR}?\s*\(\s*{_DOLLAR}?\s*(?P<loss>{_NUMBER})\s*\)",
    re.ASCII | re.IGNORECASE,
)
# Known units only: '2 dozen', '5 K' or '1 M' multiply, so an unknown word is reported rather than dropped.
_UNIT: Final = (
    r"EA|EACH|FT|FOOT|FEET|LF|LIN\.? ?FT|LINEAR F(?:OO|EE)T|IN|INCH|INCHES|YD|YDS|MI|MILES?|LBS?|PCS?|PIECES?"
    r"|UNITS?|SETS?|HRS?|HOURS?|SPANS?|POLES?|LOTS?|'"
)
_QUANTITY: Final = re.compile(rf"(?P<number>[+-]?(?:{_NUMBER}))\s*(?P<unit>(?:{_UNIT})\.?)?", re.ASCII | re.IGNORECASE)


class Quantity(NamedTuple):
    """A quantity and whether text such as 'EA' stood beside the number."""

    number: Decimal
    has_text: bool


def parse_money(text: str) -> Decimal:
    """Dollars, exact: '$1,250.00', '(34.40)' for a loss, '-$5', 'USD 12'. Raises NotUnderstood."""
    match = _MONEY.fullmatch(text.strip().replace(_MINUS, "-"))
    if match is None:
        raise NotUnderstood(text, "an amount in dollars")
    if loss := match["loss"]:
        return -_decimal(loss, text)
    if match["sign"] and match["sign2"]:
        raise NotUnderstood(text, "an amount in dollars")
    value = _decimal(match["number"], text)
    return -value if "-" in (match["sign"], match["sign2"]) else value


def parse_quantity(text: str) -> Quantity:
    """A count or a length: '2', '2 EA', '1,600 FT', '12.5'. The unit is dropped. Raises NotUnderstood."""
    match = _QUANTITY.fullmatch(text.strip().replace(_MINUS, "-"))
    if match is None:
        raise NotUnderstood(text, "a quantity")
    return Quantity(_decimal(match["number"], text), match["unit"] is not None)


def plain_number(value: Decimal) -> str:
    """The number as events show it: '34.4', '5', '1000', '0'.

    Rounded half-even to six decimals, which removes float noise such as 0.30000000000000004 and nothing
    that was written on purpose; of a smaller number all digits stay, unless it is noise itself (below 1e-9).
    Raises NotUnderstood for a value that is not finite.
    """
    if not value.is_finite():
        raise NotUnderstood(str(value), "a finite number")
    # The default context's 28 digits would refuse a long number; room for all of its digits never does.
    room = Context(prec=max(value.adjusted(), 0) + 8, rounding=ROUND_HALF_EVEN)
    text = f"{value.quantize(_PLACES, context=room):f}".rstrip("0").rstrip(".")
    if text in ("-0", "0", "") and abs(value) > _NOISE:
        return f"{value.normalize():f}"  # so small that rounding would make it nothing
    return "0" if text in ("-0", "") else text


def cents(value: Decimal) -> int:
    """Dollars → whole cents, half away from zero, as a billing clerk rounds.

    Float noise goes first, so that 1.00499999999999989 is the 1.005 it was meant to be.
    """
    clean = value.quantize(_PLACES, rounding=ROUND_HALF_EVEN)
    return int(clean.quantize(_CENT, rounding=ROUND_HALF_UP).scaleb(2))


def _decimal(number: str, text: str) -> Decimal:
    value = Decimal(number.replace(",", ""))
    if abs(value) > _LIMIT:
        raise NotUnderstood(text, "a number of this size")
    return value
