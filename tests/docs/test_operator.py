"""The operator's page can be followed: its commands can be given, its files are there, its tables are the code's."""

import re
import shlex

import pytest

from audit_core.monitoring.metrics import METRICS
from audit_core.settings.operating import WITHOUT
from jobs.__main__ import build_parser
from tests.docs.test_docs import DOCS, code_words, page

ROOT = DOCS.parent
STANDS_FOR = {"JOB": "sync", "PATH": "backup", "DIR": "folder", "EMAIL": "a@example.com", "NAME": "after_lock"}


def shell_lines() -> list[str]:
    """Every line of the blocks of shell, without its remark."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page("operator.md") + page("record.md"), re.MULTILINE | re.DOTALL)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def commands() -> list[str]:
    """What follows `python -m jobs`, wherever a whole command stands: in blocks, and in `code` that has no choices."""
    told = [line.partition("-m jobs ")[2] for line in shell_lines() if "-m jobs " in line]
    text = re.sub(r"^\|.*\\\|.*$|^\| `python -m jobs.*$", "", page("operator.md"), flags=re.MULTILINE)
    told += [code.partition("-m jobs ")[2] for code in code_words(text) if code.startswith("python -m jobs ")]
    return sorted(set(told))


def table(first: str) -> dict[str, str]:
    """The rows of the table whose head begins with this word."""
    rows = re.search(rf"^\| {first} \|.*\n\|---.*\n((?:\|.*\n)+)", page("operator.md"), re.MULTILINE)
    assert rows is not None
    return dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", rows[1], re.MULTILINE))


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 12
    assert len(shell_lines()) > 12


@pytest.mark.parametrize("command", commands())
def test_a_command_can_be_given(command: str) -> None:
    build_parser().parse_args([STANDS_FOR.get(word, word) for word in shlex.split(command)])


def test_whatever_of_this_project_a_line_names_is_there() -> None:
    named = {name for line in shell_lines() for name in re.findall(r"(?:/opt/redline/)?(deploy/[\w./-]+)", line)}
    named |= {word for word in code_words(page("operator.md")) if word.startswith("deploy/")}
    assert len(named) >= 5
    assert not [name for name in named if not (ROOT / name).exists()]
    targets = {name for line in shell_lines() for name in re.findall(r"^make (?:-C \S+ )?(\S+)", line)}
    makefile = (ROOT / "Makefile").read_text()
    assert not [name for name in targets if f"\n{name}:" not in makefile]


def test_the_tables_are_those_of_the_code() -> None:
    assert table("metric") == dict(METRICS)
    assert table("switch") == {switch.value: says for switch, says in WITHOUT.items()}


def test_units_and_page_name_the_same_places() -> None:
    text = page("operator.md")
    for unit in (ROOT / "deploy" / "systemd").glob("redline-*.service"):
        for place in re.findall(r"(?:/etc|/var/lib|/opt)/redline(?:/[\w.-]+\.(?:json|env))?", unit.read_text()):
            assert place in text, f"{unit.name} uses {place}"
