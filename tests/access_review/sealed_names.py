"""What the program can put on record: the names of all actions and kinds of decisions, found by reading every module.

A name is a text, a constant, or a parameter of the function that it stands in: then it is whatever the callers give.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
ROOMS = ("audit_core", "jobs")


@dataclass(frozen=True)
class Module:
    """One module: as it is written, and as it is."""

    name: str
    source: str
    live: ModuleType

    def knows(self, name: str) -> bool:
        """Whether a name stands anywhere in it."""
        return re.search(rf"\b{name}\b", self.source) is not None


@dataclass(frozen=True)
class Function:
    """A function, and the class that it is a method of, or None."""

    node: ast.FunctionDef
    of: str | None


@dataclass(frozen=True)
class Call:
    """One call, with the functions it stands in, the innermost last."""

    module: Module
    node: ast.Call
    inside: tuple[Function, ...]

    @property
    def callee(self) -> str:
        """The last part of what is called."""
        called = self.node.func
        return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.module.name}:{self.node.lineno}"


@cache
def calls() -> tuple[Call, ...]:
    """Every call in the program."""
    found = []
    for path in sorted(each for room in ROOMS for each in (ROOT / room).rglob("*.py")):
        if path.stem == "__main__":
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = Module(name, path.read_text("utf-8"), importlib.import_module(name))
        found += [Call(module, node, inside) for node, inside in _walk(ast.parse(module.source), (), None)]
    return tuple(found)


def named(what: str, keyword: str, place: int = 0) -> tuple[set[str], set[str]]:
    """(the texts that are given to calls of `what` as this argument, the places where that cannot be read)."""
    texts: set[str] = set()
    unread: set[str] = set()
    for call in calls():
        if call.callee == what and (given := _argument(call, keyword, place)) is not None:
            for text, where in _values(call, given, frozenset()):
                (unread if text is None else texts).add(text or where)
    return texts, unread


def _walk(
    node: ast.AST, inside: tuple[Function, ...], of: str | None
) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, inside
        if isinstance(child, ast.FunctionDef):
            yield from _walk(child, (*inside, Function(child, of)), None)
        else:
            yield from _walk(child, inside, child.name if isinstance(child, ast.ClassDef) else of)


def _argument(call: Call, keyword: str, place: int) -> ast.expr | None:
    for each in call.node.keywords:
        if each.arg == keyword:
            return each.value
    given = call.node.args
    return given[place] if len(given) > place else None


def _values(call: Call, node: ast.expr, seen: frozenset[tuple[str, str]]) -> Iterator[tuple[str | None, str]]:
    """(each text it can be, where); None where that cannot be read."""
    match node:
        case ast.Constant(value=str(text)):
            yield text, call.place
        case ast.IfExp(body=one, orelse=other):
            yield from _values(call, one, seen)
            yield from _values(call, other, seen)
        case ast.Name(id=name) if call.inside and (given := _assigned(call.inside[-1], name)):
            for each in given:
                yield from _values(call, each, seen)
        case ast.Name(id=name) if call.inside and (place := _parameter(call.inside[-1], name)) is not None:
            yield from _given(call, call.inside[-1], name, place, seen)
        case ast.Name(id=name) if isinstance(found := getattr(call.module.live, name, None), str):
            yield str(found), call.place
        case ast.Attribute(value=ast.Name(id=of), attr=name) if isinstance(
            found := getattr(getattr(call.module.live, of, None), name, None), str
        ):
            yield str(found), call.place
        case _:
            yield None, call.place


def _given(
    call: Call, function: Function, name: str, place: int, seen: frozenset[tuple[str, str]]
) -> Iterator[tuple[str | None, str]]:
    """What the callers of a function give as one of its parameters."""
    called, key = function.node.name, (call.module.name, function.node.name)
    if key in seen:
        return
    for other in calls():
        ours = other.module is call.module or (not called.startswith("_") and _meant(other, call, function))
        if other.callee == called and ours and (given := _argument(other, name, place)) is not None:
            yield from _values(other, given, seen | {key})


def _meant(other: Call, call: Call, function: Function) -> bool:
    """Whether a call in another module may be of this function."""
    if function.of is not None:
        return other.module.knows(function.of)
    called = function.node.name
    return getattr(other.module.live, called, None) is getattr(call.module.live, called)


def _parameter(function: Function, name: str) -> int | None:
    """The place of a parameter, `self` not counted; None for what is none."""
    names = [each.arg for each in (*function.node.args.posonlyargs, *function.node.args.args)]
    if name in [each.arg for each in function.node.args.kwonlyargs]:
        return 1_000
    return names.index(name) - (names[0] == "self") if name in names else None


def _assigned(function: Function, name: str) -> list[ast.expr]:
    """What is put into a variable of a function, also as one of several."""
    found: list[ast.expr] = []
    for node in ast.walk(function.node):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                found.append(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                found += [
                    value
                    for each, value in zip(target.elts, node.value.elts, strict=True)
                    if isinstance(each, ast.Name) and each.id == name
                ]
    return found
