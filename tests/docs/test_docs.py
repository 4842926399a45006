"""Documentation that cannot drift: whatever the code names, its page names too."""

import argparse
import re
from pathlib import Path

import pytest

from audit_core.settings import Settings
from audit_core.settings.file import setting_keys

DOCS = Path(__file__).parent.parent.parent / "docs"

TERMS = (
    "access review", "adjustment", "alert", "anchor", "appendix", "archive", "banner", "blind spot", "block", "budget",
    "callback", "card", "change", "decision", "delivery", "disposition", "document", "event", "evidence pack",
    "evidence room", "exemption", "feature", "finding", "forecast", "gate", "hit", "imported", "incident", "label",
    "late entry", "ledger", "lift", "lock", "look", "mapping", "notebook", "notice", "novelty", "packet",
    "price list", "profile",
    "quarantine", "remark", "reopening", "risk", "round", "shadow", "share", "sheet", "slot", "snapshot", "story",
    "subscription", "suppression", "switch", "tail", "thinning", "threshold set", "topic", "variant", "violation",
    "week", "write-back",
)  # fmt: skip


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def code_words(text: str) -> set[str]:
    """Everything a page sets in `code`."""
    return set(re.findall(r"`([^`\n]+)`", text))


def test_every_setting_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", page("settings.md"), re.MULTILINE)
    assert rows == list(dict.fromkeys(rows)), "a key has two rows"
    assert set(rows) == set(setting_keys(Settings))


@pytest.mark.parametrize("term", TERMS)
def test_every_audit_term_is_in_the_glossary(term: str) -> None:
    assert f"\n**{term}**" in page("glossary.md")


def test_the_glossary_is_in_order() -> None:
    terms = re.findall(r"^\*\*([^*]+)\*\*", page("glossary.md"), re.MULTILINE)
    assert terms == sorted(terms, key=str.casefold)


def test_every_command_and_job_is_documented() -> None:
    from jobs.__main__ import build_parser
    from jobs.tasks import JOBS

    commands = [
        name
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
        for name in action.choices
    ]
    words = {word for code in code_words(page("operator.md")) for word in re.findall(r"[\w-]+", code)}
    assert not {*commands, *JOBS} - words


def test_every_test_that_security_is_proven_by_exists() -> None:
    for place in re.findall(r"`(tests/[^`]+)`", page("security.md")):
        file, _, name = place.partition("::")
        assert f"def {name}" in (DOCS.parent / file).read_text("utf-8"), place


def test_every_rule_is_documented() -> None:
    from audit_core.rules import RULES

    assert not {rule.name for rule in RULES} - code_words(page("rules.md"))


def test_every_page_of_the_app_is_documented_with_its_address_and_its_question() -> None:
    from ui.navigation import PAGES

    text = page("analyst.md")
    assert not [spec.name for spec in PAGES if f"| {spec.title} | `/{spec.name}` | {spec.question}" not in text]
