"""What somebody wants to see of the trail: one frozen value that screens, reports and the store all understand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

LOCK_WORDS: Final[Mapping[str, int | None]] = {"after lock": 1, "before lock": 0, "possibly after lock": None}
"""How `is_historical` is called on screens and in reports."""

FLAGGED: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on changes and findings; within one field any value fits, between fields all must.

    `text`: stands somewhere in the values, the sentences or the keys, in any case. `incident`: its number.
    """

    sheet: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    week: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    text: str = ""
    incident: int | None = None

    def without(self, name: str) -> "EventFilter":
        """The same without the conditions of one field."""
        changes: dict[str, Any] = {name: ()}
        return replace(self, **changes)

    def words(self) -> str:
        """The filter as a person would say it."""
        parts = [f"{name} {' or '.join(values)}" for name in FACETS if (values := getattr(self, name))]
        parts += [f"containing '{self.text}'"] if self.text else []
        parts += [f"in incident {self.incident}"] if self.incident is not None else []
        return ", ".join(parts) or "everything"

    def parameters(self) -> dict[str, list[str]]:
        """The filter as parameters of a URL; fields without a condition are left out."""
        found = {name: list(values) for name in FACETS if (values := getattr(self, name))}
        if self.text:
            found["text"] = [self.text]
        if self.incident is not None:
            found["incident"] = [str(self.incident)]
        return found

    @classmethod
    def from_parameters(cls, given: Mapping[str, Sequence[str]]) -> "EventFilter":
        """The filter of a URL. What is no condition of ours, or no number where one is due, is left out."""
        made: dict[str, tuple[str, ...]] = {
            name: tuple(value[:200] for value in given[name][:50]) for name in FACETS if name in given
        }
        number = next(iter(given.get("incident", ())), "")
        return cls(
            **made,
            text=next(iter(given.get("text", ())), "")[:200],
            incident=int(number) if number.isdecimal() and len(number) < 12 else None,
        )


FACETS: Final = tuple(each.name for each in fields(EventFilter) if each.name not in ("text", "incident"))
"""The fields that can be counted and chosen from, in the order in which screens show them."""
