"""The page table: every page with its title, icon, section and the permission it needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit_core.actors import Permission

_PAGES = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page; its file's name is its address."""

    name: str
    title: str
    icon: str
    section: str
    permission: Permission

    @property
    def path(self) -> Path:
        """The page's file."""
        return _PAGES / f"{self.name}.py"


PAGES: Final = (
    PageSpec("overview", "Overview", ":material/space_dashboard:", "Audit", Permission.READ_CHANGES),
    PageSpec("changes", "Changes", ":material/difference:", "Audit", Permission.READ_CHANGES),
    PageSpec("reports", "Reports", ":material/description:", "Audit", Permission.READ_REPORTS),
    PageSpec("operations", "Operations", ":material/monitor_heart:", "System", Permission.READ_OPERATIONS),
)
"""In the order of the navigation."""


def page_of(name: str) -> Path:
    """The file of a page, for links to it. Raises KeyError for a name that is no page."""
    return {spec.name: spec for spec in PAGES}[name].path
