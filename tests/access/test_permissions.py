"""The permission table, in full: what is not in it is denied."""

import re

import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.permissions import PERMISSIONS, Permission, allowed, require
from ui.navigation import PAGES

TABLE = {
    Permission.READ_CHANGES: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_OVERVIEW: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_REVIEW: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_NOTEBOOKS: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_FORECAST: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_PACKETS: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_TRAINING: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.KEEP_VIEWS: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.EXPORT_TABLES: {Role.AUDITOR, Role.ADMIN},
    Permission.PROVE_EVENTS: {Role.AUDITOR, Role.ADMIN},
    Permission.DRAW_ROUNDS: {Role.AUDITOR, Role.ADMIN},
    Permission.READ_ROOM: set(),  # guests alone
    Permission.REVIEW_CHANGES: {Role.AUDITOR, Role.ADMIN},
    Permission.READ_REPORTS: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.MAKE_REPORTS: {Role.AUDITOR, Role.ADMIN},
    Permission.SEND_REPORTS: {Role.AUDITOR, Role.ADMIN},
    Permission.READ_OPERATIONS: {Role.AUDITOR, Role.ADMIN},
    Permission.READ_PEOPLE: {Role.AUDITOR, Role.ADMIN},
    Permission.EDIT_NOTEBOOKS: {Role.AUDITOR, Role.ADMIN},
    Permission.MANAGE_RULES: {Role.AUDITOR, Role.ADMIN},
    Permission.MANAGE_SOURCES: {Role.ADMIN},
    Permission.EDIT_THRESHOLDS: {Role.AUDITOR, Role.ADMIN},
    Permission.PUBLISH_THRESHOLDS: {Role.AUDITOR, Role.ADMIN},
    Permission.ROLL_BACK_THRESHOLDS: {Role.ADMIN},
    Permission.ROLL_BACK_MODELS: {Role.ADMIN},
    Permission.MANAGE_PEOPLE: {Role.ADMIN},
    Permission.MANAGE_JOBS: {Role.ADMIN},
    Permission.ACKNOWLEDGE_ALERTS: {Role.AUDITOR, Role.ADMIN},
    Permission.MANAGE_SELF: {Role.USER, Role.AUDITOR, Role.ADMIN},
    Permission.READ_ACCESS: {Role.AUDITOR, Role.ADMIN},
    Permission.REVIEW_ACCESS: {Role.AUDITOR, Role.ADMIN},
    Permission.MANAGE_TRAINING: {Role.ADMIN},
}


def test_every_permission_and_role_is_decided_here() -> None:
    assert set(TABLE) == set(Permission)
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_exactly_what_the_table_says(role: Role, permission: Permission) -> None:
    actor = Actor("u-1", "ann@example.com", role)
    assert allowed(actor, permission) == (role in TABLE[permission])
    if role in TABLE[permission]:
        require(actor, permission)
    else:
        with pytest.raises(NotAllowed, match=r"ann@example\.com is .*: ask an Admin\.$"):
            require(actor, permission)


def test_every_page_has_its_file_and_its_permission() -> None:
    assert all(spec.path.is_file() for spec in PAGES)
    assert sorted(path.stem for path in PAGES[0].path.parent.glob("*.py")) == sorted(spec.name for spec in PAGES)


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.name)
def test_every_page_guards_itself_before_anything_else(spec: object) -> None:
    source = spec.path.read_text()  # type: ignore[attr-defined]
    permission = spec.permission.name  # type: ignore[attr-defined]
    code = [line for line in source.splitlines() if line and not line.startswith((" ", "#", "from", "import", '"""'))]
    calls = [line for line in code if "(" in line and not line.startswith(("def ", "_", "}", ")", "@", "class "))]
    # `also`: what a page asks beside its permission, before anything else, too
    assert re.fullmatch(rf"(actor = )?guard\(Permission\.{permission}(, also=\w+)?\)", calls[0])
