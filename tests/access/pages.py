"""The tables of docs/access.md, made of the code."""

import re
from collections.abc import Iterable, Mapping

from audit_core.actors import JOBS, Role
from audit_core.permissions import GUESTS, PERMISSIONS, SYSTEM, WITHIN_SHEETS, Permission

_PART = "<!-- {name}: made of the code -->"


def markdown(text: str, asked: Mapping[str, Permission]) -> str:
    """The page with its tables as the code has them. `asked`: function → the permission that it asks first."""
    parts = {"permissions": _permissions(), "functions": _functions(asked)}
    for name, lines in parts.items():
        begin, end = _PART.format(name=name), _PART.format(name=f"end of {name}")
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        assert pattern.search(text), f"the page has no place for {name}"
        before, after = pattern.split(text)
        text = before + "\n".join([begin, *lines, end]) + after
    return text


def _permissions() -> Iterable[str]:
    yield "| permission | User | Auditor | Admin | limited to some sheets | guest of a room | jobs |"
    yield "|---|---|---|---|---|---|---|"
    for permission in sorted(Permission):
        roles = [_mark(permission in PERMISSIONS[role]) for role in Role]
        within = "as the role" if permission in WITHIN_SHEETS else "no"
        guest = "what lies there" if permission is Permission.READ_REPORTS else _mark(permission in GUESTS)
        jobs = _mark(permission in SYSTEM[JOBS.user_id])
        yield f"| `{permission}` | {' | '.join(roles)} | {within} | {guest} | {jobs} |"


def _functions(asked: Mapping[str, Permission]) -> Iterable[str]:
    yield "| permission | core functions that ask for it first |"
    yield "|---|---|"
    for permission in sorted(set(asked.values())):
        names = ", ".join(f"`{name}`" for name in sorted(asked) if asked[name] is permission)
        yield f"| `{permission}` | {names} |"


def _mark(may: bool) -> str:
    return "yes" if may else "–"
