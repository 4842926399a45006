"""What a request to the door says: its form, where it came from, where it wants to go."""

from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse

from audit_core.access.device import LONGEST
from audit_core.actors import Where
from ui.door.headers import PLAIN_POLICY
from ui.door.hosts import address

_LARGEST_FORM = 8_192
_IN_A_QUERY = "%/:?@!$&'()*+,;=[]"  # stays as it is there


async def form_of(request: Request) -> dict[str, str] | None:
    """The fields of a form; None when it is larger than any of ours, and then the rest is not read."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            return None
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}


def where_of(request: HTTPConnection) -> Where:
    """Where it came from, as the record has it."""
    return Where(address(request), request.headers.get("user-agent", "")[:LONGEST] or None)


def same_origin(request: HTTPConnection) -> bool:
    """Whether a request comes from a page of this app; a request without an origin comes from no page at all."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def target_of(wanted: str) -> str:
    """Where to go after signing in: an address of this app, whatever was asked for."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # brackets that are no address
        return "/"
    doors = ("//", "/\\", "/sign-", "/password", "/auth/", "/oauth2callback")
    if not parts.path.startswith("/") or parts.path.startswith(doors) or parts.netloc:
        return "/"
    return quote(parts.path) + (f"?{quote(parts.query, safe=_IN_A_QUERY)}" if parts.query else "")


def html(page: str, status: int = 200) -> HTMLResponse:
    """A page of the door."""
    return HTMLResponse(page, status, {"content-security-policy": PLAIN_POLICY})
