"""Every public core function that acts for somebody, as every role, by really calling it; found by looking.

The rule that finds them: a public function or method of `audit_core` with a parameter of the type Actor acts for
somebody, and asks what they may before anything else. What takes none asks nobody: it answers as far as the workspace
that it is given shows (see store/sight.py), and screens may call it only as OPEN says.
"""

import ast
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import audit_core.permissions
from audit_core.access import add_person
from audit_core.actors import JOBS, OPERATOR, Actor, Days, Role, Scope
from audit_core.errors import NotAllowed
from audit_core.permissions import Decision, Permission, Resource, check
from audit_core.store.database import Database
from audit_core.store.store import Store
from audit_core.thresholds.sets import ThresholdSets
from audit_core.workspace import Workspace
from tests.access.calling import NOW, ROOT, Found, arguments, public
from tests.access.pages import markdown
from tests.exports import Desk

ROOM = Scope(("North",), 1, Days("2025-01-01", "2025-12-31", "2025-01-01T06:00:00Z", "2026-01-01T06:00:00Z"))
ACTORS = {
    "nobody": Actor("system:nobody", "system:nobody", Role.ADMIN, "s-0", confirmed_at=NOW),
    "guest": Actor("u-guest", "guest@example.com", Role.USER, "s-1", confirmed_at=NOW, scope=ROOM),
    "User": Actor("u-user", "user@example.com", Role.USER, "s-2", confirmed_at=NOW),
    "Auditor": Actor("u-auditor", "auditor@example.com", Role.AUDITOR, "s-3", confirmed_at=NOW),
    "Admin": Actor("u-admin", "admin@example.com", Role.ADMIN, "s-4", confirmed_at=NOW),
}
ASKS_NOTHING = {
    "access_review.decide.keepable": "says which lines are not about the actor",
    "access_review.decide.last_step": "is about the actor's own last step",
    "access_review.decide.own": "says whether a line is about the actor",
    "documents.library.Search.actions": "asks what somebody may look for",
    "documents.library.kinds_for": "asks what somebody may see",
    "confirmation.fresh": "asks when somebody proved who they are",
    "confirmation.require_fresh": "asks when somebody proved who they are",
    "access.reads.guest": "says of somebody what they are",
    "access.reads.note_read": "only adds to the record what somebody looked at",
    "access.reads.note_refusal": "only adds to the record what somebody was refused",
    "access.scope.seen_of": "counts sheets",
    "access.visible.visible": "asks whether somebody may",
    "notebooks.answers.groupings_for": "asks what somebody may choose",
    "notebooks.answers.withheld": "asks whether somebody may",
    "picture.patterns.kinds_for": "asks what somebody may choose",
    "permissions.allowed": "is the question itself",
    "permissions.check": "is the question itself",
    "permissions.require": "is the question itself",
    "permissions.require_person": "is the question itself",
    "preferences.preferences": "is about the actor's own screens",
    "review.deciding.last_step": "is about the actor's own last step",
    "thresholds.sets.ThresholdSet.barred": "asks whether somebody may",
    "views.View.may_delete": "asks whether somebody may",
    "workspace.Workspace.seen_by": "makes what is seen narrower",
}
"""What takes an actor and asks nothing, each with why that is harmless."""

ASK_THEMSELVES = ("store.models.Models.use",)
"""What the store asks itself, because screens call it."""

ASKS_FURTHER = {
    "access.sessions.end_session": Permission.MANAGE_PEOPLE,
    "profiles.export.hand_out_person": Permission.MANAGE_PEOPLE,
}
"""What asks for one thing, and of what is not the actor's own for another: that one."""

INSIDE = ("audit_core.store.", "audit_core.delivery.record", "audit_core.alerts.record")
"""What only core itself calls, after it asked; screens and jobs import nothing of it that takes an actor."""


@dataclass(frozen=True)
class Tried:
    """What became of calling a function as somebody: whether it was refused, and what was asked first."""

    refused: bool
    asked: tuple[Permission, Resource | None] | None


def acting() -> list[Found]:
    """Every function that acts for somebody, in the order of their places."""
    found = [
        each
        for each in public()
        if each.takes(Actor) and (not each.module.startswith(INSIDE) or each.place in ASK_THEMSELVES)
    ]
    return sorted(found, key=lambda each: each.place)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    desk = Desk(tmp_path_factory.mktemp("matrix"))
    opened = desk.workspace()
    for actor in list(ACTORS.values())[1:]:
        add_person(opened, OPERATOR, actor.email, actor.role, "correct horse battery", NOW)
    yield opened
    opened.store.database.close()


def tried(found: Found, actor: Actor, workspace: Workspace) -> Tried:
    """Call it with harmless arguments: whatever else goes wrong with them comes after the question."""
    asked: list[tuple[Permission, Resource | None]] = []

    def noting(actor: Actor, permission: Permission, resource: Resource | None = None) -> Decision:
        asked.append((permission, resource))
        return check(actor, permission, resource)

    given: dict[Any, Any] = {
        Workspace: workspace, Store: workspace.store, Database: workspace.store.database, Actor: actor,
        "subject": "event:1", "event_ids": [1], "to": Path(tempfile.gettempdir()) / "there is no such folder" / "x",
        "password": "another good one", "form": "xlsx",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_core.permissions, "check", noting)
        refused = False
        try:
            values = arguments(found, given)
            if found.of is None or found.name.endswith(".__init__"):
                (found.of or found.call)(**values)
            else:
                found.call(_opened(found.of, workspace), **values)
        except NotAllowed:
            refused = True
        except Exception:  # noqa: BLE001, S110  (it was asked, and then could do nothing with these arguments)
            pass
        finally:
            connection = workspace.store.database.connection()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return Tried(refused, asked[0] if asked else None)


def _opened(of: type, workspace: Workspace) -> Any:
    return workspace.thresholds() if of is ThresholdSets else of(workspace.store)


FOUND = acting()


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.place)
def test_whoever_may_not_is_refused_before_anything_else(found: Found, workspace: Workspace) -> None:
    if found.place in ASKS_NOTHING:
        return
    size = workspace.store.events()
    nobody = tried(found, ACTORS["nobody"], workspace)
    assert nobody.refused, (
        f"{found.place} acts for somebody and asks nothing: give it require(actor, …) as its first line"
    )
    assert nobody.asked is not None
    permission, resource = nobody.asked
    permission = ASKS_FURTHER.get(found.place, permission)
    for name, actor in ACTORS.items():
        own = replace(resource, name=actor.email) if resource and resource.kind == "account" else resource
        may = check(actor, permission, own).allowed
        assert tried(found, actor, workspace).refused == (not may), f"{found.place} as {name}"
        if not may:
            assert workspace.store.events() == size, f"{found.place} did something before it refused {name}"
        size = workspace.store.events()


def test_what_asks_nothing_is_there_and_says_why() -> None:
    assert not set(ASKS_NOTHING) - {each.place for each in FOUND}


def test_the_guest_of_a_room_and_who_is_limited_may_no_more_than_their_tables_say() -> None:
    guest, limited = ACTORS["guest"], replace(ACTORS["Admin"], scope=Scope(("North",)))
    for permission in Permission:
        assert check(
            guest, permission, Resource("room", "1") if permission is Permission.READ_ROOM else None
        ).allowed == (permission in audit_core.permissions.GUESTS)
        assert not check(limited, permission).allowed or permission in audit_core.permissions.WITHIN_SHEETS
        assert check(JOBS, permission).allowed == (permission in audit_core.permissions.SYSTEM[JOBS.user_id])
    assert not check(guest, Permission.READ_ROOM, Resource("room", "2")).allowed
    assert not check(guest, Permission.READ_REPORTS, Resource("document", "7")).allowed
    invited = replace(guest, scope=replace(ROOM, documents=(7,)))
    assert (
        check(invited, Permission.READ_REPORTS, Resource("document", "7")).reason
        == "Document 7 lies in evidence room 1."
    )
    assert not check(invited, Permission.READ_REPORTS).allowed
    assert not check(ACTORS["User"], Permission.MANAGE_SELF, Resource("account", "other@example.com")).allowed


def imported(folder: str) -> set[str]:
    """`module.name` of all that the modules of a folder import of core."""
    names: set[str] = set()
    for path in (ROOT.parent / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audit_core"):
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_screens_reach_nothing_that_core_calls_after_it_asked() -> None:
    inside = {
        f"{each.module}.{each.name}"
        for each in public()
        if each.of is None and each.takes(Actor) and each.module.startswith(INSIDE)
    }
    assert inside
    assert not inside & (imported("ui") | imported("pages"))


WRITES = {
    "audit_core.backups.make.backup", "audit_core.backups.drill.drill", "audit_core.records.archive.archive",
    "audit_core.records.carry.carry", "audit_core.records.export.export", "audit_core.records.legacy.import_legacy",
    "audit_core.records.renew.renew", "audit_core.records.thinning.thin", "audit_core.retrain.retrain",
    "audit_core.write_back.write_back", "audit_core.delivery.deliver.deliver", "audit_core.forecast.make.keep",
    "audit_core.forecast.make.forecast", "audit_core.syncing.sync.Sync",
}  # fmt: skip
"""What only jobs do, and asks nobody: screens import none of it."""

AT_THE_DOOR = {
    "audit_core.access.provider.configured", "audit_core.access.provider.confirm_at_provider",
    "audit_core.access.provider.sign_in_at_provider", "audit_core.access.refusals.refusals",
    "audit_core.monitoring.banner.announce", "audit_core.monitoring.health.health", "audit_core.switches.require_on",
}  # fmt: skip
"""What is asked before anybody is somebody, or of the installation whoever it is."""

OPEN = {
    "audit_core.access.people.sheet_names": Permission.MANAGE_SELF,
    "audit_core.access.visible.visible_to": Permission.READ_CHANGES,
    "audit_core.alerts.telling.telling": Permission.READ_OPERATIONS,
    "audit_core.backups.standing.standing": Permission.READ_OPERATIONS,
    "audit_core.delivery.deliveries.went_out": Permission.MAKE_REPORTS,
    "audit_core.delivery.held_up": Permission.SEND_REPORTS,
    "audit_core.detail.around": Permission.READ_CHANGES,
    "audit_core.detail.detail": Permission.READ_CHANGES,
    "audit_core.detail.row_between": Permission.READ_CHANGES,
    "audit_core.detail.timeline": Permission.READ_CHANGES,
    "audit_core.forecast.todo.behind": Permission.READ_FORECAST,
    "audit_core.lock_preview.next_locks": Permission.MANAGE_SOURCES,
    "audit_core.lock_preview.shift": Permission.MANAGE_SOURCES,
    "audit_core.mappings.sheets_now.sheet_lines": Permission.MANAGE_SOURCES,
    "audit_core.monitoring.latency.latency": Permission.READ_OPERATIONS,
    "audit_core.monitoring.state.state": Permission.READ_OPERATIONS,
    "audit_core.notebooks.answers.answer": Permission.READ_NOTEBOOKS,
    "audit_core.notebooks.document.record_asked": Permission.READ_NOTEBOOKS,
    "audit_core.picture.picture.picture": Permission.READ_OVERVIEW,
    "audit_core.price_lists.decide.compared": Permission.MANAGE_SOURCES,
    "audit_core.price_lists.decide.compared_now": Permission.MANAGE_SOURCES,
    "audit_core.price_lists.kept.uploads": Permission.MANAGE_SOURCES,
    "audit_core.records.event_proof.seen_as_sealed": Permission.READ_CHANGES,
    "audit_core.review.cases.case_of": Permission.READ_REVIEW,
    "audit_core.review.cases.history": Permission.READ_REVIEW,
    "audit_core.review.claims.claims_now": Permission.READ_REVIEW,
    "audit_core.review.queue.basis": Permission.READ_REVIEW,
    "audit_core.review.queue.draw_is_due": Permission.READ_REVIEW,
    "audit_core.review.queue.items": Permission.READ_REVIEW,
    "audit_core.review.queue.progress": Permission.READ_REVIEW,
    "audit_core.review.queue.queue": Permission.READ_REVIEW,
    "audit_core.review.queue.with_summaries": Permission.READ_REVIEW,
    "audit_core.review.deciding.refuse_overtaken": Permission.READ_REVIEW,
    "audit_core.review.dispositions.disposition_on": Permission.READ_CHANGES,
    "audit_core.review.suppressions.in_force": Permission.READ_REVIEW,
    "audit_core.rule_book.decisions.exemptions": Permission.MANAGE_SOURCES,
    "audit_core.rule_book.reach.rules_now": Permission.MANAGE_SOURCES,
    "audit_core.rule_book.reach.states_of": Permission.MANAGE_SOURCES,
    "audit_core.rule_book.seen.unseen": Permission.MANAGE_SOURCES,
    "audit_core.syncing.sharing.reach": Permission.READ_OPERATIONS,
    "audit_core.training.topic.topics": Permission.READ_TRAINING,
    "audit_core.version.version": Permission.READ_CHANGES,
}
"""Questions that ask nobody, and the permission of the pages that may put them: their guard asks."""


def test_screens_put_no_question_that_asks_nobody_but_those_that_are_open() -> None:
    """A new function that takes a workspace and no actor, and is used by a screen, needs an actor or a line in OPEN."""
    asks_nobody = {
        each.module + "." + each.name
        for each in public()
        if each.of is None
        and each.takes(Workspace, Store)
        and not each.takes(Actor)
        and not each.module.startswith(INSIDE)
    }
    shortened = {name: name for name in asks_nobody}
    shortened |= {
        f"{name.rpartition('.')[0].rpartition('.')[0]}.{name.rpartition('.')[2]}": name for name in asks_nobody
    }
    used = {shortened[name] for name in imported("ui") | imported("pages") if name in shortened}
    known = {shortened.get(name, name) for name in OPEN} | AT_THE_DOOR
    assert not (new := sorted(used - known)), new
    assert not (imported("ui") | imported("pages")) & WRITES


def test_the_matrix_of_the_documentation_is_this_one(workspace: Workspace) -> None:
    """REDLINE_REWRITE=1 writes it anew."""
    asked = {}
    for found in FOUND:
        if found.place not in ASKS_NOTHING:
            first = tried(found, ACTORS["nobody"], workspace).asked
            assert first is not None
            asked[found.place] = first[0]
    page = ROOT.parent / "docs" / "access.md"
    text = page.read_text("utf-8")
    wanted = markdown(text, asked)
    if os.environ.get("REDLINE_REWRITE") == "1":
        page.write_text(wanted, "utf-8")
    assert text == wanted, (
        "docs/access.md is not what the code does: REDLINE_REWRITE=1 pytest tests/access writes it anew"
    )
