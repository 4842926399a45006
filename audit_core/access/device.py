"""What a browser says it is, in a few words."""

from typing import Final

LONGEST: Final = 300
"""Characters of a user agent that are kept."""


def device(user_agent: str | None) -> str | None:
    """Like "Chrome 156 on Linux"; None where the user agent does not say, which is also everybody's free choice."""
    from ua_parser import parse  # noqa: PLC0415  (its patterns take half a second, and only sign-ins need them)

    found = parse(user_agent or "")
    browser = found.user_agent
    if browser is None:
        return None
    name = f"{browser.family} {browser.major}" if browser.major else browser.family
    return f"{name} on {found.os.family}" if found.os else name
