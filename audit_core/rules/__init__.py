"""Named checks, one file a family, each with its evidence, its sentence and its suggested fix."""

from audit_core.rules import (
    after_lock,
    cells,
    codes,
    crews,
    dates,
    identity,
    peer_price,
    price,
    price_era,
    quantities,
    restamp,
    restored,
    splits,
    units,
)
from audit_core.rules.base import Certainty, Checked, Context, Rule
from audit_core.rules.price_list import PriceList, load_price_list

RULES: tuple[Rule, ...] = (
    *price.RULES,
    *price_era.RULES,
    *peer_price.RULES,
    *after_lock.RULES,
    *restored.RULES,
    *dates.RULES,
    *restamp.RULES,
    *identity.RULES,
    *splits.RULES,
    *crews.RULES,
    *quantities.RULES,
    *units.RULES,
    *cells.RULES,
    *codes.RULES,
)
"""Every rule that ships, in the order in which documents and reports list them."""

BY_NAME = {rule.name: rule for rule in RULES}


TITLES = {rule.name: rule.title for rule in RULES} | {
    "column_added": "Column added",
    "column_removed": "Column removed",
    "column_renamed": "Column renamed",
    "column_retyped": "Column of another type",
    "sheet_renamed": "Sheet renamed",
}
"""What screens and reports call a `violation_type`: a rule, or what happened to a sheet itself."""


__all__ = ["BY_NAME", "RULES", "TITLES", "Certainty", "Checked", "Context", "PriceList", "Rule", "load_price_list"]
