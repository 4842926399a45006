"""One sync judged by the truth: what changed between two looks, and who wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from audit_core.changes.who import MACHINES
from audit_core.sheets import BY_NAME, Concept
from audit_core.sheets.parsers import canonical
from tests.emulator import Mark, Net

Event = Mapping[str, Any]
Cell = tuple[int, int, str]


@dataclass
class Score:
    """What is missing from the trail, what stands there without having happened, and what is said wrongly of who."""

    missing: list[object] = field(default_factory=list)
    invented: list[object] = field(default_factory=list)
    blamed: list[object] = field(default_factory=list)
    answers: dict[str, list[bool]] = field(default_factory=dict)

    def compare(self, what: str, told: set[Any], true: set[Any]) -> None:
        """Count the difference of two sets."""
        self.missing += [(what, each) for each in sorted(true - told, key=str)]
        self.invented += [(what, each) for each in sorted(told - true, key=str)]

    def __iadd__(self, other: "Score") -> "Score":
        """Both together."""
        self.missing += other.missing
        self.invented += other.invented
        self.blamed += other.blamed
        for label, answers in other.answers.items():
            self.answers.setdefault(label, []).extend(answers)
        return self

    def right(self, label: str) -> float:
        """The share of right answers under a label; 1 where it was not given."""
        found = self.answers.get(label, [])
        return sum(found) / len(found) if found else 1.0


def judged(events: Sequence[Event], net: Net, after: Mark, before: Mark) -> Score:
    """Compare the events of one sync with the net difference between its look and the one before."""
    score = Score()
    changes = [each for each in events if each["kind"] == "change"]
    cells = {key(each): each for each in changes if each["column_name"] != "(row)"}
    rows = [each for each in changes if each["column_name"] == "(row)"]
    titles = {
        (sheet, column): name for sheet, seen in after.sheets.items() for column, (name, *_) in seen.columns.items()
    }
    true_cells = {(sheet, row, titles[sheet, column]): told for (sheet, row, column), told in net["cells"].items()}
    formulas = {(sheet, row, titles[sheet, column]) for sheet, row, column in net["formulas"]}
    score.compare("cell", set(cells), set(true_cells) | (formulas & (set(cells) | set(true_cells))))
    score.compare("formula", formulas - set(cells), set())
    for place, (old, new) in true_cells.items():
        concept = BY_NAME[place[2]].concept if place[2] in BY_NAME else Concept.TEXT
        event = cells.get(place)
        if event and (event["old_value"], event["new_value"]) != (as_told(old, concept), as_told(new, concept)):
            score.invented.append(("value", place, old, new, dict(event)))
    gone = {(int(each["sheet_id"]), int(each["row_id"])) for each in rows if each["new_value"] is None}
    came = {(int(each["sheet_id"]), int(each["row_id"])) for each in rows if each["old_value"] is None}
    moved = net["rows_moved"]
    score.compare("row removed", gone, net["rows_removed"] | set(moved))
    score.compare("row added", came, net["rows_added"] | set(moved.values()))
    untouched = {there for there in moved.values() if there not in {place[:2] for place in net["moved_cells"]}}
    joined = {(int(each["sheet_id"]), int(each["row_id"])) for each in rows if "row_moved" in (each["rules"] or "")}
    told_new = joined & came
    score.missing += [("moved", place) for place in sorted(untouched - told_new) if _filled(after, place)]
    score.invented += [("moved", place) for place in sorted(told_new - set(moved.values()))]
    _structure(score, events, net)
    _who(score, cells, net, titles)
    return score


def key(event: Event) -> Cell:
    """Where an event's cell is."""
    return int(event["sheet_id"]), int(event["row_id"]), event["column_name"]


def as_told(value: object, concept: Concept) -> str | None:
    """A cell's value as the trail writes it."""
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return canonical(text.removesuffix(".0"), concept, ZoneInfo("UTC")) or None


def _filled(after: Mark, place: tuple[int, int]) -> bool:
    return any(value is not None for value, _ in after.sheets[place[0]].rows[place[1]].values())


def _structure(score: Score, events: Sequence[Event], net: Net) -> None:
    names = {"columns_added": "column_added", "columns_removed": "column_removed", "columns_renamed": "column_renamed",
             "columns_retyped": "column_retyped"}  # fmt: skip
    parts: Mapping[str, Any] = {**net}
    for part, kind in names.items():
        told = {
            (int(each["sheet_id"]), each["old_value"] if part == "columns_removed" else each["column_name"])
            for each in events
            if each["violation_type"] == kind
        }
        true = set()
        for sheet, columns in parts[part].items():
            for what in columns.values():
                true.add((sheet, what if isinstance(what, str) else what[1]))
        if part != "columns_retyped":
            score.compare(kind, told, true)
        else:
            score.compare(kind, {sheet for sheet, _ in told}, set(parts[part]))
    renamed = {int(each["sheet_id"]) for each in events if each["violation_type"] == "sheet_renamed"}
    score.compare("sheet renamed", renamed, set(net["sheets_renamed"]))


def _who(score: Score, cells: Mapping[Cell, Event], net: Net, titles: Mapping[tuple[int, int], str]) -> None:
    for (sheet, row, column), writer in net["writers"].items():
        event = cells.get((sheet, row, titles.get((sheet, column), "")))
        if event is None:
            continue
        label, named = event["who_evidence"], event["changed_by"]
        person = label in ("created", "row writer", "cell history", "webhook")
        if person and (named is None or named.endswith(MACHINES)):
            score.blamed.append(("a machine is called a person", dict(event), writer))
        if person and writer.kind in ("recalc", "automation", "link"):
            score.blamed.append(("a person is blamed for a machine", dict(event), writer))
        score.answers.setdefault(label, []).append(named == writer.email)
