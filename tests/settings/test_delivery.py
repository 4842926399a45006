"""What is said of wrong settings of delivery: where, what was found, what was expected."""

from pathlib import Path
from typing import Any

import pytest

from tests.configs import config, read, refusal

SMTP = {"host": "mail.example.com", "sender": "redline@example.com"}
MAIL = {"name": "management", "what": "audit", "to": ["head@example.com"]}
HOOK = {"name": "archive", "what": "packets", "first_week": "2025-08-17", "webhook": {"url": "https://x.example/in"}}
FIRST = "delivery.subscriptions[0]"


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    said = read(tmp_path, config(delivery={"smtp": SMTP, "subscriptions": [MAIL, HOOK]})).delivery
    assert said.smtp is not None
    assert (said.smtp.port, said.smtp.security, said.attach_megabytes) == (587, "starttls", 10)
    mail, hook = said.subscriptions
    assert (mail.targets, hook.targets) == (("head@example.com",), ("https://x.example/in",))
    assert hook.token_name == "REDLINE_WEBHOOK_TOKEN_ARCHIVE"
    assert read(tmp_path, config()).delivery.subscriptions == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"to": []}, f"{FIRST}.webhook: found null, expected an object with the key url where to is empty"),
        ({"webhook": {"url": "https://x.example/"}}, f"{FIRST}.webhook: found an object, expected an object with"),
        ({"to": ["head@example.com", "HEAD@example.com"]}, f"{FIRST}.to: found a list, expected a list of e-mail add"),
        ({"to": ["x@y\nBcc: z@y"]}, f'{FIRST}.to[0]: found "x@y\\nBcc: z@y", expected an item of a list of e-mail'),
        ({"to": ["x> RCPT TO:<y@z"]}, f'{FIRST}.to[0]: found "x> RCPT TO:<y@z", expected'),
        ({"what": "packets"}, f"{FIRST}.first_week: found null, expected the date of the first Sunday"),
        ({"first_week": "2025-08-17"}, f'{FIRST}.first_week: found "2025-08-17", expected'),
        ({"name": "The boss"}, f'{FIRST}.name: found "The boss", expected a name of small letters'),
        ({"what": "everything"}, f'{FIRST}.what: found "everything", expected "audit" or "packets"'),
        ({"cc": []}, f"{FIRST}.cc: found an unknown key, expected one of name, what, first_week, to, webhook"),
    ],
)
def test_a_subscription_that_cannot_be(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    assert refusal(tmp_path, config(delivery={"smtp": SMTP, "subscriptions": [MAIL | changed]})).startswith(said)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://x.example/in", '"http://x.example/in"'),
        ("ftp://x.example/in", '"ftp://x.example/in"'),
        ("https:///in", '"https:///in"'),
        ("https://x.example/in\r\nX: y", '"https://x.example/in\\r\\nX: y"'),
        ("https://somebody@x.example/in", '"https://somebody@x.example/in"'),
    ],
)
def test_a_webhook_that_is_no_safe_address(tmp_path: Path, url: str, found: str) -> None:
    told = refusal(tmp_path, config(delivery={"subscriptions": [HOOK | {"webhook": {"url": url}}]}))
    expected = "an address that begins with https:// (http:// only to this machine)"
    assert told == f"{FIRST}.webhook.url: found {found}, expected {expected}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/in", "http://localhost/in", "http://[::1]:9/in"])
def test_on_this_machine_it_may_go_in_the_clear(tmp_path: Path, url: str) -> None:
    read(tmp_path, config(delivery={"subscriptions": [HOOK | {"webhook": {"url": url}}]}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"security": "none"},
            'delivery.smtp.security: found "none", expected "starttls" or "tls", or "none" where host',
        ),
        ({"security": "ssl"}, 'delivery.smtp.security: found "ssl", expected "starttls" or "tls"'),
        ({"sender": "Redline"}, 'delivery.smtp.sender: found "Redline", expected an e-mail address'),
        ({"password": "hunter2"}, "delivery.smtp.password: found a secret (not shown), expected none here"),
    ],
)
def test_a_mail_server_that_cannot_be(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    assert refusal(tmp_path, config(delivery={"smtp": SMTP | changed, "subscriptions": [MAIL]})).startswith(said)


@pytest.mark.parametrize("delivery", [{"subscriptions": [MAIL]}, {"smtp": SMTP, "subscriptions": [MAIL, MAIL]}])
def test_mail_without_a_server_and_a_name_twice(tmp_path: Path, delivery: dict[str, Any]) -> None:
    assert refusal(tmp_path, config(delivery=delivery)) == (
        "delivery.subscriptions: found a list, expected a list of objects, one for each subscription, each name once; "
        "e-mail addresses need delivery.smtp"
    )
