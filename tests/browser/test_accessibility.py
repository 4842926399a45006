"""Every page, light and dark, wide and narrow: drawn without an error, and axe-core finds nothing serious in it.

Excepted is what Streamlit's own widgets do.
"""

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from audit_core.actors import Role
from audit_core.permissions import PERMISSIONS
from tests.browser.site import Visit
from ui.navigation import PAGES, PageSpec

# rule → the elements that are excepted, and why
EXCEPTIONS: Final = {
    "list": (
        "[data-testid=stSidebarNavItems]",
        "Streamlit's page list puts its sections into the list as plain boxes; readers still find every link.",
    ),
    "listitem": (
        "[data-testid=stSidebarNavItems] li",
        "The same boxes stand between the list and its items.",
    ),
    "svg-img-alt": (
        "[data-testid=stVegaLiteChart] g.role-mark",
        "Vega names the marks of a chart, and leaves the groups of a brush unnamed; each chart has a table beside it.",
    ),
}
_GRAVE: Final = ("serious", "critical")


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds serious or critical, but the exceptions: one line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"]} | rules).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        if violation["impact"] in _GRAVE
        for node in violation["nodes"]
        if not excepted(page, violation["id"], node["target"][0])
    ]


def excepted(page: Page, rule: str, target: str) -> bool:
    if rule not in EXCEPTIONS:
        return False
    return bool(page.evaluate("([target, ours]) => document.querySelector(target).matches(ours)",
                              [target, EXCEPTIONS[rule][0]]))  # fmt: skip


# the window is an Admin's: a guest's room is drawn in test_access.py
OFFERED: Final = tuple(spec for spec in PAGES if spec.permission in PERMISSIONS[Role.ADMIN])


@pytest.mark.in_turn(9)
@pytest.mark.parametrize("spec", OFFERED, ids=lambda spec: spec.name)
def test_a_page_is_drawn_in_each_look_and_has_no_serious_violation(window: Visit, spec: PageSpec) -> None:
    page = window.open(f"/{spec.name}")
    assert page.get_by_role("heading", name=spec.title, exact=True).is_visible()
    assert page.get_by_text(spec.question).is_visible()
    assert_drawn(page, "rgb(255, 255, 255)")
    assert violations(page, {}) == []
    page.add_style_tag(content="* { transition: none !important }")  # a colour that glides over has no contrast yet
    page.emulate_media(color_scheme="dark")
    assert_drawn(page, "rgb(21, 20, 19)")
    assert violations(page, {"runOnly": ["color-contrast"]}) == []  # all else is the same in the dark
    page.set_viewport_size({"width": 900, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def assert_drawn(page: Page, ground: str) -> None:
    """On this ground, with something to see and no error."""
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_css("background-color", ground)
    assert app.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    assert len(page.screenshot()) > 20_000


def test_the_sign_in_and_the_help_have_none(window: Visit, browser: Any, address: str) -> None:
    page = window.open("/changes")
    page.get_by_role("button", name="Help and keys").click()
    page.get_by_role("dialog").wait_for()
    assert violations(page, {}) == []
    outside = Visit(browser, address)
    assert violations(outside.open("/overview"), {}) == []
    outside.close()


def test_every_exception_is_still_needed(window: Visit) -> None:
    options = {"resultTypes": ["violations"], "runOnly": list(EXCEPTIONS)}
    found = Axe().run(window.open("/changes"), options=options).response["violations"]
    assert {violation["id"] for violation in found} == EXCEPTIONS.keys()
