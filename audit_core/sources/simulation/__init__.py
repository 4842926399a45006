"""The simulated month: what could have happened to the sample sheets after their last real snapshot.

Nothing here is real but the lines it starts from. People, edits and errors are made up by a fixed recipe, and every
version of it is marked `simulated`, wherever it goes. The recipe gives the same month on every machine.
"""

from audit_core.sources.simulation.days import LAST_REAL_LOOK, LOOKS
from audit_core.sources.simulation.month import EDITION, Month, simulate
from audit_core.sources.simulation.truth import Kind, Slip

__all__ = ["EDITION", "LAST_REAL_LOOK", "LOOKS", "Kind", "Month", "Slip", "simulate"]
