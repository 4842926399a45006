"""The rooms of docs/design.md, held by reading every import: they run downwards only."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("audit_core", "jobs", "pages", "ui")

# a room (or one module) and what nothing in it may import
CLOSED_DOORS = {
    "audit_core": ("streamlit", "schedule", "jobs", "pages", "ui"),
    "audit_core.changes": ("audit_core.store", "audit_core.sources"),
    "audit_core.judging": ("audit_core.store", "audit_core.sources"),
    "audit_core.rules": ("audit_core.store", "audit_core.sources"),
    "audit_core.scoring": ("audit_core.sources",),
    "audit_core.settings": ("audit_core.store", "audit_core.sources", "audit_core.workspace"),
    "audit_core.sheets": ("audit_core.store", "audit_core.sources"),
    "audit_core.sources": ("audit_core.store",),
    "jobs": ("streamlit", "pages", "ui"),
    "pages": ("jobs", "sqlite3", "sqlite_utils"),
    "ui": ("jobs", "pages", "sqlite3", "sqlite_utils"),
}
# a library and the only rooms that may import it
KEEPERS = {
    "sqlite3": ("audit_core.store", "audit_core.backups", "audit_core.records"),
    "sqlite_utils": ("audit_core.store", "audit_core.backups"),
    "schedule": ("jobs",),
    "streamlit": ("pages", "ui", "streamlit_app"),
    "smartsheet": ("audit_core.sources",),
}


def modules() -> dict[str, Path]:
    paths = [*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imports(source: str, module: str, *, package: bool) -> set[str]:
    """Every module a source names in an import, wherever it stands; `from a import b` names a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")
            parents = above[: len(above) - node.level + package]  # a package is its own first parent
            base = ".".join([*(parents if node.level else []), *([node.module] if node.module else [])])
            names.update((base, *(f"{base}.{alias.name}" for alias in node.names)))
    return names


def inside(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


MODULES = modules()


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """What each module imports."""
    return {
        name: imports(path.read_text("utf-8"), name, package=path.stem == "__init__") for name, path in MODULES.items()
    }


@pytest.mark.parametrize(
    ("source", "module", "package", "found"),
    [
        ("import a.b", "x.y", False, {"a.b"}),
        ("def f():\n    from a import b", "x.y", False, {"a", "a.b"}),
        ("from . import b", "x.y", False, {"x", "x.b"}),
        ("from .b import c", "x", True, {"x.b", "x.b.c"}),
        ("from ..b import c", "x.y.z", False, {"x.b", "x.b.c"}),
        ("from ..b import c", "x.y", True, {"x.b", "x.b.c"}),
    ],
)
def test_an_import_is_found_in_every_form(source: str, module: str, package: bool, found: set[str]) -> None:
    assert imports(source, module, package=package) == found


@pytest.mark.parametrize("room", CLOSED_DOORS)
def test_imports_run_downwards(room: str, imported: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in imported.items()
        for name in sorted(names)
        if inside(module, room) and any(inside(name, door) for door in CLOSED_DOORS[room])
    ]
    assert not wrong


@pytest.mark.parametrize("library", KEEPERS)
def test_a_library_stays_with_its_keepers(library: str, imported: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in imported.items()
        for name in sorted(names)
        if inside(name, library) and not any(inside(module, keeper) for keeper in KEEPERS[library])
    ]
    assert not wrong


def test_a_module_is_short_and_says_what_it_is_about() -> None:
    assert not [name for name, path in MODULES.items() if len(path.read_text().splitlines()) > 400]
    assert not [name for name in MODULES if name.rpartition(".")[2] in {"utils", "util", "helpers", "misc"}]


def test_no_module_of_ours_hides_a_library() -> None:
    taken = sys.stdlib_module_names | {"schedule", "streamlit", "polars", "pandas", "smartsheet", "pydantic", "altair"}
    assert not {name.partition(".")[0] for name in MODULES} & taken


def test_no_module_of_the_app_hides_one_while_a_page_runs() -> None:
    """Streamlit puts the folder of its main script, ui/, before all others."""
    taken = sys.stdlib_module_names | packages_distributions().keys()
    assert not {path.stem for path in (ROOT / "ui").glob("*.py")} & taken


def test_a_command_starts_without_what_only_some_commands_need() -> None:
    """Each of them takes a noticeable part of a second, at every start of every job."""
    heavy = "pandas", "pyarrow", "scipy", "sklearn", "altair", "smartsheet", "s3fs", "typst", "apprise", "authlib"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, jobs.__main__; print(*(set({heavy}) & set(sys.modules)))"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == []
