"""Named checks, one file a family, each with its evidence, its sentence and its suggested fix."""

from audit_core.rules import after_lock, cells, dates, identity, price
from audit_core.rules.base import Certainty, Checked, Context, Rule
from audit_core.rules.price_list import PriceList, load_price_list

RULES: tuple[Rule, ...] = (*price.RULES, *after_lock.RULES, *dates.RULES, *identity.RULES, *cells.RULES)
"""Every rule that ships, in the order in which documents and reports list them."""

BY_NAME = {rule.name: rule for rule in RULES}

__all__ = ["BY_NAME", "RULES", "Certainty", "Checked", "Context", "PriceList", "Rule", "load_price_list"]
