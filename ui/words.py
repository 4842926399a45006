"""How values are said on screen: severities, money, moments. One place, so that every page says them alike."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.monitoring.span import ago as long_ago
from audit_core.rules.base import counted as counted  # noqa: PLC0414  (pages take their words from here)
from audit_core.rules.base import money_text

SEVERITY_COLOR: Final = {"CRITICAL": "red", "HIGH": "orange", "MEDIUM": "yellow", "LOW": "blue"}
TABLE_COLORS: Final = SEVERITY_COLOR | {"none": "gray"}
SEVERITY_ICON: Final = {
    "CRITICAL": ":material/error:",
    "HIGH": ":material/warning:",
    "MEDIUM": ":material/info:",
    "LOW": ":material/arrow_downward:",
}
# Markdown makes links of bare addresses after it has read its escapes; an invisible joiner keeps them text
_NO_LINK: Final = (("://", ":\u2060//"), ("www.", "www\u2060."), ("@", "\u2060@"))
_MARKDOWN: Final = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-!|~$:"})


def severity_badge(severity: str | None) -> str:
    """A severity as Markdown: a word with an icon and a colour, never a colour alone."""
    if severity is None:
        return ":gray-badge[no severity]"
    return f":{SEVERITY_COLOR[severity]}-badge[{SEVERITY_ICON[severity]} {severity}]"


_TURNS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters without a shape that turn the direction of what stands beside them."""


def visible(text: str | None) -> str:
    """Text with what would turn it around made visible."""
    return _TURNS.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text or "")


def plain(text: str | None) -> str:
    """Text from a sheet for a place that reads Markdown: nothing in it can become markup, a link or a formula."""
    told = visible(text)
    for link, inert in _NO_LINK:
        told = told.replace(link, inert)
    return told.translate(_MARKDOWN)


def dollars(amount: float | None) -> str:
    """Dollars as `-$1,234.50`; an en dash where there is no amount."""
    return "–" if amount is None else money_text(round(amount * 100))


def short_dollars(cents: int) -> str:
    """Cents as `-$937.7k` where the cents no longer matter."""
    value, sign = abs(cents) / 100, "-" if cents < 0 else ""
    for size, unit in ((1_000_000, "M"), (10_000, "k")):
        if value >= size:
            return f"{sign}${value / (1_000_000 if unit == 'M' else 1_000):,.1f}{unit}"
    return f"{sign}${value:,.0f}"


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in the business's time zone, to the minute."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def look_text(look: str, zone: ZoneInfo) -> str:
    """A look as people name it: its date, or the moment of a look at live sheets in the business's time zone."""
    return look if len(look) == len("2026-07-27") else moment(datetime.fromisoformat(look), zone)


def ago(instant: datetime, now: datetime | None = None) -> str:
    """How long ago, in the largest unit that fits."""
    return long_ago(((now or datetime.now(UTC)) - instant).total_seconds())


def size_text(size: int) -> str:
    """Bytes as kB or MB."""
    return f"{size / 1e6:,.1f} MB" if size >= 1_000_000 else f"{size / 1e3:,.0f} kB"
