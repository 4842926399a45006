"""One event is handed out with its proof, and checked on a machine that has nothing but Python."""

import errno
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import AuditError, ConfigError, NotAllowed, VerificationFailed
from audit_core.records import verify_proof
from audit_core.records.event_proof import PROVED, VERIFIER, prove_event, seal_handed_out
from audit_core.store import anchors, merkle
from audit_core.store.anchors import Anchor
from audit_core.store.files import write_whole
from audit_core.store.ledger import append
from audit_core.store.schema import EVENT_FIELDS
from audit_core.workspace import Workspace
from jobs import proof as command
from jobs.__main__ import main
from tests.exports import FIRST, SECOND, Desk, edited, line
from tests.jobs.processes import LONG_S

LINES = [line(n) for n in range(1, 7)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("original"))
    desk.look(FIRST, LINES)
    desk.look(SECOND, [edited(LINES[0], quantity="3", units_total_price="170.52"), *LINES[1:]])
    desk.sync()
    return desk


@pytest.fixture
def workspace(original: Desk, tmp_path: Path) -> Workspace:
    return original.copy(tmp_path).workspace()


def checked(folder: Path, number: int, root: str) -> "subprocess.CompletedProcess[str]":
    """The handed-out verifier, as on a machine without this project: no site packages, no environment."""
    command = [sys.executable, "-I", "-S", VERIFIER.name, f"event-{number}.json", root]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=LONG_S)


def handed_out(workspace: Workspace, number: int, to: Path, witness: Anchor | None = None) -> Anchor:
    made = prove_event(workspace, OPERATOR, number, NOW, witness)
    to.mkdir(exist_ok=True)
    for name, content in made.files.items():
        (to / name).write_bytes(content)
    seal_handed_out(workspace, OPERATOR, made, NOW)
    return made.anchor


def test_the_verifier_is_short_and_needs_nothing() -> None:
    text = VERIFIER.read_text()
    assert len(text.splitlines()) < 100
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported == {"hashlib", "json", "re", "struct", "sys", "typing"}
    assert list(EVENT_FIELDS) == verify_proof.FIELDS
    assert [name for name, kind in EVENT_FIELDS.items() if kind == "INTEGER"] == verify_proof.INTEGER
    assert sorted(name for name, kind in EVENT_FIELDS.items() if kind == "REAL") == sorted(verify_proof.REAL)


def test_every_event_is_proven_against_the_foot_of_a_report(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(1, workspace.store.events() + 1):
        anchor = handed_out(workspace, number, tmp_path / "out")
        for root, of in ((anchor.short(), f" of the {anchor.size}"), (str(anchor.root), "")):
            done = checked(tmp_path / "out", number, root)
            assert (done.returncode, done.stderr) == (0, "")
            assert f"PROVEN: this was event {number}{of} in the record" in done.stdout


def test_what_is_handed_out_is_in_the_trail(workspace: Workspace, tmp_path: Path) -> None:
    handed_out(workspace, 2, tmp_path / "out")
    newest = "SELECT action, changed_by FROM audit_events ORDER BY event_id DESC LIMIT 1"
    (row,) = workspace.store.database.connection().execute(newest)
    assert tuple(row) == ("event_proved", "system:operator")


def proved(workspace: Workspace) -> int:
    """How many proofs the record says were handed out."""
    found = workspace.store.database.connection().execute(
        "SELECT count(*) FROM audit_events WHERE action = ?", (PROVED,)
    )
    return int(found.fetchone()[0])


def test_the_command_hands_out_and_its_event_is_anchored(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(workspace.config))
    assert main(["proof", "3", "--to", str(tmp_path / "out")]) == 0
    assert proved(workspace) == 1
    newest = anchors.newest(workspace.store.anchor_file)
    assert newest is not None
    assert newest.size == workspace.store.events()
    (tmp_path / "file").write_text("")
    for to in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["proof", "3", "--to", str(to)]) == 2
    assert proved(workspace) == 1


@pytest.mark.parametrize("which", [VERIFIER.name, "event-3.json"])
def test_what_could_not_be_written_was_not_handed_out(
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    which: str,
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(workspace.config))

    def full(path: Path, content: bytes) -> None:
        if path.name == which:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_whole(path, content)

    monkeypatch.setattr(command, "write_whole", full)
    assert main(["proof", "3", "--to", str(tmp_path / "out")]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert proved(workspace) == 0
    assert not (tmp_path / "out" / "event-3.json").exists()


def test_what_cannot_be_sealed_is_not_handed_out(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(workspace.config))

    def refused(*_given: object) -> None:
        raise AuditError("The disk is full.")

    monkeypatch.setattr(command, "seal_handed_out", refused)
    assert main(["proof", "3", "--to", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out" / "event-3.json").exists()


def test_an_event_newer_than_every_anchor_gets_one(workspace: Workspace, tmp_path: Path) -> None:
    handed_out(workspace, 1, tmp_path / "out")  # its own action is not anchored
    newest = workspace.store.events()
    anchor = handed_out(workspace, newest, tmp_path / "out")
    assert anchor.size == newest
    assert anchors.read(workspace.store.anchor_file)[0][-1] == anchor
    assert checked(tmp_path / "out", newest, anchor.short()).returncode == 0


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a value": lambda proof: proof["event"].update(new_value="4"),
    "a value to nothing": lambda proof: proof["event"].update(kind=None),
    "two values exchanged": lambda proof: proof["event"].update(
        kind=proof["event"]["timestamp"], timestamp=proof["event"]["kind"]
    ),
    "the number": lambda proof: proof["event"].update(event_id=proof["event"]["event_id"] + 1),
    "money": lambda proof: proof["event"].update(money_cents=1),
    "a number as a text": lambda proof: proof["event"].update(money_cents="1"),
    "a number beyond all": lambda proof: proof["event"].update(delta=10**400),
    "a score": lambda proof: proof["event"].update(risk_score=0.5),
    "a field more": lambda proof: proof["event"].update(note="x"),
    "a field less": lambda proof: proof["event"].pop("session_id"),
    "the hash before": lambda proof: proof.update(previous="00" * 32),
    "the size": lambda proof: proof.update(size=proof["size"] - 1),
    "no size": lambda proof: proof.update(size=None),
    "a root beside": lambda proof: proof["beside"].__setitem__(0, "00" * 32),
    "a root less": lambda proof: proof["beside"].pop(),
    "a root more": lambda proof: proof["beside"].append("00" * 32),
    "the format": lambda proof: proof.update(format="redline proof 2"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_proof_that_was_edited_proves_nothing(
    workspace: Workspace, tmp_path: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    anchor = handed_out(workspace, 3, tmp_path / "out")
    path = tmp_path / "out" / "event-3.json"
    proof = json.loads(path.read_text())
    edit(proof)
    path.write_text(json.dumps(proof))
    done = checked(tmp_path / "out", 3, anchor.short())
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("NOT PROVEN: ")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"event": 1, "size": 2}', "[" * 100_000, "\x00"], ids=ascii)
def test_what_is_no_proof_ends_in_a_sentence(workspace: Workspace, tmp_path: Path, text: str) -> None:
    anchor = handed_out(workspace, 3, tmp_path / "out")
    (tmp_path / "out" / "event-3.json").write_text(text)
    done = checked(tmp_path / "out", 3, anchor.short())
    assert (done.returncode, done.stderr) == (1, "")


def test_another_root_and_no_root(workspace: Workspace, tmp_path: Path) -> None:
    anchor = handed_out(workspace, 3, tmp_path / "out")
    assert checked(tmp_path / "out", 3, "ab" * 32).returncode == 1
    assert checked(tmp_path / "out", 3, f"redline:{anchor.size - 1}:{anchor.root}").returncode == 1
    assert checked(tmp_path / "out", 3, "head").returncode == 2


def test_who_may_not_and_what_cannot_be_proven(workspace: Workspace) -> None:
    store = workspace.store
    with pytest.raises(NotAllowed):
        prove_event(workspace, Actor("u", "u@example.com", Role.USER), 1, NOW)
    for number in (0, -1, store.events() + 1):
        with pytest.raises(AuditError, match="There is no event"):
            prove_event(workspace, OPERATOR, number, NOW)
    first, last = anchors.read(store.anchor_file)[0]
    with pytest.raises(ConfigError, match="cannot prove event"):
        prove_event(workspace, OPERATOR, last.size, NOW, first)
    with pytest.raises(VerificationFailed, match="no longer gives the root"):
        prove_event(workspace, OPERATOR, 1, NOW, Anchor(first.size, None, "", "", root="ab" * 32))


def test_proofs_at_any_size_of_a_large_record(tmp_path: Path) -> None:
    """Over full blocks, half blocks and single events, each against the tree made of all leaves at once."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    store = Desk(tmp_path).workspace().store
    connection = store.database.connection()
    while store.events() < 3 * merkle.BLOCK + 5:
        more = dice.choice([1, 7, merkle.BLOCK - 1, merkle.BLOCK, merkle.BLOCK + 1])
        with store.database.write() as writing:
            append(writing, pl.DataFrame({"kind": ["action"] * more, "timestamp": ["t"] * more}))
    hashes = [row[0] for row in connection.execute("SELECT hash FROM audit_events ORDER BY event_id")]
    tree = merkle.Tree(connection)
    for _ in range(60):
        size = dice.choice([dice.randrange(1, len(hashes) + 1), len(hashes), merkle.BLOCK, 2 * merkle.BLOCK])
        root = merkle.root_of([merkle.leaf(each) for each in hashes[:size]])
        assert tree.root(0, size) == root
        first = dice.randrange(1, size + 1)
        one = verify_proof.root_of(size, first - 1, merkle.leaf(hashes[first - 1]), tree.proof(size, first, first))
        assert one == root
        last = dice.randrange(first, size + 1)
        assert merkle.root_with(size, first, hashes[first - 1 : last], tree.proof(size, first, last)) == root
