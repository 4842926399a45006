"""What becomes of the record over the years: archives, a new beginning, thinning, and the ways out and in."""

from audit_core.records.archive import Archive, archive
from audit_core.records.archive_check import CheckedArchive, check_archive
from audit_core.records.export import Export, export
from audit_core.records.legacy import Imported, import_legacy
from audit_core.records.renew import Renewed, renew
from audit_core.records.thinning import Thinned, thin

__all__ = [
    "Archive", "CheckedArchive", "Export", "Imported", "Renewed", "Thinned", "archive", "check_archive", "export",
    "import_legacy", "renew", "thin",
]  # fmt: skip
