"""`disposition` on the command line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.__main__ import main
from tests.exports import Desk
from tests.review.desks import event_on, number, story_on, trail, zeroing


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; gives (exit code, its JSON)."""
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))

    def ran(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["disposition", *words, "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return ran


def test_a_verdict_is_given_replaced_undone_and_anchored(desk: Desk, run: Any) -> None:
    subject = event_on(desk, 4)
    code, said = run("decide", subject, "false_alarm", "--reason", "authorised", "--note", "call of Monday")
    assert (code, said["verdict"], said["note"], said["by"]) == (0, "false_alarm", "call of Monday", "system:operator")
    assert said["threshold_set"] == "default v0"
    code, refused = run("decide", subject, "confirmed", "--reason", "other")
    assert (code, refused["status"]) == (1, "failed")
    assert f"decided first by system:operator at {said['at'][:10]}" in refused["message"]
    code, again = run("decide", subject, "confirmed", "--reason", "other", "--seen", str(said["decision_id"]))
    assert (code, again["message"]) == (0, f"{subject} is now confirmed: wrong for another reason.")
    assert [each["verdict"] for each in run("list")[1]["dispositions"]] == ["confirmed"]
    assert run("undo", subject)[1]["message"] == f"{subject} is open again; it was confirmed: wrong for another reason."
    assert run("undo", subject)[0] == 2
    assert run("list")[1]["dispositions"] == []
    assert len(trail(desk)) == 3
    assert main(["verify"]) == 0
    anchors = (desk.root / "data" / "anchors.jsonl").read_text().splitlines()
    assert json.loads(anchors[-1])["size"] >= 3


def test_a_round_says_what_to_look_at_and_why(desk: Desk, run: Any) -> None:
    code, said = run("round")
    assert code == 0
    assert said["round"] == 1
    assert 0 < len(said["items"]) <= said["stories"]
    assert zeroing(desk) in {item["subject"] for item in said["items"]}
    told = {item["subject"]: item["sentence"] for item in said["items"]}
    assert told[zeroing(desk)].startswith("Price set to zero on 3 rows in Field Billing North")
    assert {item["arm"] for item in said["items"]} == {"top"}
    assert run("round")[1]["round"] == 1


def test_a_suppression_is_made_from_a_false_alarm_counted_and_ended(desk: Desk, run: Any) -> None:
    event = number(event_on(desk, 5))
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    like = ("suppress", "--like", str(event), "--until", until, "--reason", "poles are being renamed")
    assert "decide that it is a false alarm first" in run(*like)[1]["message"]
    run("decide", f"event:{event}", "false_alarm", "--reason", "data_entry_fixed")
    code, made = run(*like)
    assert code == 0
    (held,) = run("list")[1]["suppressions"]
    assert (held["number"], held["events"], held["rows"], held["until"]) == (made["number"], 1, 1, until)
    assert story_on(desk, 5) not in {item["subject"] for item in run("round")[1]["items"]}
    assert run("end", str(made["number"]), "--reason", "all renamed")[0] == 0
    assert run("list")[1]["suppressions"] == []
    assert "name a false alarm with --like" in run("suppress", "--until", until, "--reason", "x")[1]["message"]
    assert "leave the others out" in run(*like, "--column", "CU")[1]["message"]


def test_the_list_is_silent_about_shares_until_there_are_enough_verdicts(
    desk: Desk, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run("decide", zeroing(desk), "confirmed", "--reason", "wrong_price")
    assert main(["disposition", "list"]) == 0
    told = capsys.readouterr().out
    assert f"{zeroing(desk)}         confirmed: the price is wrong (system:operator, " in told
    assert "alerts were judged: their share is said from 20 on." in told
