"""Every page as each role: whoever may not see it is told why, and nobody is offered a button that is not for them."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ui.opened
from audit_core.access import Door, add_person
from audit_core.access.rooms import close_room, open_room
from audit_core.actors import OPERATOR, Actor, Role, Where
from audit_core.errors import SignInRefused
from audit_core.filters import EventFilter
from audit_core.permissions import GUESTS, Permission, allowed
from audit_core.reports.shelf import make_report
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line, open_week
from ui.door.cookies import SESSION as COOKIE
from ui.guard import PAGE
from ui.navigation import PAGES, PageSpec, spec_of

PASSWORD, SOUTH = "correct horse battery staple", "Field Billing South"
PEOPLE = ("user", "auditor", "admin", "limited", "guest")
HERE = Where("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")


@dataclass
class Office:
    """One installation, in which one of PEOPLE is signed in at a time."""

    desk: Desk
    tokens: dict[str, str]

    def actor(self, who: str) -> Actor:
        found = Door(ui.opened.whole_workspace()).actor(self.tokens[who], datetime.now(UTC))
        assert found is not None
        return found

    def acts(self, who: str, action: str) -> list[str]:
        rows = self.desk.rows(
            "SELECT issue_description FROM audit_events WHERE action = ? AND changed_by = ? ORDER BY event_id",
            [action, f"{who}@example.com"],
        )
        return [row["issue_description"] for row in rows]


def furnish(desk: Desk) -> None:
    """Two sheets with something of everything, and one person of each kind."""
    lines = [line(n) for n in range(1, 9)] + [open_week(n) for n in range(21, 25)]
    lost = [each | {"Units Total Price": "0"} for each in lines]
    back = [edited(lines[0], quantity="9"), edited(lines[1], units_completed="false"), *lines[3:]]
    for look, rows in ((FIRST, lines), (SECOND, lost), (THIRD, back)):
        desk.look(look, rows)
        desk.look(look, [each | {"Work Request #": "72793190"} for each in rows], sheet=SOUTH)
    desk.sync_as_job()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    desk, now = Desk(tmp_path_factory.mktemp("office")), datetime.now(UTC)
    furnish(desk)
    workspace = desk.workspace()
    for who, role, sheets in (
        ("user", Role.USER, None), ("auditor", Role.AUDITOR, None), ("admin", Role.ADMIN, None),
        ("limited", Role.AUDITOR, [SOUTH]), ("guest", Role.USER, []),
    ):  # fmt: skip
        add_person(workspace, OPERATOR, f"{who}@example.com", role, PASSWORD, now, sheets=sheets)
    make_report(workspace, OPERATOR, EventFilter(sheet=(SOUTH,)), now)
    (made,) = desk.rows("SELECT event_id FROM audit_events WHERE action = 'report_made'")
    open_room(
        workspace, OPERATOR, "SOX 2026", [SOUTH], date(2025, 8, 1), date(2025, 8, 31), ["guest@example.com"],
        now + timedelta(days=14), [made["event_id"]], "The external auditor asked for it.", now,
    )  # fmt: skip
    tokens = {who: Door(workspace).sign_in(f"{who}@example.com", PASSWORD, HERE, now) for who in PEOPLE}
    workspace.store.database.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDIT_CONFIG", str(desk.config))
        patch.setattr(st, "page_link", lambda *_args, **_more: None)  # needs a navigation, which one page alone has not
        ui.opened.whole_workspace.cache_clear()
        with closing(ui.opened.whole_workspace().store.database):
            yield Office(desk, tokens)
        ui.opened.whole_workspace.cache_clear()


@pytest.fixture
def signed_in(office: Office, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Actor:
    who: str = request.param
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {COOKIE: office.tokens[who]})
    return office.actor(who)


def drawn(spec: PageSpec, **parameters: str) -> AppTest:
    test = AppTest.from_file(str(spec.path), default_timeout=60)
    test.session_state[PAGE] = spec.name
    test.query_params.update(parameters)
    return test.run()


@pytest.mark.in_turn(5)
@pytest.mark.parametrize("signed_in", PEOPLE, indirect=True)
def test_whoever_may_not_see_a_page_is_told_why_and_it_is_on_record(office: Office, signed_in: Actor) -> None:
    who = signed_in.email.partition("@")[0]
    for spec in PAGES:
        page = drawn(spec)
        assert not page.exception, (who, spec.name, page.exception[0].message)
        blocked = [each.value for each in page.warning if each.icon == ":material/block:"]
        if allowed(signed_in, spec.permission):
            assert not blocked, (who, spec.name)
            assert page.title[0].value == spec.title
        else:
            assert len(blocked) == 1, (who, spec.name)
            assert "ask an Admin" in blocked[0]
            assert not page.title
            assert not page.dataframe
    drawn(spec_of("training"), part="everybody")
    refused = office.acts(who, "refused")
    wanted = {spec.permission for spec in PAGES if not allowed(signed_in, spec.permission)}
    assert bool(refused) == bool(wanted)
    assert len(refused) == len(set(refused))  # each once a session
    read = {told.removeprefix(f"{who}@example.com looked at ").rstrip(".") for told in office.acts(who, "read")}
    sensitive = {spec.title for spec in PAGES if spec.sensitive and allowed(signed_in, spec.permission)}
    if allowed(signed_in, Permission.READ_ACCESS):  # others find their own training there
        sensitive.add("Training (part everybody)")
    assert read == ({"Evidence room", "Changes", "Account"} if who == "guest" else sensitive)


@pytest.mark.parametrize("signed_in", PEOPLE, indirect=True)
def test_the_account_says_what_its_holder_may_do(office: Office, signed_in: Actor) -> None:
    (account,) = office.desk.rows("SELECT permissions FROM user_permissions WHERE email = ?", [signed_in.email])
    assert account["permissions"].split(", ") == sorted(each for each in Permission if allowed(signed_in, each))


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("signed_in", ["auditor"], indirect=True)
def test_access_counts_what_a_guest_may_do_and_not_what_the_role_might() -> None:
    page = drawn(spec_of("access"), person="guest@example.com")
    assert any(f"evidence room 1 · {len(GUESTS)} permissions" in each.value for each in page.markdown)


@contextmanager
def seen_by(office: Office, role: Role) -> Iterator[None]:
    """Meanwhile the settings let one role alone see how single people edit."""
    before = office.desk.config.read_text()
    office.desk.config.write_text(json.dumps(json.loads(before) | {"people": {"visible_to": [role.value]}}))
    yield
    office.desk.config.write_text(before)


@pytest.mark.parametrize("signed_in", ["auditor"], indirect=True)
def test_who_may_not_see_people_here_is_refused_on_record_and_has_looked_at_nothing(
    office: Office, signed_in: Actor
) -> None:
    with seen_by(office, Role.ADMIN):
        page = drawn(spec_of("people"), person="7")
    told = f"Profiles of people are visible to the role Admin here (people.visible_to), not to {signed_in.email}."
    assert told in office.acts("auditor", "refused")
    assert [each.icon for each in page.warning] == [":material/block:"]
    assert not [each for each in office.acts("auditor", "read") if "person 7" in each]


@pytest.mark.parametrize("signed_in", ["admin"], indirect=True)
def test_a_document_in_the_address_that_is_refused_is_so_on_record(office: Office, signed_in: Actor) -> None:
    workspace = office.desk.workspace()
    with closing(workspace.store.database):
        make_report(workspace, OPERATOR, EventFilter(), datetime.now(UTC), people=True)
    (made,) = office.desk.rows("SELECT max(event_id) AS event_id FROM audit_events WHERE action = 'report_made'")
    with seen_by(office, Role.AUDITOR):
        page = drawn(spec_of("reports"), document=str(made["event_id"]))
    assert not page.exception
    told = f"Profiles of people are visible to the role Auditor here (people.visible_to), not to {signed_in.email}."
    assert told in office.acts("admin", "refused")


@pytest.mark.in_turn(3)
@pytest.mark.parametrize("signed_in", ["user", "limited", "guest"], indirect=True)
def test_no_button_that_is_offered_leads_to_a_refusal(
    office: Office, signed_in: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each button is pressed on the page as it stands; where one leads to another page, that one may be seen, too."""
    went: list[str] = []

    def goes(page: Path, **_more: object) -> None:
        went.append(page.stem)
        st.stop()

    monkeypatch.setattr(st, "switch_page", goes)
    who = signed_in.email.partition("@")[0]
    before, pressed = office.acts(who, "refused"), 0
    for spec in PAGES:
        if not allowed(signed_in, spec.permission) or spec.name == "account":  # whose buttons end this session
            continue
        page = drawn(spec)
        for key in [each.key for each in page.button if not each.disabled and each.key]:
            found = [each for each in page.button if each.key == key and not each.disabled]
            if found and not key.startswith(("keys-", "FormSubmitter")):
                found[0].click().run()
                pressed += 1
    assert pressed
    for name in went:
        assert allowed(signed_in, spec_of(name).permission), name
    new = office.acts(who, "refused")[len(before) :]
    assert not [told for told in new if "proof that you are" not in told]  # being asked to confirm is no refusal


@pytest.mark.in_turn(2)
@pytest.mark.parametrize("signed_in", ["limited", "guest"], indirect=True)
def test_what_is_seen_is_said_and_nothing_names_the_other_sheet(office: Office, signed_in: Actor) -> None:
    for spec in PAGES:
        if not allowed(signed_in, spec.permission):
            continue
        page = drawn(spec)
        kinds = (page.markdown, page.caption, page.info, page.metric, page.code, page.header)
        text = " ".join(str(each.value) for kind in kinds for each in kind)
        tables = " ".join(each.value.to_string() for each in page.dataframe)
        assert "Field Billing North" not in text + tables, spec.name
        assert "71891012" not in text + tables, spec.name
        assert "You see 1 of 2 sheets" in text, spec.name


def test_a_guest_is_out_when_the_room_closes(office: Office, tmp_path: Path) -> None:
    copied = office.desk.copy(tmp_path / "closing")
    workspace: Workspace = copied.workspace()
    door, now = Door(workspace), datetime.now(UTC)
    assert door.actor(office.tokens["guest"], now) is not None
    assert door.actor(office.tokens["guest"], now + timedelta(days=15)) is None
    with pytest.raises(SignInRefused, match="The evidence room 'SOX 2026' was open until"):
        door.sign_in("guest@example.com", PASSWORD, HERE, now + timedelta(days=15))
    close_room(workspace, OPERATOR, 1, "They have seen enough.", now)
    assert door.actor(office.tokens["guest"], now) is None
    with pytest.raises(SignInRefused, match="was closed"):
        door.sign_in("guest@example.com", PASSWORD, HERE, now)
    told = copied.rows(
        "SELECT issue_description FROM audit_events WHERE action = 'decided' ORDER BY event_id DESC LIMIT 1"
    )
    assert told[0]["issue_description"] == "Evidence room 1 'SOX 2026' closed: They have seen enough."
    workspace.store.database.close()
