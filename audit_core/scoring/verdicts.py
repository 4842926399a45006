"""What the gate, or a person, said of a model: the checks in words, and which model is in use from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

KIND: Final = "model_in_use"
SUBJECT: Final = "model"
"""The kind and the subject of the decisions about models."""


class Verdict(StrEnum):
    """What became of a model."""

    PROMOTED = "promoted"
    REFUSED = "refused"
    ROLLED_BACK = "rolled back"
    CARRIED_OVER = "carried over"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it passed, what it found in words, and the numbers. `blocks`: it may stop a model."""

    name: str
    passed: bool
    words: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    blocks: bool = True

    def to_json(self) -> dict[str, Any]:
        """As JSON values; numbers with four digits."""
        return {**asdict(self), "numbers": {name: round(value, 4) for name, value in self.numbers.items()}}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Check":
        """From what `to_json` gave."""
        return cls(**said)


@dataclass(frozen=True, slots=True)
class InUse:
    """A decision: `about` one model, after which `model_id` is in use (None: none). `reason`: a person's, or None."""

    verdict: Verdict
    about: str
    model_id: str | None
    checks: Sequence[Check] = ()
    reason: str | None = None

    def told(self) -> str:
        """The decision as one sentence."""
        match self.verdict:
            case Verdict.PROMOTED:
                return f"Model {self.about} passed every check of the gate and is in use."
            case Verdict.ROLLED_BACK:
                return f"Model {self.about} is in use again: {self.reason}"
            case Verdict.CARRIED_OVER:
                return f"Model {self.about} stays in use."
        kept = f"model {self.model_id} stays in use" if self.model_id else "no model is in use"
        failed = "; ".join(f"{each.name}: {each.words}" for each in self.checks if each.blocks and not each.passed)
        return f"Model {self.about} was refused, {kept}. {failed}."

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "verdict": self.verdict.value,
            "about": self.about,
            "model_id": self.model_id,
            "checks": [each.to_json() for each in self.checks],
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "InUse":
        """From what `to_json` gave."""
        checks = tuple(Check.from_json(each) for each in said["checks"])
        return cls(Verdict(said["verdict"]), said["about"], said["model_id"], checks, said["reason"])
