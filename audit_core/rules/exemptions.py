"""Exemptions: rows that a rule leaves alone for a while, with the reason. Their hits raise nothing and are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from audit_core import written
from audit_core.errors import ConfigError
from audit_core.rules.states import EVERYWHERE, Scope

EXEMPTION: Final = "exemption"
"""The kind of a decision that makes an exemption, or ends one early."""

EVERY_RULE: Final = "*"
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Rows that `rule` (or every rule) leaves alone on the looks of the days from `since` to `until`, both included."""

    rule: str
    scope: Scope
    reason: str
    since: date
    until: date

    def __post_init__(self) -> None:
        if self.scope == EVERYWHERE:
            raise ConfigError("An exemption names sheets or work requests; to rest a whole rule, set its state to off.")
        if not self.reason.strip():
            raise ConfigError("An exemption needs a reason, in a few words.")
        if not timedelta(0) <= self.until - self.since <= LONGEST:
            raise ConfigError(
                f"An exemption from {self.since} ends on that day or at most {LONGEST.days} days later, not on "
                f"{self.until}."
            )

    def holds_on(self, day: date) -> bool:
        """Whether it counts for the looks of a day."""
        return self.since <= day <= self.until

    def words(self) -> str:
        """The sentence that the trail shows."""
        who = "Every rule" if self.rule == EVERY_RULE else f"The rule {self.rule}"
        return f"{who} raises nothing{self.scope.words()} from {self.since} to {self.until}: {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {
            "act": "made",
            "rule": self.rule,
            "sheets": list(self.scope.sheets),
            "work_requests": list(self.scope.work_requests),
            "reason": self.reason,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Exemption":
        """From the content of a decision."""
        return cls(
            content["rule"],
            Scope(tuple(content["sheets"]), tuple(content["work_requests"])),
            content["reason"],
            written.day(content["since"]),
            written.day(content["until"]),
        )


def ended(number: int, reason: str) -> dict[str, Any]:
    """The content of the decision that ends exemption `number` early."""
    return {"act": "ended", "number": number, "reason": reason}


def still_made(decided: Mapping[int, Mapping[str, Any]]) -> dict[int, Exemption]:
    """The exemptions among all decisions about them (number → content) that nobody ended, by their number."""
    gone = {content["number"] for content in decided.values() if content["act"] == "ended"}
    return {
        number: Exemption.from_json(content)
        for number, content in decided.items()
        if content["act"] == "made" and number not in gone
    }
