"""The page table: every page with its title, icon, section and the permission it needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit_core.permissions import Permission

_PAGES = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page; its file's name is its address. `question`: the one that it answers.

    `sensitive`: who looks at it is on record. Of Training that is so of the part about everybody (pages/training.py).
    """

    name: str
    title: str
    icon: str
    section: str
    permission: Permission
    question: str = ""
    sensitive: bool = False

    @property
    def path(self) -> Path:
        """The page's file."""
        return _PAGES / f"{self.name}.py"


PAGES: Final = (
    PageSpec(
        "room", "Evidence room", ":material/meeting_room:", "Audit", Permission.READ_ROOM,
        "What lies here for me, until when, and how is it proven?", sensitive=True,
    ),
    PageSpec(
        "overview", "Overview", ":material/space_dashboard:", "Audit", Permission.READ_OVERVIEW,
        "What needs a person now, how much does it move, and what was not seen?",
    ),
    PageSpec(
        "changes", "Changes", ":material/difference:", "Audit", Permission.READ_CHANGES,
        "What happened to which cell, why is it flagged, who did it, what else happened to its row?",
    ),
    PageSpec(
        "review", "Review", ":material/rule:", "Audit", Permission.READ_REVIEW,
        "What waits for a person, what of it first, and what was decided?",
    ),
    PageSpec(
        "notebook", "Notebook", ":material/menu_book:", "Audit", Permission.READ_NOTEBOOKS,
        "What was looked into, what was found, and does it still hold?",
    ),
    PageSpec(
        "reports", "Reports", ":material/description:", "Audit", Permission.READ_REPORTS,
        "Which workbook can I send on, and what was sent before?",
    ),
    PageSpec(
        "packets", "Packets", ":material/inventory_2:", "Audit", Permission.READ_PACKETS,
        "What does a week bill, one work request after the other, and which rows are in none and why?",
    ),
    PageSpec(
        "thresholds", "Thresholds", ":material/tune:", "Judgement", Permission.EDIT_THRESHOLDS,
        "From which risk on should something be put before a person, and what would another cut-off change?",
    ),
    PageSpec(
        "people", "People", ":material/group:", "Judgement", Permission.READ_PEOPLE,
        "How does everybody edit, beside their own past and beside the others?", sensitive=True,
    ),
    PageSpec(
        "forecast", "Forecast", ":material/event_upcoming:", "Judgement", Permission.READ_FORECAST,
        "Which rows should somebody look at before their week locks?",
    ),
    PageSpec(
        "alerts", "Alerts", ":material/notifications:", "System", Permission.READ_OPERATIONS,
        "What cannot wait, who takes care of it, and is anybody watching?",
    ),
    PageSpec(
        "sources", "Sources", ":material/dataset_linked:", "System", Permission.MANAGE_SOURCES,
        "Which sheets are read and how, what of them is not seen, and how is that cured?",
    ),
    PageSpec(
        "access_review", "Access review", ":material/verified_user:", "System", Permission.READ_ACCESS,
        "Who may what here and on the sheets, who still needs it, and who decided that?", sensitive=True,
    ),
    PageSpec(
        "training", "Training", ":material/school:", "System", Permission.READ_TRAINING,
        "What should I know, what is due, and what might help?",
    ),
    PageSpec(
        "operations", "Operations", ":material/monitor_heart:", "System", Permission.READ_OPERATIONS,
        "Did everything run, is the record whole, what was done here?", sensitive=True,
    ),
    PageSpec(
        "access", "Access", ":material/admin_panel_settings:", "System", Permission.READ_ACCESS,
        "Who may use the app, what may they do and see here, and who is signed in?", sensitive=True,
    ),
    PageSpec(
        "account", "Account", ":material/account_circle:", "System", Permission.MANAGE_SELF,
        "Who am I here, what may I do and see, where am I signed in, and what did I do?",
    ),
)  # fmt: skip
"""In the order of the navigation."""


def spec_of(name: str) -> PageSpec:
    """A page by its name. Raises KeyError for a name that is no page."""
    return {spec.name: spec for spec in PAGES}[name]


def page_of(name: str) -> Path:
    """The file of a page, for links to it. Raises as `spec_of`."""
    return spec_of(name).path
