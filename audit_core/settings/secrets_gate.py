"""Finds secrets in a settings file, so that they are refused before anything else looks at the values.

A place may be shown, a value never; a key that itself looks like a secret is not shown either.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]

# these hold no secret although their names sound like it
_HARMLESS_KEYS = {"password_complexity", "session_timeout", "max_login_attempts"}
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:tokens?|pass(?:word|wd|phrase)s?|pwd|secrets?|(?:api|access|private)_?keys?|credentials?|webhook_?urls?)"
    r"(?:_|$)"
)
_SECRET_TEXT = re.compile(
    r"""hooks\.slack\.com/(?:services|workflows|triggers)/
      | webhook\.office\.com
      | [a-z][a-z0-9+.-]*://[^/\s@]*:[^/\s@]*@                                 # user:password@ in an address
      | [?&](?:sig|key|code|token|secret|password|api_?key|access_token)=[^&\s]
      | \bbearer\s+\S
      | -----begin\ [a-z ]*private\ key
      | \b(?:xox[a-z]-|gh[a-z]_|github_pat_|eyj[a-z0-9_-]+\.eyj)               # Slack, GitHub, JSON web tokens
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9_+=~-]{26,}")


def find_secrets(data: object, place: Place = ()) -> Iterator[Place]:
    """The place of every secret in parsed JSON, in the order of the file."""
    match data:
        case dict():
            for key, value in data.items():
                yield from find_secrets(value, (*place, key))
        case list():
            for index, value in enumerate(data):
                yield from find_secrets(value, (*place, index))
        case str() if place[-1:] == ("client_id",) and _GUID.fullmatch(data):
            return  # the public name of an app at Microsoft
        case str() if looks_secret(data) or (data.strip() and has_secret_name(place)):
            yield place


def looks_secret(text: str) -> bool:
    """Whether a text has the shape of a token, or of an address or header that carries one."""
    return bool(_SECRET_TEXT.search(text)) or any(map(_is_token, re.split(r"[\s,;:'\"<>()]+", text)))


def has_secret_name(place: Place) -> bool:
    """Whether the name of this key, or of a group around it, says that it holds a secret."""
    return any(isinstance(part, str) and _names_secret(part) for part in place)


def dotted(place: Place) -> str:
    """A place as people write it: `weeks.reopenings[0].until`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + shown_key(part)
    return text


def shown_key(key: str) -> str:
    """A key fit to be printed on one line: hidden if it looks like a secret, shortened if long."""
    if looks_secret(key):
        return "(a key not shown)"
    key = key.encode("unicode_escape").decode() if not key.isprintable() else key
    return key if len(key) <= 40 else key[:39] + "…"


def _names_secret(key: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", key).lower()
    return words not in _HARMLESS_KEYS and bool(_SECRET_KEY.search(words))


def _is_token(word: str) -> bool:
    if not _TOKEN.fullmatch(word):
        return False
    # "redline-data-2026-north-south" is long and mixed too, but each of its pieces is a word or a number
    return any(re.search(r"[0-9]", piece) and re.search(r"[A-Za-z]", piece) for piece in re.split(r"[_-]", word))
