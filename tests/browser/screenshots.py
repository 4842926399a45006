"""`make screenshots`: every page of the sample workspace, light and dark, into docs/screenshots/.

A test by form only, so that pytest finds the modules beside it; its name keeps it out of every other run.
"""

import json
import tempfile
from pathlib import Path

from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.browser.site import ROOT, Visit, browsing, let_people_in, serving
from ui.navigation import PAGES

FOLDER = ROOT / "docs" / "screenshots"


def test_take_the_pictures() -> None:
    """Build the sample workspace, serve it, and take them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="redline-screenshots-") as name:
        config = Path(name) / "config.json"
        config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
        workspace = Workspace.open(config)
        for job in ("sync", "retrain", "report", "backup", "drill", "verify"):
            result = execute(workspace, JOBS[job])
            print(job, result.status, result.message, flush=True)
        let_people_in(workspace)
        workspace.store.database.close()
        with serving(config) as address, browsing() as browser:
            for scheme in ("light", "dark"):
                window = Visit(browser, address, scheme)
                window.open("/overview").screenshot(path=FOLDER / f"sign-in-{scheme}.png")
                window.sign_in("admin@example.com")
                for spec in PAGES:
                    page = window.open(f"/{spec.name}")
                    page.wait_for_timeout(1_500)  # charts and tables are drawn a moment after the page
                    page.screenshot(path=FOLDER / f"{spec.name}-{scheme}.png")
                window.close()
