"""The door over real HTTP, attacked: nothing leaks, everything is on record, and the service stays up."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from audit_core.access import Door, add_person, disable_person, end_session, sessions
from audit_core.actors import OPERATOR, Actor, Role, Where
from audit_core.store.verify import verify
from tests.browser.site import PASSWORD, PEOPLE, let_people_in, serving
from tests.exports import FIRST, SECOND, Desk, edited, line

SECRETS = ("Field Billing North", "ANC-10", "auditor@example.com", "Overview")
WORD = re.compile(r'name="form" value="([^"]+)"')
COOKIE = "redline_session"
ADMIN = Actor("u-1", "admin@example.com", Role.ADMIN, "s-1")


@dataclass
class Site:
    """The app with one change on record, and what a stranger can do with it."""

    desk: Desk
    address: str
    windows: ExitStack

    def client(self, **headers: str) -> httpx.Client:
        """A browser that was never here."""
        client = httpx.Client(base_url=self.address, headers={"accept": "text/html", **headers}, timeout=60)
        self.windows.callback(client.close)
        return client

    def signed_in(self, email: str = "auditor@example.com") -> httpx.Client:
        """One that signed in."""
        client = self.client()
        answer = tried(client, email, PASSWORD)
        assert (answer.status_code, COOKIE in client.cookies) == (303, True)
        return client

    def refused(self) -> int:
        """How many refusals are on record, alone and counted."""
        alone = self.desk.rows("SELECT count(*) n FROM audit_events WHERE action = 'sign_in_refused'")[0]["n"]
        counted = self.desk.rows("SELECT evidence FROM audit_events WHERE action = 'sign_ins_refused'")
        return int(alone) + sum(int(json.loads(each["evidence"])["count"]) for each in counted)


def tried(client: httpx.Client, email: str, password: str, **form: str) -> httpx.Response:
    """What the sign-in answers, to the form that it gave."""
    found = WORD.search(client.get("/sign-in").text)
    fields = {"email": email, "password": password, "form": found[1] if found else "", "next": "/overview"}
    return client.post("/sign-in", data=fields | form)


def opens_nothing(client: httpx.Client) -> bool:
    """Whether nothing but the sign-in is there, at every kind of address."""
    pages = [client.get(path) for path in ("/", "/overview", "/operations")]
    others = [client.get(path, headers={"accept": "*/*"}) for path in ("/_stcore/host-config", "/media/x", "/static/x")]
    shown = all(page.status_code == 200 and "Sign in · Redline" in page.text for page in pages)
    quiet = not any(secret in each.text for each in (*pages, *others) for secret in SECRETS)
    return shown and quiet and all(each.status_code == 401 for each in others)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("attacked"))
    desk.look(FIRST, [line(1)])
    desk.look(SECOND, [edited(line(1), quantity="9")])
    desk.sync_as_job()
    workspace = desk.workspace()
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[Site]:
    with at(desk) as found:
        yield found


@contextmanager
def at(desk: Desk) -> Iterator[Site]:
    """A server of its own for it."""
    with serving(desk.config) as address, ExitStack() as windows:
        yield Site(desk, address, windows)


def test_signed_out_expired_revoked_and_disabled_are_all_the_same_nothing(site: Site) -> None:
    door = Door(site.desk.workspace())
    workspace, now = door.workspace, datetime.now(UTC)
    with closing(workspace.store.database):
        add_person(workspace, OPERATOR, "gone@example.com", Role.ADMIN, PASSWORD, now)
        expired, revoked, disabled = map(
            site.signed_in, ("auditor@example.com", "user@example.com", "gone@example.com")
        )
        assert not any(map(opens_nothing, (expired, revoked, disabled)))
        with workspace.store.database.write() as connection:
            connection.execute(
                """UPDATE sessions SET seen_at = '2026-01-01T00:00:00+00:00'
                WHERE user_id = (SELECT user_id FROM user_permissions WHERE email = 'auditor@example.com')"""
            )
        for each in sessions(workspace, ADMIN, now):
            if each.person.email == "user@example.com":
                end_session(workspace, ADMIN, each.name, now)
        disable_person(workspace, OPERATOR, "gone@example.com", now)
        assert all(map(opens_nothing, (site.client(), expired, revoked, disabled)))
        forged = site.client()
        forged.cookies.set(COOKIE, "x" * 43)
        assert opens_nothing(forged)
        ends = {each["action"] for each in site.desk.rows("SELECT action FROM audit_events WHERE kind = 'action'")}
        assert {"session_expired", "session_ended", "person_disabled"} <= ends
        store = workspace.store
        assert verify(store.database, store.snapshots, store.anchor_file, []).events == store.events()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[::2]:80"])
def test_by_a_name_that_is_not_its_own_the_server_gives_nothing(site: Site, host: str) -> None:
    with closing(site.signed_in()) as client:
        for path in ("/", "/sign-in", "/api/health", "/_stcore/health", "/_stcore/host-config"):
            answer = client.get(path, headers={"host": host})
            assert (answer.status_code, answer.headers["x-frame-options"]) == (
                421 if host else answer.status_code,
                "DENY",
            )
            assert answer.status_code in (400, 421)


def test_the_websocket_is_there_by_its_own_name_only(site: Site) -> None:
    handshake = {
        "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    with closing(site.signed_in()) as client:
        for host, status in ((client.base_url.netloc.decode(), 101), ("evil.example", 403)):
            with client.stream("GET", "/_stcore/stream", headers={**handshake, "host": host}) as answer:
                assert answer.status_code == status


def test_a_form_is_good_for_once_and_for_the_browser_that_it_was_given_to(site: Site) -> None:
    with site.client() as client, site.client() as other:
        before, word = site.refused(), WORD.search(client.get("/sign-in").text)
        assert word
        form = {"email": "auditor@example.com", "password": PASSWORD, "form": word[1]}
        other.get("/sign-in")
        assert other.post("/sign-in", data=form).status_code == 403
        assert client.post("/sign-in", data=form).status_code == 303
        client.cookies.delete(COOKIE)
        for again in (form, form | {"form": ""}, form | {"form": word[1][:-1] + "x"}):
            answer = client.post("/sign-in", data=again)
            assert (answer.status_code, COOKIE in client.cookies) == (403, False)
            assert "This form was used before, or is too old. Sign in again." in answer.text
    assert site.refused() >= before


def test_a_password_that_somebody_else_chose_leads_to_its_replacement_and_nowhere_else(site: Site) -> None:
    workspace, chosen, own = site.desk.workspace(), "seven ducks on the lake", "an owl under the bridge"
    now = datetime.now(UTC)
    with closing(workspace.store.database):
        door = Door(workspace)
        admin = door.actor(door.sign_in("admin@example.com", PASSWORD, Where(), now), now)
        assert admin is not None
        add_person(workspace, admin, "new@example.com", Role.USER, chosen, now)
    with site.client() as client:
        assert tried(client, "new@example.com", chosen).status_code == 303
        for path in ("/overview", "/_stcore/host-config", "/media/x"):
            assert client.get(path).headers["location"].startswith("/password?next=/")
        page = client.get("/password?next=/changes").text
        for fields, told in (
            ({"old": "wrong", "new": own, "again": own}, "The password is not right."),
            ({"old": chosen, "new": own, "again": "another"}, "The two new passwords are not the same."),
            ({"old": chosen, "new": "redline12345", "again": "redline12345"}, "too easy to guess"),
        ):
            word = WORD.search(page)
            assert word
            answer = client.post("/password", data=fields | {"form": word[1], "next": "/changes"})
            assert (answer.status_code, told in answer.text) == (401, True)
            page = answer.text
        word = WORD.search(page)
        assert word
        answer = client.post(
            "/password", data={"old": chosen, "new": own, "again": own, "form": word[1], "next": "/changes"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/changes")
        assert not opens_nothing(client)


def test_a_refusal_tells_nothing_of_who_is_here(site: Site) -> None:
    with site.client() as client:
        known, unknown = (tried(client, f"{name}@example.com", "wrong") for name in ("auditor", "nobody0"))
    bare = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (known, unknown)]
    assert bare[0] == bare[1]
    assert (known.status_code, len(known.content)) == (unknown.status_code, len(unknown.content))
    assert [name for name, _ in known.headers.raw] == [name for name, _ in unknown.headers.raw]


def test_over_what_others_can_read_there_is_no_sign_in(site: Site) -> None:
    """A proxy that nobody named says where it comes from, and that it came over TLS: anybody can say so."""
    with site.client(**{"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}) as client:
        answer = client.get("/sign-in")
        assert (answer.status_code, "<form" in answer.text) == (403, False)
        assert "Open the app over https" in answer.text
        assert client.post("/sign-in", data={"email": "auditor@example.com", "password": PASSWORD}).status_code == 403
    with closing(site.signed_in()) as client:
        assert "Open the app over https" in client.get("/overview", headers={"x-forwarded-proto": "https"}).text


def guesses(site: Site, number: int) -> tuple[dict[int, int], int]:
    """Guess so many passwords of eight accounts (half of them are nobody's), eight at a time.

    Gives how often each status was answered, and how often the service, asked meanwhile, answered as it should.
    """
    names = [*PEOPLE, "disabled@example.com", *(f"nobody{n}@example.com" for n in range(4))]

    def burst(worker: int) -> list[int]:
        with site.client() as client:
            return [tried(client, names[n % 8], f"guess {n}").status_code for n in range(worker, number, 8)]

    healthy = 0
    with closing(site.signed_in()) as inside, ThreadPoolExecutor(8) as pool:
        running = [pool.submit(burst, worker) for worker in range(8)]
        while not all(each.done() for each in running):
            healthy += inside.get("/overview").status_code == 200 and not opens_nothing(inside)
            assert site.client().get("/api/health").status_code in (200, 429)
            time.sleep(0.5)
        statuses = [status for each in running for status in each.result()]
    return {status: statuses.count(status) for status in set(statuses)}, healthy


def attacked(site: Site, number: int) -> None:
    """Guess, and look at what the record, the memory and the door are afterwards."""
    events = site.desk.rows("SELECT count(*) n FROM audit_events")[0]["n"]
    statuses, healthy = guesses(site, number)
    assert set(statuses) <= {401, 429}
    assert statuses[429] > statuses[401], statuses  # most are refused before a password is looked at
    assert healthy > 0
    assert site.desk.rows("SELECT count(*) n FROM audit_events")[0]["n"] - events < 60
    print(f"{number:,} guesses: {statuses}, the service answered {healthy} times meanwhile")


def test_guessing_is_slowed_counted_and_bounded(desk: Desk, tmp_path: Path) -> None:
    """Three hundred guesses; every one of them is on record when the server has ended."""
    copied = desk.copy(tmp_path / "guessed")
    with at(copied) as site:
        before = site.refused()
        attacked(site, 300)
    assert site.refused() - before == 300


@pytest.mark.soak
def test_ten_thousand_guesses(desk: Desk, tmp_path: Path) -> None:
    copied = desk.copy(tmp_path / "guessed")
    with at(copied) as site:
        before = site.refused()
        attacked(site, 10_000)
        with pytest.raises(AssertionError):
            site.signed_in("user@example.com")  # the address waits, whoever asks from it
    assert site.refused() - before == 10_001
    workspace = copied.workspace()
    with closing(workspace.store.database):
        away = Where("198.51.100.9", None)
        assert Door(workspace).sign_in("auditor@example.com", PASSWORD, away, datetime.now(UTC).replace(year=2027))
        store = workspace.store
        assert verify(store.database, store.snapshots, store.anchor_file, []).events == store.events()
