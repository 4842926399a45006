"""`make screenshots`: every page of the sample workspace, light and dark, wide and narrow, into docs/screenshots/.

A test by form only, so that pytest finds the modules beside it; its name keeps it out of every other run.
"""

import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page

from audit_core.actors import Actor, Role
from audit_core.notebooks.shelf import Notebooks
from audit_core.notebooks.templates import week_story
from audit_core.permissions import PERMISSIONS
from audit_core.preferences import prefer
from audit_core.store.accounts import Accounts
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.browser.site import ROOT, Visit, browsing, let_people_in, serving
from ui.navigation import PAGES

FOLDER: Final = ROOT / "docs" / "screenshots"
WHO: Final = "admin@example.com"
SHOWN: Final = {"notebook": "?notebook=1"}
"""What more stands in a page's address in its picture."""

WEEK: Final = "2025-09-07"
WIDE, NARROW = 1440, 900
SETTLED_MS: Final = 1_500
"""Charts and tables are drawn a moment after the page."""

PATIENCE_MS: Final = 180_000
"""For what a page works out once."""


def test_take_the_pictures() -> None:
    """Build the sample workspace, serve it, and take them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="redline-screenshots-") as name:
        config = Path(name) / "config.json"
        config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
        prepare(Workspace.open(config))
        with serving(config) as address, browsing() as browser:
            window = Visit(browser, address)
            take(window.open("/overview"), "sign-in")
            window.sign_in(WHO)
            for spec in PAGES:
                if spec.permission not in PERMISSIONS[Role.ADMIN]:
                    continue  # a guest's room
                take(window.open(f"/{spec.name}{SHOWN.get(spec.name, '')}"), spec.name)
            window.close()


def prepare(workspace: Workspace) -> None:
    """Every job once, people of each role, one notebook, and no tour in the pictures."""
    workspace.store.create()
    let_people_in(workspace)
    for job in ("sync", "retrain", "forecast", "report", "weekly", "backup", "drill", "review", "verify", "alert"):
        result = execute(workspace, JOBS[job])
        print(job, result.status, result.message, flush=True)
    person = Accounts(workspace.store).by_email(WHO)
    assert person is not None
    admin, now = Actor(person.user_id, WHO, Role.ADMIN), datetime.now(UTC)
    prefer(workspace.store, admin, now, tour=False)
    Notebooks(workspace.store, admin).create(*week_story(WEEK, people=True), now)
    workspace.store.database.close()


def take(page: Page, name: str) -> None:
    """The four pictures of what is on screen: `name-light.png` (wide), `name-light-900.png` and the same dark."""
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 1000})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.locator("[data-testid^=stSkeleton]").first.wait_for(state="detached", timeout=PATIENCE_MS)
            page.wait_for_timeout(SETTLED_MS)
            keep(page.screenshot(), f"{name}-{scheme}{'' if width == WIDE else f'-{width}'}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": 1000})


def keep(picture: bytes, name: str) -> None:
    """Write it with its 256 commonest colours: a third of the size, and each ground exactly as it is on screen."""
    with Image.open(io.BytesIO(picture)) as taken:
        plain = taken.convert("RGB")
    commonest = sorted(plain.getcolors(plain.width * plain.height) or [], reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes(channel for _, color in commonest for channel in color))  # type: ignore[attr-defined]
    plain.quantize(palette=palette, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)
