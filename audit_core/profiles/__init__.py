"""How each editor works, beside their own past and beside the others: figures in neutral words, and no ranking.

Only people's evidence counts, only what lies within `people.keep_days`, and below `people.min_edits` nothing is said.
measures (what is reckoned) · profile (one editor beside the others) · who may see it, and the export for the person.
"""

from audit_core.profiles.export import export_person
from audit_core.profiles.profile import Profile, profiles
from audit_core.profiles.visible import profiles_for

__all__ = ["Profile", "export_person", "profiles", "profiles_for"]
