"""The two cut-offs of risk, and the budget of an analyst's time that they may come from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from audit_core.errors import ConfigError
from audit_core.settings import Settings

REVIEW: Final = 0.40
"""The risk from which on something is put before a person while no set is published."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From which risk (0-1) on something is for review, and from which on it is urgent. Raises ConfigError."""

    review: float
    urgent: float

    def __post_init__(self) -> None:
        if not 0 <= self.review <= self.urgent <= 1:
            raise ConfigError(
                f"The cut-offs are review {self.review:g} and urgent {self.urgent:g}; expected risks from 0 to 1, "
                "with urgent not below review."
            )

    def with_review(self, review: float) -> "Limits":
        """The same with another review cut-off; where it meets the urgent one, it takes that along."""
        return Limits(review, max(review, self.urgent))

    def with_urgent(self, urgent: float) -> "Limits":
        """The same with another urgent cut-off; where it meets the review one, it takes that along."""
        return Limits(min(urgent, self.review), urgent)

    def words(self) -> str:
        """Both cut-offs in words."""
        return f"review from {self.review:g}, urgent from {self.urgent:g}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Limits":
        """From what `to_json` gave."""
        return cls(**said)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many alerts are wanted: `per_day` of one analyst, by how many analysts, on how many days a week.

    Raises ConfigError for what is not above 0.
    """

    per_day: float
    analysts: float
    days_per_week: float

    def __post_init__(self) -> None:
        if not (0 < self.per_day < float("inf") and self.analysts > 0 and 0 < self.days_per_week <= 7):
            raise ConfigError(
                f"The budget is {self.words()}; expected more than 0 alerts and analysts, and at most 7 days a week."
            )

    @property
    def per_week(self) -> float:
        """Alerts a week of all analysts together."""
        return self.per_day * self.analyst_days

    @property
    def analyst_days(self) -> float:
        """Analyst-days a week."""
        return self.analysts * self.days_per_week

    def words(self) -> str:
        """The budget in words."""
        return f"{self.per_day:g} alerts per analyst-day, of which a week has {self.analyst_days:g}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Budget":
        """From what `to_json` gave."""
        return cls(**said)


def configured(settings: Settings) -> Limits:
    """The limits of config.json: urgent is `ml.risk_score_threshold`, review REVIEW, or that where it is lower."""
    urgent = settings.ml.risk_score_threshold
    return Limits(min(REVIEW, urgent), urgent)
