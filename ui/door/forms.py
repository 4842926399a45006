"""Forms of this app: each carries a word that only this process can have written, for this browser, and for once."""

import secrets
import threading
from collections import OrderedDict
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

_GOOD_FOR_S: Final = 1_800
_REMEMBERED: Final = 50_000
_SECRET: Final = secrets.token_bytes(32)  # dies with the process: an open form is asked for again after a restart
_used: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def new_browser() -> str:
    """A word that tells a browser from others before anybody signs in, for a cookie."""
    return secrets.token_urlsafe(24)


def word(browser: str, act: str) -> str:
    """The hidden field of a form that does `act`."""
    return _signer(browser, act).dumps(secrets.token_urlsafe(12))


def take(browser: str | None, act: str, said: str) -> bool:
    """Whether a form brought a word of ours, for this browser, not too old; it is used up by that."""
    if not browser:
        return False
    try:
        once = _signer(browser, act).loads(said, max_age=_GOOD_FOR_S)
    except BadData:
        return False
    with _lock:
        if once in _used:
            return False
        _used[once] = None
        if len(_used) > _REMEMBERED:
            _used.popitem(last=False)
    return True


def _signer(browser: str, act: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_SECRET, salt=f"{act} {browser}")
