"""Exports say what the screen says, prove it, hold hostile text as text, and are the same bytes each time."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from audit_core.errors import ConfigError, NotAllowed
from audit_core.notebooks.document import Document, gather
from audit_core.notebooks.export import export_notebook
from audit_core.notebooks.pdf import TEMPLATE, pdf, told
from audit_core.notebooks.shelf import Notebooks
from audit_core.notebooks.workbook import workbook
from audit_core.reports.cells import inert
from audit_core.reports.pdf import visible
from audit_core.store.anchors import given
from audit_core.workspace import Workspace
from tests.exports import Desk, two_looks
from tests.notebooks.desks import ANN, BEA, HOSTILE, LINES, NOW, READER, cells, go_on

ZONE = ZoneInfo("America/Chicago")
LATER = NOW.replace(day=9)


@pytest.fixture
def number(desk: Desk, here: Workspace) -> int:
    """A frozen notebook with one cell of every kind."""
    shelf = Notebooks(here.store, ANN)
    made = shelf.create(f"Zeroed {HOSTILE}", cells(desk.events()[0]["event_id"]), NOW)
    shelf.freeze(made.number, 1, NOW)
    return made.number


@pytest.fixture
def document(here: Workspace, number: int) -> Document:
    return gather(here, ANN, number, None, ZONE)


def texts(content: bytes) -> Iterator[tuple[str, Any]]:
    """(data type, value) of every cell of a workbook."""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            yield from ((cell.data_type, cell.value) for cell in row if cell.value is not None)


def test_a_workbook_holds_every_row_and_no_formula(document: Document) -> None:
    content = workbook(document)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Summary", "All of it", "The first three"]
    every = document.answers[4]
    rows = list(book["All of it"].iter_rows(values_only=True))
    assert len(rows) - 1 == every.rows
    money = rows[0].index("Money (USD)")
    assert round(sum(row[money] or 0 for row in rows[1:]) * 100) == every.money_cents
    said = list(texts(content))
    assert "f" not in {kind for kind, _ in said}
    held = {value for _, value in said}
    assert {each.sha256 for each in document.answers} <= held
    assert {inert(f"Zeroed {HOSTILE}"[:-2]).strip()} <= {str(value).rstrip(" ␇") for value in held}
    assert any("http://evil.example" not in str(value) and "<script>" in str(value) for value in held)
    assert [len(sheet._charts) for sheet in book] == [2, 0, 0]


def test_a_pdf_is_made_whatever_the_texts_say(document: Document) -> None:
    content = pdf(document)
    assert content.startswith(b"%PDF-")
    assert b"evil.example/p.png" not in content or b"/URI" in content  # a link at most: nothing is fetched
    assert len(content) > 20_000
    # the template reads one JSON document and evaluates nothing of it
    template = TEMPLATE.read_text("utf-8")
    assert "eval(" not in template
    assert template.count("sys.inputs") == 1


def test_the_pdf_says_what_the_answers_say(document: Document) -> None:
    said = told(document)
    for cell, answer in zip(said["cells"], document.answers, strict=True):
        assert cell["sha256"] == answer.sha256
        if answer.totals is not None:
            assert cell["words"] == answer.words
    assert len(said["cells"][4]["table"]["rows"]) == document.answers[4].rows
    shares = [bar["share"] for bar in said["cells"][2]["bars"]]
    assert shares[0] == -1
    assert all(-1 <= share <= 1 for share in shares)
    assert "\x07" not in json.dumps(said, ensure_ascii=False)


def test_what_a_pdf_shows_every_font_has() -> None:
    import typst

    shown = "".join(each for each in map(chr, range(0x20, 0x3000)) if visible(each) == each)
    assert len(shown) > 1_000
    source = '#set text(font: "Libertinus Serif")\n#show raw: set text(font: "DejaVu Sans Mono")\n'
    source += "#let all = sys.inputs.all\n#all #strong(all) #emph(all) #raw(all)"
    fonts = typst.Fonts(include_system_fonts=False)
    typst.compile(source.encode(), format="pdf", font_paths=fonts, sys_inputs={"all": shown}, pdf_standards="a-2b")
    assert visible("a\tb\x07🏗e\u0301\u202e") == "a b⟨U+0007⟩⟨U+1F3D7⟩é⟨U+202E⟩"


def test_one_document_is_one_file_whoever_takes_it_and_when(desk: Desk, here: Workspace, number: int) -> None:
    shelf = Notebooks(here.store, ANN)
    shelf.save(number, 2, lambda each: replace(each, shared=True), "shared", NOW)
    first = {form: export_notebook(here, ANN, number, None, form, ZONE, NOW) for form in ("xlsx", "pdf")}
    here.store.database.close()
    go_on(desk)
    again = desk.workspace()
    for form, each in first.items():
        other = export_notebook(again, BEA, number, 3, form, ZONE, LATER)
        assert (other.content, other.file_name) == (each.content, f"redline-notebook-{number}-v3.{form}")
        assert other.sha256 == hashlib.sha256(other.content).hexdigest()
    again.store.database.close()


def test_an_export_is_sealed_before_anybody_has_it(desk: Desk, here: Workspace, number: int) -> None:
    made = export_notebook(here, ANN, number, None, "pdf", ZONE, LATER)
    (event,) = desk.rows("SELECT * FROM audit_events WHERE action = 'exported'")
    sealed = json.loads(event["evidence"])
    assert (event["changed_by"], sealed["sha256"], sealed["version"]) == (ANN.email, made.sha256, 2)
    document = gather(here, ANN, number, None, ZONE)
    assert sealed["ledger_size"] == document.anchor.size
    assert [each["rows_sha256"] for each in sealed["cells"]] == [each.sha256 for each in document.answers]


def test_the_anchor_proves_the_record(here: Workspace, document: Document) -> None:
    from audit_core.store.anchors import of_size

    (anchor,) = given(document.anchor.line())
    assert anchor == document.anchor
    assert of_size(here.store.database.connection(), anchor.size, anchor.run_id) == anchor


def test_only_those_who_make_reports_take_it_away(here: Workspace, number: int) -> None:
    with pytest.raises(NotAllowed):
        export_notebook(here, READER, number, None, "pdf", ZONE, NOW)
    with pytest.raises(ConfigError, match="that you may read"):
        export_notebook(here, BEA, number, None, "pdf", ZONE, NOW)


def test_an_empty_notebook_can_be_exported(tmp_path: Any) -> None:
    desk = two_looks(tmp_path, LINES[:1], LINES[:1])
    here = desk.workspace()
    made = Notebooks(here.store, ANN).create("Nothing yet", [], NOW)
    for form in ("xlsx", "pdf"):
        assert export_notebook(here, ANN, made.number, None, form, ZONE, NOW).rows == 0
    here.store.database.close()
