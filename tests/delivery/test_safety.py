"""TLS, sign-in and secrets: certificates are checked, and the password is in nothing that is kept or seen."""

import base64
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.delivery import lines, send_again, settle
from audit_core.errors import LockHeld, NotAllowed
from tests.delivery.office import Office
from tests.delivery.servers import PASSWORD, USER, Mailbox, mail_server, make_certificate
from tests.documents.packets import make_packet
from tests.exports import Desk
from tests.jobs.processes import leased

VARIABLE = "REDLINE_SMTP_PASSWORD"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(Desk(tmp_path / "desk"))
    make_packet(opened.workspace)
    yield opened
    opened.close()


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    return make_certificate(tmp_path / "tls")


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts_ends_it(
    office: Office, trusted: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox()
    with mail_server(box, trusted.parent, how) as port:
        office.subscribe(port=port, security=how)
        result = office.run()
        assert "has no certificate that can be trusted (self-signed certificate)." in result.message
        assert (box.got, office.steps()) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert (office.run().status, len(box.got)) == ("ok", 1)


def test_a_certificate_of_another_name_ends_it(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(make_certificate(tmp_path / "other", names=["192.0.2.7"])))
    with mail_server(Mailbox(), tmp_path / "other", "tls") as port:
        office.subscribe(port=port, security="tls")
        assert "has no certificate that can be trusted (IP address mismatch" in office.run().message


def test_a_server_without_starttls_gets_nothing_in_the_clear(office: Office) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        office.subscribe(port=port, security="starttls")
        assert "offers no STARTTLS, and nothing is sent in the clear." in office.run().message
    assert box.got == []


def test_a_server_that_speaks_no_tls_is_one_sentence(office: Office) -> None:
    with mail_server(Mailbox()) as port:
        office.subscribe(port=port, security="tls")
        assert "cannot be talked to over TLS" in office.run().message


def test_with_the_right_password_it_signs_in(office: Office, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    monkeypatch.setenv(VARIABLE, PASSWORD)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(box, trusted.parent, "starttls", sign_in=True) as port:
        office.subscribe(port=port, security="starttls", user=USER)
        assert (office.run().status, len(box.got)) == ("ok", 1)


@pytest.mark.parametrize("given", ["wrong, and told to nobody", "pässword"])
def test_a_wrong_password_is_one_sentence_and_stands_nowhere(
    office: Office,
    trusted: Path,
    given: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(VARIABLE, given)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(Mailbox(), trusted.parent, "starttls", sign_in=True) as port:
        office.subscribe(port=port, security="starttls", user=USER)
        result = office.run()
    assert (result.status, result.counters["waiting"], office.steps()) == ("partial", 1, [])
    assert VARIABLE in result.message
    forms = [given.encode(), base64.b64encode(given.encode()), base64.b64encode(f"\0{USER}\0{given}".encode())]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]  # the server logs itself
    said = f"{result} {ours}".encode()
    assert not [form for form in forms if form in kept or form in said]


def test_a_missing_password_is_said_before_anything_is_sent(office: Office) -> None:
    office.subscribe(port=9, user=USER)
    result = office.run()
    assert (result.status, result.exit_code) == ("failed", 2)
    assert f"expected also its password in {VARIABLE}" in result.message


def test_a_server_that_offers_no_sign_in_is_one_sentence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with mail_server(Mailbox()) as port:
        office.subscribe(port=port, user=USER)
        assert "offers no way to sign in: leave delivery.smtp.user out." in office.run().message


def test_the_password_is_in_no_list_of_processes(
    office: Office, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job as the runner starts it, seen while it waits for the server's answer."""
    seen: list[bytes] = []

    class Looking(Mailbox):
        async def handle_DATA(self, *said: object) -> str:  # noqa: N802  (the server calls it so)
            seen.extend(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
            return await super().handle_DATA(*said)  # type: ignore[arg-type]

    monkeypatch.setenv("AUDIT_CONFIG", str(office.desk.config))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    (office.desk.root / ".env").write_text(f"{VARIABLE}='{PASSWORD}'\n")
    (office.desk.root / ".env").chmod(0o600)
    with mail_server(Looking(), trusted.parent, "starttls", sign_in=True) as port:
        office.subscribe(port=port, security="starttls", user=USER)
        command = [sys.executable, "-m", "jobs", "run", "deliver", "--json"]
        done = subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[2], check=False, timeout=120)
    assert done.returncode == 0, done.stdout
    assert any(b"deliver" in each for each in seen)
    assert not [each for each in (*seen, done.stdout, done.stderr) if PASSWORD.encode() in each]


def test_who_may_not_send_decides_and_sees_nothing(office: Office) -> None:
    user = Actor("3", "uma@x.example", Role.USER, "session-3")
    for act in (lambda: send_again(office.workspace, user, [1], office.now),
                lambda: settle(office.workspace, user, [1], office.now),
                lambda: lines(office.workspace, user)):  # fmt: skip
        with pytest.raises(NotAllowed, match="Auditor or Admin"):
            act()


def test_nothing_is_decided_while_a_run_is_under_way(office: Office) -> None:
    auditor = Actor("2", "ann@x.example", Role.AUDITOR, "session-2")
    with leased(office.workspace.store.data_dir, "deliver"), pytest.raises(LockHeld):
        settle(office.workspace, auditor, [1], office.now)
