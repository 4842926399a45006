"""`thresholds` as a person types it: drafted by one, published by another, each proven by a password."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role
from jobs.__main__ import main
from tests.exports import Desk, edited, line, two_looks

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PASSWORD = "correct horse battery"
ANN, BEA, ADA = "ann@x.example", "bea@x.example", "ada@x.example"

Shell = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two looks with a price set to zero, and three people. Each test finds what the one before it left."""
    lines = [line(n) for n in range(1, 30)]
    desk = two_looks(tmp_path_factory.mktemp("desk"), lines, [edited(lines[0], units_total_price="0"), *lines[1:]])
    workspace = desk.workspace()
    with closing(workspace.store.database):
        for email, role in ((ANN, Role.AUDITOR), (BEA, Role.AUDITOR), (ADA, Role.ADMIN)):
            add_person(workspace, OPERATOR, email, role, PASSWORD, NOW)
    return desk


@pytest.fixture
def shell(peopled: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs `thresholds …` with a password on standard input; answers its exit code and JSON."""
    monkeypatch.setenv("AUDIT_CONFIG", str(peopled.config))

    def run(*words: str, password: str = PASSWORD) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        capsys.readouterr()
        code = main(["thresholds", *words, "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def told(desk: Desk, count: int) -> list[tuple[str, str]]:
    """(action, who) of the newest actions, oldest first."""
    found = desk.rows(
        "SELECT action, changed_by FROM audit_events WHERE kind = 'action' ORDER BY event_id DESC LIMIT ?", [count]
    )
    return [(row["action"], row["changed_by"]) for row in reversed(found)]


def test_a_draft_is_published_by_another_person_and_rolled_back_by_an_admin(shell: Shell, peopled: Desk) -> None:
    code, drafted = shell("draft", "field", "--review", "0.2", "--urgent", "0.8", "--reason", "More.", "--as", ANN)
    assert (code, drafted["message"]) == (
        0, "field v1 (review from 0.2, urgent from 0.8) is drafted; another person has to publish it."
    )  # fmt: skip
    assert told(peopled, 3) == [("signed_in", ANN), ("decided", ANN), ("signed_out", ANN)]

    code, refused = shell("publish", "field", "--as", ANN)
    assert (code, refused["message"]) == (2, f"{ANN} drafted field v1: another person has to publish it.")
    assert told(peopled, 3) == [("signed_in", ANN), ("refused", ANN), ("signed_out", ANN)]

    code, published = shell("publish", "field", "--as", BEA)
    assert code == 0
    assert published["sets"][0]["state"] == "in force"
    assert shell("list")[1]["message"] == "field v1 is in force."

    code, refused = shell("rollback", "default@0", "--reason", "Too much.", "--as", BEA)
    assert (code, refused["message"]) == (2, f"This needs the role Admin, and {BEA} is Auditor: ask an Admin.")
    code, back = shell("rollback", "default@0", "--reason", "Too much.", "--as", ADA)
    assert (code, back["sets"][0]["state"]) == (0, "in force")


def test_a_wrong_password_decides_nothing(shell: Shell, peopled: Desk) -> None:
    before = len(peopled.rows("SELECT 1 FROM decisions"))
    code, refused = shell("draft", "x", "--review", "0.5", "--reason", "Mine.", "--as", ANN, password="guess")
    assert (code, refused["message"]) == (2, "E-mail or password is not right.")
    code, refused = shell("draft", "x", "--review", "0.5", "--reason", "Mine.", "--as", ANN, password="")
    assert (code, refused["message"]) == (
        2, "thresholds draft: there is no password; give it as one line on standard input."
    )  # fmt: skip
    assert len(peopled.rows("SELECT 1 FROM decisions")) == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--per-day", "5", "--review", "0.5"], "thresholds draft: give either --per-day or --review."),
        ([], "thresholds draft: give either --per-day or --review."),
        (
            ["--review", "0.9", "--urgent", "0.5"],
            "The cut-offs are review 0.9 and urgent 0.5; expected risks from 0 to 1, with urgent not below review.",
        ),
        (["--per-day", "5"], "A budget needs 4 whole weeks of looks and there are 0: name the cut-offs instead."),
    ],
)
def test_what_is_no_draft(shell: Shell, words: list[str], sentence: str) -> None:
    code, refused = shell("draft", "wrong", *words, "--reason", "Why not.", "--as", ANN)
    assert (code, refused["message"]) == (2, sentence)


def test_preview_and_compare_say_what_a_set_would_raise(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell("draft", "none", "--review", "1", "--reason", "Nothing at all.", "--as", ANN)
    code, made = shell("preview", "default")
    assert (code, made["alerts"], made["volume"]) == (0, 1, None)
    assert made["message"].endswith("No model is in use: risks are those of the record.")
    code, found = shell("compare", "default", "none")
    assert (code, len(found["comes"]), len(found["goes"]), found["stays"]) == (0, 0, 1, 0)
    assert found["counts"] == [{"week": "2025-08-10", "rule": "price_zeroed", "comes": 0, "goes": 1}]

    capsys.readouterr()
    assert main(["thresholds", "preview", "default"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["week", "looks", "alerts", "urgent", "suppressed"]
    assert lines[2] == "2025-08-10        1       1       1           0  not a whole week"
    assert "expected: nothing can be said, too few weeks are whole" in lines
    assert main(["thresholds", "compare", "none", "default"]) == 0
    assert "price_zeroed               +1 -0" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nobody", "default@1", "default@x"])
def test_a_set_that_is_not_there(shell: Shell, name: str) -> None:
    code, refused = shell("show", name)
    assert code == 2
    assert refused["message"].startswith(("There is no threshold set", f"'{name}' names no version"))
