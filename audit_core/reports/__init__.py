"""Reports: frames of the trail in, a workbook's bytes out, and the shelf where they are kept."""

from audit_core.reports.request import ReportKind, ReportRequest
from audit_core.reports.shelf import Report, hand_out_report, make_report, read_report, reports
from audit_core.reports.workbook import build

__all__ = ["Report", "ReportKind", "ReportRequest", "build", "hand_out_report", "make_report", "read_report", "reports"]
