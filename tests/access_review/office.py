"""A small office for access reviews: a Smartsheet tenant over HTTP with people who came, went and never edited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit_core.access import Door, add_person, disable_person
from audit_core.actors import OPERATOR, Actor, Role, Where
from audit_core.workspace import Workspace
from tests.emulator import EDITORS, Tenant, billing_sheet
from tests.emulator.state import Share
from tests.live import Live, live

ANN, BOB, CARLA, DEV, EVE = EDITORS
RITA, SAM, UMA, OLD = "rita@example.com", "sam@example.com", "uma@example.com", "old@example.com"
OWNER, TOKEN_USER = "owner@example.com", "auditor@example.com"
PASSWORD = "correct horse battery staple"
DAYS = 100


@contextmanager
def office(root: Path) -> Iterator[Live]:
    """100 days of an office.

    On the sheets: Ann edited yesterday, Bob 99 days ago, all others never; `billing@` is shared, Dana is there under
    two addresses, Gil of another firm only reads, a group's members are not seen, South's owner left. Here: Rita
    (Admin), Sam and Uma (Auditors) sign in; Carla is disabled; `old@` was let in long ago and never came.
    """
    tenant = Tenant(seed=9)
    tenant.rate_limit = False
    north, south = (billing_sheet(tenant, name, 6, seed) for seed, name in ((1, "North"), (2, "South")))
    for email, level in (("billing@example.com", "VIEWER"), ("gil@elsewhere.com", "VIEWER")):
        north.shares += tenant.shares_of({email: level})
    for number in (1, 2):
        tenant.user(f"dana{number}@example.com", "Dana Doe")
        north.shares += tenant.shares_of({f"dana{number}@example.com": "VIEWER"})
    north.shares.append(Share(tenant.ids.word(), "EDITOR", group=tenant.new_group("Crew leads", [DEV])))
    south.shares = [each for each in south.shares if each.user is None or each.user.email != OWNER]
    tenant.me.admin = False  # members of groups are not shown to who is no admin
    with live(root, tenant) as desk:
        workspace = desk.open()
        begun = tenant.now
        for email, role in ((RITA, Role.ADMIN), (SAM, Role.AUDITOR), (UMA, Role.AUDITOR), (CARLA, Role.USER)):
            add_person(workspace, OPERATOR, email, role, PASSWORD, begun)
        add_person(workspace, OPERATOR, OLD, Role.USER, PASSWORD, begun)
        disable_person(workspace, OPERATOR, CARLA, begun + timedelta(days=9))
        desk.sync()
        tenant.tick(86_400)
        tenant.edit(north, north.rows[0], "Foreman", "Foreman 7", BOB)
        tenant.tick(60)
        desk.sync()
        tenant.tick(86_400 * (DAYS - 2))
        tenant.edit(north, north.rows[1], "Foreman", "Foreman 8", ANN)
        tenant.tick(86_400)
        desk.sync()
        workspace.store.database.close()
        yield desk


def come_in(workspace: Workspace, email: str, now: datetime) -> Actor:
    """Somebody who signs in."""
    door = Door(workspace)
    actor = door.actor(door.sign_in(email, PASSWORD, Where("198.51.100.7"), now), now)
    assert actor is not None
    return actor


def now_of(desk: Live) -> datetime:
    """The moment in the office."""
    return desk.tenant.now.astimezone(UTC)
