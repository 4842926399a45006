"""The state of a rule on a look's day: off, in shadow or on, since when, until when, and for which rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.errors import ConfigError

RULE: Final = "rule"
"""The kind of a decision about a rule's state."""


class State(StrEnum):
    """What becomes of a rule's hits."""

    OFF = "off"  # the rule does not run
    SHADOW = "shadow"  # kept with the event and counted; raises nothing
    ON = "on"


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows that are meant: those of these sheets (by name or id) and of these work requests; empty means all."""

    sheets: tuple[str, ...] = ()
    work_requests: tuple[str, ...] = ()

    def reaches(self, sheet: Sequence[str]) -> bool:
        """Whether rows of a sheet, given by its id and its name, can be meant."""
        return not self.sheets or not set(sheet).isdisjoint(self.sheets)

    def holds(self) -> pl.Expr:
        """Whether a row of a sheet that it reaches is meant, by its `work_request`; a row without one is in no list."""
        if not self.work_requests:
            return pl.lit(value=True)
        return pl.col("work_request").is_in(list(self.work_requests)).fill_null(value=False)

    def words(self) -> str:
        """As part of a sentence: ` for the sheet South and the work requests 71891012, 71891013`."""
        parts = [
            f"the {noun}{'s' if len(names) > 1 else ''} {', '.join(names)}"
            for noun, names in (("sheet", self.sheets), ("work request", self.work_requests))
            if names
        ]
        return f" for {' and '.join(parts)}" if parts else ""


EVERYWHERE: Final = Scope()
"""All rows."""


@dataclass(frozen=True, slots=True)
class StateDecision:
    """What somebody decided about a rule: its state on the looks of the days from `since` to `until` (None: no end)."""

    state: State
    reason: str
    since: date | None = None
    until: date | None = None
    scope: Scope = EVERYWHERE

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ConfigError("A rule's state needs a reason, in a few words.")
        if self.since and self.until and self.until < self.since:
            raise ConfigError(f"The state would end ({self.until}) before it begins ({self.since}).")
        if self.state is State.OFF and self.scope != EVERYWHERE:
            raise ConfigError("A rule is off everywhere: leave the sheets and work requests out, or make an exemption.")

    def covers(self, day: date) -> bool:
        """Whether it counts for the looks of a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def words(self, rule: str) -> str:
        """The sentence that the trail shows."""
        since = f" from {self.since}" if self.since else ""
        until = f" to {self.until}" if self.until else ""
        return f"The rule {rule} is {self.state}{self.scope.words()}{since}{until}: {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {
            "state": self.state.value,
            "reason": self.reason,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "sheets": list(self.scope.sheets),
            "work_requests": list(self.scope.work_requests),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "StateDecision":
        """From the content of a decision."""
        return cls(
            State(content["state"]),
            content["reason"],
            written.day(content["since"]) if content["since"] else None,
            written.day(content["until"]) if content["until"] else None,
            Scope(tuple(content["sheets"]), tuple(content["work_requests"])),
        )


def in_force(decided: Sequence[StateDecision], day: date) -> StateDecision | None:
    """The newest decision (the last one) that covers a look's day; None where none does."""
    return next((each for each in reversed(decided) if each.covers(day)), None)
