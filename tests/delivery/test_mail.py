"""Documents by e-mail: each goes once, and whatever the server does is one sentence."""

import hashlib
import json
import socket
from pathlib import Path
from unittest.mock import patch

import pytest

from audit_core.actors import JOBS, OPERATOR
from audit_core.delivery import State, post, send_again, settle, went_out
from audit_core.delivery.deliveries import PAUSES
from audit_core.errors import AuditError, ConfigError
from audit_core.filters import EventFilter
from audit_core.reports import make_report
from audit_core.store.anchors import parse
from audit_core.store.verify import verify
from tests.delivery.office import BOB, PACKETS, Office
from tests.delivery.servers import Mailbox, mail_server, odd_server
from tests.documents.packets import PDF, empty_packet, make_packet

AMY = "amy@example.com"


def test_a_packet_goes_out_once_with_its_facts_and_its_proof(office: Office, box: Mailbox) -> None:
    event_id = make_packet(office.workspace)
    result = office.run()
    assert (result.status, result.exit_code, len(result.counters["sent"])) == ("ok", 0, 1)
    (message,) = box.messages
    assert (message["To"], message["From"]) == (BOB, "Redline <redline@example.com>")
    assert message["Subject"] == "[Redline] WR 71891012, week ending 2025-08-17, primary: 3 lines, $341.04"
    assert message["Auto-Submitted"] == "auto-generated"
    plain = message.get_body(("plain",))
    rich = message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    text = plain.get_content()
    files = [(str(part.get_filename()), part.get_content()) for part in message.iter_attachments()]
    assert [name.rpartition(".")[2] for name, _ in files] == ["xlsx", "pdf"]
    assert files[1][1] == PDF
    for _, content in files:
        assert hashlib.sha256(content).hexdigest() in text
        assert hashlib.sha256(content).hexdigest() in rich.get_content()
    anchor = parse(next(word for word in text.split() if word.startswith("redline:")))
    assert anchor.size == event_id
    store = office.workspace.store
    verify(store.database, store.snapshots, store.anchor_file, [anchor])
    for _ in range(3):
        office.later(days=1)
        assert office.run().counters["sent"] == []
    assert len(box.got) == 1
    assert office.steps() == ["delivery_begun", "delivered"]
    (delivered,) = office.desk.rows("SELECT * FROM audit_events WHERE action = 'delivered'")
    said = json.loads(delivered["evidence"])
    assert (said["to"], said["document_event_id"], said["key"]) == (BOB, event_id, box.ids[0][1:41])
    assert "taken as number 7" in said["said"]


def test_each_address_is_a_delivery_of_its_own(office: Office, box: Mailbox) -> None:
    office.subscribe({**PACKETS, "to": [AMY, BOB]}, port=office.workspace.settings.delivery.smtp.port)  # type: ignore[union-attr]
    make_packet(office.workspace)
    box.rcpt = ["550 5.1.1 nobody here is called so"]
    result = office.run()
    assert (result.status, result.exit_code) == ("partial", 3)
    assert box.to == [BOB]  # and whoever is there has it, though another address is wrong
    assert {(each.way.to, each.state) for each in office.lines()} == {(AMY, "failed"), (BOB, "delivered")}
    assert "550 5.1.1 nobody here is called so" in result.message


def test_only_the_newest_version_of_a_packet_goes_and_only_from_the_first_week_on(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace, lines=1)
    make_packet(office.workspace, lines=2)
    make_packet(office.workspace, "72793190", week="2025-08-10")
    make_packet(office.workspace, "73333333")
    empty_packet(office.workspace, "73333333", "2025-08-17")
    assert len(office.run().counters["sent"]) == 1
    assert "2 lines" in str(box.messages[0]["Subject"])
    make_packet(office.workspace, lines=3)
    office.run()
    assert ["3 lines" in str(each["Subject"]) for each in box.messages] == [False, True]


def test_the_newest_workbook_that_the_job_made_goes_and_what_people_made_stays(office: Office, box: Mailbox) -> None:
    port = office.workspace.settings.delivery.smtp.port  # type: ignore[union-attr]
    office.subscribe({"name": "management", "what": "audit", "to": [BOB]}, port=port)
    assert office.run().message == "0 documents were sent."
    make_report(office.workspace, JOBS, EventFilter(), office.now)
    office.later(days=7)
    newest = make_report(office.workspace, JOBS, EventFilter(), office.now)
    make_report(office.workspace, OPERATOR, EventFilter(severity=("HIGH",)), office.now)
    office.run()
    (message,) = box.messages
    assert [part.get_filename() for part in message.iter_attachments()] == [newest.path.name]
    assert message["Subject"] == "[Redline] Audit of billing changes, made 2026-01-12: 0 changes and 0 findings"


def test_greylisting_is_waited_out_under_the_same_message_id(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    box.rcpt = ["451 4.7.1 greylisted, try again in five minutes"]
    assert office.run().status == "partial"
    office.later(minutes=4)
    assert (office.run().status, box.got, office.states()) == ("ok", [], ["waits"])
    office.later(minutes=1)
    assert (office.run().status, len(box.got)) == ("ok", 1)
    keys = {
        json.loads(row["evidence"])["key"] for row in office.desk.events("action") if row["action"] == "delivery_begun"
    }
    assert keys == {box.ids[0][1:41]}


def test_tries_come_at_growing_pauses_and_end(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    box.data = ["452 4.3.1 the disk is full"] * 20
    for pause in PAUSES:
        office.run()
        (line,) = office.lines()
        assert (line.state, line.next_try) == ("waits", office.now + pause)
        office.later(seconds=pause.total_seconds() - 1)
        assert (office.run().status, office.lines()[0].tries) == ("ok", line.tries)
        office.later(seconds=1)
    office.run()
    (line,) = office.lines()
    assert line.said.startswith("Given up after 7 tries. The mail server 127.0.0.1:")
    office.later(days=30)
    assert (office.run().status, office.steps().count("delivery_begun")) == ("partial", len(PAUSES) + 1)


def test_a_pause_that_a_clock_of_next_year_began_is_not_waited_out(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    box.data = ["452 4.3.1 the disk is full"]
    office.later(days=365)
    office.run()
    assert office.states() == ["waits"]
    office.later(days=-365)
    office.run()
    assert (office.states(), len(box.got)) == (["delivered"], 1)


def test_a_message_that_is_refused_for_good_waits_for_a_person(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    box.data = ["554 5.7.1 looks like spam"]
    assert office.run().counters["failed"] == 1
    (line,) = office.lines()
    assert (line.state, line.for_a_person, line.again) == ("failed", True, True)
    assert line.said.endswith("refused it (554 5.7.1 looks like spam).")
    office.later(days=3)
    assert office.run().counters["sent"] == []
    send_again(office.workspace, OPERATOR, [line.number or 0], office.now)
    assert (office.run().status, office.states(), len(box.got)) == ("ok", ["delivered"], 1)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("drop", "ended the connection after it had the whole message."),
        ("nothing", "did not answer in time after it had the whole message."),
        ("399 hm", "answered 399 hm."),
    ],
)
def test_a_lost_answer_is_not_sent_again_by_itself(office: Office, box: Mailbox, after: str, said: str) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    box.after = after
    with patch.object(post, "END_S", 0.2):
        result = office.run()
    # the second one waits: a server that loses answers would leave every message unknown
    assert (result.status, result.counters["unknown"], result.counters["waiting"]) == ("partial", 1, 1)
    assert said in result.message
    box.after = ""
    office.later(days=1)
    assert (office.run().counters["unknown"], len(box.got)) == (1, 2)
    assert sorted(office.states()) == ["delivered", "may have arrived"]


def test_a_person_settles_what_may_have_arrived_or_has_it_sent_again(office: Office, box: Mailbox) -> None:
    event_id = make_packet(office.workspace)
    box.after = "drop"
    office.run()
    box.after = ""
    (line,) = office.lines()
    assert went_out(office.workspace.store) == set()  # nobody knows
    settle(office.workspace, OPERATOR, [line.number or 0], office.now)
    assert (office.states(), went_out(office.workspace.store)) == (["settled as arrived"], {event_id})
    assert (office.run().status, len(box.got)) == ("ok", 1)
    with pytest.raises(AuditError, match="does not wait for a decision"):
        settle(office.workspace, OPERATOR, [line.number or 0], office.now)
    # it was a mistake: it never came
    send_again(office.workspace, OPERATOR, [line.number or 0], office.now)
    with pytest.raises(AuditError, match="waits to be sent already"):
        send_again(office.workspace, OPERATOR, [line.number or 0], office.now)
    office.run()
    assert len(set(box.ids)) == 2  # another id: a mail program that knows the first one would hide the second
    assert office.steps()[2:] == ["delivery_settled", "delivery_asked", "delivery_begun", "delivered"]
    with pytest.raises(ConfigError, match="There is no delivery 999"):
        settle(office.workspace, OPERATOR, [999], office.now)


def test_what_nobody_asks_for_any_more_is_not_sent_again(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace, lines=1)
    box.data = ["451 later", "554 no"]
    office.run()
    make_packet(office.workspace, lines=2)
    office.run()
    assert office.states() == ["failed", "no longer wanted"]
    make_packet(office.workspace, lines=3)
    failed, _, waited = office.lines()
    assert (failed.again, waited.again) == (False, False)
    with pytest.raises(AuditError, match="asked for by nobody any more"):
        send_again(office.workspace, OPERATOR, [failed.number or 0], office.now)
    settle(office.workspace, OPERATOR, [failed.number or 0], office.now)
    office.later(days=1)
    office.run()
    assert [str(each["Subject"]).partition(": ")[2] for each in box.messages] == ["3 lines, $341.04"]


def test_a_server_that_is_not_there_begins_nothing(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    office.subscribe(port=port)
    result = office.run()
    assert (result.status, result.exit_code, result.counters["waiting"]) == ("partial", 3, 1)
    assert f"The mail server 127.0.0.1:{port} cannot be reached (Connection refused)." in result.message
    assert (office.steps(), office.states()) == ([], ["waits"])
    with mail_server(box) as again:
        office.subscribe(port=again)
        assert office.run().status == "ok"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((b"554 go away\r\n",), "refused the connection (554 go away)"),
        ((), "ended the connection"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "answered what is no SMTP"),
        ((b"220 hello\r\n", b"421 busy\r\n"), "ended the connection"),
    ],
)
def test_what_is_no_mail_server_is_one_sentence(office: Office, lines: tuple[bytes, ...], said: str) -> None:
    make_packet(office.workspace)
    with odd_server(*lines) as port:
        office.subscribe(port=port)
        result = office.run()
    assert said in result.message
    assert (result.status, office.steps()) == ("partial", [])


def test_a_slow_server_is_left_after_a_while(office: Office) -> None:
    make_packet(office.workspace)
    with patch.object(post, "CONNECT_S", 0.2), patch.object(post, "STEP_S", 0.2), odd_server(b"220-still", b"") as port:
        office.subscribe(port=port)
        result = office.run()
    assert "did not answer in time" in result.message
    assert office.steps() == []


def test_a_document_that_was_altered_stays_and_the_others_go(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    (book,) = (office.desk.root / "data" / "packets").rglob("71891012*.xlsx")
    book.write_bytes(book.read_bytes() + b" ")
    result = office.run()
    assert (result.status, len(result.counters["sent"]), len(box.got)) == ("partial", 1, 1)
    assert "is not the file that was sealed" in result.message
    book.unlink()
    assert "is no longer on disk" in office.run().message
    assert office.steps() == ["delivery_begun", "delivered"]


def test_what_is_too_large_is_not_attached_and_says_where_it_lies(office: Office, box: Mailbox) -> None:
    office.configure(attach_megabytes=1)
    event_id = make_packet(office.workspace, pdf=PDF + b"x" * 1_200_000)
    office.run()
    (message,) = box.messages
    assert list(message.iter_attachments()) == []
    body = message.get_body(("plain",))
    assert body is not None
    assert (
        f"The files (1.2 MB) are too large to attach. They lie under Reports in the app (/reports?document={event_id})"
        in (body.get_content())
    )


def test_a_dry_run_sends_nothing_and_says_what_would_go(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    before = office.desk.rows("SELECT count(*) n FROM audit_events")
    result = office.run(dry_run=True)
    assert result.message == "Dry run, nothing was changed. 2 documents would be sent."
    assert result.counters["would_send"][0] == f"WR 71891012, week ending 2025-08-17, primary to {BOB} (customer)"
    assert (result.counters["sent"], box.got) == ([], [])
    assert office.desk.rows("SELECT count(*) n FROM audit_events") == before


def test_a_closed_session_is_opened_again_before_the_next_message(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    make_packet(office.workspace, "72793190")
    alive = post.Post._alive
    with patch.object(post.Post, "_alive", lambda self: (self.close(), alive(self))[1]):
        assert office.run().status == "ok"
    assert len(box.got) == 2


def test_a_run_that_is_stopped_before_the_whole_message_went_has_sent_nothing(office: Office, box: Mailbox) -> None:
    make_packet(office.workspace)
    with patch("audit_core.delivery.post._dotted", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        office.run()
    assert (office.steps(), office.states(), box.got) == (["delivery_begun", "delivery_refused"], ["waits"], [])
    office.later(minutes=5)
    assert (office.run().status, len(box.got)) == ("ok", 1)


def test_nothing_is_sent_where_nobody_subscribed(office: Office) -> None:
    office.configure(subscriptions=[])
    make_packet(office.workspace)
    assert office.run().message == "Nothing is sent: config.json has no delivery.subscriptions."
    assert State.WAITS not in office.states()


def test_a_closed_ledger_sends_nothing(office: Office, box: Mailbox, tmp_path: Path) -> None:
    make_packet(office.workspace)
    with patch("audit_core.delivery.deliver.require_open", side_effect=ConfigError("The record here was closed.")):
        assert office.run().exit_code == 2
    assert box.got == []
