"""What answers without Streamlit: signing in and out, a password to replace, health, and what Smartsheet calls."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from audit_core.access import Door, change_password
from audit_core.access.refusals import REQUESTS, SIGN_INS, Kind, Why
from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError, NotAllowed, SignInRefused
from audit_core.store.sessions import Session
from ui.door import cookies, forms, pages, webhook
from ui.door.asked import form_of, html, same_origin, target_of, where_of
from ui.door.health import health
from ui.door.hosts import Over, address
from ui.door.limits import Limit
from ui.door.visits import note, session_of
from ui.opened import whole_workspace

_AT_ONCE: Final = CapacityLimiter(2)  # threads that look at passwords: all others stay with the pages
_MOST_WAITING: Final = 20
_REFUSED: Final = Limit(20)
_HEALTH, _CALLS = Limit(120), Limit(600)
_IN_THE_CLEAR: Final = (
    "Others could read your password on this connection. Open the app over https (a proxy in front of it is named in "
    "FORWARDED_ALLOW_IPS by the operator), or on the machine itself."
)
_OLD_FORM: Final = "This form was used before, or is too old. Sign in again."


async def sign_in_page(
    request: Request, came: Over, target: str, sentence: str = "", email: str = "", status: int = 200
) -> Response:
    """The sign-in, with a new word for its form."""
    if came is Over.CLEAR:
        return html(pages.closed_html(_IN_THE_CLEAR), 403)
    tls = came is Over.TLS
    try:
        security = (await to_thread.run_sync(whole_workspace)).settings.security
        local, provider = security.local_sign_in, security.oidc.name if security.oidc else None
    except AuditError as error:
        return html(pages.closed_html(str(error)), 503)
    browser = cookies.value(request.cookies, cookies.FORM, tls=tls) or forms.new_browser()
    offered = pages.SignIn(target, forms.word(browser, "sign-in") if local else None, provider)
    answer = html(pages.sign_in_html(offered, sentence, email), status)
    cookies.put(answer, cookies.FORM, browser, tls=tls)
    return answer


async def _sign_in(request: Request, came: Over) -> Response:
    target = target_of(request.query_params.get("next", "/"))
    if request.method != "POST":
        return await sign_in_page(request, came, target)
    if not same_origin(request):
        await _note(request, Why.ORIGIN)
        return PlainTextResponse("This form was sent from another site.", status_code=403)
    if came is Over.CLEAR:
        await _note(request, Why.CLEAR)
        return await sign_in_page(request, came, target)
    if seconds := _REFUSED.wait(address(request)):
        return await _too_many(request, came, seconds)
    form = await form_of(request)
    if form is None:
        await _note(request, Why.LARGE)
        return PlainTextResponse("This is no sign-in.", status_code=413)
    email, target = form.get("email", ""), target_of(form.get("next", "/"))
    if not _ours(request, came, "sign-in", form):
        _REFUSED.take(address(request))
        await _note(request, Why.FORM)
        return await sign_in_page(request, came, target, _OLD_FORM, email, 403)
    if _AT_ONCE.statistics().tasks_waiting >= _MOST_WAITING:
        return await _too_many(request, came, 5)
    try:
        token = await to_thread.run_sync(
            lambda: Door(whole_workspace()).sign_in(
                email, form.get("password", ""), where_of(request), datetime.now(UTC)
            ),
            limiter=_AT_ONCE,
        )
    except SignInRefused as error:
        _REFUSED.take(address(request))
        return await sign_in_page(request, came, target, str(error), email, 401)
    except NotAllowed as error:
        await _note(request, Why.NO_PASSWORDS)
        return await sign_in_page(request, came, target, str(error), email, 403)
    except AuditError as error:
        return await sign_in_page(request, came, target, str(error), email, 503)
    answer = RedirectResponse(target, status_code=303)
    cookies.put(answer, cookies.SESSION, token, tls=came is Over.TLS)
    return answer


async def _too_many(request: Request, came: Over, seconds: int) -> Response:
    await _note(request, Why.TOO_MANY)
    sentence = f"Too many sign-ins from here were refused. Try again in {seconds} second{'s' if seconds > 1 else ''}."
    answer = await sign_in_page(request, came, "/", sentence, status=429)
    answer.headers["retry-after"] = str(seconds)
    return answer


async def _note(request: Request, why: Why, kind: Kind = SIGN_INS) -> None:
    """Put what is refused on record."""
    await to_thread.run_sync(note, request, why, kind, limiter=_AT_ONCE)


async def _sign_out(request: Request, came: Over) -> Response:
    """By its own form, or by a link of this app; who came from elsewhere is asked first."""
    tls, browser = came is Over.TLS, cookies.value(request.cookies, cookies.FORM, tls=came is Over.TLS)
    if request.method == "POST":
        wanted = await _brought(request, came, "sign-out") is not None
    else:
        wanted = request.headers.get("sec-fetch-site") in ("same-origin", "none")
    if not wanted:
        answer: Response = html(pages.sign_out_html(forms.word(browser := browser or forms.new_browser(), "sign-out")))
        cookies.put(answer, cookies.FORM, browser, tls=tls)
        return answer
    session = None
    if token := cookies.value(request.cookies, cookies.SESSION, tls=tls):
        try:
            session = await to_thread.run_sync(_ended, request, token)
        except AuditError as error:
            return await sign_in_page(request, came, "/", str(error), status=503)
    if session is not None and session.by_provider:
        answer = html(pages.onward_html("/auth/logout"))
    else:
        answer = RedirectResponse("/sign-in", status_code=303)
    cookies.take_back(answer, cookies.SESSION, tls=tls)
    return answer


async def _brought(request: Request, came: Over, act: str) -> Mapping[str, str] | None:
    """The form that was sent for `act`; None for one that is not taken, which is put on record."""
    if not same_origin(request):
        why = Why.ORIGIN
    elif (form := await form_of(request)) is None:
        why = Why.LARGE
    elif _ours(request, came, act, form):
        return form
    else:
        why = Why.FORM
    await _note(request, why, REQUESTS)
    return None


def _ours(request: Request, came: Over, act: str, form: Mapping[str, str]) -> bool:
    """Whether a form is one of this app's, for this browser and this act, used for the first time."""
    browser = cookies.value(request.cookies, cookies.FORM, tls=came is Over.TLS)
    return forms.take(browser, act, form.get("form", ""))


def _ended(request: Request, token: str) -> Session | None:
    now = datetime.now(UTC)
    session = session_of(request, token, now)
    Door(whole_workspace()).sign_out(token, now)
    return session


async def _password(request: Request, came: Over) -> Response:
    """For who signed in with a password that somebody else chose: nothing else is there before it is replaced."""
    token = cookies.value(request.cookies, cookies.SESSION, tls=came is Over.TLS)
    target, now = target_of(request.query_params.get("next", "/")), datetime.now(UTC)
    try:
        here, session = await to_thread.run_sync(whole_workspace), None
        if token and came is not Over.CLEAR:
            session = await to_thread.run_sync(session_of, request, token, now)
    except AuditError as error:
        return await sign_in_page(request, came, target, str(error), status=503)
    actor = session.actor() if session else None
    if session is None or actor is None:
        return await sign_in_page(request, came, target)
    if not session.must_change:
        return RedirectResponse(target, status_code=303)
    sentence, status = "", 200
    if request.method == "POST":
        form = await _brought(request, came, "password")
        sentence, status = _OLD_FORM, 403
        if form is not None:
            target = target_of(form.get("next", "/"))
            try:
                await to_thread.run_sync(lambda: _changed(actor, form, now), limiter=_AT_ONCE)
                return RedirectResponse(target, status_code=303)
            except AuditError as error:
                sentence, status = str(error), 401
    browser = cookies.value(request.cookies, cookies.FORM, tls=came is Over.TLS) or forms.new_browser()
    shortest = here.settings.security.min_password_length
    answer = html(pages.password_html(target, forms.word(browser, "password"), shortest, sentence), status)
    cookies.put(answer, cookies.FORM, browser, tls=came is Over.TLS)
    return answer


def _changed(actor: Actor, form: Mapping[str, str], now: datetime) -> None:
    if form.get("new", "") != form.get("again", ""):
        raise ConfigError("The two new passwords are not the same.")
    change_password(whole_workspace(), actor, form.get("old", ""), form.get("new", ""), now)


async def _health(request: Request, _came: Over) -> Response:
    if seconds := _HEALTH.ask(address(request)):
        return _later(seconds)
    found = await to_thread.run_sync(health, datetime.now(UTC))
    return JSONResponse(found, status_code=200 if found["status"] == "ok" else 503)


async def _call(request: Request, _came: Over) -> Response:
    if seconds := _CALLS.ask(address(request)):
        return _later(seconds)
    return await webhook.answer(request)


def _later(seconds: int) -> Response:
    return PlainTextResponse("Too many requests.", status_code=429, headers={"retry-after": str(seconds)})


ROUTES: Final[Mapping[str, Callable[[Request, Over], Awaitable[Response]]]] = {
    "/sign-in": _sign_in,
    "/sign-out": _sign_out,
    "/password": _password,
    "/api/health": _health,
    webhook.PATH: _call,
}
