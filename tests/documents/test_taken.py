"""Taking documents away, one or many: sealed, whole, and never with a part missing."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import pytest

from audit_core.actors import JOBS, Actor, Role
from audit_core.documents import bundle, document, hand_out, taken
from audit_core.errors import AuditError, VerificationFailed
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from audit_core.store.verify import verify
from audit_core.workspace import Workspace
from tests.documents.packets import NOW, PDF, make_packet
from tests.exports import Desk

UMA = Actor("2", "uma@x.example", Role.USER, "session-2")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    yield opened
    opened.store.database.close()


def actions(desk: Desk, name: str) -> list[dict[str, object]]:
    return desk.rows("SELECT * FROM audit_events WHERE action = ? ORDER BY event_id", (name,))


def test_whoever_takes_a_file_of_a_packet_is_in_the_trail(desk: Desk, workspace: Workspace) -> None:
    event_id = make_packet(workspace)
    pdf = document(workspace, UMA, event_id).files[1]
    assert hand_out(workspace, UMA, event_id, pdf.name, NOW) == PDF
    (event,) = actions(desk, "packet_downloaded")
    assert (event["changed_by"], event["session_id"], event["work_request"], event["week_ending"]) == (
        UMA.email, "session-2", "71891012", "2025-08-17",
    )  # fmt: skip
    assert json.loads(str(event["evidence"])) == {
        "packet_event_id": event_id, "file": pdf.name, "sha256": hashlib.sha256(PDF).hexdigest(),
    }  # fmt: skip
    with pytest.raises(AuditError, match=r"has no file other\.pdf"):
        hand_out(workspace, UMA, event_id, "other.pdf", NOW)


def test_many_are_one_zip_with_its_sums(desk: Desk, workspace: Workspace) -> None:
    report = make_report(workspace, JOBS, EventFilter(), NOW)
    audit = int(str(actions(desk, "report_made")[0]["event_id"]))
    packet = make_packet(workspace)
    made = bundle(workspace, UMA, [packet, audit, packet], NOW)
    with ZipFile(io.BytesIO(made.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == f"audit/{audit}-{report.path.name}"
        assert [name.split("/")[:2] for name in names[1:3]] == [["packets", "2025-08-17"]] * 2
        for line in archive.read("SHA256SUMS").decode().splitlines():
            sha256, _, name = line.partition("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == sha256
    assert made.files == 3
    (event,) = actions(desk, "documents_downloaded")
    assert (event["changed_by"], json.loads(str(event["evidence"]))["documents"]) == (UMA.email, [audit, packet])
    assert made.sha256 in str(event["issue_description"])
    assert bundle(workspace, UMA, [audit, packet], NOW).content == made.content
    store = workspace.store
    assert verify(store.database, store.snapshots, store.anchor_file, []).events == 4


def test_a_zip_of_one_week_is_called_by_it(workspace: Workspace) -> None:
    one, two = make_packet(workspace), make_packet(workspace, "72793190")
    assert bundle(workspace, UMA, [one, two], NOW).file_name == "redline-documents-2025-08-17.zip"


def test_nothing_is_handed_out_that_lacks_a_part(desk: Desk, workspace: Workspace) -> None:
    one, two = make_packet(workspace), make_packet(workspace, "72793190")
    file = document(workspace, UMA, two).files[0]
    content = file.path.read_bytes()
    file.path.write_bytes(content + b" ")
    with pytest.raises(VerificationFailed):
        bundle(workspace, UMA, [one, two], NOW)
    file.path.unlink()
    with pytest.raises(AuditError, match="no longer on disk"):
        bundle(workspace, UMA, [one, two], NOW)
    with pytest.raises(AuditError, match="Nothing was chosen"):
        bundle(workspace, UMA, [], NOW)
    assert actions(desk, "documents_downloaded") == []


def test_too_much_is_one_sentence(desk: Desk, workspace: Workspace) -> None:
    event_id = make_packet(workspace)
    with patch.object(taken, "MOST_BYTES", 100), pytest.raises(AuditError, match="too much for one zip"):
        bundle(workspace, UMA, [event_id], NOW)
    assert actions(desk, "documents_downloaded") == []
