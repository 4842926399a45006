"""What somebody wants to see of the trail: one frozen value that screens, reports and the store all understand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from audit_core.rules.base import money_text

LOCK_WORDS: Final[Mapping[str, int | None]] = {"after lock": 1, "before lock": 0, "possibly after lock": None}
"""How `is_historical` is called on screens and in reports."""

UNDECIDED: Final = "undecided"
"""How `review` calls what has no standing disposition."""

FACETS: Final = ("sheet", "column", "rule", "severity", "person", "week", "look", "lock", "review")
"""The fields that can be counted and chosen from, in the order in which screens show them."""

NEAR_MINUTES: Final = 10
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_MOMENT: Final = re.compile(rf"{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}Z", re.ASCII)
_LOOK: Final = re.compile(rf"{_DAY}(T\d{{2}}:\d{{2}}:\d{{2}}Z)?", re.ASCII)
_DOLLARS: Final = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)

FLAGGED: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on changes and findings; within one field any value fits, between fields all must.

    `text`: stands somewhere in the values, the sentences or the keys, in any case. `incident`: its number.
    `since`, `until`: the looks whose names lie between them, themselves included. `least`, `most`: cents, moved up or
    down. `near`: an instant (`2025-09-12T14:03:00Z`); edits known to be at most NEAR_MINUTES from it.
    `review`: verdicts in words, or UNDECIDED. `excluded`: pairs of a facet and a value that must not be.
    """

    sheet: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    week: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    text: str = ""
    incident: int | None = None
    since: str = ""
    until: str = ""
    least: int | None = None
    most: int | None = None
    near: str = ""
    excluded: tuple[tuple[str, str], ...] = ()

    def without(self, name: str) -> "EventFilter":
        """The same without the conditions of one facet."""
        changes: dict[str, Any] = {name: (), "excluded": tuple(each for each in self.excluded if each[0] != name)}
        return replace(self, **changes)

    def only(self, name: str, value: str) -> "EventFilter":
        """The same with one value of a facet alone."""
        changes: dict[str, Any] = {name: (value,)}
        return replace(self.without(name), **changes)

    def but(self, name: str, value: str) -> "EventFilter":
        """The same without one value of a facet."""
        changes: dict[str, Any] = {name: tuple(each for each in getattr(self, name) if each != value)}
        left = tuple(each for each in self.excluded if each != (name, value))
        return replace(self, **changes, excluded=(*left, (name, value)))

    def words(self, titles: Mapping[str, str]) -> str:
        """The filter as a person would say it. `titles`: what rules are called, see Workspace.titles."""

        def said(name: str, value: str) -> str:
            return titles.get(value, value) if name == "rule" else value

        parts = [
            f"{name} {' or '.join(said(name, value) for value in values)}"
            for name in FACETS
            if (values := getattr(self, name))
        ]
        parts += [f"{name} not {said(name, value)}" for name, value in self.excluded]
        parts += [f"containing '{self.text}'"] if self.text else []
        parts += [f"in incident {self.incident}"] if self.incident is not None else []
        parts += [self.span_words()] if self.since or self.until else []
        parts += [f"moving at least {money_text(self.least)}"] if self.least is not None else []
        parts += [f"moving at most {money_text(self.most)}"] if self.most is not None else []
        parts += [self.near_words()] if self.near else []
        return ", ".join(parts) or "everything"

    def span_words(self) -> str:
        """From which look on and up to which, in words; empty without both."""
        start, end = f"since {self.since}" if self.since else "", f"until {self.until}" if self.until else ""
        return " ".join(filter(None, ("looks", start, end))) if start or end else ""

    def near_words(self) -> str:
        """`near` in words; empty without it."""
        return f"within {NEAR_MINUTES} minutes of {self.near[:10]} {self.near[11:16]} UTC" if self.near else ""

    def parameters(self) -> dict[str, list[str]]:
        """The filter as parameters of a URL; fields without a condition are left out."""
        found = {name: list(values) for name in FACETS if (values := getattr(self, name))}
        if self.text:
            found["text"] = [self.text]
        if self.incident is not None:
            found["incident"] = [str(self.incident)]
        found |= {name: [value] for name in ("since", "until", "near") if (value := getattr(self, name))}
        for name in ("least", "most"):
            if (cents := getattr(self, name)) is not None:
                found[name] = [f"{cents / Decimal(100):f}"]
        if self.excluded:
            found["not"] = [f"{name}:{value}" for name, value in self.excluded]
        return found

    @classmethod
    def from_parameters(cls, given: Mapping[str, Sequence[str]]) -> "EventFilter":
        """The filter of a URL. What is no condition of ours, or no number where one is due, is left out."""
        made: dict[str, tuple[str, ...]] = {
            name: tuple(value[:200] for value in given[name][:50]) for name in FACETS if name in given
        }
        number = next(iter(given.get("incident", ())), "")
        pairs = [(name, value[:200]) for name, _, value in (each.partition(":") for each in given.get("not", ())[:50])]
        return cls(
            **made,
            text=next(iter(given.get("text", ())), "")[:200],
            incident=int(number) if number.isdecimal() and len(number) < 12 else None,
            since=_matching(_LOOK, given, "since"),
            until=_matching(_LOOK, given, "until"),
            least=cents_of(_matching(_DOLLARS, given, "least")),
            most=cents_of(_matching(_DOLLARS, given, "most")),
            near=_moment(_matching(_MOMENT, given, "near")),
            excluded=tuple((name, value) for name, value in pairs if name in FACETS),
        )


def _moment(text: str) -> str:
    """The text where it is an instant with room around it, else empty."""
    try:
        at = datetime.fromisoformat(text)
        _ = at - timedelta(minutes=NEAR_MINUTES), at + timedelta(minutes=NEAR_MINUTES)
    except (ValueError, OverflowError):
        return ""
    return text


def cents_of(dollars: str) -> int | None:
    """The cents of an amount such as `1250` or `12.50`; None for what is none."""
    plain = dollars.strip().lstrip("$").replace(",", "")
    return int(Decimal(plain) * 100) if _DOLLARS.fullmatch(plain) else None


def _matching(form: re.Pattern[str], given: Mapping[str, Sequence[str]], name: str) -> str:
    """The value of a parameter, empty where there is none of that form."""
    value = next(iter(given.get(name, ())), "")
    return value if form.fullmatch(value) else ""
