"""`rules`, `exempt` and `prices` as people meet them: what they answer, and who must be proven."""

import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.__main__ import main
from tests.exports import FIRST, SECOND, Desk, open_week
from tests.price_lists.lists import NEWER, written

pytestmark = pytest.mark.in_turn(3)

PASSWORD = "a few unrelated words"
OTHERS = [open_week(n) for n in range(100, 110)]

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One look taken, and a second one waiting in which two lines are priced as the newer list has it."""
    desk = Desk(tmp_path_factory.mktemp("grown"))
    desk.look(FIRST, [open_week(1), open_week(2), *OTHERS])
    desk.sync()
    desk.look(SECOND, [*(open_week(n, units_total_price="120") for n in (1, 2)), *OTHERS])
    return desk.root


@pytest.fixture
def desk(grown: Path, tmp_path: Path) -> Desk:
    """A copy of it."""
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


@pytest.fixture
def say(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command with a line on standard input; its answer as JSON."""
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))

    def run(*words: str, line: str = PASSWORD, code: int = 0) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
        capsys.readouterr()
        assert main([*words, "--json"]) == code
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


@pytest.fixture
def people(say: Command) -> None:
    """Ann and Bob may sign in."""
    say("user", "add", "ann@example.com", "--role", "Auditor")
    say("user", "add", "bob@example.com", "--role", "Admin")


def broken(desk: Desk) -> list[str | None]:
    return [event["violation_type"] for event in desk.events()]


def test_a_rule_is_put_into_shadow_and_listed_so(desk: Desk, say: Command) -> None:
    told = say("rules", "set", "price_mismatch", "shadow", "--reason", "New rates", "--wr", "71891012")["message"]
    assert told == "The rule price_mismatch is shadow for the work request 71891012: New rates."
    listed = {each["rule"]: each for each in say("rules", "list")["rules"]}
    assert (listed["price_mismatch"]["state"], listed["late_entry"]["state"]) == ("shadow", "on")
    assert say("run", "sync")["hits_in_shadow"] == 2
    assert broken(desk) == [None, None]
    assert say("verify")["status"] == "ok"


def test_an_exemption_is_made_listed_and_ended(desk: Desk, say: Command) -> None:
    made = say("exempt", "make", "price_mismatch", "--sheet", "Field Billing North", "--from", "2025-08-01",
               "--to", "2025-08-31", "--reason", "Agreed")  # fmt: skip
    (listed,) = say("exempt", "list")["exemptions"]
    assert (listed["number"], listed["rule"], listed["until"]) == (made["number"], "price_mismatch", "2025-08-31")
    assert say("run", "sync")["hits_exempt"] == 2
    assert broken(desk) == [None, None]
    say("exempt", "end", str(made["number"]), "--reason", "Done")
    assert say("exempt", "list")["exemptions"] == []


def test_a_scope_that_no_look_has_shown_counts_and_is_warned_of(desk: Desk, say: Command) -> None:
    scope = ("--sheet", "Field Billing North", "--sheet", "Nort", "--wr", "71891012", "--wr", "7189")
    told = say("rules", "set", "price_mismatch", "shadow", "--reason", "New rates", *scope)
    assert told["warnings"] == [
        "No sheet that was seen so far is called 'Nort'; this counts once one is.",
        "No line that was seen so far has the work request '7189'; this counts once one has.",
    ]
    made = ("exempt", "make", "*", "--to", "2099-12-31", "--from", "2099-12-01", "--reason", "Agreed")
    assert len(say(*made, "--sheet", "Nope")["warnings"]) == 1
    assert say(*made, "--sheet", "Field Billing North", "--wr", "71891012")["warnings"] == []
    assert say("run", "sync")["hits_in_shadow"] == 2


def test_a_suppression_of_what_no_look_has_shown_counts_and_is_warned_of(
    desk: Desk, say: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    known = ("disposition", "suppress", "--rule", "price_mismatch", "--until", until, "--reason", "Agreed")
    said = say(*known, "--column", "Nope", "--editor", "ann@x.example")
    assert said["warnings"] == [
        "No sheet that was seen so far has the column 'Nope'; this counts once one has.",
        "No change that was seen so far has the editor 'ann@x.example'; this counts once one has.",
    ]
    assert say(*known, "--column", "Quantity")["warnings"] == []
    assert say(*known, "--column", "(row)")["warnings"] == []
    capsys.readouterr()
    assert main([*known, "--wr", "7189"]) == 0
    answer = capsys.readouterr()
    assert "warning: No line that was seen so far has the work request '7189'" in answer.err
    assert "warning" not in answer.out


@pytest.mark.usefixtures("people")
def test_a_price_list_is_compared_uploaded_and_approved_by_somebody_else(desk: Desk, say: Command) -> None:
    path = str(written(desk))
    compared = say("prices", "compare", path, "--from", "2025-08-04")
    assert (compared["repriced"], compared["lines"], compared["money_cents"]) == (1, 12, 12 * 632)
    assert say("prices", "list")["price_lists"] == []
    sent = say("prices", "upload", path, "--from", "2025-08-04", "--reason", "Contract", "--as", "ann@example.com")
    number = str(sent["number"])
    for who, line, words in (
        ("ann@example.com", PASSWORD, f"ann@example.com uploaded price list {number}: a second person approves it."),
        ("bob@example.com", "not his password", "E-mail or password is not right."),
        ("system:operator", PASSWORD, "E-mail or password is not right."),
    ):
        refused = say("prices", "approve", number, "--reason", "ok", "--as", who, line=line, code=2)
        assert refused["message"] == words
    say("prices", "approve", number, "--reason", "Checked", "--as", "bob@example.com")
    (listed,) = say("prices", "list")["price_lists"]
    assert (listed["uploaded_by"], listed["approved_by"]) == ("ann@example.com", "bob@example.com")
    say("run", "sync")
    assert broken(desk) == [None, None]
    assert say("verify")["status"] == "ok"


@pytest.mark.usefixtures("people")
def test_who_acts_is_a_sign_in_of_the_trail(desk: Desk, say: Command) -> None:
    say("prices", "upload", str(written(desk)), "--from", "2025-08-04", "--reason", "x", "--as", "ann@example.com")
    hers = [each for each in desk.events("action") if each["changed_by"] == "ann@example.com"]
    assert [each["action"] for each in hers] == ["signed_in", "decided", "signed_out"]
    assert len({each["session_id"] for each in hers}) == 1


@pytest.mark.usefixtures("people")
def test_guessing_has_to_wait_as_at_the_door(say: Command) -> None:
    guess = ("prices", "approve", "1", "--reason", "x", "--as", "bob@example.com")
    for _ in range(5):
        say(*guess, line="a guess", code=2)
    assert say(*guess, code=2)["message"] == "Too many attempts. Try again in 1 minute."


def test_for_a_person_lists_are_lines(desk: Desk, say: Command, capsys: pytest.CaptureFixture[str]) -> None:
    say("exempt", "make", "*", "--wr", "75550001", "--to", "2999-01-01", "--reason", "x", code=2)
    assert main(["rules", "list"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.split()[:4] == ["price_mismatch", "on", "0", "exemptions"]
    assert last.startswith("rules: ok. ")
    assert main(["prices", "compare", str(written(desk, NEWER)), "--from", "2025-08-04"]) == 0
    shown = capsys.readouterr().out
    assert "ANC-10" in shown
    assert "$56.84" in shown


WRONG = {
    "a date": (
        ("exempt", "make", "*", "--to", "soon", "--reason", "x"),
        "found 'soon', expected a date like 2026-07-05",
    ),
    "a state": (("rules", "set", "late_entry", "loud", "--reason", "x"), "invalid choice: 'loud'"),
    "no password": (("prices", "approve", "1", "--reason", "x", "--as", "a@b"), "prices approve: there is no password"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_one_sentence(say: Command, case: str) -> None:
    words, told = WRONG[case]
    answer = say(*words, line="", code=2)
    assert told in answer["message"]
    assert "\n" not in answer["message"]
