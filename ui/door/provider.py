"""Signing in at the provider: Streamlit's own login (Authlib) asks and checks, and what it brings back becomes a
session of ours in the same moment. Its cookies open nothing here; they only let `/auth/logout` sign out there as well.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message
from streamlit.auth_util import encode_provider_token, get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import SESSION_COOKIE_NAME, USER_COOKIE_NAME

from audit_core.access.provider import Identity, configured, confirm_at_provider, sign_in_at_provider
from audit_core.access.refusals import Why
from audit_core.errors import AuditError, ConfigError, SignInRefused
from audit_core.settings.environment import secret
from audit_core.store.sessions import LONGEST_SESSION
from audit_core.workspace import Workspace
from ui.door import cookies
from ui.door.asked import target_of, where_of
from ui.door.hosts import Over, address
from ui.door.limits import Limit
from ui.door.own import sign_in_page
from ui.door.visits import note, session_of
from ui.opened import whole_workspace

CLIENT_SECRET: Final = "REDLINE_OIDC_CLIENT_SECRET"
COOKIE_SECRET: Final = "REDLINE_COOKIE_SECRET"
_SIGN_IN, _AGAIN = "provider", "again"  # names of one provider that is asked in two ways
_STARTS: Final = {"/sign-in/provider": _SIGN_IN, "/sign-in/again": _AGAIN}
_CALLBACK: Final = "/oauth2callback"
HERS: Final = (*_STARTS, "/auth/login", "/auth/logout", _CALLBACK)
_SHORTEST_SECRET: Final = 32
_THERE_AND_BACK_S: Final = 600
_STARTED: Final = Limit(30)


def auth_secrets() -> dict[str, Any]:
    """What Streamlit's login is given by `st.App(secrets=…)`; nothing where it is not set up (the log says why)."""
    try:
        return {"auth": _auth_section(whole_workspace())}
    except AuditError as error:
        if not isinstance(error, ConfigError) or "security.oidc is null" not in str(error):
            logging.getLogger(__name__).warning("Signing in at the provider is off: %s", error)
        return {}


def _auth_section(here: Workspace) -> dict[str, Any]:
    oidc = configured(here)
    found = {name: secret(here.config, name) for name in (CLIENT_SECRET, COOKIE_SECRET)}
    if missing := [name for name, value in found.items() if not value]:
        raise ConfigError(f"{' and '.join(missing)} must be in the environment for signing in at {oidc.name}.")
    if len(found[COOKIE_SECRET] or "") < _SHORTEST_SECRET:
        raise ConfigError(f"{COOKIE_SECRET} is shorter than {_SHORTEST_SECRET} characters: take a random one.")
    client = {
        "client_id": oidc.client_id,
        "client_secret": found[CLIENT_SECRET],
        "server_metadata_url": oidc.metadata_url,
    }
    scope = {"scope": "openid email profile"}
    return {
        "redirect_uri": f"{oidc.app_url}{_CALLBACK}",
        "cookie_secret": found[COOKIE_SECRET],
        _SIGN_IN: {**client, "client_kwargs": {**scope, "prompt": "select_account"}},
        _AGAIN: {**client, "client_kwargs": {**scope, "prompt": "login"}, "authorize_params": {"max_age": "0"}},
    }


async def at_provider(app: ASGIApp, request: Request, came: Over) -> Response | None:
    """The answer to an address of the flow; None: Streamlit answers."""
    try:
        await to_thread.run_sync(lambda: _auth_section(whole_workspace()))
    except AuditError as error:
        return await sign_in_page(request, came, "/", str(error), status=404)
    path = request.url.path
    if came is Over.CLEAR:
        return await sign_in_page(request, came, "/")
    if path in _STARTS:
        return _start(request, _STARTS[path], came)
    if path == "/auth/login" and (seconds := _STARTED.ask(address(request))):
        return PlainTextResponse("Too many requests.", status_code=429, headers={"retry-after": str(seconds)})
    if path == "/auth/logout" and request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return RedirectResponse("/", status_code=303)  # a link on another site signs nobody out
    return await _back(app, request, came) if path == _CALLBACK else None


def _start(request: Request, provider: str, came: Over) -> Response:
    answer = RedirectResponse(f"/auth/login?provider={encode_provider_token(provider)}", status_code=303)
    target = target_of(request.query_params.get("next", "/"))
    cookies.put(answer, cookies.NEXT, target, tls=came is Over.TLS, seconds=_THERE_AND_BACK_S)
    return answer


async def _back(app: ASGIApp, request: Request, came: Over) -> Response:
    """From the provider: let Streamlit check its answer, and make of it what it is good for here."""
    tls, here, now = came is Over.TLS, whole_workspace(), datetime.now(UTC)
    set_cookies = await _heard(app, request)
    claims = _claims(set_cookies)
    target = target_of(cookies.value(request.cookies, cookies.NEXT, tls=tls) or "/")
    if claims is None and not request.query_params:  # after signing out there
        return RedirectResponse("/sign-in", status_code=303)
    token = cookies.value(request.cookies, cookies.SESSION, tls=tls)
    try:
        new = await to_thread.run_sync(lambda: _exchanged(here, claims, token, request, now))
    except AuditError as error:
        answer = await sign_in_page(request, came, target, str(error), status=403)
        _hand_on(answer, set_cookies, tls=tls, only=SESSION_COOKIE_NAME)
        return answer
    answer = RedirectResponse(target, status_code=303)
    if new is not None:
        cookies.put(answer, cookies.SESSION, new, tls=tls)
    cookies.take_back(answer, cookies.NEXT, tls=tls)
    _hand_on(answer, set_cookies, tls=tls)
    return answer


def _exchanged(
    here: Workspace, claims: Mapping[str, Any] | None, token: str | None, request: Request, now: datetime
) -> str | None:
    """A new session's token; None where the one that is there was confirmed. Raises SignInRefused."""
    oidc, where = configured(here), where_of(request)
    if claims is None:
        note(request, Why.PROVIDER)
        raise SignInRefused(f"The sign-in at {oidc.name} did not succeed: try again.")
    try:
        identity = Identity.from_claims(claims, oidc.role_claim)
    except SignInRefused:
        note(request, Why.PROVIDER)
        raise
    if claims.get("provider") != _AGAIN:
        return sign_in_at_provider(here, identity, where, now)
    session = session_of(request, token, now) if token else None
    if session is None:
        note(request, Why.ENDED)
        raise SignInRefused("Your session has ended meanwhile: sign in again.")
    confirm_at_provider(here, session, identity, where, now)
    return None


async def _heard(app: ASGIApp, request: Request) -> list[str]:
    """The cookies that Streamlit sets in its answer, which goes nowhere."""
    found: list[str] = []

    async def hearing(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.extend(value.decode("latin-1") for name, value in message["headers"] if name.lower() == b"set-cookie")

    await app(request.scope, request.receive, hearing)
    return found


def _claims(set_cookies: list[str]) -> Mapping[str, Any] | None:
    """What the provider says of who signed in; None where Streamlit did not believe it."""
    values: dict[str, str] = {}
    for each in set_cookies:
        try:
            values.update({name: morsel.value for name, morsel in SimpleCookie(each).items()})
        except CookieError:
            continue

    def one(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, values[name]) if values.get(name) else None

    found = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    said = json.loads(found) if found else None
    return said if isinstance(said, dict) and said.get("is_logged_in") else None


def _hand_on(answer: Response, set_cookies: list[str], *, tls: bool, only: str = "") -> None:
    """Give Streamlit's cookies to the browser, for no longer than a session lasts, and over TLS for nothing else."""
    for each in set_cookies:
        if each.startswith(only):
            limited = re.sub(r"(?i)max-age=\d{6,}", f"Max-Age={LONGEST_SESSION // timedelta(seconds=1)}", each)
            secure = "; Secure" if tls and "secure" not in limited.lower() else ""
            answer.raw_headers.append((b"set-cookie", (limited + secure).encode("latin-1")))
