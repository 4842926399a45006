"""Reading a settings file: text → checked JSON → model; whatever is wrong becomes one sentence.

Every sentence names the file, the dotted place, what was found there and what was expected.
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from audit_core.errors import ConfigError
from audit_core.settings.secrets_gate import Place, dotted, find_secrets, has_secret_name, looks_secret, shown_key

M = TypeVar("M", bound=BaseModel)
_ADVICE = "move it to the environment or to a .env file (mode 0600) beside this file"


def read_settings(path: Path, model: type[M], text: str | None = None) -> M:
    """The file as a `model`, with its folder as validation context. Raises ConfigError, never echoing a secret.

    `text`: what stands in it, where the caller has read it.
    """
    text = settings_text(path) if text is None else text
    data = _parsed(path, text)
    if not isinstance(data, dict):
        raise _refusal(path, [f"found {_found(data, ())}, expected an object with the keys {_keys(model)}"])
    try:
        return model.model_validate_json(text, context={"folder": path.absolute().parent})
    except ValidationError as error:
        wrong = [_sentence(model, details) for details in error.errors(include_url=False)]
    raise _refusal(path, wrong)


def setting_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key a model takes, dotted, in order; `[]` stands for an item of a list."""
    keys: dict[str, None] = {}
    for name, field in model.model_fields.items():
        groups = _groups(field)
        if not groups or field.description:  # some groups have a second form of their own
            keys[prefix + name] = None
        item = "[]" if get_origin(field.annotation) is tuple else ""
        for group in groups:
            keys.update(dict.fromkeys(setting_keys(group, f"{prefix}{name}{item}.")))
    return list(keys)


class _Doubled(dict[str, Any]):
    """A JSON object in which a key stands twice."""

    key: str


def settings_text(path: Path, content: bytes | None = None) -> str:
    """What stands in the file. `content`: its bytes, where the caller has read them. Raises ConfigError."""
    try:
        return (path.read_bytes() if content is None else content).decode("utf-8-sig")
    except FileNotFoundError:
        found = "no such file"
    except IsADirectoryError:
        found = "a folder"
    except UnicodeDecodeError as error:
        found = f"a byte that is not UTF-8 at position {error.start}"
    except (OSError, ValueError) as error:
        found = f"a file that cannot be read ({getattr(error, 'strerror', None) or error})"
    raise _refusal(path, [f"found {found}, expected a JSON file in UTF-8"])


def _parsed(path: Path, text: str) -> object:
    """The file as JSON, free of secrets and of keys that stand twice."""
    try:
        data: object = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
        wrong = [
            f"{dotted(place)}: found a secret (not shown), expected none here: {_ADVICE}"
            for place in find_secrets(data)
        ]
        wrong = wrong or [
            f"{dotted(place)}: found this key twice, expected it once" for place in _doubled_keys(data, ())
        ]
        if not wrong:
            return data
    except json.JSONDecodeError as error:
        wrong = [f"line {error.lineno}, column {error.colno}: found {_slip(error.msg)}, expected valid JSON"]
    except RecursionError:
        wrong = ["found values nested too deep, expected a few levels"]
    except ValueError as error:  # NaN, Infinity, a number of thousands of digits
        found = str(error) if len(str(error)) < len("-Infinity!") else "a number of too many digits"
        wrong = [f"found {found}, expected a number that JSON knows"]
    raise _refusal(path, wrong)


def _slip(message: str) -> str:
    return "text after the end" if message == "Extra data" else f"a slip ({message[0].lower()}{message[1:]})"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    doubled = _Doubled(result)
    names = [name for name, _ in pairs]
    doubled.key = next(name for index, name in enumerate(names) if name in names[:index])
    return doubled


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _doubled_keys(data: object, place: Place) -> Iterator[Place]:
    if isinstance(data, _Doubled):
        yield (*place, data.key)
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _doubled_keys(value, (*place, key))


def _sentence(model: type[BaseModel], error: ErrorDetails) -> str:
    place, group, field = _located(model, error["loc"])
    where = dotted(place)
    kind = error["type"]
    if kind == "json_invalid":  # what json.loads let pass, such as half a surrogate pair
        return f"found {error['msg'].lower()}, expected valid JSON"
    if kind == "extra_forbidden" and group:
        close = difflib.get_close_matches(str(place[-1]), list(group.model_fields), n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return f"{where}: found an unknown key, expected one of {_keys(group)}{hint}"
    if kind in {"union_tag_not_found", "union_tag_invalid"} and isinstance(error["input"], dict):
        found = _found(error["input"]["kind"], place) if "kind" in error["input"] else "nothing"
        return f"{where}.kind: found {found}, expected {_expected(field, group).partition(' kind is ')[2]}"
    found = "nothing" if kind == "missing" else _found(error["input"], place)
    item = bool(place) and isinstance(place[-1], int)
    return f"{where}: found {found}, expected {_expected(None if item and group else field, group, item=item)}"


def _located(model: type[BaseModel], loc: Place) -> tuple[Place, type[BaseModel] | None, FieldInfo | None]:
    """(the place without pydantic's union tags, the innermost group on the way, the innermost field)."""
    place: list[str | int] = []
    group: type[BaseModel] | None = model
    field: FieldInfo | None = None
    parts = list(loc)
    while parts:
        part = parts.pop(0)
        place.append(part)
        if isinstance(part, int) or group is None or part not in group.model_fields:
            continue
        field = group.model_fields[part]
        inner = _groups(field)
        tag = parts.pop(0) if field.discriminator and parts else None
        tagged = [one for one in inner if "kind" in one.model_fields and tag in get_args(_kind(one))]
        chosen = tagged or inner
        group = chosen[0] if chosen else group if not parts else None
    return tuple(place), group, field


def _kind(group: type[BaseModel]) -> object:
    return group.model_fields["kind"].annotation


def _groups(annotation: object) -> list[type[BaseModel]]:
    """The models inside a field or a type: itself, the members of a union, the items of a tuple."""
    if isinstance(annotation, FieldInfo):
        annotation = annotation.annotation
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [] if get_origin(annotation) is Literal else [one for arg in get_args(annotation) for one in _groups(arg)]


def _keys(group: type[BaseModel]) -> str:
    return ", ".join(group.model_fields)


def _expected(field: FieldInfo | None, group: type[BaseModel] | None, *, item: bool = False) -> str:
    if field is not None and field.description:
        return f"an item of {field.description}" if item else field.description
    return f"an object with the keys {_keys(group)}" if group else "another value"


def _found(value: object, place: Place) -> str:
    """A value for a sentence: short, on one line, and never one that could be a secret."""
    match value:
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case str() if looks_secret(value) or has_secret_name(place) or "password_complexity" in place:
            return "text (not shown)"
        case str():
            return f'"{shown_key(value)}"'
        case _:
            return json.dumps(value, default=str)[:40]


def _refusal(path: Path, wrong: list[str]) -> ConfigError:
    more = len(wrong) - 1
    rest = f" (and {more} more {'error' if more == 1 else 'errors'})" if more else ""
    return ConfigError(f"{path}: {wrong[0]}{rest}.")
