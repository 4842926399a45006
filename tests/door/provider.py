"""An OpenID provider on this machine: a process of its own, that a browser is sent to and that the app asks for tokens.

Authorization code with PKCE, discovery, JWKS and the end of its session, as RFC 6749, RFC 7636 and OpenID Connect say.
Who "signs in" presses a button with a name. What each of them is there, and what the provider does wrong for them, is
PEOPLE. `python -m tests.door.provider PORT`.
"""

import base64
import hashlib
import hmac
import secrets
import sys
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "redline", "secret-of-a-test"
PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"email": "anna@corp.example", "groups": ["staff", "redline-auditors"]},
    "otto": {"email": "otto@corp.example", "groups": ["redline-admins"]},
    "nina": {"email": "nina@corp.example", "groups": ["staff"]},  # has no role
    "uwe": {"email": "auditor@example.com", "groups": ["redline-users"]},  # the e-mail of somebody here
    "mallory": {"email": "anna@corp.example", "groups": ["redline-admins"], "nonce": "another"},
    "olga": {"email": "olga@corp.example", "groups": ["redline-users"], "iat": -900, "exp": 300},  # an old answer
}


@dataclass
class Provider:
    """What it remembers: codes that it gave, and who is signed in by which cookie."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/", self.home),
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/jwks", lambda _: JSONResponse({"keys": [self.key.as_dict(private=False)]})),
            Route("/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/end_session", self.end_session),
        ]

    async def home(self, request: Request) -> Response:
        who = self.here.get(request.cookies.get("at_provider", ""), "nobody")
        return HTMLResponse(f"<title>Provider</title><p>Signed in here: {escape(who)}</p>")

    async def discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("token", "end_session")},
                "authorization_endpoint": f"{self.issuer}/authorize",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code":
            return HTMLResponse("<p>No such client.</p>", 400)
        if request.method == "GET":
            buttons = "".join(f'<button name="who" value="{name}">{name}</button>' for name in PEOPLE)
            return HTMLResponse(f'<title>Provider</title><form method="post">{buttons}</form>')
        who = str((await request.form())["who"])
        code, cookie = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.codes[code], self.here[cookie] = {"who": who, **dict(asked)}, who
        answer = RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)
        answer.set_cookie("at_provider", cookie, httponly=True)
        return answer

    async def token(self, request: Request) -> Response:
        form = dict(await request.form())
        given = self.codes.pop(str(form.get("code")), None)  # a code is good for once
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        known = hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {basic}")
        known = known or form.get("client_secret") == CLIENT_SECRET
        challenge = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        proven = given and base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == given.get("code_challenge")
        if not (known and given and proven and form.get("redirect_uri") == given["redirect_uri"]):
            return JSONResponse({"error": "invalid_grant"}, 400)
        word = jwt.encode({"alg": "RS256", "kid": "1"}, self._claims(given), self.key)
        return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": word})

    def _claims(self, given: dict[str, str]) -> dict[str, Any]:
        person, now = PEOPLE[given["who"]], int(time.time())
        return {
            "iss": self.issuer,
            "sub": f"subject-of-{given['who']}",
            "aud": CLIENT,
            "iat": now + person.get("iat", 0),
            "exp": now + person.get("exp", 600),
            "auth_time": now,
            "nonce": person.get("nonce", given["nonce"]),
            "email": person["email"],
            "groups": person["groups"],
        }

    async def end_session(self, request: Request) -> Response:
        self.here.pop(request.cookies.get("at_provider", ""), None)
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)


if __name__ == "__main__":
    port = int(sys.argv[1])
    provider = Provider(f"http://localhost:{port}")
    uvicorn.run(Starlette(routes=provider.routes()), host="127.0.0.1", port=port, log_level="warning")
