"""The job and the command line: when it runs, what it says, what a person decides there."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from audit_core.actors import JOBS
from audit_core.due import plans
from audit_core.store.actions import Action
from tests.delivery.office import BOB, PACKETS, Office
from tests.delivery.servers import Mailbox
from tests.documents.packets import make_packet
from tests.jobs.shell import Shell

AUDIT = {"name": "management", "what": "audit", "to": [BOB]}


@pytest.fixture
def jobs(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(office.desk.config, monkeypatch, capsys)


def test_it_is_planned_only_where_somebody_subscribed(office: Office) -> None:
    assert "deliver" in plans(office.workspace.settings)
    office.configure(subscriptions=[])
    assert "deliver" not in plans(office.workspace.settings)
    assert "report" in plans(office.workspace.settings)  # it is made for those who look at it here, too


@pytest.mark.parametrize(
    ("settings", "slots"),
    [
        ({}, ["2026-07-27T11:30", "2026-08-03T11:30"]),  # Mondays at 06:30 in Chicago
        ({"report_weekday": "Friday", "report_at": "18:00"}, ["2026-07-31T23:00", "2026-08-07T23:00"]),
        ({"report_weekday": None}, ["2026-07-25T11:30", "2026-07-26T11:30"]),
    ],
)
def test_a_subscription_to_workbooks_has_them_made(office: Office, settings: dict[str, str], slots: list[str]) -> None:
    office.configure(subscriptions=[AUDIT], **settings)
    plan = plans(office.workspace.settings)["report"]
    first = plan.following(datetime(2026, 7, 25, 0, tzinfo=UTC))
    assert [f"{each:%Y-%m-%dT%H:%M}" for each in (first, plan.following(first))] == slots


def test_a_workbook_that_somebody_subscribed_to_names_no_person_and_goes_out(
    office: Office, box: Mailbox, jobs: Shell
) -> None:
    said = json.loads(office.desk.config.read_text()) | {"people": {"visible_to": ["Auditor", "Admin"]}}
    office.desk.config.write_text(json.dumps(said))
    office.configure(subscriptions=[AUDIT])
    jobs("run", "report")
    (made, _) = office.desk.rows("SELECT evidence FROM audit_events WHERE action = 'report_made' ORDER BY event_id")
    assert json.loads(made["evidence"])["request"]["people"] is False
    assert jobs("run", "deliver", "--json").code == 0
    assert len(box.got) == 1


def test_after_a_restore_nothing_goes_out_until_somebody_looked(office: Office, box: Mailbox, jobs: Shell) -> None:
    assert jobs("deliveries", "resume").code == 1  # nothing holds it up
    backup = jobs("run", "backup", "--json").json["path"]
    make_packet(office.workspace)
    assert jobs("run", "deliver").code == 0
    office.close()
    assert jobs("restore", backup, "--to", str(office.workspace.store.data_dir), "--swap").code == 0
    make_packet(office.workspace)  # as the job weekly makes it again
    held = jobs("run", "deliver", "--json")
    assert (held.code, len(box.got)) == (1, 1)
    assert "what was sent since that backup is not on record" in held.json["message"]
    assert jobs("deliveries", "resume").code == 0
    assert jobs("run", "deliver").code == 0
    assert len(box.got) == 2


def test_the_command_line_lists_and_decides(office: Office, box: Mailbox, jobs: Shell) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    box.data = ["554 5.7.1 no", "554 5.7.1 no"]
    done = jobs("run", "deliver", "--json")
    assert (done.code, done.json["failed"]) == (3, 2)
    listed = jobs("deliveries", "list", "--open", "--json").json["deliveries"]
    assert {each["state"] for each in listed} == {"failed"}
    one, two = (str(each["number"]) for each in listed)
    shown = jobs("deliveries", "list")
    assert f"{BOB}  WR 71891012, week ending 2025-08-17, primary (customer)" in shown.out
    assert "deliveries: ok. 2 deliveries, 2 wait for a person." in shown.out
    assert jobs("deliveries", "settle", one).out == f"deliveries: ok. Delivery {one}: settled as arrived.\n"
    assert jobs("deliveries", "resend", two, "999").code == 2  # all of them or none
    assert jobs("deliveries", "list", "--open", "--json").json["deliveries"][0]["number"] == int(two)
    assert jobs("deliveries", "resend", two).code == 0
    assert jobs("run", "deliver", "--json").json["status"] == "ok"
    assert jobs("deliveries", "settle", two).err.startswith(f"deliveries: failed. Delivery {two} does not wait")
    events = [row for row in office.desk.events("action") if row["action"] in ("delivery_asked", "delivery_settled")]
    assert {row["changed_by"] for row in events} == {"system:operator"}
    assert jobs("verify", "--json").code == 0


def test_a_run_that_is_under_way_is_seen_as_such(office: Office) -> None:
    make_packet(office.workspace)
    runs, now = office.workspace.store.runs, datetime.now(UTC)
    office.run()
    begun = json.loads(office.desk.rows("SELECT evidence FROM audit_events WHERE action = 'delivered'")[0]["evidence"])
    del begun["said"], begun["temporary"]
    runs.start("deliver-now", "deliver", now + timedelta(hours=1), None)
    fields = {"audit_run_id": "deliver-now", "evidence": json.dumps(begun)}
    with office.workspace.store.database.write() as connection:
        office.workspace.store.seal(connection, Action("delivery_begun", "Sending.", JOBS, fields=fields), now)
    assert office.states() == ["being sent"]
    runs.abandon("deliver", now)
    assert office.states() == ["may have arrived"]


def test_an_old_address_is_not_written_to_any_more(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    office.run()
    port = office.workspace.settings.delivery.smtp.port  # type: ignore[union-attr]
    office.subscribe({**PACKETS, "to": ["new@example.com"]}, port=port)
    office.run()
    assert box.to == [BOB, "new@example.com"]
