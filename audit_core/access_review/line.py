"""One line of an access review: whose access it is, what is recommended and why, with the evidence for it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Part(StrEnum):
    """What a line is about."""

    HERE = "here"
    ON_SHEETS = "on sheets"
    GROUPS = "groups"
    SHEETS = "sheets"

    @property
    def words(self) -> str:
        """For screens and reports."""
        return {
            "here": "People here",
            "on sheets": "People on the sheets",
            "groups": "Groups with unseen members",
            "sheets": "Sheets and their owners",
        }[self.value]

    @property
    def short(self) -> str:
        """Where there is little room."""
        return {"here": "People here", "on sheets": "On the sheets", "groups": "Groups", "sheets": "Sheets"}[self.value]


class Advice(StrEnum):
    """What is recommended, the gentlest first; `look`: nobody can say without looking."""

    KEEP = "keep"
    LOOK = "look"
    REDUCE = "reduce"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is recommended: one sentence."""

    advice: Advice
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of evidence. `event`: the one that shows it, None where no event does."""

    label: str
    text: str
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`line_id`: the same in each month for the same access. `right`: what somebody may, short, so that months compare.

    `email`: of whom it is (in small letters), None for groups and sheets. `reasons`: each a sentence; never none.
    `holds`: (piece, level) of what `right` says in short, such as a sheet and the level on it; none where that is not
    known, was not kept yet, or for a sheet itself.
    """

    line_id: str
    part: Part
    name: str
    email: str | None
    right: str
    advice: Advice
    reasons: tuple[str, ...]
    facts: tuple[Fact, ...]
    holds: tuple[tuple[str, str], ...] = ()

    @property
    def why(self) -> str:
        """The reasons as one text."""
        return " ".join(self.reasons)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Line":
        """As it was kept."""
        return cls(
            **{
                **kept,
                "part": Part(kept["part"]),
                "advice": Advice(kept["advice"]),
                "reasons": tuple(kept["reasons"]),
                "facts": tuple(Fact(**each) for each in kept["facts"]),
                "holds": tuple((piece, level) for piece, level in kept.get("holds", ())),
            }
        )


def advised(reasons: Iterable[Reason], otherwise: str) -> tuple[Advice, tuple[str, ...]]:
    """The strictest of what the reasons advise, with the sentences of all, the strictest first.

    `otherwise`: why it is kept where nothing speaks against it.
    """
    order = list(Advice)
    found = sorted(reasons, key=lambda each: -order.index(each.advice))
    if not found:
        return Advice.KEEP, (otherwise,)
    return found[0].advice, tuple(each.text for each in found)
