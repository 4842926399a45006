"""The door's pages: plain, without any script, so that password managers, old browsers and readers can use them."""

from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final
from urllib.parse import quote

# `data-testid` and `data-test-script-state`: the marks by which Streamlit's pages say that they are ready, so that
# whoever drives a browser can wait for this page in the same way.
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · Redline</title>$refresh
<style>
:root { color-scheme: light dark; --ground: #f5f4f2; --card: #fff; --ink: #1f1d1b; --quiet: #66615a; --line: #d9d5cf;
  --accent: #b3261e; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #151413; --card: #201e1c; --ink: #ece9e4; --quiet: #a7a29a;
  --line: #3a3733; --accent: #ff8a80; --on-accent: #2b0a07; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground);
  color: var(--ink); font: 15px/1.5 "Source Sans Pro", system-ui, sans-serif; }
main { width: 100%; max-width: 380px; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 32px; }
.mark { display: flex; align-items: center; gap: 10px; font-weight: 700; font-size: 1.35rem; margin: 0; }
.mark span { width: 22px; height: 22px; border-radius: 5px; background: var(--accent); position: relative; }
.mark span::after { content: ""; position: absolute; left: 4px; right: 4px; top: 10px; height: 3px;
  background: var(--card); }
p.lead { color: var(--quiet); margin: 8px 0 24px; }
label { display: block; font-weight: 600; margin: 0 0 6px; }
input { width: 100%; font: inherit; padding: 10px 12px; margin: 0 0 18px; border: 1px solid var(--line);
  border-radius: 6px; background: var(--ground); color: inherit; }
:is(input, button, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.button { display: block; text-align: center; text-decoration: none }
button, .button { width: 100%; font: inherit; font-weight: 650; padding: 11px; border: 0; border-radius: 6px;
  cursor: pointer; background: var(--accent); color: var(--on-accent); }
.or { color: var(--quiet); text-align: center; margin: 14px 0 }
.second { background: transparent; color: inherit; border: 1px solid var(--line) }
.refused { border-left: 3px solid var(--accent); padding: 8px 12px; background: var(--ground); margin: 0 0 18px; }
</style>
</head>
<body data-testid="stApp" data-test-script-state="notRunning">
<main>
<h1 class="mark"><span aria-hidden="true"></span>Redline</h1>
<p class="lead">$lead</p>
$sentence
$body
</main>
</body>
</html>
""")
_SIGN_IN = Template("""<form method="post" action="/sign-in">
<input type="hidden" name="next" value="$target">
<input type="hidden" name="form" value="$word">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required value="$email" $focus_email>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required $focus_password>
<button type="submit">Sign in</button>
</form>""")
_PASSWORD = Template("""<form method="post" action="/password">
<input type="hidden" name="next" value="$target">
<input type="hidden" name="form" value="$word">
<label for="old">Password until now</label>
<input id="old" name="old" type="password" autocomplete="current-password" required autofocus>
<label for="new">New password, at least $shortest characters</label>
<input id="new" name="new" type="password" autocomplete="new-password" required minlength="$shortest">
<label for="again">New password again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required minlength="$shortest">
<button type="submit">Change it and go on</button>
</form>""")
_SIGN_OUT = Template("""<form method="post" action="/sign-out">
<input type="hidden" name="form" value="$word">
<button type="submit">Sign out</button>
</form>""")
_LEAD: Final = "Every change to your billing sheets, and which ones matter."


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the sign-in offers. `word`: for its form, None where nobody signs in with a password; `provider`: the name
    of the one where people sign in, None where there is none. `target`: where to go once signed in.
    """

    target: str
    word: str | None
    provider: str | None


def sign_in_html(offered: SignIn, sentence: str = "", email: str = "") -> str:
    """The sign-in. `sentence`: why the last try was refused."""
    parts = []
    if offered.provider:
        address = escape(f"/sign-in/provider?next={quote(offered.target)}", quote=True)
        style = "button second" if offered.word else "button"
        parts.append(f'<a class="{style}" href="{address}">Sign in with {escape(offered.provider)}</a>')
    if offered.word:
        parts.insert(
            0,
            _SIGN_IN.substitute(
                target=escape(offered.target, quote=True),
                word=escape(offered.word, quote=True),
                email=escape(email[:254], quote=True),
                focus_email="" if email else "autofocus",
                focus_password="autofocus" if email else "",
            ),
        )
    return _page("Sign in", _LEAD, sentence, '\n<p class="or">or</p>\n'.join(parts))


def closed_html(sentence: str) -> str:
    """Where nobody can sign in now, and why."""
    return _page("Sign in", _LEAD, sentence, "")


def password_html(target: str, word: str, shortest: int, sentence: str = "") -> str:
    """For who has a password that somebody else chose."""
    lead = "Your password was chosen by somebody else. Take one of your own: then only you know it."
    form = _PASSWORD.substitute(target=escape(target, quote=True), word=escape(word, quote=True), shortest=shortest)
    return _page("Your own password", lead, sentence, form)


def sign_out_html(word: str) -> str:
    """For who came to the sign-out from elsewhere."""
    return _page("Sign out", "Do you want to sign out?", "", _SIGN_OUT.substitute(word=escape(word, quote=True)))


def onward_html(address: str) -> str:
    """Leads on by itself: to another site, where an answer to a form may not lead."""
    refresh = f'\n<meta http-equiv="refresh" content="0;url={escape(address, quote=True)}">'
    link = f'<a class="button" href="{escape(address, quote=True)}">Go on</a>'
    return _page("Sign out", "You are signed out here.", "", link, refresh)


def _page(title: str, lead: str, sentence: str, body: str, refresh: str = "") -> str:
    told = f'<p class="refused" role="alert">{escape(sentence)}</p>' if sentence else ""
    return _PAGE.substitute(title=title, lead=lead, sentence=told, body=body, refresh=refresh)
