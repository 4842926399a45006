"""The sign-in: one plain page that needs no script, so that password managers, old browsers and readers can use it."""

from html import escape
from string import Template

# `data-testid` and `data-test-script-state`: the marks by which Streamlit's pages say that they are ready, so that
# whoever drives a browser can wait for this page in the same way.
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Redline</title>
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
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button { width: 100%; font: inherit; font-weight: 650; padding: 11px; border: 0; border-radius: 6px; cursor: pointer;
  background: var(--accent); color: var(--on-accent); }
.refused { border-left: 3px solid var(--accent); padding: 8px 12px; background: var(--ground); margin: 0 0 18px; }
</style>
</head>
<body data-testid="stApp" data-test-script-state="notRunning">
<main>
<h1 class="mark"><span aria-hidden="true"></span>Redline</h1>
<p class="lead">Every change to your billing sheets, and which ones matter.</p>
$sentence
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="$target">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required value="$email" $focus_email>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required $focus_password>
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
""")


def sign_in_html(target: str, sentence: str = "", email: str = "") -> str:
    """The page. `sentence`: why the last try was refused; `target`: where to go once signed in."""
    told = f'<p class="refused" role="alert">{escape(sentence)}</p>' if sentence else ""
    return _PAGE.substitute(
        sentence=told,
        target=escape(target, quote=True),
        email=escape(email[:254], quote=True),
        focus_email="" if email else "autofocus",
        focus_password="autofocus" if email else "",
    )
