"""By which name the server was asked, and over what: what is neither TLS nor local, others can listen to."""

import os
from enum import Enum, auto
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from audit_core.errors import AuditError
from audit_core.settings import Settings
from ui.opened import whole_workspace

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  (no name to be called by)
_BY_PROXY: Final = ("x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip")


class Over(Enum):
    """What a request came over."""

    TLS = auto()
    LOOPBACK = auto()
    CLEAR = auto()


def over(connection: HTTPConnection) -> Over:
    """What it came over. A proxy's word counts only where the operator named the proxy (FORWARDED_ALLOW_IPS)."""
    by_proxy = any(name in connection.headers for name in _BY_PROXY)
    if by_proxy and not os.environ.get("FORWARDED_ALLOW_IPS"):
        return Over.CLEAR
    if connection.url.scheme in ("https", "wss"):
        return Over.TLS
    here = connection.client is not None and _is_loopback(connection.client.host)
    return Over.LOOPBACK if here and _name(connection) in _LOOPBACK and not by_proxy else Over.CLEAR


def known_host(connection: HTTPConnection) -> bool:
    """Whether this server goes by the name that was asked for: any other may be a page that a browser was led to."""
    try:
        return _name(connection) in _LOOPBACK | _named(whole_workspace().settings)
    except AuditError:
        return _name(connection) in _LOOPBACK


def _named(settings: Settings) -> set[str]:
    """The names in the settings: where it listens, and all addresses that are said to lead here."""
    oidc, dashboard = settings.security.oidc, settings.dashboard
    addresses = (settings.webhook.url if settings.webhook.enabled else None, oidc.app_url if oidc else None)
    led = {urlsplit(each).hostname or "" for each in addresses if each}
    return {name.lower() for name in (*dashboard.hosts, dashboard.host, *led)} - _EVERYWHERE - {""}


def address(connection: HTTPConnection) -> str | None:
    """The network address of whoever asks, None where it is not known.

    The server believes X-Forwarded-For from this machine unless told whom to believe; here that is anybody's word.
    """
    if "x-forwarded-for" in connection.headers and not os.environ.get("FORWARDED_ALLOW_IPS"):
        return None
    try:
        return str(ip_address(connection.client.host)) if connection.client else None
    except ValueError:
        return None


def _name(connection: HTTPConnection) -> str:
    """The name in the Host header, without its port; empty where there is none that can be read."""
    host = connection.headers.get("host", "").strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
