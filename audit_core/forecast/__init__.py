"""Before the week locks: which rows of the open weeks are likely to be corrected after it, learnt from the past ones.

lines (rows as they stood before the lock) · outcomes (which were corrected after it) · traits (what was known of
them) · learn (the model) · skill (what it is worth, on later weeks) · words (the reasons) · make (all of it together).
"""

from audit_core.forecast.make import Forecast, forecast, keep

__all__ = ["Forecast", "forecast", "keep"]
