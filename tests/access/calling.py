"""Calling whatever there is: public functions found by looking, with arguments made from their names and types."""

import importlib
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

import audit_core
from audit_core.filters import EventFilter

ROOT = Path(audit_core.__file__).parent
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """One public function or method. `of`: its class, None for a function."""

    module: str
    name: str
    call: Callable[..., Any]
    of: type | None

    @property
    def place(self) -> str:
        """As it is written down: `access.people.add_person`."""
        return f"{self.module.removeprefix('audit_core.')}.{self.name}"

    def hints(self) -> dict[str, Any]:
        """Parameter → type; where one is imported for its type alone, as the module writes it."""
        try:
            told = typing.get_type_hints(self.call)
        except NameError:
            told = {name: each.annotation for name, each in inspect.signature(self.call).parameters.items()}
        return {name: hint for name, hint in told.items() if name not in ("self", "return")}

    def takes(self, *kinds: type) -> bool:
        """Whether a parameter is of one of these types."""
        return any(kind in (hint, *typing.get_args(hint)) for hint in self.hints().values() for kind in kinds)


def public() -> Iterator[Found]:
    """Every public function and method of our own modules."""
    for path in sorted(ROOT.rglob("*.py")):
        name_of = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name_of)
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != name_of:
                continue
            if inspect.isfunction(thing):
                yield Found(name_of, name, thing, None)
            elif inspect.isclass(thing):
                for word, each in vars(thing).items():
                    if inspect.isfunction(each) and (word == "__init__" or not word.startswith("_")):
                        yield Found(name_of, f"{name}.{word}", each, thing)


def arguments(found: Found, given: Mapping[Any, Any]) -> dict[str, Any]:
    """One harmless value for each parameter without a default. `given`: by name or type, before all else."""
    hints, made = found.hints(), {}
    for name, parameter in inspect.signature(found.call).parameters.items():
        if name == "self" or parameter.kind is parameter.VAR_KEYWORD:
            continue
        hint = hints.get(name, Any)
        if parameter.kind is parameter.VAR_POSITIONAL or (
            parameter.default is not parameter.empty and name not in given and not _typed(hint, given)
        ):
            continue
        made[name] = given[name] if name in given else _value(hint, given)
    return made


def _typed(hint: Any, given: Mapping[Any, Any]) -> bool:
    return isinstance(hint, type) and hint in given


_VALUES: dict[Any, Any] = {
    str: "x", int: 1, float: 0.5, bool: False, datetime: NOW, date: NOW.date(), Path: Path("nowhere"),
    ZoneInfo: ZoneInfo("UTC"), EventFilter: EventFilter(), pl.DataFrame: pl.DataFrame(), pl.Series: pl.Series([1]),
    pl.Expr: pl.col("sheet_name"),
}  # fmt: skip


def _value(hint: Any, given: Mapping[Any, Any]) -> Any:
    """A value of a type; what nobody can make is an object that is good for nothing."""
    if _typed(hint, given):
        return given[hint]
    if isinstance(hint, type) and hint in _VALUES:
        return _VALUES[hint]
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(parts[0], given)
    if origin is not None and isinstance(origin, type):
        if issubclass(origin, Mapping):
            return {}
        if issubclass(origin, tuple | list) or origin.__module__ == "collections.abc":
            return []
    return object()
