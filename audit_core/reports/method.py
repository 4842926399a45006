"""The Method worksheet: every rule with what it checks and how much it could, and what the words mean."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from audit_core.reports import wording
from audit_core.reports.canvas import Canvas
from audit_core.reports.cells import QUIET, Kind
from audit_core.reports.material import Material
from audit_core.rules import Rule
from audit_core.rules.states import State

_WIDTHS = (26.0, 32.0, 60.0, 30.0, 11.0, 11.0, 11.0, 11.0, 11.0, 13.0)
_COUNTS = ("checked", "skipped", "out_of_scope", "hit", "exempt")
_HERE = 4 + len(_COUNTS)


def write_method(sheet: Any, material: Material) -> None:
    """Fill the worksheet."""
    canvas = Canvas(sheet, _WIDTHS)
    canvas.text(0, "Method", size=20, bold=True)
    canvas.down(height=30)
    if material.events["simulated"].any():
        canvas.band(wording.SIMULATED, "FBE0CC", "8A3D00", 34)
    canvas.section("Rules")
    _rules(canvas, material)
    canvas.section("How severity and risk come about")
    rules = material.settings.rules
    limits = (
        f"In force here: HIGH becomes CRITICAL from {rules.critical_money:,.0f} dollars on (for a mass change the "
        "whole incident's money counts), or, where a rule about the lock is certain, "
        f"from {rules.late_critical_days} days after the lock."
    )
    for text in (*wording.SEVERITY, limits, *wording.RISK):
        canvas.paragraph(text)
    canvas.section("Money")
    canvas.paragraph(wording.MONEY)
    canvas.section("What is not looked at")
    canvas.paragraph(wording.NOT_LOOKED_AT)
    canvas.section("Words")
    for word, meaning in wording.WORDS.items():
        canvas.text(0, word, bold=True, wrap=True)
        canvas.text(1, meaning, canvas.columns - 1, wrap=True)
        canvas.down(height=canvas.height(meaning, sum(_WIDTHS[1:])) + 2)


def _rules(canvas: Canvas, material: Material) -> None:
    canvas.paragraph(
        "Checked, skipped (not readable), out of scope, hit, and exempt (hits that raise nothing, for a reason on "
        "record): rows or cells of each sheet's newest look. A rule in shadow is counted and raises nothing. "
        "Events here: changes and findings in this workbook whose gravest rule it is.",
        color=QUIET,
    )
    titles = ("Rule", "Name", "What it looks for", "Severity", "Checked", "Skipped", "Out of scope", "Hit", "Exempt")
    canvas.header(dict(enumerate((*titles, "Events here"))), right=range(4, _HERE + 1))
    here = dict(material.events.group_by("violation_type").agg(pl.len()).iter_rows())
    for rule in material.known_rules:
        counted = material.rules.filter(pl.col("rule") == rule.name).to_dicts()
        # one that stands otherwise on another sheet has a row for each state; its events stand in the first, on if any
        counted.sort(key=lambda counts: counts["state"] != State.ON)
        _rule(canvas, rule, counted[0] if counted else None, here.get(rule.name, 0))
        for counts in counted[1:]:
            _rule(canvas, rule, counts, None)


def _rule(canvas: Canvas, rule: Rule, counts: dict[str, Any] | None, here: int | None) -> None:
    looks_for, severity = wording.CHECKS.get(rule.name, (rule.title, wording.GRAVITY[rule.certainty]))
    state = counts["state"] if counts else None
    if state == State.SHADOW:
        severity = "none: in shadow, it raises nothing"
    texts: Sequence[str] = (rule.name, rule.title, looks_for, severity)
    for place, text in enumerate(texts):
        canvas.text(place, text, wrap=True)
    if counts is None or state == State.OFF:
        canvas.text(4, "switched off" if counts else "not run", len(_COUNTS), color=QUIET, wrap=True)
    else:
        for place, name in enumerate(_COUNTS, start=4):
            canvas.number(place, counts[name])
    canvas.number(_HERE, here, Kind.COUNT)
    canvas.rule_off()
    tallest = max(canvas.height(text, width) for text, width in zip(texts, _WIDTHS, strict=False))
    canvas.down(height=tallest + 2)
