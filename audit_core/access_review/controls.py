"""Which controls an access review is evidence for: what each asks, and what of the pack speaks to it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Control:
    """A control by its usual number. `asks`: in our own words; `shown`: where the pack shows it."""

    number: str
    title: str
    asks: str
    shown: str


CONTROLS: Final = (
    Control(
        "SOC 2 CC6.1",
        "Logical access",
        "Access to data is restricted to who needs it, and who has it is known.",
        "Population: every account here and everybody on the audited sheets, with where each list comes from.",
    ),
    Control(
        "SOC 2 CC6.2",
        "Granting and removing access",
        "Access is granted by somebody entitled, and ends when it is no longer needed.",
        "Lines: when each account was let in, by an event; who has not signed in or edited; what was decided to be "
        "removed, and whether the last review's removals were done.",
    ),
    Control(
        "SOC 2 CC6.3",
        "Least privilege and separate duties",
        "Roles fit what people do; nobody approves their own access.",
        "Lines: role against use. Sign-off: nobody decided or signed alone about themselves; the program refuses it.",
    ),
    Control(
        "SOX ITGC",
        "Access to programs and data: periodic review",
        "Somebody responsible looks at all access regularly, on a complete list, and what they decide is carried out.",
        "Completeness: each list is counted a second way. Decisions with reviewer and time, each an event of the "
        "ledger. Earlier decisions: done, or still open.",
    ),
)
"""The numbers are those of the AICPA's trust services criteria and of common ITGC catalogues; an auditor decides what
evidence is enough."""
