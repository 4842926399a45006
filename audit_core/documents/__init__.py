"""Documents: files that the ledger seals (audit workbooks, packets, evidence), found, looked into and handed out."""

from audit_core.documents.document import Document, File, Kind, read
from audit_core.documents.library import Search, Shelf, document, documents, found_ids, library
from audit_core.documents.preview import Preview, preview
from audit_core.documents.taken import Bundle, bundle, hand_out

__all__ = [
    "Bundle",
    "Document",
    "File",
    "Kind",
    "Preview",
    "Search",
    "Shelf",
    "bundle",
    "document",
    "documents",
    "found_ids",
    "hand_out",
    "library",
    "preview",
    "read",
]
