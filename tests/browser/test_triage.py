"""A morning of review by keyboard alone, two analysts at one item, and many items at once."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.site import Visit, let_people_in, serving
from tests.exports import Desk, edited, line, two_looks

pytestmark = pytest.mark.in_turn(11)

ITEMS = 24
Opens = Callable[..., Visit]


@pytest.fixture(scope="module")
def triage(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Twenty-four billed lines whose quantity was changed long after the lock, each a story of its own."""
    before = [line(n) for n in range(1, ITEMS + 1)]
    after = [edited(each, quantity=str(n + 10)) for n, each in enumerate(before)]
    desk = two_looks(tmp_path_factory.mktemp("triage"), before, after)
    workspace = desk.workspace()
    let_people_in(workspace)
    workspace.store.database.close()
    return desk


@pytest.fixture(scope="module")
def address(triage: Desk) -> Iterator[str]:
    with serving(triage.config) as url:
        yield url


@pytest.fixture
def opens(visit: Callable[..., Visit]) -> Opens:
    """A window of somebody who signed in, on a page."""

    def open_one(email: str, path: str) -> Visit:
        window = visit()
        window.sign_in(email, path=path)
        return window

    return open_one


def press(window: Visit, verdict: str, reason: str) -> None:
    """A verdict's key and a reason's, and wait for the next item."""
    head = window.page.locator(".st-key-item-head")
    here = head.inner_text()
    window.page.keyboard.press(verdict)
    window.page.locator(".st-key-reasons").wait_for()
    window.ready()
    window.page.keyboard.press(reason)
    expect(head).not_to_have_text(here, timeout=20_000)
    window.ready()


def undo(window: Visit, said: str) -> None:
    window.page.keyboard.press("u")
    window.page.get_by_text(said).wait_for()
    window.ready()


def dispositions(desk: Desk) -> list[tuple[str, str]]:
    """(subject, verdict) of every disposition, in order."""
    rows = desk.rows("""SELECT subject, json_extract(content, '$.verdict') verdict FROM decisions
        WHERE kind = 'disposition' ORDER BY decision_id""")  # fmt: skip
    return [(row["subject"], row["verdict"]) for row in rows]


def standing(desk: Desk) -> dict[str, str]:
    """Subject → its newest verdict."""
    return dict(dispositions(desk))


def test_twenty_events_by_keyboard_alone_two_of_them_undone(opens: Opens, triage: Desk) -> None:
    window = opens("auditor@example.com", "/review")
    window.page.get_by_text(f"0 of {ITEMS} decided this week").wait_for()
    press(window, "a", "1")  # the first: confirmed, for the first reason
    for _ in range(9):
        press(window, "a", "a")  # for the same reason
    press(window, "x", "6")
    for _ in range(7):
        press(window, "x", "x")
    press(window, "f", "2")
    press(window, "f", "f")
    window.page.get_by_text(f"20 of {ITEMS} decided this week").wait_for()
    undo(window, f"19 of {ITEMS} decided this week")
    undo(window, f"18 of {ITEMS} decided this week")
    told = dispositions(triage)
    verdicts = ["confirmed"] * 10 + ["false_alarm"] * 8 + ["follow_up"] * 2 + ["withdrawn"] * 2
    assert [verdict for _, verdict in told] == verdicts
    assert [subject for subject, _ in told[20:]] == [told[19][0], told[18][0]]
    assert len({subject for subject, _ in told}) == 20
    trail = triage.rows("SELECT issue_description, changed_by FROM audit_events WHERE action = 'decided'")
    steps = [each for each in trail if "looked at by" not in each["issue_description"]]
    assert len(steps) == 22  # each step, and beside them who looked at what
    assert {each["changed_by"] for each in trail} == {"auditor@example.com"}


def test_of_two_analysts_at_one_item_the_second_is_told(opens: Opens, triage: Desk) -> None:
    decided = {subject for subject, verdict in standing(triage).items() if verdict != "withdrawn"}
    free = next(f"incident:{n}" for n in range(1, ITEMS + 1) if f"incident:{n}" not in decided)
    auditor = opens("auditor@example.com", f"/review?item={free}").page
    auditor.get_by_text("Yours until").wait_for()
    admin = opens("admin@example.com", f"/review?item={free}")
    admin.page.get_by_text(re.compile("auditor.*@example.com has looked at this since")).wait_for()
    press(admin, "x", "6")
    auditor.keyboard.press("a")  # told at once
    auditor.get_by_text(
        re.compile(r"was decided first by admin.*@example.com at 20\d\d-\d\d-\d\d \d\d:\d\d UTC")
    ).wait_for()
    assert dispositions(triage)[-1] == (free, "false_alarm")


def test_several_are_counted_decided_and_undone_as_one(opens: Opens, triage: Desk) -> None:
    before = len(dispositions(triage))
    waiting = ITEMS - sum(verdict != "withdrawn" for verdict in standing(triage).values())
    window = opens("auditor@example.com", "/review?several=1")
    page = window.page
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 17)  # the box on top takes the whole page
    page.get_by_text(re.compile(r"^\d+ items chosen$")).wait_for()
    page.get_by_text("either way").wait_for()
    window.ready()
    page.keyboard.press("x")
    page.get_by_text(re.compile(r"False alarm about all \d+: why\?")).wait_for()
    window.ready()
    page.keyboard.press("5")
    expect(page.get_by_text("items chosen")).to_have_count(0, timeout=20_000)
    window.ready()
    made = dispositions(triage)[before:]
    assert len(made) > 3
    assert {verdict for _, verdict in made} == {"false_alarm"}
    (batch,) = triage.rows("""SELECT DISTINCT json_extract(content, '$.batch') batch FROM decisions
        WHERE kind = 'disposition' ORDER BY decision_id DESC LIMIT 1""")  # fmt: skip
    assert batch["batch"] is not None
    page.keyboard.press("u")
    page.get_by_text(f"Waiting {waiting}").wait_for()
    assert dispositions(triage)[before + len(made) :] == [(subject, "withdrawn") for subject, _ in made]


def test_a_reader_may_look_and_has_nothing_to_decide_with(opens: Opens) -> None:
    page = opens("user@example.com", "/review").page
    head = page.locator(".st-key-item-head")
    head.wait_for()
    assert page.get_by_role("button", name="False alarm").count() == 0
    page.keyboard.press("j")
    head.get_by_text(re.compile(r"\b2 of \d+")).wait_for()
    page.wait_for_url("**item=incident**")
