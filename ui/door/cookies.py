"""The app's cookies. Over TLS their names begin with __Host-: no other host, and no page without TLS, can set them."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

SESSION: Final = "redline_session"
FORM: Final = "redline_form"
NEXT: Final = "redline_next"
_PREFIX: Final = "__Host-"


def put(answer: Response, name: str, value: str, *, tls: bool, seconds: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites' forms do not bring along."""
    answer.set_cookie(_full(name, tls=tls), value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=tls)


def take_back(answer: Response, name: str, *, tls: bool) -> None:
    """Delete a cookie."""
    answer.delete_cookie(_full(name, tls=tls), path="/", httponly=True, samesite="lax", secure=tls)


def value(cookies: Mapping[str, str], name: str, *, tls: bool) -> str | None:
    """What a request brought along."""
    return cookies.get(_full(name, tls=tls))


def session_token(cookies: Mapping[str, str]) -> str | None:
    """The token in a websocket's cookies, which the gate let through: it has seen over what they came."""
    return cookies.get(_PREFIX + SESSION) or cookies.get(SESSION)


def _full(name: str, *, tls: bool) -> str:
    return _PREFIX + name if tls else name
