"""How each editor works, beside their own past and beside the others: figures in neutral words, and no ranking.

Only people's evidence counts, only what lies within `people.keep_days`, and below `people.min_edits` nothing is said.
measures (what is reckoned) · profile (one editor beside the others) · who may see it · editors (side by side) ·
portrait (one from near) · what was decided about their changes · the export for the person.
"""

from audit_core.profiles.editors import Editors, editors
from audit_core.profiles.export import export_person
from audit_core.profiles.portrait import Portrait, portrait
from audit_core.profiles.profile import Profile, profiles
from audit_core.profiles.visible import profiles_for

__all__ = ["Editors", "Portrait", "Profile", "editors", "export_person", "portrait", "profiles", "profiles_for"]
