"""LibreOffice opens both workbooks and prints them: every worksheet, its charts, page x of y."""

import shutil
import subprocess
from pathlib import Path

import pytest

from audit_core.reports import ReportKind, build
from tests.reports.books import busy_desk, opened, request

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        not (shutil.which("soffice") and shutil.which("pdftotext")),
        reason="LibreOffice Calc and poppler-utils are not installed",
    ),
]
CHARTS = {
    ReportKind.AUDIT: (
        "Changes and findings per look, by severity", "Money moved per look (USD)", "Events by rule",
        "Changes by whom they are from", "Changes and findings with a severity, by billing week",
        "Money moved by billing week (USD)",
    ),
    ReportKind.REAL_TIME: ("Events by rule",),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(ReportKind))
def test_every_workbook_is_opened_and_printed_with_its_charts(tmp_path: Path, kind: ReportKind) -> None:
    desk = busy_desk(tmp_path)
    content = build(desk.workspace(), request(desk, kind=kind, people=True))
    (tmp_path / "book.xlsx").write_bytes(content)
    pages = printed(tmp_path / "book.xlsx")
    assert not [number for number, text in enumerate(pages, start=1) if f"Page {number} of {len(pages)}" not in text]
    whole = "\n".join(pages)
    for sheet in opened(content):
        assert sheet.title in whole
    assert not [title for title in CHARTS[kind] if whole.count(title) < 1]
    # a page that holds nothing but its head and foot would be a chart or a column that lies beyond the others
    assert not [number for number, text in enumerate(pages, start=1) if len(text.split()) < 15]


def printed(book: Path) -> list[str]:
    """The text of each page of the PDF that LibreOffice makes of a workbook."""
    profile = f"-env:UserInstallation=file://{book.parent / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(book.parent), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    text = subprocess.run(
        ["pdftotext", "-layout", str(book.with_suffix(".pdf")), "-"], check=True, capture_output=True, text=True
    ).stdout
    return text.removesuffix("\f").split("\f")
