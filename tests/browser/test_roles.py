"""Every page as each role, in a real browser; and buttons as each role: none is offered that leads to a refusal."""

import random
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from audit_core.actors import Role
from audit_core.permissions import PERMISSIONS
from tests.browser.site import PEOPLE, Visit
from tests.exports import Desk
from ui.navigation import PAGES, PageSpec

pytestmark = pytest.mark.in_turn(11)

Visits = Callable[..., Visit]
ENDS_THE_SESSION = "account"
BUTTONS = (
    "[data-testid=stMain] :is([data-testid=stButton], [data-testid=stPopover], [data-testid=stDownloadButton]) button"
)


def may_see(role: Role) -> list[PageSpec]:
    return [spec for spec in PAGES if spec.permission in PERMISSIONS[role]]


@pytest.mark.parametrize(("email", "role"), PEOPLE.items(), ids=list(PEOPLE.values()))
def test_a_role_is_offered_its_pages_and_told_why_not_the_others(visit: Visits, email: str, role: Role) -> None:
    window = visit()
    page, mine = window.sign_in(email), may_see(role)
    offered = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
    assert {each.split("\n")[-1] for each in offered} == {spec.title for spec in mine}
    for spec in PAGES:
        page = window.open(f"/{spec.name}")
        assert page.get_by_role("heading", name=spec.title, exact=True).count() == (spec in mine), spec.name
        assert page.locator("[data-testid=stAlert]").filter(has_text="ask an Admin").count() == (spec not in mine), (
            spec.name
        )
        assert page.locator("[data-testid=stException]").count() == 0, spec.name


@pytest.mark.parametrize(("email", "role"), PEOPLE.items(), ids=list(PEOPLE.values()))
def test_no_button_that_a_role_is_offered_leads_to_a_refusal(
    visit: Visits, desk: Desk, seed: int, email: str, role: Role
) -> None:
    """On one page with buttons that the seed draws; `tests/access/test_pages.py` presses all without a browser."""
    window = visit()
    window.sign_in(email)
    pressable = [spec for spec in may_see(role) if spec.name != ENDS_THE_SESSION]
    random.Random(f"{seed} {role}").shuffle(pressable)
    assert any(press_all(window, desk, email, spec) for spec in pressable)


def press_all(window: Visit, desk: Desk, email: str, spec: PageSpec) -> int:
    """Each button of a page is pressed on the page as it opens; how many those were."""
    before, pressed = refusals(desk, email), 0
    while pressed < enabled(window.open(f"/{spec.name}")).count():
        button = enabled(window.page).nth(pressed)
        name = f"{spec.name}: {button.inner_text()}"
        button.click()
        page = window.ready()
        assert page.locator("[data-testid=stException]").count() == 0, name
        assert refusals(desk, email) == before, name
        pressed += 1
    return pressed


def enabled(page: Page) -> Locator:
    return page.locator(f"{BUTTONS}:enabled:visible")


def refusals(desk: Desk, email: str) -> list[str]:
    """What was refused, but for being asked to confirm."""
    rows = desk.rows("SELECT issue_description FROM audit_events WHERE action = 'refused' AND changed_by = ?", [email])
    return [told for row in rows if "proof that you are" not in (told := row["issue_description"])]
