"""What every test run says about itself, and the one seed its random tests share."""

import os
import random
import sqlite3
from collections import defaultdict
from collections.abc import Generator
from typing import Any

import hypothesis
import polars as pl
import pytest

NO_SKIPS = os.environ.get("REDLINE_NO_SKIPS") == "1"
# set before xdist starts its workers, which inherit it: all of them draw from one seed
SEED = int(os.environ.setdefault("REDLINE_SEED", str(random.SystemRandom().randrange(2**32))))

# an example takes as long as it takes: other work on the machine is no failure
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_sessionstart(session: pytest.Session) -> None:
    # pytest_report_header would be the place, but -q silences it
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        reporter.write_line(f"SQLite {sqlite3.sqlite_version}, polars {pl.__version__}, REDLINE_SEED={SEED}")


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of this run; REDLINE_SEED=… repeats it."""
    return SEED


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of what stands side by side marked `in_turn(n)`, the short loop has one in n, drawn by the seed; the long one the
    others. A file that is marked is drawn as a whole, among those of its folder; a test by its examples.
    """
    marked: dict[tuple[str, int], dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        for node, mark in item.iter_markers_with_node("in_turn"):
            beside = node.nodeid.partition("[")[0] if node is item else node.nodeid.rpartition("/")[0]
            marked[beside, mark.args[0]][node.nodeid].append(item)
    for (beside, n), each in marked.items():
        drawn = random.Random(f"{SEED} {beside}").sample(sorted(each), -(-len(each) // n))
        for left in each.keys() - drawn:
            for item in each[left]:
                item.add_marker(pytest.mark.soak)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        why = call.excinfo.value if call.excinfo else "no reason given"
        report.longrepr = f"{item.nodeid} was skipped, and REDLINE_NO_SKIPS=1 allows no skip: {why}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped whole, and REDLINE_NO_SKIPS=1 allows no skip."
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line names the browser tests that did not run."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    skipped = [r.nodeid for r in reporter.stats.get("skipped", []) if "browser" in getattr(r, "keywords", {})]
    if skipped:
        reporter.write_line(f"{len(skipped)} browser tests skipped, no Chromium: {', '.join(skipped)}")
